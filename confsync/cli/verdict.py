"""Which ending a plan or a report deserves."""

from collections.abc import Iterator

from confsync.cli.ending import DONE, Ending
from confsync.cli.exit_codes import ExitCode
from confsync.engine.apply import Report, Status
from confsync.engine.plan import Plan
from confsync.errors import NotAuthorised, Unreachable


def of_plan(plan: Plan, *, detailed: bool) -> Ending:
    """Judge a plan that was shown; with `detailed`, rails and changes have codes of their own."""
    if not detailed:
        return DONE
    if plan.rails:
        return Ending(
            code=ExitCode.REFUSED,
            happened="An apply would refuse this plan: " + "; ".join(rail.text for rail in plan.rails) + ".",
            next_step="To lift it: " + "; ".join(rail.lifted_by or "nothing does" for rail in plan.rails) + ".",
        )
    return of_drift(plan)


def of_drift(plan: Plan) -> Ending:
    """Judge a difference."""
    return Ending(ExitCode.CHANGES if plan.differs or plan.rails else ExitCode.DONE)


def of_report(report: Report) -> Ending:
    """Judge an apply that ran to its end, whatever became of its changes."""
    code = code_of(report)
    if code is ExitCode.DONE:
        return DONE
    counts = report.counts
    return Ending(
        code=code,
        happened="; ".join(_what_failed(report)) + ".",
        changed=f"{_done(report)}, {counts[Status.NOT_STARTED]} not started; each is listed.",
        next_step=_next_step(report, code),
    )


def code_of(report: Report) -> ExitCode:
    """Give the code of the worst outcome: first what is unknown, then what may not be, then what failed."""
    if report.counts[Status.UNKNOWN]:
        return ExitCode.UNKNOWN
    if any(isinstance(error, NotAuthorised) for error in report.errors):
        return ExitCode.NOT_AUTHORISED
    if report.counts[Status.FAILED] == 0:
        return ExitCode.DONE
    written = any(each.wrote or (each.status is Status.DONE and each.change.writes) for each in report.outcomes)
    out_of_reach = all(isinstance(error, Unreachable) for error in report.errors)
    return ExitCode.UNREACHABLE if out_of_reach and not written else ExitCode.PARTIAL


def _done(report: Report) -> str:
    """Tell what is done, and what failed half-way: something was made or deleted, and the rest was not done."""
    halves = sum(each.wrote and each.status is not Status.DONE for each in report.outcomes)
    return f"{report.counts[Status.DONE]} done" + (f", {halves} half done" if halves else "")


def _what_failed(report: Report) -> Iterator[str]:
    for status in (Status.FAILED, Status.UNKNOWN):
        addresses = [str(each.change.address) for each in report.outcomes if each.status is status]
        if addresses:
            rest = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
            yield f"{len(addresses)} of {len(report.outcomes)} changes {_ENDED[status]}: {addresses[0]}{rest}"


_ENDED = {Status.FAILED: "failed", Status.UNKNOWN: "ended in a way that is not known"}


def _next_step(report: Report, code: ExitCode) -> str:
    if code is ExitCode.UNKNOWN:
        return "Run `confsync plan`: it reads what is there now."
    said = next((error.next_step for error in report.errors if error.next_step), "Mend what Twilio refused.")
    return f"{said} Then run `confsync apply` again: what is done stays done."
