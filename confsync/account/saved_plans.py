"""Saved plans as files: reads them, and says whether one can still be applied."""

from pathlib import Path

from confsync.account.configuration import LoadOptions
from confsync.account.connection import Settings, ledger_path_in
from confsync.config.sources.files import discover_files, named_files
from confsync.errors import ConfsyncError
from confsync.plan.plan import Target
from confsync.planfile.file import SavedPlan, read_plan_file
from confsync.planfile.resumption import check_emulator, check_environment
from confsync.state.ledger_name import emulator_ledger_in
from confsync.state.store import read_state
from confsync.twilio.origin import Origin


def load_plan(path: str | Path, *, settings: Settings | None = None) -> SavedPlan:
    """Read a saved plan, even if it has expired or is spent; send no request.

    Raises LocalFileError if the file is not a plan, Refused if it is not signed with the key of the settings.
    """
    return read_plan_file(Path(path), (settings or Settings.from_environ()).plan_key)


def check_destination(saved: SavedPlan, *, emulator: bool, environment: str | None) -> None:
    """Refuse a plan for another environment, or for the emulator instead of Twilio or the reverse."""
    check_emulator(saved, emulator=emulator)
    check_environment(saved, environment)


def is_spent(saved: SavedPlan, options: LoadOptions) -> bool:
    """Whether the ledger on this machine says so; a missing or unreadable ledger says nothing."""
    target = saved.plan.target
    try:
        ledger = _ledger_path(options, target)
        known = read_state(ledger, account_sid=target.account_sid, host=Origin(target.base_url).host)
    except ConfsyncError:
        return False
    return saved.id in known.ledger.spent_plans


def _ledger_path(options: LoadOptions, target: Target) -> Path:
    """Return the path of the ledger that a plan was made with. Raises UsageError if there is no configuration here."""
    folder = (named_files(options.files) if options.files else discover_files(options.directory)).folder
    if target.emulator:
        return emulator_ledger_in(folder, target.environment)
    return ledger_path_in(folder, Origin(target.base_url), target.environment)
