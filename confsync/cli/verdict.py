"""Which ending a plan or a report deserves."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from confsync.apply.mismatch import ignore_line
from confsync.apply.report import Outcome, Report, Status
from confsync.cli.exit_codes import ExitCode
from confsync.cli.exit_result import DONE, ExitResult
from confsync.config.codes import Code
from confsync.config.tree import warning
from confsync.diagnostics import Diagnostic
from confsync.errors import NotAuthorised, Stale, Unreachable
from confsync.plan.plan import Plan


def of_plan(plan: Plan, *, detailed: bool) -> ExitResult:
    """Judge a plan that was shown; with `detailed`, guardrails and changes have codes of their own."""
    if not detailed:
        return DONE
    if plan.guardrails:
        return ExitResult(
            code=ExitCode.STALE if any(guardrail.stale for guardrail in plan.guardrails) else ExitCode.REFUSED,
            happened="An apply would refuse this plan: "
            + "; ".join(guardrail.text for guardrail in plan.guardrails)
            + ".",
            hint="To lift it: "
            + "; ".join(guardrail.override or "nothing does" for guardrail in plan.guardrails)
            + ".",
        )
    return of_drift(plan)


def of_drift(plan: Plan) -> ExitResult:
    """Judge a difference."""
    return ExitResult(ExitCode.CHANGES if plan.differs or plan.guardrails else ExitCode.DONE)


def of_report(report: Report) -> ExitResult:
    """Judge an apply that ran to its end, whatever became of its changes."""
    return replace(_of_outcomes(report), mistakes=tuple(_unread(report)))


def _of_outcomes(report: Report) -> ExitResult:
    code = code_of(report)
    if code is ExitCode.DONE:
        return DONE
    if code is ExitCode.KEPT_OTHERWISE:
        return _of_kept(report)
    counts = report.counts
    return ExitResult(
        code=code,
        happened="; ".join(_what_failed(report)) + ".",
        changed=f"{_done(report)}, {counts[Status.NOT_STARTED]} not started; each is listed.",
        hint=_hint(report, code),
    )


def _unread(report: Report) -> Iterator[Diagnostic]:
    """Warn of what was written and answered well, and could not be read once more: by itself that is no trouble."""
    if report.unread:
        first = report.unread[0]
        rest = f" and {len(report.unread) - 1} more" if len(report.unread) > 1 else ""
        summary = (
            f"{first.address}{rest} could not be read once more: what Twilio keeps of it is known by its answer only"
        )
        yield warning(first.desired.written, Code.NOT_READ_BACK, summary, "run `confsync plan`: it reads what is there")


def code_of(report: Report) -> ExitCode:
    """Give the code of the worst outcome.

    First what is unknown, then what may not be, what somebody changed, what failed, and what Twilio keeps otherwise.
    """
    if report.counts[Status.UNKNOWN]:
        return ExitCode.UNKNOWN
    if any(isinstance(error, NotAuthorised) for error in report.errors):
        return ExitCode.NOT_AUTHORISED
    if any(isinstance(error, Stale) for error in report.errors):
        return ExitCode.STALE
    if report.counts[Status.FAILED] == 0:
        return ExitCode.KEPT_OTHERWISE if report.mismatches else ExitCode.DONE
    written = any(each.wrote or (each.status is Status.DONE and each.change.writes) for each in report.outcomes)
    out_of_reach = all(isinstance(error, Unreachable) for error in report.errors)
    return ExitCode.UNREACHABLE if out_of_reach and not written else ExitCode.PARTIAL


def _of_kept(report: Report) -> ExitResult:
    """Say which fields Twilio keeps otherwise, and what accepts the first of them."""
    first = report.mismatches[0].change
    more = f" and {len(report.mismatches) - 1} more" if len(report.mismatches) > 1 else ""
    line = ignore_line(each for each in report.mismatches if each.change is first)
    accept = f"To leave it to Twilio, write `{line}` under `lifecycle` of {first.address}. " if line else ""
    return ExitResult(
        code=ExitCode.KEPT_OTHERWISE,
        happened=f"Twilio stored a value differently: {report.mismatches[0].location}{more}.",
        changed=f"{_done(report)}; what Twilio stored differently is listed.",
        hint=f"{accept}{_LOOK}",
    )


def _done(report: Report) -> str:
    """Tell what is done, and what failed half-way: something was made or deleted, and the rest was not done."""
    halves = sum(each.wrote and each.status is not Status.DONE for each in report.outcomes)
    return f"{report.counts[Status.DONE]} done" + (f", {halves} half done" if halves else "")


def _what_failed(report: Report) -> Iterator[str]:
    for ended, outcomes in _badly_ended(report).items():
        addresses = [str(each.change.address) for each in outcomes]
        if addresses:
            rest = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
            yield f"{len(addresses)} of {len(report.outcomes)} changes {ended}: {addresses[0]}{rest}"


def _badly_ended(report: Report) -> Mapping[str, list[Outcome]]:
    failed = [each for each in report.outcomes if each.status is Status.FAILED]
    return {
        "were not made, since somebody changed the same thing meanwhile": [
            each for each in failed if isinstance(each.error, Stale)
        ],
        "failed": [each for each in failed if not isinstance(each.error, Stale)],
        "ended in a way that is not known": [each for each in report.outcomes if each.status is Status.UNKNOWN],
    }


def _hint(report: Report, code: ExitCode) -> str:
    if code is ExitCode.UNKNOWN:
        return _LOOK
    if code is ExitCode.STALE:
        return f"{_LOOK} Then run the same command again: what is done stays done."
    said = next((error.hint for error in report.errors if error.hint), _mending(report))
    return f"{said} Then run the same command again: what is done stays done."


def _mending(report: Report) -> str:
    """Say what to do about what Twilio refused: what it does not delete is mostly held by something else."""
    refused = next((each.change for each in report.outcomes if each.error), None)
    if refused and refused.deletes:
        return f"Let nothing at Twilio use {refused.address} any more, or leave it."
    return "Mend what Twilio refused."


_LOOK = "Run `confsync plan`: it reads what is there now."
