"""The apply of a run: the plan is shown and consented to before the first write, and each change is told as it ends."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from confsync.account.blocking import BlockingAccount, connect_sync
from confsync.account.connection import Connection
from confsync.account.results import Plan
from confsync.apply.report import Outcome, Report
from confsync.cli.account import reached
from confsync.cli.configuration import read
from confsync.cli.consent import ask
from confsync.cli.document import planned_document
from confsync.cli.planning import intent_of, keep, settings_of
from confsync.cli.progress import Progress
from confsync.cli.run import Run
from confsync.cli.saving import taken_from
from confsync.config.config import Config
from confsync.errors import LocalFileError
from confsync.names import Address
from confsync.planfile.resumption import check_emulator, check_environment
from confsync.planning.make import LivePlan
from confsync.views.escaping import printable
from confsync.views.plan_text import plan_as_text


def applied(run: Run, intended: Mapping[str, Any], *, auto_approve: bool) -> Report:
    """Plan, have the plan reviewed, and apply it. Raises what `Account.plan` and `Account.apply` raise."""
    return _applied(run, read(run), lambda account: account.plan(intent_of(run, intended)), auto_approve=auto_approve)


def applied_from(run: Run, path: str, *, approved: bool) -> Report:
    """Apply a saved plan, or with `approved` a new one that is contained in it; nobody is asked, the file says it.

    Raises what `Account.resume_plan`, `Account.plan_approved` and `Account.apply` raise.
    """
    saved = taken_from(run, path)
    run.planned_at = None
    check_emulator(saved, emulator=run.options.emulator)
    check_environment(saved, run.options.env or saved.plan.target.environment)
    config = read(run, saved.plan.target.environment)

    def plan(account: BlockingAccount) -> Plan:
        return account.plan_approved(saved) if approved else account.resume_plan(saved)

    return _applied(run, config, plan, auto_approve=True)


def _applied(run: Run, config: Config, plan: Callable[[BlockingAccount], Plan], *, auto_approve: bool) -> Report:
    progress = Progress(run)
    with (
        reached(run, config) as connection,
        _ledger_told(run, connection),
        progress.reading(),
        connect_sync(config, settings=settings_of(run, progress), connection=connection) as account,
    ):
        made = plan(account)
        progress.read()
        keep(run, made.live)
        if made.done:
            run.remark(f"Done already: {', '.join(map(str, made.done[:_MOST_NAMED]))}{_more(made.done)}.")
        _review(run, made.live, auto_approve=auto_approve)
        run.finished = account.apply(made, _telling(run, progress)).applied
    return run.finished


@contextmanager
def _ledger_told(run: Run, connection: Connection) -> Iterator[None]:
    """Say that the ledger is to be committed, where nobody sits who would see it among the changed files."""
    kept = not (run.asks or connection.emulator or connection.origin.redirected)
    before = _content(connection.ledger) if kept else None
    try:
        yield
    finally:
        if kept and _content(connection.ledger) != before:
            run.remark(f"The ledger changed: commit {printable(str(connection.ledger))}.")


def _content(path: Path) -> bytes | None:
    with suppress(OSError):
        return path.read_bytes()
    return None


_MOST_NAMED = 20


def _more(addresses: tuple[Address, ...]) -> str:
    return f" and {len(addresses) - _MOST_NAMED} more" if len(addresses) > _MOST_NAMED else ""


def _telling(run: Run, progress: Progress) -> Callable[[Outcome], None]:
    def settled(outcome: Outcome) -> None:
        run.outcomes.append(outcome)
        if outcome.change.actions and run.plan:
            progress.settled(outcome, run.plan.writes)

    return settled


def _review(run: Run, made: LivePlan, *, auto_approve: bool) -> None:
    """Show the plan, and ask where there is something to consent to; what stands in its way is `verbs`' to raise."""
    asks = bool(made.summary) and made.applyable and not auto_approve
    document = planned_document(run, made)
    run.print(plan_as_text(document, run.console.palette, brief=run.brief))
    if run.console.reader_gone and run.in_pieces:
        raise LocalFileError(
            "Whoever read the plan went away before it was whole.",
            hint="Run it again without a pipe, or with --output FILE.",
        )
    if asks and not (run.in_pieces and run.console.seen):
        run.console.note(plan_as_text(document, run.console.note_palette, brief=run.brief))
    if asks:
        ask(run, _account(made))
    run.consented = made.applyable


def _account(made: LivePlan) -> str:
    """Name the account that would be changed."""
    environment = f", environment {made.target.environment}" if made.target.environment else ""
    return f"account {made.target.account_sid}{environment}{' (EMULATOR)' if made.target.emulator else ''}"
