"""`confsync import-terraform`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation
from confsync.cli.options import folder_option, variable_of
from confsync.cli.paths import InputPath

if TYPE_CHECKING:
    from confsync.cli.results import Result
    from confsync.plan.imported import ImportedState, WrittenImport


class ImportCommand(Command):
    """The command: its --output is a folder."""

    writes_folder = True


@click.command("import-terraform", cls=ImportCommand, params=[folder_option()], selected_by=())
@click.argument("state", metavar="FILE", type=InputPath(allow_dash=True))
@click.option(
    "--account-sid",
    metavar="SID",
    envvar=variable_of("--account-sid"),
    show_envvar=True,
    help="Import the resources of this account. Required unless the state names exactly one account.",
)
@click.option("--force", is_flag=True, help="Allow existing files in DIR to be overwritten with different content.")
@click.pass_obj
def import_terraform(invocation: Invocation, *, state: str, account_sid: str | None, force: bool) -> "Result":
    """Turn a Terraform state into a configuration that adopts the resources in the state.

    FILE is a `terraform.tfstate` file, or the output of `terraform show -json` or `terraform state pull`. To read from
    standard input, pass `-`. confsync supports the Terraform providers RJPearson94/twilio and
    twilio/twilio.

    confsync writes the YAML to stdout or, with --output DIR, to a folder with one file for each service. It also lists
    what it leaves out.

    This command sends no requests and needs no credentials.
    """
    from confsync.account.exporting import write_export
    from confsync.account.inputs import find_input_files
    from confsync.cli.results import ImportResult
    from confsync.plan.imported import WrittenImport

    imported = _imported(invocation, state, account_sid)
    written = WrittenImport(imported=imported)
    if folder := invocation.options.output:
        inputs = find_input_files(invocation.load_options)
        changed = write_export(imported, Path(folder), inputs, force=force)
        written = WrittenImport(imported=imported, folder=folder, changed=changed)
    elif invocation.streams:
        _note(invocation, written)
    return ImportResult(config=None, written=written)


def _imported(invocation: Invocation, state: str, account_sid: str | None) -> "ImportedState":
    from confsync.account import importing

    environment = invocation.options.env
    if state == "-":
        file, name = sys.stdin.buffer if sys.stdin else None, "standard input"
        return importing.import_open_state(file, name, environment=environment, account_sid=account_sid)
    return importing.import_terraform(state, environment=environment, account_sid=account_sid)


def _note(invocation: Invocation, written: "WrittenImport") -> None:
    """Print what the YAML on stdout does not say; the text about a folder says it itself."""
    from confsync.views.lists.terraform_import import import_document, import_notes

    for line in import_notes(import_document(written, 0)):
        invocation.console.note(line)
