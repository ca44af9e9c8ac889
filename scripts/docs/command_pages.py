"""A page for each command, and the table of all commands."""

from collections.abc import Iterator, Mapping

import click

from confsync.cli.command import Command
from confsync.cli.formats import FORMATS
from confsync.cli.main import COMMANDS
from confsync.cli.main import confsync as command_line
from confsync.doctor.check_names import CheckName
from scripts.docs.command_line import option_table
from scripts.docs.markdown import code_block, link_pages, options_as_code, page, table
from scripts.docs.printed_documents import documents_of, link_of

SEE_ALSO: Mapping[str, tuple[str, ...]] = {
    "init": ("[Starting a repository](../starting.md)",),
    "validate": ("[Files](../files.md)", "[Precedence](../precedence.md)", "[Diagnostics](../diagnostics.md)"),
    "fmt": ("[Formatting](../formatting.md)",),
    "plan": (
        "[Reviewing a plan](../reviewing.md)",
        "[Saved plans](../saved-plans.md)",
        "[Guardrails](../guardrails.md)",
        "[Risks and blast radius](../risks.md)",
        "[Plans without credentials](../offline-plan.md)",
    ),
    "show": ("[Saved plans](../saved-plans.md)",),
    "apply": (
        "[What confsync may change](../permission.md)",
        "[Deleting resources](../deleting.md)",
        "[Saved plans](../saved-plans.md)",
        "[Guardrails](../guardrails.md)",
        "[Recovery](../recovery.md)",
    ),
    "rehearse": ("[Rehearsing a plan](../rehearsing.md)", "[Saved plans](../saved-plans.md)"),
    "drift": (
        "[Drift](../drift.md)",
        "[Drift reports](../drift-reports.md)",
        "[Drift history](../drift-history.md)",
        "[Notifications](../notifications.md)",
        "[Scheduling](../scheduling.md)",
    ),
    "diff": ("[Environments](../environments.md)",),
    "explain": ("[Precedence](../precedence.md)",),
    "pull": ("[Accepting changes made in Twilio](../pull.md)",),
    "adopt": ("[Adopting an existing account](../adopting.md)", "[Ownership](../ownership.md)"),
    "forget": ("[Settings of an environment](../settings.md#adopt-and-forget)", "[Ownership](../ownership.md)"),
    "list": ("[Adopting an existing account](../adopting.md)",),
    "export": ("[Export](../export.md)", "[What an export contains](../export-contents.md)"),
    "import-terraform": (
        "[Moving from Terraform](../terraform.md)",
        "[What a Terraform import contains](../terraform-types.md)",
        "[Terraform terms](../terraform-terms.md)",
    ),
    "ledger": ("[The ledger](../ledger.md)", "[Sharing the ledger and the lock](../sharing.md)"),
    "repair": ("[Probable duplicates](../duplicates.md)",),
    "emulator": ("[Emulator](../emulator.md)", "[Faults in the emulator](../emulator-faults.md)"),
    "schema": ("[JSON documents](../json.md)", "[Editors](../editors.md)"),
    "completion": ("[Shell completion](../completion.md)",),
}
"""Pages that say more about a command. Links lead from a page in docs/commands/."""

PARTIAL_PLANS = "[Plans for a part of the configuration](../partial-plans.md)"
"""The page for every command with `--target`, `--exclude` and `--kind`."""

SEE_ALWAYS = (
    "[Common options](../commands.md#common-options)",
    "[Exit codes](../commands.md#exit-codes)",
    "[Glossary](../glossary.md)",
)


def command_table() -> str:
    """List every command with a link to its page."""
    return table(("command", "what it does"), (row for name in COMMANDS for row in _rows(name)))


def _rows(name: str) -> Iterator[tuple[str, str]]:
    command = command_line.commands[name]
    yield link_of(name, "commands/"), _summary(command)
    if isinstance(command, click.Group):
        for each, subcommand in command.commands.items():
            yield link_of(f"{name} {each}", "commands/"), _summary(subcommand)


def command_pages() -> Mapping[str, str]:
    """Write the page of each command."""
    return {f"{name}.md": page(f"confsync {name}", _blocks(name, command_line.commands[name])) for name in COMMANDS}


def _blocks(name: str, command: click.Command) -> Iterator[str]:
    if isinstance(command, click.Group):
        yield _summary(command)
        for each, subcommand in command.commands.items():
            yield f"## confsync {name} {each}"
            yield from _description(subcommand, f"{name} {each}", level=3)
    else:
        yield from _description(command, name, level=2)
    if name == "doctor":
        yield "## Checks"
        yield table(("check", "when `doctor` warns", "when the check fails"), map(_check_row, CheckName))
    yield "## See also"
    narrowing = (PARTIAL_PLANS,) if isinstance(command, Command) and command.narrows else ()
    yield "\n".join(f"* {link}" for link in (*SEE_ALSO.get(name, ()), *narrowing, *SEE_ALWAYS))


def _description(command: click.Command, name: str, *, level: int) -> Iterator[str]:
    """Describe a command and the options that are not common to all commands."""
    summary, *others = _paragraphs(command)
    yield summary
    yield code_block("text", " ".join(("confsync", name, *command.collect_usage_pieces(click.Context(command)))))
    yield from others
    own = command.own if isinstance(command, Command) else command.params
    options = [each for each in own if isinstance(each, click.Option) and not each.hidden]
    if options:
        yield f"{'#' * level} Options"
        yield link_pages(option_table(options))
    yield documents_of(name)
    if formats := _more_formats(command):
        yield f"This command also supports {formats}."


def _summary(command: click.Command) -> str:
    return _paragraphs(command)[0]


def _paragraphs(command: click.Command) -> list[str]:
    """Split the help text, with options as code and links to the pages that it names."""
    return [link_pages(options_as_code(" ".join(each.split()))) for each in (command.help or "").split("\n\n")]


def _more_formats(command: click.Command) -> str:
    formats = command.formats if isinstance(command, Command) else ()
    return " and ".join(f"`--format {each}`" for each in formats if each not in FORMATS)


def _check_row(check: CheckName) -> tuple[str, str, str]:
    return f"`{check}`", check.warns_if or "never", check.fails_if or "never"
