"""A plan as a reviewer reads it."""

import textwrap
from collections.abc import Callable, Iterable, Iterator

from confsync.annotations import Level
from confsync.config.desired import MissingSecret
from confsync.plan.change import Change
from confsync.plan.difference import Difference, Part
from confsync.plan.guardrail import Guardrail
from confsync.plan.plan import Plan
from confsync.plan.unmanaged import OrphanedResource
from confsync.secret import Secret
from confsync.views.consequence import closing_lines
from confsync.views.escaping import printable
from confsync.views.palette import PLAIN, Palette
from confsync.views.plan_header import intent_parts, revision_text, target_text
from confsync.views.plan_words import (
    also_deleted_text,
    named,
    orphan_line,
    place_of,
    risk_lines,
    sent_fields,
    summary,
    symbols,
    unchecked_lines,
    unmanaged_lines,
)
from confsync.views.severity import Severity, destroys_first, level_word, most_severe_first
from confsync.views.values import json_text, secret_text, side_text, word, write_only_text

FEW = 8
"""In a plan of no more changes than this, a reviewer still sees its first line when reading the last."""

WIDTH = 100


def as_text(plan: Plan, palette: Palette = PLAIN, *, title: str = "Plan", brief: bool = False) -> str:
    """Render a whole plan: target, changes, what is left alone, one summary line, guardrails, risks, and deletions.

    What is lost comes first and last. A brief one tells each change in a line of its own, the gravest first.
    """
    return "\n".join(_lines(plan, palette, title, brief=brief)) + "\n"


def _lines(plan: Plan, palette: Palette, title: str, *, brief: bool) -> Iterator[str]:
    yield palette.loud(f"{title} for {target_text(plan.target)}")
    yield f"Configuration: {revision_text(plan.revision)}"
    for name, said in intent_parts(plan.intent):
        yield f"{name}: {said}"
    yield ""
    yield from _brief_changes(plan, palette) if brief else _changes(plan, palette)
    unknown = palette.calm("?")
    yield from _section("Not managed, left alone:", unknown, unmanaged_lines(plan.unmanaged))
    yield from _section("No longer managed, left alone:", unknown, map(_orphan, plan.orphaned))
    yield from _section("To be forgotten, left as they are at Twilio:", unknown, map(_orphan, plan.forgotten))
    yield from _section("Not checked, since the reference is not available here:", " ", unchecked_lines(plan))
    yield palette.loud(summary(plan))
    for guardrail in plan.guardrails:
        yield ""
        yield from _guardrail(guardrail, palette)
    yield from _apart(_warning(level, said, palette) for level, said in risk_lines(plan))
    many = sum(bool(each.actions) for each in plan.changes) > FEW
    yield from _apart(map(palette.bad, closing_lines(plan.changes, bare=many)))


def _apart(lines: Iterable[str]) -> Iterator[str]:
    shown = list(lines)
    yield from ("", *shown) if shown else ()


def _warning(level: Level, said: str, palette: Palette) -> str:
    """Colour a risk by its level."""
    colours = {Level.HIGH: palette.bad, Level.MEDIUM: palette.changed}
    return colours.get(level, palette.calm)(f"Risk ({level_word(level)}): {said}")


def _changes(plan: Plan, palette: Palette) -> Iterator[str]:
    for change in destroys_first(plan.changes):
        yield from _change(change, palette)
        yield ""


def _brief_changes(plan: Plan, palette: Palette) -> Iterator[str]:
    changes = most_severe_first(plan.changes)
    for change in changes:
        fields = ", ".join(sent_fields(change)) if change.before else ""
        yield f"{_heading(change, palette)}{f': {fields}' if fields else ''}"
    if changes:
        yield ""


def _change(change: Change, palette: Palette) -> Iterator[str]:
    yield _heading(change, palette)
    for line in _fields(change, palette):
        yield f"      {line}"
    if change.also_deleted:
        yield f"      with it: {also_deleted_text(change)}"
    if change.reason:
        yield palette.faint(f"      why: {printable(change.reason)} ({place_of(change)})")


def _heading(change: Change, palette: Palette) -> str:
    return f"{_colour(change, palette)(f'{symbols(change):>3}')} {printable(named(change))}"


def _colour(change: Change, palette: Palette) -> Callable[[str], str]:
    if Severity.of(change) is Severity.LOSS:
        return palette.bad
    if Severity.of(change) is Severity.CREATE:
        return palette.good
    return palette.changed if change.writes else palette.calm


def _fields(change: Change, palette: Palette) -> Iterator[str]:
    """Tell each field that would be sent, and nothing that stays as it is."""
    told_already = {each.path for each in change.differences}
    for difference in change.differences:
        yield f"{difference.path}: {_difference(change, difference, palette)}"
    for name in change.send:
        if name not in told_already:
            yield f"{name}: {write_only_text(change, name)}"


def _difference(change: Change, difference: Difference, palette: Palette) -> str:
    if isinstance(difference.after, Secret | MissingSecret):
        return secret_text(change, difference.path)
    if difference.added or difference.removed:
        added = [palette.good(f"+ {word(each)}") for each in difference.added]
        removed = [palette.bad(f"- {word(each)}") for each in difference.removed]
        return ", ".join(added + removed)
    if difference.parts:
        return ", ".join(_part(part, palette) for part in difference.parts)
    before, after = (side_text(difference, each) for each in (difference.before, difference.after))
    return f"{before} -> {after}" if change.before else _wrapped(after)


def _part(part: Part, palette: Palette) -> str:
    """Tell one place within a mapping."""
    path = printable(part.path)
    if part.before is None:
        return palette.good(f"+ {path}: {json_text(part.after or '')}")
    if part.after is None:
        return palette.bad(f"- {path}: {json_text(part.before)}")
    return f"{path}: {json_text(part.before)} -> {json_text(part.after)}"


def _wrapped(text: str) -> str:
    """Break a long list into several lines, between its items."""
    if len(text) <= WIDTH or not text.startswith("["):
        return text
    lines = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n          ".join(lines)


def _orphan(orphan: OrphanedResource) -> str:
    """Tell what is left as it is, and below it each way to have it otherwise."""
    return "\n      ".join((orphan_line(orphan), *map(printable, filter(None, orphan.advice.split("; ")))))


def _section(title: str, symbol: str, lines: Iterable[str]) -> Iterator[str]:
    shown = [f"  {symbol} {line}" for line in lines]
    if shown:
        yield from (title, *shown, "")


def _guardrail(guardrail: Guardrail, palette: Palette) -> Iterator[str]:
    yield f"{palette.bad('Blocked')} ({guardrail.rule}): {printable(guardrail.text)}"
    hint = printable(guardrail.override) if guardrail.override else "nothing"
    yield f"  to allow it: {hint}"
