"""`confsync init`."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation
from confsync.cli.options import variable_of
from confsync.cli.paths import InputPath

if TYPE_CHECKING:
    from confsync.cli.results import Result
    from confsync.config.config import Config, LoadOptions
    from confsync.plan.exported import ExportedAccount, ExportScope
    from confsync.plan.starter import StarterChoices

NO_CI = "none"
CI = ("github", "gitlab", NO_CI)
EXAMPLE_NAMES = ("quickstart", "support-desk", "three-stages")

HELP = """\
Write the files for a new repository: a configuration, a schema for editors, .gitignore and, on request, CI jobs.

confsync writes the files to the current folder, or to the folder that -C names. It writes CI jobs to the root folder of
the Git repository. If .gitignore already exists, confsync adds the missing lines to it. If confsync would have to
overwrite a file other than .gitignore, it writes nothing and exits with code 8.

If you run the command in a terminal without options, confsync asks a few questions. Unless you pass -e, the environment
is called `main`. With --from-live, confsync sends only GET requests, and exits with code 2 if an apply of the new
configuration would change anything.

The configuration that --example writes has its own environments, and you can use it without a Twilio account. If there
is already a configuration, --ci keeps it and writes jobs for all of its environments. With --emulator, the jobs use the
emulator, so they need no Twilio account.
"""


@click.command("init", cls=Command, help=HELP, selected_by=())
@click.option(
    "--from-live",
    is_flag=True,
    envvar=variable_of("--from-live"),
    show_envvar=True,
    help="Generate the configuration from the live account, as `export` does.",
)
@click.option(
    "--from-terraform",
    type=InputPath(dir_okay=False),
    metavar="FILE",
    envvar=variable_of("--from-terraform"),
    show_envvar=True,
    help="Generate the configuration from a Terraform state, as `import-terraform` does.",
)
@click.option(
    "--account-sid",
    metavar="SID",
    envvar=variable_of("--account-sid"),
    show_envvar=True,
    help="With --from-terraform, import the resources of this account. Required unless the state names exactly one "
    "account.",
)
@click.option(
    "--flex",
    is_flag=True,
    envvar=variable_of("--flex"),
    show_envvar=True,
    help="Use `lifecycle.lookup` for the resources that Flex owns, so that confsync does not manage them.",
)
@click.option(
    "--minimal",
    is_flag=True,
    envvar=variable_of("--minimal"),
    show_envvar=True,
    help="With --from-live, leave out fields that have Twilio's default values.",
)
@click.option(
    "--ci",
    type=click.Choice(CI),
    envvar=variable_of("--ci"),
    show_envvar=True,
    help="Write jobs for this CI system.  [default: none]",
)
@click.option(
    "--package",
    metavar="FILE_OR_URL",
    envvar=variable_of("--package"),
    show_envvar=True,
    help="With --ci, have the jobs install this wheel instead of the release from the package index.",
)
@click.option(
    "--requirements",
    type=InputPath(dir_okay=False),
    metavar="FILE",
    envvar=variable_of("--requirements"),
    show_envvar=True,
    help="With --ci, have the jobs install only the dependencies in this file, and check their hashes.",
)
@click.option(
    "--example",
    type=click.Choice(EXAMPLE_NAMES),
    envvar=variable_of("--example"),
    show_envvar=True,
    help="Write this example, which you can try on the emulator.",
)
@click.pass_context
def init(
    context: click.Context,
    /,
    *,
    from_live: bool,
    from_terraform: str | None,
    account_sid: str | None,
    flex: bool,
    minimal: bool,
    ci: str | None,
    example: str | None,
    **installed: str | None,
) -> "Result":
    """Write the files, after questions if no options were given."""
    from confsync.account.starting import DEFAULT_ENVIRONMENT, EXAMPLES, start_folder
    from confsync.cli.results import InitResult
    from confsync.plan.starter import JobChoices, StarterChoices

    invocation: Invocation = context.obj
    named = {name: value or "" for name, value in installed.items()}
    choices = StarterChoices(
        environment=invocation.options.env or EXAMPLES.get(example or "") or DEFAULT_ENVIRONMENT,
        from_live=from_live,
        flex=flex,
        minimal=minimal,
        terraform_state=from_terraform or "",
        account_sid=account_sid,
        ci="" if ci in (None, NO_CI) else str(ci),
        example=example or "",
        jobs=JobChoices(emulator=invocation.options.emulator, **named),
    )
    if invocation.asks and not _chose(context):
        choices = _ask(invocation, choices)
    _check(context, choices)

    def read_account(config: "Config", scope: "ExportScope") -> "ExportedAccount":
        return _export(invocation, config, scope)

    written = start_folder(choices, _load_options(invocation), read_account)
    return InitResult(written=written, commands=_commands(invocation, choices))


def _check(context: click.Context, choices: "StarterChoices") -> None:
    """Raise UsageError for options that do not belong together."""
    if choices.minimal and not choices.from_live:
        raise click.UsageError("--minimal needs --from-live.")
    if choices.terraform_state and (choices.from_live or choices.flex):
        raise click.UsageError("--from-terraform cannot be combined with --from-live or --flex.")
    if choices.example and (choices.reads_resources or choices.flex or choices.ci):
        raise click.UsageError("--example cannot be combined with --from-live, --from-terraform, --flex or --ci.")
    for name in ("package", "requirements"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE and not choices.ci:
            raise click.UsageError(f"--{name} needs --ci.")
    typed = context.get_parameter_source("account_sid") is ParameterSource.COMMANDLINE
    if typed and not choices.terraform_state:
        raise click.UsageError("--account-sid needs --from-terraform.")


def _chose(context: click.Context) -> bool:
    """Whether any option of the command, or the environment, was given."""
    own = context.command.own if isinstance(context.command, Command) else ()
    given = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    return bool(context.obj.options.envs) or any(context.get_parameter_source(str(each.name)) in given for each in own)


def _ask(invocation: Invocation, choices: "StarterChoices") -> "StarterChoices":
    from msgspec.structs import replace

    from confsync.account.starting import check_environment_name, likely_ci
    from confsync.cli.questions import ask_for_choice, ask_for_text

    console, options = invocation.console, invocation.load_options
    has_account = invocation.options.emulator or "TWILIO_ACCOUNT_SID" in options.environ
    environment = ask_for_text(console, "What is this environment called?", choices.environment, check_environment_name)
    start = ask_for_choice(
        console, "Begin with the live account, or empty?", ("live", "empty"), "live" if has_account else "empty"
    )
    flex = ask_for_choice(console, "Does Flex use this account?", ("yes", "no"), "no")
    ci = ask_for_choice(console, "Which CI system?", CI, likely_ci(options.directory) or NO_CI)
    return replace(
        choices,
        environment=environment,
        from_live=start == "live",
        flex=flex == "yes",
        ci="" if ci == NO_CI else ci,
    )


def _export(invocation: Invocation, config: "Config", scope: "ExportScope") -> "ExportedAccount":
    from confsync.cli.account import open_account
    from confsync.cli.progress import Progress

    progress = Progress(invocation.console, quiet=invocation.options.quiet)
    with open_account(invocation, config, progress) as account, progress.exporting():
        return account.export(scope, progress.count_exported)


def _load_options(invocation: Invocation) -> "LoadOptions":
    """With --emulator, the account is that of the emulator, whatever the environment variables name."""
    options = invocation.load_options
    if not invocation.options.emulator:
        return options
    from msgspec.structs import replace

    from confsync.emulator.emulator import ACCOUNT_SID

    return replace(options, environ={**options.environ, "TWILIO_ACCOUNT_SID": ACCOUNT_SID})


def _commands(invocation: Invocation, choices: "StarterChoices") -> tuple[str, ...]:
    """Return what to type next, with the options that lead to the same folder and account."""
    from confsync.account.starting import EXAMPLES

    options = invocation.options
    more: list[str] = []
    if Path(options.directory).resolve() != Path.cwd().resolve():
        more += ["-C", options.directory]
    if EXAMPLES.get(choices.example):
        more += ["-e", choices.environment]
    if options.emulator or choices.example:
        more += ["--emulator", *(["--emulator-db", options.emulator_db] if options.emulator_db else [])]
    if choices.example:
        commands = (["plan"], ["apply"])
    else:
        commands = (["adopt", "--all"], ["plan"]) if choices.reads_resources else (["validate"], ["plan"])
    return tuple(shlex.join(["confsync", *each, *more]) for each in commands)
