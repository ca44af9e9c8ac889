"""One change as a reviewer unfolds it: its fields as a diff, and why it must be."""

from collections.abc import Iterator

from confsync.config.desired import MissingSecret
from confsync.plan.change import Change
from confsync.plan.difference import Difference, Part
from confsync.secret import Secret
from confsync.views.comment import Detail, clipped, diff_block, folded
from confsync.views.consequence import what_goes
from confsync.views.escaping import html, markdown, markdown_code, printable
from confsync.views.plan_words import also_deleted_text, named, place_of, sent_fields, symbols
from confsync.views.severity import Severity
from confsync.views.values import json_text, secret_text, side_text, word, write_only_text


def as_block(change: Change, detail: Detail) -> str:
    """Tell a change with its fields where there is room for them, else in one line."""
    title = f"{symbols(change)} {change.address}"
    if change.deletes:
        return _delete(change, detail)
    full = detail < (Detail.BARE if Severity.of(change) is Severity.LOSS else Detail.NO_VALUES)
    beneath = list(_beneath(change)) if full else []
    return folded(f"<code>{html(title)}</code>", beneath) if beneath else _line(change)


def _delete(change: Change, detail: Detail) -> str:
    """Tell what is to be gone: there are no fields to unfold, and which live thing it is must be seen at once."""
    said = what_goes(change)
    goes = [markdown(clipped(f"{said[0].upper()}{said[1:]}."))] if said else []
    if detail is Detail.BARE:
        return "\n  ".join((_line(change), *goes))
    with_it = [f"With it: {markdown(clipped(also_deleted_text(change)))}"] if change.also_deleted else []
    line = f"- {markdown_code(f'{symbols(change)} {clipped(named(change))}')}"
    return "\n  ".join((line, *goes, *with_it, _why(change)))


def _line(change: Change) -> str:
    sent = ", ".join(map(markdown_code, sent_fields(change))) if change.before else ""
    line = markdown_code(f"{symbols(change)} {clipped(str(change.address))}")
    return f"- {line}{f': {sent}' if sent else ''}"


def _beneath(change: Change) -> Iterator[str]:
    """Tell what a reviewer finds below the line of a change."""
    if lines := list(_diff(change)):
        yield diff_block(lines)
    if change.reason:
        yield _why(change)


def _why(change: Change) -> str:
    return f"Why: {markdown(clipped(change.reason or 'it is asked for'))} ({markdown_code(place_of(change))})"


def _diff(change: Change) -> Iterator[str]:
    """Tell each field that would be sent; what is not shown, or not known to differ, behind a mark of its own."""
    for difference in change.differences:
        yield from _difference(change, difference)
    compared = {each.path for each in change.differences}
    yield from (f"! {name}: {write_only_text(change, name)}" for name in change.send if name not in compared)


def _difference(change: Change, difference: Difference) -> Iterator[str]:
    path = difference.path
    if isinstance(difference.after, Secret | MissingSecret):
        yield f"! {path}: {secret_text(change, path)}"
    elif difference.added or difference.removed:
        yield from (f"- {path}: {word(each)}" for each in difference.removed)
        yield from (f"+ {path}: {word(each)}" for each in difference.added)
    elif difference.parts:
        yield from (line for part in difference.parts for line in _part(path, part))
    else:
        before, after = (side_text(difference, each) for each in (difference.before, difference.after))
        yield from (f"- {path}: {before}", f"+ {path}: {after}") if change.before else (f"+ {path}: {after}",)


def _part(path: str, part: Part) -> Iterator[str]:
    place = f"{path} {printable(part.path)}"
    yield from (
        f"{mark} {place}: {json_text(text)}"
        for mark, text in (("-", part.before), ("+", part.after))
        if text is not None
    )
