"""Exports the account of a harness, and loads what was written."""

from pathlib import Path

from confsync.account.account import Account
from confsync.account.blocking import BlockingAccount
from confsync.account.configuration import LoadOptions
from confsync.account.exporting import find_configuration
from confsync.plan.exported import ExportedAccount, ExportScope
from confsync.plan.intent import Selection
from tests.harness import Harness, change_lines

EVERYTHING = ("users", "conversations")


def exported(
    harness: Harness,
    *targets: str,
    sections: tuple[str, ...] = EVERYTHING,
    minimal: bool = False,
    excludes: tuple[str, ...] = (),
) -> ExportedAccount:
    """Export an account without its configuration, and check that only GET requests were sent."""
    config, _ = find_configuration(LoadOptions(environ={}, directory=harness.folder / "empty"))
    account = BlockingAccount(Account(config, harness.connection(), harness.settings()))
    harness.emulator.log.clear()
    selection = Selection(targets=targets, excludes=excludes)
    found = account.export(ExportScope(selection=selection, sections=sections, minimal=minimal))
    assert {each.method for each in harness.emulator.log} == {"GET"}
    return found


def problems(found: ExportedAccount) -> list[str]:
    """Show what a plan of the export would write, and what would block it."""
    written = [line for line in change_lines(found.plan) if not line.startswith("adopt ")]
    return [*written, *(each.text for each in found.plan.guardrails)]


def without_comments(text: str) -> list[str]:
    """Return the lines that mean something, without the comments behind them."""
    lines = (line.partition("  #")[0].rstrip() for line in text.splitlines())
    return [line for line in lines if line and not line.lstrip().startswith("#")]


def values_of(found: ExportedAccount) -> dict[str, dict[str, object]]:
    """Return what the export declares, by address."""
    return {str(address): dict(each.fields) for address, each in found.plan.config.declared.items()}  # type: ignore[attr-defined]


def written_folder(found: ExportedAccount, folder: Path) -> Path:
    """Write the files of an export as they are."""
    for each in found.files:
        path = folder / each.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(each.text, "utf-8")
    return folder
