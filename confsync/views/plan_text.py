"""A plan as a reviewer reads it."""

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping

from confsync.config.desired import MissingSecret
from confsync.engine.change import Action, Change
from confsync.engine.diff import Difference, Part
from confsync.engine.fingerprints import SecretState
from confsync.engine.identity import Stray
from confsync.engine.orphans import Orphan
from confsync.engine.plan import Plan, Target
from confsync.engine.rails import Rail
from confsync.names import Address
from confsync.secret import Secret
from confsync.twilio.origin import is_twilio
from confsync.views.configuration_text import files_of
from confsync.views.foreign import printable
from confsync.views.gravity import gravest_first
from confsync.views.palette import PLAIN, Palette
from confsync.views.values import json_text, secret_text, side_text, untold_text, word

NO_CHANGES = "No changes. Twilio matches the configuration."
MOST_STRAYS = 10
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


def as_text(plan: Plan, palette: Palette = PLAIN, *, title: str = "Plan", brief: bool = False) -> str:
    """Tell a whole plan: whom it is for, each change, what is left alone, one summary line, and the rails.

    A brief one tells each change in a line of its own, the gravest first.
    """
    return "\n".join(_lines(plan, palette, title, brief=brief)) + "\n"


def summary(plan: Plan) -> str:
    """Tell in one line how much would be done."""
    if not plan.summary and not plan.rails:
        forgone = sum(each.forgone for each in plan.changes)
        return f"No changes can be made: {forgone} differ in what Twilio takes no change of." if forgone else NO_CHANGES
    count = plan.summary
    parts = [f"{count[action]} to {action}" for action in (Action.CREATE, Action.UPDATE, Action.REPLACE)]
    parts.append("0 to delete")
    parts += [f"{count[action]} to {action}" for action in (Action.ADOPT, Action.MOVE) if count[action]]
    return f"Plan: {', '.join(parts)}."


def symbols(change: Change) -> str:
    """Give the marks of what happens to a resource."""
    return "".join(SYMBOLS[action] for action in change.actions)


def place_of(change: Change) -> str:
    """Say in which line of which file a change is asked for."""
    return printable(f"{change.source.file}:{change.source.line}")


def target_text(target: Target) -> str:
    """Name account, environment and ledger; another host than Twilio's stands beside the account."""
    host = " (EMULATOR)" if target.emulator else "" if is_twilio(target.base_url) else f" at {target.base_url}"
    environment = f"environment {target.environment}" if target.environment else "no environment (account not checked)"
    ledger = "none" if target.ledger is None else f"serial {target.ledger}"
    return printable(f"account {target.account_sid}{host}, {environment}, ledger {ledger}")


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


def orphan_line(orphan: Orphan) -> str:
    """Tell what is no longer managed, and why."""
    named = "" if orphan.name == orphan.address.key else f", named '{orphan.name}'"
    return printable(f"{orphan.address} ({orphan.sid}{named}): {orphan.reason}")


def unchecked_lines(plan: Plan) -> Iterator[str]:
    """Tell each secret whose reference is not available here."""
    for change in plan.changes:
        for name, state in change.untold.items():
            if state is SecretState.NOT_CHECKED:
                yield printable(f"{change.address}#{name}")


def _lines(plan: Plan, palette: Palette, title: str, *, brief: bool) -> Iterator[str]:
    yield palette.loud(f"{title} for {target_text(plan.target)}")
    yield f"Configuration: {files_of(plan.revision.files)}"
    yield ""
    yield from _brief_changes(plan, palette) if brief else _changes(plan, palette)
    unknown = palette.calm("?")
    yield from _section("Not managed, left alone:", unknown, unmanaged_lines(plan.unmanaged))
    yield from _section("No longer managed, left alone:", unknown, map(orphan_line, plan.orphaned))
    yield from _section("Not checked, since the reference is not available here:", " ", unchecked_lines(plan))
    yield palette.loud(summary(plan))
    for rail in plan.rails:
        yield ""
        yield from _rail(rail, palette)


def _changes(plan: Plan, palette: Palette) -> Iterator[str]:
    for change in plan.changes:
        if change.actions:
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
    if change.reason:
        yield palette.faint(f"      why: {printable(change.reason)} ({place_of(change)})")


def _heading(change: Change, palette: Palette) -> str:
    return f"{_colour(change, palette)(f'{symbols(change):>3}')} {printable(str(change.address))}"


def _colour(change: Change, palette: Palette) -> Callable[[str], str]:
    if Action.REPLACE in change.actions:
        return palette.bad
    if Action.CREATE in change.actions:
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


def _section(title: str, symbol: str, lines: Iterable[str]) -> Iterator[str]:
    shown = [f"  {symbol} {line}" for line in lines]
    if shown:
        yield from (title, *shown, "")


def _rail(rail: Rail, palette: Palette) -> Iterator[str]:
    yield f"{palette.bad('Not to be applied')} ({rail.rule}): {printable(rail.text)}"
    way_out = printable(rail.lifted_by) if rail.lifted_by else "nothing"
    yield f"  lifted by: {way_out}"
