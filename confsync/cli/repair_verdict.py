"""How a repair of duplicates exits."""

from confsync.apply.repair_report import RepairOutcome, RepairReport, RepairStep
from confsync.cli.exit_result import DONE, ExitResult
from confsync.errors import NOTHING_CHANGED
from confsync.exit_codes import ExitCode


def exit_of_repair(report: RepairReport) -> ExitResult:
    """Return the exit of a repair."""
    code = report.exit_code
    if code is ExitCode.DONE:
        return DONE
    if not report.failures:
        return _exit_of_refusal(report.steps)
    worst, number = report.failures[0], len(report.failures)
    rest = f" {number - 1} more failed." if number > 1 else ""
    return ExitResult(
        code=code,
        happened=f"{worst.error.happened if worst.error else ''}{rest}",
        changed=f"{report.deleted} deleted; the output lists each of them." if report.deleted else _state(worst),
        hint=(worst.error and worst.error.hint) or _again(worst.step),
    )


def _state(worst: RepairOutcome) -> str:
    return worst.error.changed if worst.error else NOTHING_CHANGED


def _again(step: RepairStep) -> str:
    # Twilio usually refuses to delete a resource because something still uses it.
    return f"In Twilio, remove whatever still uses {step.newer.sid}, then run `confsync repair duplicates` again."


def _exit_of_refusal(steps: tuple[RepairStep, ...]) -> ExitResult:
    """Refuse. What confsync does not own is for a person to delete."""
    first = steps[0]
    rest = f", nor {len(steps) - 1} more" if len(steps) > 1 else ""
    unowned = first.older if first.entry else first.newer
    return ExitResult(
        code=ExitCode.REFUSED,
        happened=f"confsync does not delete {first.newer.sid}{rest}: {first.reason}.",
        hint=f"If nobody needs {unowned.sid}, which confsync does not own, delete it in Twilio.",
    )
