"""The report of an apply, as text and as a comment on a pull request."""

from collections.abc import Iterator

from confsync.quoting import shown_address
from confsync.views import wording
from confsync.views.apply.document import ApplyDocument, MismatchPart, OutcomePart
from confsync.views.comment import Detail, clipped, fitted
from confsync.views.diagnostics_text import diagnostic_items
from confsync.views.escaping import markdown, markdown_code, printable
from confsync.views.palette import PLAIN, Palette
from confsync.views.plan.markdown import left_out_note, plan_heading, plan_sections, run_diagnostics
from confsync.views.plan_document import PlannedDocument
from confsync.views.summary import unchanged_text

FAILED = "Failed or unknown"


def report_as_text(document: ApplyDocument, palette: Palette = PLAIN) -> str:
    """Render one summary line, after what Twilio stored differently.

    If not every change is done, all of them come first, each with its error.
    """
    done = all(each.status == "done" for each in document.outcomes)
    lines = [] if done else list(_outcomes(document, palette))
    mismatches = [palette.changed(mismatch_text(each)) for each in document.mismatches]
    blank = [""] if mismatches else []
    return "\n".join([*lines, *mismatches, *blank, palette.total(report_summary(document))]) + "\n"


def report_summary(document: ApplyDocument) -> str:
    """Summarise an apply in one line."""
    count = document.summary
    if not document.outcomes:
        return unchanged_text(document, count.forgotten)
    numbers = [f"{count.created} created", f"{count.updated} updated", f"{count.replaced} replaced"]
    numbers += [f"{count.deleted} deleted", f"{count.failed} failed", f"{count.not_started} not started"]
    numbers += [f"{count.adopted} adopted"] if count.adopted else []
    numbers += [f"{count.moved} moved"] if count.moved else []
    numbers += [f"{count.unknown} unknown"] if count.unknown else []
    return f"Applied: {', '.join(numbers)}."


def outcome_line(outcome: OutcomePart) -> str:
    """Describe how one change ended: status, actions, address, and the SID if it is known."""
    sid = f" ({outcome.sid})" if outcome.sid else ""
    status, actions = outcome.status.replace("_", " "), "+".join(outcome.actions)
    return printable(f"{status:<11} {actions:<7} {shown_address(outcome.address)}{sid}")


def outcome_groups(document: ApplyDocument) -> Iterator[tuple[str, list[OutcomePart]]]:
    """Group the outcomes by how they ended, the worst first."""
    titles = {FAILED: ("unknown", "failed"), "Not started": ("not_started",), "Done": ("done",)}
    for title, statuses in titles.items():
        if outcomes := [each for each in document.outcomes if each.status in statuses]:
            yield title, outcomes


def stored_text(mismatch: MismatchPart) -> str:
    """Say what Twilio stored instead of what was sent."""
    desired, live = (wording.value_text(each, mismatch.value_type) for each in (mismatch.desired, mismatch.live))
    if mismatch.path:
        return f"Twilio stored {live} instead of {desired}"
    if mismatch.live is None:
        return f"it was created as {desired}, and does not exist"
    return f"it was deleted, and still exists as {live}"


def mismatch_text(mismatch: MismatchPart) -> str:
    """Describe one value that Twilio stored differently, and what to paste to accept it."""
    place = f"{shown_address(mismatch.address)}{f'#{mismatch.path}' if mismatch.path else ''}"
    hint = f"; to accept it, paste under lifecycle: `{mismatch.accept}`" if mismatch.accept else ""
    return f"{printable(place)}: {stored_text(mismatch)}{printable(hint)}"


def report_as_markdown(document: ApplyDocument, plan: PlannedDocument, *, brief: bool = False) -> str:
    """Render the comment of an apply: what failed first, then the plan that was applied."""

    def page(detail: Detail) -> Iterator[str]:
        yield from plan_heading(plan, "apply")
        yield f"**{report_summary(document)}**"
        yield from left_out_note(plan, detail, brief=brief)
        yield from diagnostic_items(run_diagnostics(document.diagnostics))
        yield from _outcome_sections(document, detail)
        yield from _mismatch_section(document)
        yield "## Plan"
        yield from plan_sections(plan, detail)

    return fitted(page, brief=brief)


def _outcomes(document: ApplyDocument, palette: Palette) -> Iterator[str]:
    """List every change, the worst last: that is what a person at a terminal still sees."""
    colours = {"done": palette.good, "not_started": palette.changed}
    for outcome in (each for _, outcomes in reversed(list(outcome_groups(document))) for each in outcomes):
        line, address = outcome_line(outcome), printable(shown_address(outcome.address))
        start = line.index(address)
        yield f"{colours.get(outcome.status, palette.failure)(line[:start])}{palette.start(line[start:], address)}"
        if outcome.reason:
            yield f"            because {printable(outcome.reason)}"
        if outcome.error:
            yield f"            {printable(outcome.error.summary)}"
            yield f"            at {wording.place_text(outcome.error.source)}"
    yield ""


def _outcome_sections(document: ApplyDocument, detail: Detail) -> Iterator[str]:
    for title, outcomes in outcome_groups(document):
        if outcomes[0].status != "done":
            yield f"### {title} ({len(outcomes):,})"
        if outcomes[0].status != "done" and (title is FAILED or detail < Detail.NO_UPDATES):
            yield from map(_outcome_item, outcomes)


def _outcome_item(outcome: OutcomePart) -> str:
    place = f" ({markdown_code(wording.place_text(outcome.source))})" if outcome.source else ""
    item = f"- {markdown_code(clipped(' '.join(outcome_line(outcome).split())))}{place}"
    why = outcome.error.summary if outcome.error else outcome.reason
    return f"{item}\n  {markdown(clipped(why))}" if why else item


def _mismatch_section(document: ApplyDocument) -> Iterator[str]:
    if document.mismatches:
        yield f"### {wording.MISMATCHES} ({len(document.mismatches):,})"
        yield from (f"- {markdown(clipped(mismatch_text(each)))}" for each in document.mismatches)
