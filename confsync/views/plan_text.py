"""A plan as a reviewer reads it."""

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping

from confsync.config.desired import MissingSecret
from confsync.engine.change import Action, Change
from confsync.engine.diff import Difference, Part
from confsync.engine.fingerprints import SecretState
from confsync.engine.identity import Stray
from confsync.engine.orphans import Orphan
from confsync.engine.plan import Plan
from confsync.engine.rail import Rail
from confsync.engine.risk import Level
from confsync.names import Address, Sid
from confsync.secret import Secret
from confsync.views.consequence import closing_lines
from confsync.views.foreign import printable
from confsync.views.gravity import Gravity, gravest_first, level_word, losses_first, risks_of
from confsync.views.palette import PLAIN, Palette
from confsync.views.plan_header import intent_parts, revision_text, target_text
from confsync.views.values import json_text, live_name, secret_text, side_text, untold_text, word

NO_CHANGES = "No changes. Twilio matches the configuration."
NOTHING_LEFT = "No changes. Nothing is left that confsync made."
MOST_STRAYS = 10
FEW = 8
"""In a plan of no more changes than this, a reviewer still sees its first line when reading the last."""

WIDTH = 100

SYMBOLS: Mapping[Action, str] = {
    Action.CREATE: "+",
    Action.RECREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "-/+",
    Action.DELETE: "-",
    Action.MOVE: ">",
    Action.ADOPT: "<",
}


_TOLD_AS_A_LOSS = "deleted"


def as_text(plan: Plan, palette: Palette = PLAIN, *, title: str = "Plan", brief: bool = False) -> str:
    """Tell a whole plan: whom it is for, each change, what is left alone, one summary line, rails, risks, and losses.

    What is lost comes first and last. A brief one tells each change in a line of its own, the gravest first.
    """
    return "\n".join(_lines(plan, palette, title, brief=brief)) + "\n"


def summary(plan: Plan) -> str:
    """Tell in one line how much would be done."""
    if not plan.summary and not plan.rails:
        forgone = sum(each.forgone for each in plan.changes)
        return (
            f"No changes can be made: {forgone} differ in what Twilio takes no change of."
            if forgone
            else unchanged(plan)
        )
    count = plan.summary
    parts = [f"{count[Action.CREATE] + count[Action.RECREATE]} to create"]
    parts += [f"{count[action]} to {action}" for action in (Action.UPDATE, Action.REPLACE, Action.DELETE)]
    parts += [f"{count[action]} to {action}" for action in (Action.ADOPT, Action.MOVE) if count[action]]
    return f"Plan: {', '.join(parts)}."


def unchanged(plan: Plan) -> str:
    """Say that there is nothing to do."""
    return NOTHING_LEFT if plan.intent.destroy else NO_CHANGES


def symbols(change: Change) -> str:
    """Give the marks of what happens to a resource."""
    return "".join(SYMBOLS[action] for action in change.actions)


def place_of(change: Change) -> str:
    """Say in which line of which file a change is asked for."""
    return printable(f"{change.source.file}:{change.source.line}")


def sent_fields(change: Change) -> Iterator[str]:
    """Name each field that would be sent."""
    told_already = [each.path for each in change.differences]
    yield from told_already
    yield from (name for name in change.send if name not in told_already)


def unmanaged_lines(strays: tuple[Stray, ...]) -> Iterator[str]:
    """Tell one line a collection: a service brings four roles of its own, and an account may hold thousands."""
    members: dict[Address, list[str]] = {}
    for stray in strays:
        members.setdefault(Address(stray.address[:-1]), []).append(stray.address.key)
    for collection, names in members.items():
        shown = ", ".join(word(each) for each in sorted(names)[:MOST_STRAYS])
        rest = f" and {len(names) - MOST_STRAYS:,} more" if len(names) > MOST_STRAYS else ""
        yield f"{printable(str(collection))}: {shown}{rest}"


def named(change: Change) -> str:
    """Name a resource; one that is to be gone by its SID and its live name as well."""
    if not change.deletes or change.sid is None:
        return str(change.address)
    return f"{change.address} ({_live(change.sid, live_name(change), change.address)})"


def orphan_line(orphan: Orphan) -> str:
    """Tell what is no longer managed, and why."""
    return printable(f"{orphan.address} ({_live(orphan.sid, orphan.name, orphan.address)}): {orphan.reason}")


def risk_lines(plan: Plan) -> Iterator[tuple[Level, str]]:
    """Tell every risk with its level, the gravest first; that something is deleted is told with what it costs."""
    for change, risk in risks_of(plan.changes):
        if risk.rule != _TOLD_AS_A_LOSS:
            yield risk.level, f"{printable(f'{change.address}: {risk.text}')} ({place_of(change)})"


def _live(sid: Sid, name: str | None, address: Address) -> str:
    """Name a live thing; its name stands there only where the address does not tell it."""
    return str(sid) if name is None or name == address.key else f"{sid}, named '{name}'"


def lost_text(change: Change) -> str:
    """Name what else of ours goes with a thing."""
    rest = f" and {len(change.lost) - MOST_STRAYS:,} more" if len(change.lost) > MOST_STRAYS else ""
    return printable(f"{', '.join(str(each) for each in change.lost[:MOST_STRAYS])}{rest}")


def unchecked_lines(plan: Plan) -> Iterator[str]:
    """Tell each secret whose reference is not available here."""
    for change in plan.changes:
        for name, state in change.untold.items():
            if state is SecretState.NOT_CHECKED:
                yield printable(f"{change.address}#{name}")


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
    for rail in plan.rails:
        yield ""
        yield from _rail(rail, palette)
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
    for change in losses_first(plan.changes):
        yield from _change(change, palette)
        yield ""


def _brief_changes(plan: Plan, palette: Palette) -> Iterator[str]:
    changes = gravest_first(plan.changes)
    for change in changes:
        fields = ", ".join(sent_fields(change)) if change.before else ""
        yield f"{_heading(change, palette)}{f': {fields}' if fields else ''}"
    if changes:
        yield ""


def _change(change: Change, palette: Palette) -> Iterator[str]:
    yield _heading(change, palette)
    for line in _fields(change, palette):
        yield f"      {line}"
    if change.lost:
        yield f"      with it: {lost_text(change)}"
    if change.reason:
        yield palette.faint(f"      why: {printable(change.reason)} ({place_of(change)})")


def _heading(change: Change, palette: Palette) -> str:
    return f"{_colour(change, palette)(f'{symbols(change):>3}')} {printable(named(change))}"


def _colour(change: Change, palette: Palette) -> Callable[[str], str]:
    if Gravity.of(change) is Gravity.LOSS:
        return palette.bad
    if Gravity.of(change) is Gravity.CREATE:
        return palette.good
    return palette.changed if change.writes else palette.calm


def _fields(change: Change, palette: Palette) -> Iterator[str]:
    """Tell each field that would be sent, and nothing that stays as it is."""
    told_already = {each.path for each in change.differences}
    for difference in change.differences:
        yield f"{difference.path}: {_difference(change, difference, palette)}"
    for name in change.send:
        if name not in told_already:
            yield f"{name}: {untold_text(change, name)}"


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


def _orphan(orphan: Orphan) -> str:
    """Tell what is left as it is, and below it each way to have it otherwise."""
    return "\n      ".join((orphan_line(orphan), *map(printable, filter(None, orphan.advice.split("; ")))))


def _section(title: str, symbol: str, lines: Iterable[str]) -> Iterator[str]:
    shown = [f"  {symbol} {line}" for line in lines]
    if shown:
        yield from (title, *shown, "")


def _rail(rail: Rail, palette: Palette) -> Iterator[str]:
    yield f"{palette.bad('Not to be applied')} ({rail.rule}): {printable(rail.text)}"
    way_out = printable(rail.lifted_by) if rail.lifted_by else "nothing"
    yield f"  lifted by: {way_out}"
