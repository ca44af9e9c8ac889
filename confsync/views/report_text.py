"""How an apply ended, as people read it."""

from collections.abc import Iterator

from confsync.apply.report import Outcome, Report, Status
from confsync.plan.change import Action
from confsync.views.escaping import printable
from confsync.views.mismatch_text import mismatch_text, with_what_to_paste
from confsync.views.palette import PLAIN, Palette
from confsync.views.plan_words import place_of, unchanged


def as_text(report: Report, palette: Palette = PLAIN) -> str:
    """Tell one summary line, and before it what Twilio keeps otherwise.

    Where not everything is done, each change comes first, with what Twilio answered.
    """
    lines = [] if report.counts[Status.DONE] == len(report.outcomes) else list(_outcomes(report, palette))
    kept = [palette.changed(mismatch_text(*each)) for each in with_what_to_paste(report.mismatches)]
    return "\n".join([*lines, *kept, *([""] if kept else []), palette.loud(summary(report))]) + "\n"


def summary(report: Report) -> str:
    """Tell in one line how much was done."""
    if not report.outcomes:
        return unchanged(report.plan)
    counts = report.counts
    parts = [
        f"{report.done(Action.CREATE) + report.done(Action.RECREATE)} created",
        f"{report.done(Action.UPDATE)} updated",
        f"{report.done(Action.REPLACE)} replaced",
        f"{report.done(Action.DELETE)} deleted",
        f"{counts[Status.FAILED]} failed",
        f"{counts[Status.NOT_STARTED]} not started",
    ]
    parts += [f"{report.done(each)} {word}" for each, word in _UNSENT.items() if report.done(each)]
    if counts[Status.UNKNOWN]:
        parts.append(f"{counts[Status.UNKNOWN]} unknown")
    return f"Applied: {', '.join(parts)}."


def line(outcome: Outcome) -> str:
    """Tell how one change ended: its status, what was to be done, the address, and the SID where it is known."""
    sid = f" ({outcome.sid})" if outcome.sid else ""
    actions = "+".join(outcome.change.actions)
    return printable(f"{_WORDS[outcome.status]:<11} {actions:<7} {outcome.change.address}{sid}")


_UNSENT = {Action.ADOPT: "adopted", Action.MOVE: "moved"}
_WORDS = {
    Status.DONE: "done",
    Status.FAILED: "failed",
    Status.NOT_STARTED: "not started",
    Status.UNKNOWN: "unknown",
}


def _outcomes(report: Report, palette: Palette) -> Iterator[str]:
    for outcome in report.outcomes:
        colour = palette.good if outcome.status is Status.DONE else palette.bad
        yield colour(line(outcome))
        if outcome.error:
            yield f"            {printable(outcome.error.happened)}"
            yield f"            at {place_of(outcome.change)}"
    yield ""
