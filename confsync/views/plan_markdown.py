"""A plan as a comment on a pull request: what would be lost comes first, and is never left out for lack of room."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator

from confsync.annotations import Level
from confsync.diagnostics import Diagnostic
from confsync.plan.change import Action, Change
from confsync.plan.guardrail import Guardrail
from confsync.plan.plan import Plan
from confsync.plan.unmanaged import OrphanedResource
from confsync.views import diagnostics_markdown
from confsync.views.change_markdown import as_block
from confsync.views.comment import ROOM, Detail, clipped, fitted, folded
from confsync.views.consequence import consequence, what_goes
from confsync.views.escaping import markdown, markdown_code
from confsync.views.plan_header import DESTROY, intent_parts, revision_text, target_text
from confsync.views.plan_words import orphan_line, risk_lines, summary, unchecked_lines, unmanaged_lines
from confsync.views.severity import Severity, level_word, most_severe_first


def as_markdown(plan: Plan, *, verb: str = "plan", mistakes: Iterable[Diagnostic] = (), brief: bool = False) -> str:
    """Make the comment of a plan; `mistakes` are why the run ended otherwise than well."""

    def page(detail: Detail) -> Iterator[str]:
        yield from heading(plan, verb)
        yield f"**{summary(plan)}**{_obstacles(plan)}"
        yield from left_out(plan, detail, brief=brief)
        yield from diagnostics_markdown.items(mistakes)
        yield from sections(plan, detail)

    return fitted(page, brief=brief)


def heading(plan: Plan, verb: str) -> Iterator[str]:
    """Tell what the comment is, and whom it is for."""
    yield from diagnostics_markdown.heading(verb, plan.target.environment)
    target, files = clipped(target_text(plan.target)), clipped(revision_text(plan.revision))
    yield f"For {markdown(target)}. Configuration: {markdown_code(files)}."
    for name, said in intent_parts(plan.intent):
        yield f"- **{name}**: {said if said is DESTROY else markdown_code(clipped(said))}"


def left_out(plan: Plan, detail: Detail, *, brief: bool) -> Iterator[str]:
    """Say what there was no room for, and where it is shown."""
    wished = Detail.NO_VALUES if brief else Detail.EVERYTHING
    missing = [each.left_out for each in Detail if wished < each <= detail]
    if missing:
        environment = ("-e", plan.target.environment) if plan.target.environment else ()
        command = markdown_code(clipped(shlex.join(("confsync", "plan", *environment))))
        yield (
            f"**Left out**, since a comment has room for {ROOM:,} characters: {'; '.join(missing)}. "
            f"{command} shows everything."
        )


def sections(plan: Plan, detail: Detail) -> Iterator[str]:
    """Tell everything below the header, the gravest first."""
    yield from _changes(plan, Severity.LOSS, detail)
    yield from _guardrails(plan.guardrails, detail)
    yield from _risks(plan, detail)
    for severity in (Severity.UPDATE, Severity.CREATE, Severity.UNWRITTEN):
        yield from _changes(plan, severity, detail)
    yield from _remarks(plan, detail)


def _obstacles(plan: Plan) -> str:
    if not plan.guardrails:
        return ""
    return f" Blocked: {_counted(len(plan.guardrails), 'guardrail')} in the way, listed below with how to allow each."


def _changes(plan: Plan, severity: Severity, detail: Detail) -> Iterator[str]:
    changes = [each for each in most_severe_first(plan.changes) if Severity.of(each) is severity]
    if changes and detail >= _COUNTED_FROM[severity]:
        yield f"### {_TITLES[severity]}\n\n{_by_kind(changes)}"
    elif changes:
        yield f"### {_TITLES[severity]} ({len(changes):,})"
        for each in changes:
            yield as_block(each, detail)
            if Action.REPLACE in each.actions and what_goes(each):
                yield f"- {markdown(clipped(consequence(each)))}"


def _by_kind(changes: list[Change]) -> str:
    """Count changes, a kind after the other."""
    kinds = Counter(each.kind.section for each in changes)
    return f"{len(changes):,}: {', '.join(f'{number:,} in {markdown_code(kind)}' for kind, number in kinds.items())}"


def _guardrails(guardrails: tuple[Guardrail, ...], detail: Detail) -> Iterator[str]:
    if guardrails:
        yield f"### Blocked ({len(guardrails):,})"
    room = _ROOM_WHERE_BARE if detail is Detail.BARE else ROOM
    for guardrail in guardrails:
        hint = markdown(clipped(guardrail.override, room)) if guardrail.override else "nothing"
        yield f"- **{guardrail.rule}**: {markdown(clipped(guardrail.text, room))}\n  To allow it: {hint}"


def _risks(plan: Plan, detail: Detail) -> Iterator[str]:
    """Tell what a reviewer should think about; where there is no room for all of it, what is at stake most."""
    told = list(risk_lines(plan))
    shown = [row for row in told if detail < Detail.NO_REMARKS or row[0] is Level.HIGH]
    if told:
        counts = Counter(level for level, _ in told)
        yield f"### Risks ({', '.join(f'{counts[each]:,} {level_word(each)}' for each in Level if counts[each])})"
    if detail < Detail.BARE:
        yield from (f"- **{level_word(level)}**: {markdown(clipped(said))}" for level, said in shown)


def _remarks(plan: Plan, detail: Detail) -> Iterator[str]:
    """Tell what is left alone, what could not be looked at, and what is doubtful."""
    counted = detail >= Detail.NO_REMARKS
    orphaned = list(map(_orphan, plan.orphaned))
    forgotten = list(map(_orphan, plan.forgotten))
    unmanaged = [f"- {markdown_code(clipped(each))}" for each in unmanaged_lines(plan.unmanaged)]
    unchecked = [f"- {markdown_code(clipped(each))}" for each in unchecked_lines(plan)]
    warned = list(diagnostics_markdown.items(plan.warnings))
    yield from _remark("No longer managed, left alone", orphaned, len(orphaned), counted=counted)
    yield from _remark("To be forgotten, left as they are at Twilio", forgotten, len(forgotten), counted=counted)
    yield from _remark("Not managed, left alone", unmanaged, len(plan.unmanaged), counted=counted)
    yield from _remark("Not checked: the reference is not available here", unchecked, len(unchecked), counted=counted)
    yield from _remark("Warnings", warned, len(warned), counted=counted)


def _orphan(orphan: OrphanedResource) -> str:
    """Tell what is left as it is, and below it what to write to have it otherwise."""
    advice = f"\n  {markdown(clipped(orphan.advice))}" if orphan.advice else ""
    return f"- {markdown(clipped(orphan_line(orphan)))}{advice}"


def _remark(title: str, lines: list[str], number: int, *, counted: bool) -> Iterator[str]:
    if lines and counted:
        yield f"{title}: {number:,}"
    elif lines:
        yield folded(f"{title} ({number:,})", ["\n".join(lines)])


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{' stands' if number == 1 else 's stand'}"


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
