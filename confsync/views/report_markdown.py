"""How an apply ended, as a comment on a pull request: what did not end well first, then the plan that it followed."""

from collections.abc import Iterable, Iterator

from confsync.apply.report import Outcome, Report, Status
from confsync.diagnostics import Diagnostic
from confsync.views import diagnostics_markdown, plan_markdown
from confsync.views.comment import Detail, clipped, fitted
from confsync.views.escaping import markdown, markdown_code
from confsync.views.mismatch_text import mismatch_text, with_what_to_paste
from confsync.views.plan_words import place_of
from confsync.views.report_text import line, summary


def as_markdown(report: Report, *, mistakes: Iterable[Diagnostic] = (), brief: bool = False) -> str:
    """Make the comment of an apply; `mistakes` are why the run ended otherwise than well."""

    def page(detail: Detail) -> Iterator[str]:
        yield from plan_markdown.heading(report.plan, "apply")
        yield f"**{summary(report)}**"
        yield from plan_markdown.left_out(report.plan, detail, brief=brief)
        yield from diagnostics_markdown.items(mistakes)
        yield from _outcomes(report, detail)
        yield from _kept(report)
        yield "## What was planned"
        yield from plan_markdown.sections(report.plan, detail)

    return fitted(page, brief=brief)


def _outcomes(report: Report, detail: Detail) -> Iterator[str]:
    """Tell what is unknown or failed, and what never began."""
    bad = [each for each in report.outcomes if each.status in (Status.UNKNOWN, Status.FAILED)]
    waiting = [each for each in report.outcomes if each.status is Status.NOT_STARTED]
    if bad:
        yield f"### Failed or unknown ({len(bad):,})"
        yield from map(_outcome, bad)
    if waiting:
        yield f"### Not started ({len(waiting):,})"
        yield from map(_outcome, waiting) if detail < Detail.NO_UPDATES else ()


def _kept(report: Report) -> Iterator[str]:
    """Tell what Twilio keeps otherwise, with the line to paste."""
    if report.mismatches:
        yield f"### Stored differently by Twilio ({len(report.mismatches):,})"
        yield from (f"- {markdown(clipped(mismatch_text(*each)))}" for each in with_what_to_paste(report.mismatches))


def _outcome(outcome: Outcome) -> str:
    shown = f"- {markdown_code(clipped(' '.join(line(outcome).split())))} ({markdown_code(place_of(outcome.change))})"
    return f"{shown}\n  {markdown(clipped(outcome.error.happened))}" if outcome.error else shown
