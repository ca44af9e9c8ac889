"""The apply of a run: show the plan, ask for confirmation, apply, and report each change as it ends."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from confsync.account.blocking import BlockingAccount
from confsync.account.checks import check_intent
from confsync.account.connection import Connection
from confsync.account.results import Plan
from confsync.account.saved_plans import check_destination, load_plan
from confsync.cli.account import intent_of, note_warnings, open_account
from confsync.cli.configuration import read_config
from confsync.cli.formats import TEXT
from confsync.cli.invocation import Invocation
from confsync.cli.progress import Progress
from confsync.cli.questions import read_answer
from confsync.cli.rendering import render, show_result
from confsync.cli.results import ApplyResult, PlanResult
from confsync.cli.snapshots import leave_snapshot
from confsync.config.config import Config
from confsync.errors import Declined, LocalFileError, Refused
from confsync.names import Address
from confsync.plan.plan import Target
from confsync.views.escaping import printable

CONSENT = "yes"
_MOST_NAMED = 20


def apply_configuration(
    invocation: Invocation, intended: Mapping[str, Any], *, brief: bool, auto_approve: bool
) -> ApplyResult:
    """Plan, ask for confirmation, and apply. Raises what `Account.plan` and `Account.apply` raise."""
    check_consent_possible(invocation, "An apply", "Review the output of `confsync plan`", auto_approve=auto_approve)
    intent = intent_of(invocation, intended)
    config = read_config(invocation)
    check_intent(intent, config)
    return _apply(
        invocation,
        config,
        lambda account: account.plan(intent),
        brief=brief,
        auto_approve=auto_approve,
    )


def apply_saved(invocation: Invocation, path: str, *, brief: bool, approved: bool) -> ApplyResult:
    """Apply a saved plan or, if `approved`, a new one that the saved one contains. Nobody is asked.

    Raises what `Account.resume_plan`, `Account.plan_approved` and `Account.apply` raise.
    """
    saved, options = load_plan(path, settings=invocation.settings), invocation.options
    selected = options.env or saved.plan.target.environment
    invocation.retarget(environment=selected, emulator=options.emulator)
    check_destination(saved, emulator=options.emulator, environment=selected)

    def plan(account: BlockingAccount) -> Plan:
        return account.plan_approved(saved) if approved else account.resume_plan(saved)

    return _apply(invocation, read_config(invocation, selected), plan, brief=brief, auto_approve=True)


def _apply(
    invocation: Invocation,
    config: Config,
    planning: Callable[[BlockingAccount], Plan],
    *,
    brief: bool,
    auto_approve: bool,
) -> ApplyResult:
    progress = Progress(invocation.console, quiet=invocation.options.quiet)
    with (
        open_account(invocation, config, progress) as account,
        account.locked(),
        progress.reading(),
        ledger_change_noted(invocation, account.account.connection),
    ):
        plan = planning(account)
        progress.end_reading()
        note_warnings(invocation, plan)
        if plan.done:
            invocation.remark(f"Already done: {_named(plan.done)}.")
        show_result(invocation, PlanResult(plan=plan.live, created_at=plan.created_at, brief=brief))
        _check_seen(invocation)
        if plan.applyable:
            if plan.changes and not auto_approve:
                ask_for_consent(invocation, f"Make these changes on {account_name(plan.live.target)}?")
            progress.begin(plan.live)
            invocation.keep(ApplyResult(progress=progress, brief=brief))
        invocation.stop.settle()  # an apply that is complete is reported as such, even if a signal comes now
        report = account.apply(plan, progress.record_outcome)
        progress.finish(report.applied)
        with suppress(KeyboardInterrupt):  # the apply is complete, so a signal stops only this
            leave_snapshot(invocation, account, plan, report)
    return ApplyResult(progress=progress, brief=brief)


def _check_seen(invocation: Invocation) -> None:
    """Refuse to go on if the plan went into a pipe whose reader left: nobody has seen all of it."""
    if invocation.console.reader_gone and invocation.streams:
        raise LocalFileError(
            "The reader of the plan closed the pipe before the end.",
            hint="Run it again without a pipe, or with --output FILE.",
        )


def check_consent_possible(invocation: Invocation, what: str, review: str, *, auto_approve: bool) -> None:
    """Refuse a command that would ask for consent where nobody can answer. `review` says what to do first."""
    if not (auto_approve or invocation.asks):
        raise Refused(
            f"{what} asks for consent, but there is nobody to ask: no terminal, --no-input, or CI=true.",
            changed="Nothing was changed, and nothing was read.",
            hint=f"{review}, then run this command again with `--auto-approve`.",
        )


def ask_for_consent(invocation: Invocation, question: str) -> None:
    """Ask on stderr, next to what would be done. Raise Refused for any answer but `yes`."""
    console = invocation.console
    if not (invocation.streams and console.seen):
        console.note(render(invocation, TEXT, palette=console.note_palette))
    ask_question(invocation, f"\n{question}")


def ask_question(invocation: Invocation, question: str) -> None:
    """Ask on stderr. Raise Declined for any answer but `yes`."""
    console = invocation.console
    console.note(f"{question} Only '{CONSENT}' is accepted: ", end="")
    answer = read_answer()
    if answer.strip() != CONSENT:
        if not answer.endswith("\n"):
            console.note("")
        hint = f"Run `confsync {invocation.command}` again, and answer 'yes'."
        raise Declined("The answer was not 'yes'.", hint=hint)


def account_name(target: Target) -> str:
    """Name the account of a plan."""
    environment = f", environment {target.environment}" if target.environment else ""
    return f"account {target.account_sid}{environment}{' (EMULATOR)' if target.emulator else ''}"


@contextmanager
def ledger_change_noted(invocation: Invocation, connection: Connection) -> Iterator[None]:
    """Remind of committing the ledger in CI, where nobody sees it among the changed files."""
    reminds = not (invocation.asks or connection.emulator or connection.origin.redirected)
    before = _version(connection.ledger) if reminds else None
    try:
        yield
    finally:
        if reminds and _version(connection.ledger) != before:
            invocation.remark(f"The ledger changed: commit {printable(str(connection.ledger))}.")


def _version(path: Path) -> tuple[int, ...] | None:
    """Identify the content of a ledger, which is never written in place, without reading it."""
    with suppress(OSError):
        found = path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns
    return None


def _named(addresses: tuple[Address, ...]) -> str:
    more = f" and {len(addresses) - _MOST_NAMED} more" if len(addresses) > _MOST_NAMED else ""
    return f"{', '.join(map(str, addresses[:_MOST_NAMED]))}{more}"
