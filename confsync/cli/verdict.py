"""How a run exits, given its plan, report or diagnosis."""

import shlex
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from confsync.apply.mismatch import ignore_line
from confsync.apply.report import Outcome, Report, Status
from confsync.cli.exit_result import DONE, ExitResult
from confsync.config.codes import Code
from confsync.config.tree import warning_at
from confsync.diagnostics import Diagnostic
from confsync.doctor.check import Diagnosis
from confsync.errors import ConfsyncError, OutcomeUnknown, Stale
from confsync.exit_codes import ExitCode, code_of_error
from confsync.plan.drift import Drift
from confsync.plan.plan import Plan, remedies_of
from confsync.plan.pull import Pull
from confsync.plan.rehearsal import Rehearsal, RehearsedRun


def exit_of_plan(plan: Plan) -> ExitResult:
    """Return the exit of `plan --detailed-exitcode`."""
    if not plan.guardrails:
        return ExitResult(ExitCode.CHANGES if plan.differs else ExitCode.DONE)
    texts = "; ".join(guardrail.text for guardrail in plan.guardrails)
    return ExitResult(
        code=ExitCode.STALE if any(guardrail.stale for guardrail in plan.guardrails) else ExitCode.REFUSED,
        happened=f"An apply would refuse this plan: {texts}.",
        hint=remedies_of(plan.guardrails),
    )


def exit_of_drift(drift: Drift, fail_on: Iterable[str]) -> ExitResult:
    """Return the exit of `drift`: 2 for a finding that `fail_on` names, and whenever a guardrail blocks an apply."""
    found = any(drift.counts[each] for each in fail_on)
    return ExitResult(ExitCode.CHANGES if found or drift.plan.guardrails else ExitCode.DONE)


def exit_of_pull(pull: Pull) -> ExitResult:
    """Return the exit of `pull`: refused if a person has to decide about a field."""
    if not pull.refused:
        return DONE
    named = ", ".join(f"{each.desired.address}#{each.field.name}" for each in pull.refused[:_MOST_NAMED])
    more = len(pull.refused) - _MOST_NAMED
    return ExitResult(
        code=ExitCode.REFUSED,
        happened=f"Not pulled: {named}{f' and {more} more' if more > 0 else ''}.",
        changed="Nothing was changed: no file was written.",
        hint="Choose one of what is listed for each, or name what to pull: `confsync pull ADDRESS#FIELD`.",
    )


_MOST_NAMED = 3


def exit_of_diagnosis(diagnosis: Diagnosis) -> ExitResult:
    """Return the exit of `doctor`: that of the most severe failure."""
    failed = [(code_of_error(each.error), each) for each in diagnosis.failures if each.error]
    if not failed:
        return DONE
    code, worst = min(failed, key=lambda each: _rank(each[0]))
    return ExitResult(
        code=code,
        happened=f"Failed: {', '.join(each.name for _, each in failed)}. {worst.text}",
        hint=worst.hint or "Fix that, then run `confsync doctor` again.",
        mistakes=diagnosis.mistakes,
    )


def _rank(code: ExitCode) -> int:
    """Rank the code of a failed check; 0 is the most severe. A code that is not listed comes last."""
    return _MOST_SEVERE.index(code) if code in _MOST_SEVERE else len(_MOST_SEVERE)


_MOST_SEVERE = (
    ExitCode.BUG,
    ExitCode.NOT_AUTHORISED,
    ExitCode.REFUSED,
    ExitCode.LOCAL,
    ExitCode.UNREACHABLE,
    ExitCode.INVALID,
)


def exit_of_rehearsal(rehearsal: Rehearsal, path: str) -> ExitResult:
    """Return the exit of `rehearse`: that of the worst run."""
    if not rehearsal.failures:
        return DONE
    worst, number = rehearsal.failures[0], len(rehearsal.failures)
    look = f"Look at the runs that failed in `confsync rehearse {shlex.quote(path)} --json` before you apply the plan."
    return ExitResult(
        code=rehearsal.code,
        happened=f"{number} of {len(rehearsal.runs)} runs on the emulator failed: {_how_it_failed(worst)}.",
        changed="Nothing was changed: only the emulator received writes.",
        hint=look if worst.write else _CORRECT_AND_REHEARSE,
    )


_CORRECT_AND_REHEARSE = (
    "Correct that in the configuration, then make and rehearse a new plan: `confsync plan --out FILE`."
)


def _how_it_failed(run: RehearsedRun) -> str:
    """Say where the fault struck, and what followed."""
    where = f"{run.write.address}, {run.fault}" if run.write else "without a fault"
    compared = {"duplicated": run.duplicates, "missing": run.missing, "different": run.different}
    found = (f"{words}: {named[0]}" for words, named in compared.items() if named)
    return f"{where}: {next(found, run.message.rstrip('.')) or f'exit code {run.worst_code}'}"


def exit_of_report(report: Report) -> ExitResult:
    """Return the exit of an apply that ran to completion."""
    return replace(_exit_of_outcomes(report), mistakes=tuple(_not_read_back(report)))


def _exit_of_outcomes(report: Report) -> ExitResult:
    code = report.exit_code
    if code is ExitCode.DONE:
        return DONE
    if code is ExitCode.STORED_DIFFERENTLY:
        return _exit_of_mismatches(report)
    waiting = report.counts[Status.NOT_STARTED]
    return ExitResult(
        code=code,
        happened="; ".join(_what_failed(report)) + ".",
        changed=f"{_done(report)}{f', {waiting} not started' if waiting else ''}; the output lists each change.",
        hint=_hint(report, code),
    )


def _not_read_back(report: Report) -> Iterator[Diagnostic]:
    """Warn about changes that Twilio confirmed but that could not be read back."""
    if report.unread:
        first = report.unread[0]
        rest = f" and {len(report.unread) - 1} more" if len(report.unread) > 1 else ""
        summary = (
            f"{first.address}{rest} could not be read back: only the response to the write says what Twilio stored"
        )
        yield warning_at(
            first.desired.written, Code.NOT_READ_BACK, summary, "run `confsync plan`: it reads the live state"
        )


def _exit_of_mismatches(report: Report) -> ExitResult:
    """Name the first field that Twilio stored differently, and say how to accept it."""
    first = report.mismatches[0].change
    more = f" and {len(report.mismatches) - 1} more" if len(report.mismatches) > 1 else ""
    line = ignore_line(each for each in report.mismatches if each.change is first)
    accept = f"write `{line}` under `lifecycle` of {first.address}" if line else ""
    confirmed = report.mismatches[0].confirmed
    return ExitResult(
        code=ExitCode.STORED_DIFFERENTLY,
        happened=f"{_CONFIRMED if confirmed else _DIFFERENT}: {report.mismatches[0].location}{more}.",
        changed=f"{_done(report)}; the values that differ are listed.",
        hint=_hint_about_mismatch(accept, confirmed=confirmed),
    )


_DIFFERENT = "Twilio stored a value differently"
_CONFIRMED = "Twilio confirmed a value and then returned another one"


def _hint_about_mismatch(accept: str, *, confirmed: bool) -> str:
    if not accept:
        return _LOOK
    if not confirmed:
        return f"To accept it, {accept}. {_LOOK}"
    return (
        "Run `confsync apply` again, in case someone else changed it in the meantime. "
        f"If Twilio returns another value again, {accept}."
    )


def _done(report: Report) -> str:
    """Count the changes that are done, and those that failed after a first write."""
    partly = sum(each.wrote and each.status is not Status.DONE for each in report.outcomes)
    return f"{report.counts[Status.DONE]} done" + (f", {partly} partly done" if partly else "")


def _what_failed(report: Report) -> Iterator[str]:
    for ended, outcomes in _unsuccessful(report).items():
        addresses = [str(each.change.address) for each in outcomes]
        if addresses:
            rest = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
            yield f"{len(addresses)} of {len(report.outcomes)} changes {ended}: {addresses[0]}{rest}"


def _unsuccessful(report: Report) -> Mapping[str, list[Outcome]]:
    failed = [each for each in report.outcomes if each.status is Status.FAILED]
    return {
        "were not made, because someone else changed the same resource in the meantime": [
            each for each in failed if isinstance(each.error, Stale)
        ],
        "failed": [each for each in failed if not isinstance(each.error, Stale)],
        "have an unknown outcome": [each for each in report.outcomes if each.status is Status.UNKNOWN],
    }


def _hint(report: Report, code: ExitCode) -> str:
    decisive = _DECISIVE.get(code, ConfsyncError)
    hints = (error.hint for error in report.errors if isinstance(error, decisive) and error.hint)
    fix = next(hints, _what_to_fix(report) if decisive is ConfsyncError else _LOOK)
    # whether a command may run again after an unknown outcome is for its own hint to say
    return fix if code is ExitCode.UNKNOWN else f"{fix} Then run the same command again: what is done stays done."


def _what_to_fix(report: Report) -> str:
    """Say what to do about a change that failed."""
    if report.unavailable:
        return "Wait until Twilio works again."
    # Twilio usually refuses to delete a resource because something else still uses it.
    refused = next((each.change for each in report.outcomes if each.error), None)
    if refused and refused.deletes:
        return f"In Twilio, remove whatever still uses {refused.address}, or keep {refused.address}."
    return "Fix the cause of each error."


_DECISIVE: Mapping[ExitCode, type[ConfsyncError]] = {ExitCode.UNKNOWN: OutcomeUnknown, ExitCode.STALE: Stale}
"""The errors that lead to an exit code: the hint of another one would not be about it."""

_LOOK = "Run `confsync plan`: it reads the live state."
