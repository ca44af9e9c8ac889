"""`confsync export`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from confsync.cli.command import PlanningCommand
from confsync.cli.invocation import Invocation
from confsync.cli.options import folder_option, variable_of
from confsync.cli.suggestions import suggest_addresses

if TYPE_CHECKING:
    from confsync.cli.results import Result
    from confsync.plan.exported import WrittenExport


class ExportCommand(PlanningCommand):
    """The command: its --output is a folder."""

    writes_folder = True
    target_help = "The same as ADDRESS. Can be repeated."


def _split(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(section for value in values for section in value.split(","))


@click.command("export", cls=ExportCommand, params=[folder_option()])
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1, shell_complete=suggest_addresses)
@click.option(
    "--minimal",
    is_flag=True,
    envvar=variable_of("--minimal"),
    show_envvar=True,
    help="Leave out fields that have Twilio's default values.",
)
@click.option(
    "--with",
    "sections",
    multiple=True,
    metavar="SECTIONS",
    callback=_split,
    envvar=variable_of("--with"),
    show_envvar=True,
    help="Include personal data: `users`, `conversations`, or both, separated by a comma.",
)
@click.option("--force", is_flag=True, help="Allow existing files in DIR to be overwritten with different content.")
@click.pass_obj
def export(
    invocation: Invocation, *, addresses: tuple[str, ...], minimal: bool, sections: tuple[str, ...], force: bool
) -> "Result":
    """Write a configuration that declares the live account in its current state.

    If you pass ADDRESS, which can be a glob such as `services/*/roles`, confsync exports only the matching resources
    and everything in them. By default, confsync leaves out users and conversations, and everything in them. To include
    them, name their section in --with or ADDRESS.

    confsync writes the YAML to stdout or, with --output DIR, to a folder with one file for each service.

    Finally, confsync checks the new configuration by making a plan for it. The exit code is 2 if an apply would change
    anything.

    This command needs no configuration, and sends only GET requests.
    """
    from confsync.account.exporting import find_configuration, write_export
    from confsync.account.inputs import find_input_files
    from confsync.cli.account import open_account
    from confsync.cli.progress import Progress
    from confsync.cli.results import ExportResult, Result
    from confsync.plan.exported import ExportScope, WrittenExport
    from confsync.plan.intent import Selection

    options = invocation.options
    selection = Selection(targets=(*options.target, *addresses), excludes=options.exclude, kinds=options.kind)
    scope = ExportScope(selection=selection, sections=sections, minimal=minimal)
    config, found = find_configuration(invocation.load_options)
    invocation.keep(Result(config=config if found else None))
    progress = Progress(invocation.console, quiet=options.quiet)
    with open_account(invocation, config, progress) as account, progress.exporting():
        exported = account.export(scope, progress.count_exported)
    written = WrittenExport(exported=exported)
    if options.output:
        inputs = find_input_files(invocation.load_options)
        changed = write_export(exported, Path(options.output), inputs, force=force)
        written = WrittenExport(exported=exported, folder=options.output, changed=changed)
    elif invocation.streams:
        _note(invocation, written)
    return ExportResult(config=config if found else None, written=written)


def _note(invocation: Invocation, written: "WrittenExport") -> None:
    """Print what the YAML on stdout does not say; the text about a folder says it itself."""
    from confsync.views.lists.export import export_document, export_notes

    for line in export_notes(export_document(written, 0)):
        invocation.console.note(line)
