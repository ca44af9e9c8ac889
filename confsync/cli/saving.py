"""The file of a plan: written by `plan --out`, and read by `show` and `apply`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from confsync.account.connection import ledger_beside, ledger_name
from confsync.account.results import Plan, load_plan
from confsync.cli.run import Run
from confsync.config.codes import Code
from confsync.config.files import discover, named
from confsync.diagnostics import Diagnostic
from confsync.errors import ConfsyncError
from confsync.plan.plan import Target
from confsync.planfile.file import SavedPlan
from confsync.state import store
from confsync.twilio.origin import Origin
from confsync.views.escaping import printable


def keep_in(run: Run, made: Plan, out: str, lifetime: timedelta) -> None:
    """Save the plan of a run, and say what to do with it."""
    saved = made.save(out, lifetime=lifetime)
    run.planned_at = saved.created_at
    then = f"apply it with `confsync apply {out}` until {_told(saved.expires_at)}"
    refused = "a guardrail is in its way, and `confsync apply` will refuse it"
    run.remark(printable(f"Saved in {out}: {then if made.applyable else refused}."))


def taken_from(run: Run, path: str) -> SavedPlan:
    """Read the plan that a run is about."""
    saved = load_plan(path, settings=run.settings)
    run.planned_at = saved.created_at
    return saved


def doubts_about(run: Run, saved: SavedPlan) -> Iterator[Diagnostic]:
    """Say what keeps a saved plan from being applied, as far as that is known without asking Twilio."""
    if saved.has_expired(datetime.now(UTC)):
        yield _doubt(f"the plan expired at {_told(saved.expires_at)}")
    if is_spent(run, saved):
        yield _doubt("the plan is spent: it was already applied")


def is_spent(run: Run, saved: SavedPlan) -> bool:
    """Whether a ledger that lies here says so; that there is none, or none that can be read, says nothing."""
    target = saved.plan.target
    try:
        ledger = _ledger_of(run, target)
        known = store.read_state(ledger, account_sid=target.account_sid, host=Origin(target.base_url).host)
    except ConfsyncError:
        return False
    return saved.id in known.ledger.spent_plans


def _ledger_of(run: Run, target: Target) -> Path:
    """Name the ledger that a plan was made with. Raises UsageError where no configuration is here."""
    request = run.request
    folder = (named(request.files) if request.files else discover(request.directory)).folder
    if target.emulator:
        return folder / ".confsync" / "emulator" / ledger_name(target.environment)
    return ledger_beside(folder, Origin(target.base_url), target.environment)


def _told(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _doubt(summary: str) -> Diagnostic:
    return Diagnostic("warning", Code.PAST_PLAN, summary, "make it anew: `confsync plan --out FILE`")
