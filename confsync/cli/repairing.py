"""The repair of a run: show the duplicates, ask for confirmation, and delete the newer ones."""

from msgspec.structs import replace

from confsync.account.repairs import apply_repair, plan_repair
from confsync.apply.repair_report import RepairOutcome, RepairReport
from confsync.cli.account import open_account
from confsync.cli.applying import account_name, ask_for_consent, check_consent_possible, ledger_change_noted
from confsync.cli.configuration import read_config
from confsync.cli.invocation import Invocation
from confsync.cli.progress import Progress
from confsync.cli.rendering import show_result
from confsync.cli.results import RepairPlanResult, RepairResult


def repair_account(invocation: Invocation, *, auto_approve: bool) -> RepairPlanResult:
    """Find duplicates, ask for confirmation, and delete. Raises what `plan_repair` and `apply_repair` raise."""
    review = "Look at the probable duplicates in the output of `confsync plan`"
    check_consent_possible(invocation, "A repair", review, auto_approve=auto_approve)
    config = read_config(invocation)
    progress = Progress(invocation.console, quiet=invocation.options.quiet)
    with (
        open_account(invocation, config, progress) as account,
        account.locked(),
        ledger_change_noted(invocation, account.account.connection),
    ):
        with progress.reading():
            repair = invocation.stop.run(plan_repair(account.account))
        found = RepairPlanResult(config=config, report=RepairReport(repair.plan.target, repair.steps))
        if all(each.reason for each in repair.steps):
            return found
        show_result(invocation, found)
        if not auto_approve:
            ask_for_consent(invocation, _question(found))
        outcomes = _Outcomes(invocation, found)
        invocation.stop.run(apply_repair(account.account, repair, outcomes.add))
    return outcomes.result


class _Outcomes:
    """Keeps what is done so far as the result of the run, because a signal may end it at any time."""

    def __init__(self, invocation: Invocation, found: RepairPlanResult) -> None:
        self._invocation = invocation
        self._set(RepairResult(config=found.config, report=found.report))

    def add(self, outcome: RepairOutcome) -> None:
        report = self.result.report
        self._set(replace(self.result, report=replace(report, outcomes=(*report.outcomes, outcome))))

    def _set(self, result: RepairResult) -> None:
        self.result = result
        self._invocation.keep(result)


def _question(found: RepairPlanResult) -> str:
    number = sum(not each.reason for each in found.report.steps)
    named = "this resource" if number == 1 else f"these {number:,} resources"
    return f"Delete {named} on {account_name(found.report.target)}?"
