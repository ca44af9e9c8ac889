"""A plan as a comment on a pull request. Losses come first and are never left out for lack of room."""

from collections import Counter
from collections.abc import Iterable, Iterator

from confsync.config.codes import Code
from confsync.quoting import command_text
from confsync.views import wording
from confsync.views.comment import ROOM, Detail, clipped, fitted, folded
from confsync.views.consequence import consequence_sentence, risk_lines
from confsync.views.diagnostics_text import comment_heading, diagnostic_items
from confsync.views.documents import DiagnosticPart
from confsync.views.escaping import markdown, markdown_code
from confsync.views.plan.change_markdown import change_as_markdown
from confsync.views.plan_document import ChangePart, GuardrailPart, LeftAloneDocument, PlannedDocument
from confsync.views.remarks import Remark, RemarkLine, missing_line, remarks_of, unmanaged_count
from confsync.views.severity import LEVELS, Severity, most_severe_first
from confsync.views.summary import plan_summary


def plan_as_markdown(document: PlannedDocument, *, verb: str = "plan", brief: bool = False) -> str:
    """Render the comment of a plan."""

    def page(detail: Detail) -> Iterator[str]:
        yield from plan_heading(document, verb)
        yield " ".join((f"**{plan_summary(document)}**", *_blocked(document)))
        yield from left_out_note(document, detail, brief=brief)
        yield from diagnostic_items(run_diagnostics(document.diagnostics))
        yield from plan_sections(document, detail)

    return fitted(page, brief=brief)


def run_diagnostics(diagnostics: Iterable[DiagnosticPart]) -> list[DiagnosticPart]:
    """Select the diagnostics of the run: errors, and warnings about the saved plan or the snapshot."""
    return [each for each in diagnostics if each.severity == "error" or each.code in _OF_THE_RUN]


def plan_heading(document: LeftAloneDocument, verb: str) -> Iterator[str]:
    """Say what the comment is, and which account it is for."""
    yield from comment_heading(verb, document.target.environment)
    if as_of := wording.as_of_text(document):
        yield f"**{markdown(as_of)}**"
    target = clipped(wording.target_text(document.target, document.ledger))
    files = clipped(wording.configuration_text(document.configuration))
    yield f"For {markdown(target)}. Configuration: {markdown_code(files)}."
    for name, text in wording.intent_lines(document):
        yield f"- **{name}**: {text if text is wording.DESTROY else markdown_code(clipped(text))}"


def left_out_note(document: LeftAloneDocument, detail: Detail, *, brief: bool, verb: str = "plan") -> Iterator[str]:
    """Say what there was no room for, and which command shows it."""
    desired = Detail.NO_VALUES if brief else Detail.EVERYTHING
    missing = [each.left_out for each in Detail if desired < each <= detail]
    if missing:
        command = markdown_code(clipped(command_text(verb, options=document.target.options).strip("`")))
        yield (
            f"**Left out**, because a comment has room for {ROOM:,} characters: {'; '.join(missing)}. "
            f"{command} shows everything."
        )


def plan_sections(document: PlannedDocument, detail: Detail) -> Iterator[str]:
    """Render everything below the header, most severe first."""
    yield from _changes(document, Severity.LOSS, detail)
    yield from guardrail_items(document.guardrails, detail)
    yield from _missing_secrets(document)
    yield from _risks(document, detail)
    for severity in (Severity.UPDATE, Severity.CREATE, Severity.UNWRITTEN):
        yield from _changes(document, severity, detail)
    yield from remark_sections(document, detail)


def _blocked(document: PlannedDocument) -> Iterator[str]:
    if blocked := wording.blocked_text(document):
        yield f"**Blocked** {blocked}"


def _changes(document: PlannedDocument, severity: Severity, detail: Detail) -> Iterator[str]:
    changes = [each for each in most_severe_first(document.changes) if Severity.of(each) is severity]
    if changes and detail >= _COUNTED_FROM[severity]:
        yield f"### {_TITLES[severity]}\n\n{_by_kind(changes)}"
    elif changes:
        yield f"### {_TITLES[severity]} ({len(changes):,})"
        for each in changes:
            yield change_as_markdown(each, detail)
            if "replace" in each.actions and each.consequence:
                yield f"- {markdown(clipped(consequence_sentence(each)))}"


def _by_kind(changes: list[ChangePart]) -> str:
    kinds = Counter(each.kind for each in changes)
    return f"{len(changes):,}: {', '.join(f'{number:,} in {markdown_code(kind)}' for kind, number in kinds.items())}"


def guardrail_items(guardrails: list[GuardrailPart], detail: Detail) -> Iterator[str]:
    """Say what each guardrail blocks, and what allows it."""
    if guardrails:
        yield f"### Blocked ({len(guardrails):,})"
    room = _ROOM_WHERE_BARE if detail is Detail.BARE else ROOM
    for guardrail in guardrails:
        permission = markdown(clipped(wording.permission_text(guardrail), room))
        yield f"- **{guardrail.rule}**: {markdown(clipped(guardrail.text, room))}\n  {permission}"


def _missing_secrets(document: PlannedDocument) -> Iterator[str]:
    if document.missing_secrets:
        yield f"### Secrets without a value here ({len(document.missing_secrets):,})"
        yield "No apply starts here until each of them has one."
    for each in document.missing_secrets:
        yield f"- {markdown(clipped(missing_line(each)))}\n  To allow it: {markdown(clipped(each.hint))}"


def _risks(document: PlannedDocument, detail: Detail) -> Iterator[str]:
    """Render the risks; without room for all, only the high ones."""
    risks = list(risk_lines(document.changes))
    shown = [each for each in risks if detail < Detail.NO_REMARKS or each.level == LEVELS[0]]
    if risks:
        counts = Counter(each.level for each in risks)
        yield f"### Risks ({', '.join(f'{counts[each]:,} {each}' for each in LEVELS if counts[each])})"
    if detail < Detail.BARE:
        yield from (f"- **{each.level}**: {markdown(clipped(each.text))}" for each in shown)


def remark_sections(
    document: LeftAloneDocument, detail: Detail, remarks: Iterable[Remark] | None = None
) -> Iterator[str]:
    """Render what is left alone and what was not checked, or other remarks instead, and the warnings."""
    counted = detail >= Detail.NO_REMARKS
    run = run_diagnostics(document.diagnostics)
    warnings = list(diagnostic_items(each for each in document.diagnostics if each not in run))
    if unmanaged := unmanaged_count(document):
        yield markdown(unmanaged)
    for each in remarks_of(document) if remarks is None else remarks:
        items = [*map(remark_item, each.lines), *([f"- and {markdown(each.more)}"] if each.more else [])]
        yield from _remark(each.title, items, each.number, counted=counted)
    yield from _remark("Warnings", warnings, len(warnings), counted=counted)


def remark_item(line: RemarkLine) -> str:
    """Render a line with its mark, and what a person may write about it."""
    mark = f" **{line.mark}**" if line.mark else ""
    advice = f"\n  {markdown(clipped('; '.join(line.advice)))}" if line.advice else ""
    return f"- {markdown(clipped(line.text))}{mark}{advice}"


def _remark(title: str, lines: list[str], number: int, *, counted: bool) -> Iterator[str]:
    if lines and counted:
        yield f"{title}: {number:,}"
    elif lines:
        yield folded(f"{title} ({number:,})", ["\n".join(lines)])


_TITLES = {
    Severity.LOSS: "Deletes and replaces",
    Severity.UPDATE: "Updates",
    Severity.CREATE: "Creates",
    Severity.UNWRITTEN: "Adoptions and moves",
}
_COUNTED_FROM = {
    Severity.LOSS: len(Detail),
    Severity.UPDATE: Detail.NO_UPDATES,
    Severity.CREATE: Detail.NO_CREATES,
    Severity.UNWRITTEN: Detail.NO_CREATES,
}
_ROOM_WHERE_BARE = 300
_OF_THE_RUN = frozenset({Code.PAST_PLAN, Code.OLD_SNAPSHOT})
