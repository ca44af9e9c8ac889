"""One change in a comment: a line that a reviewer unfolds to see its fields as a diff, and why it is made."""

from collections.abc import Iterator

from confsync.views import wording
from confsync.views.comment import Detail, clipped, diff_block, folded
from confsync.views.escaping import html, markdown, markdown_code, printable
from confsync.views.plan_document import ChangePart, DifferencePart, JsonDifferencePart
from confsync.views.severity import Severity


def change_as_markdown(change: ChangePart, detail: Detail) -> str:
    """Render a change with its fields if there is room for them, otherwise in one line."""
    if "delete" in change.actions:
        return _delete(change, detail)
    full = detail < (Detail.BARE if Severity.of(change) is Severity.LOSS else Detail.NO_VALUES)
    body = list(_body(change)) if full else []
    title = f"<code>{html(f'{wording.symbols(change.actions)} {change.address}')}</code>"
    return folded(title, body) if body else _line(change)


def _delete(change: ChangePart, detail: Detail) -> str:
    # A delete is not folded: it has no fields, and a reviewer must see at once which live resource it is.
    text = change.consequence
    lines = [markdown(clipped(f"{text[0].upper()}{text[1:]}."))] if text else []
    if detail is Detail.BARE:
        return "\n  ".join((_line(change), *lines))
    also = [f"Also deleted: {markdown(clipped(wording.also_deleted_text(change)))}"] if change.also_deleted else []
    title = f"- {markdown_code(f'{wording.symbols(change.actions)} {clipped(wording.change_title(change))}')}"
    return "\n  ".join((title, *lines, *also, _why(change)))


def _line(change: ChangePart) -> str:
    sent = ", ".join(map(markdown_code, wording.sent_paths(change))) if change.before is not None else ""
    line = markdown_code(f"{wording.symbols(change.actions)} {clipped(change.address)}")
    return f"- {line}{f': {sent}' if sent else ''}"


def _body(change: ChangePart) -> Iterator[str]:
    if lines := list(_diff(change)):
        yield diff_block(lines)
    if change.reason:
        yield _why(change)


def _why(change: ChangePart) -> str:
    place = markdown_code(wording.place_text(change.source))
    return f"Why: {markdown(clipped(change.reason or 'it is declared'))} ({place})"


def _diff(change: ChangePart) -> Iterator[str]:
    """Render each field that would be sent; `!` marks a value that is masked or not known to differ."""
    for difference in change.differences:
        yield from _difference(change, difference)
    yield from (f"! {sent.path}: {wording.sent_text(sent)}" for sent in change.also_sent)


def _difference(change: ChangePart, difference: DifferencePart) -> Iterator[str]:
    path = difference.path
    before, after = wording.side_texts(change, difference)
    if path in change.sensitive:
        yield f"! {path}: {after}"
    elif difference.added or difference.removed:
        yield from (f"- {path}: {wording.word(each)}" for each in difference.removed)
        yield from (f"+ {path}: {wording.word(each)}" for each in difference.added)
    elif difference.parts:
        yield from (line for part in difference.parts for line in _part(path, part))
    else:
        yield from (f"+ {path}: {after}",) if change.before is None else (f"- {path}: {before}", f"+ {path}: {after}")


def _part(path: str, part: JsonDifferencePart) -> Iterator[str]:
    place = f"{path} {printable(part.path)}"
    sides = (("-", part.before), ("+", part.after))
    yield from (f"{mark} {place}: {printable(text)}" for mark, text in sides if text is not None)
