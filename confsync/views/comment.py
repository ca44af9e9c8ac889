"""Markdown that fits into one comment of a pull request, however large the plan is."""

# A comment is made of blocks. If they are too long together, it is rendered again with less detail, step by step.

from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from typing import Self

from confsync.views.escaping import markdown_comment, markdown_fence

ROOM = 60_000
"""In characters. GitHub refuses a comment of more than 65,536; the rest is left to whoever posts it."""

NAME_ROOM = 1_000
"""The most characters of a single text, because a hostile one may have any length."""


class Detail(IntEnum):
    """How much a comment shows. `left_out` is what a step leaves out and the one before it does not."""

    left_out: str

    def __new__(cls, step: int, left_out: str) -> Self:
        """Make a member that equals its step and says what it leaves out."""
        member = int.__new__(cls, step)
        member._value_ = step
        member.left_out = left_out
        return member

    EVERYTHING = 0, ""
    NO_VALUES = 1, "the values of fields, except of what is deleted or replaced"
    NO_UPDATES = 2, "each update"
    NO_CREATES = 3, "each create, adoption and move"
    NO_REMARKS = 4, "each resource that is left alone, each warning, and each risk that is not high"
    BARE = 5, "the fields of what is deleted or replaced, its SID and why, and each risk"


Page = Callable[[Detail], Iterable[str]]


def fitted(page: Page, *, brief: bool = False) -> str:
    """Return the most detailed page that fits. If none does, cut the shortest and say so."""
    steps = [each for each in Detail if each >= Detail.NO_VALUES or not brief]
    return next(filter(None, (_within(page(each)) for each in steps)), None) or _cut(page(Detail.BARE))


def marker(verb: str, environment: str | None) -> str:
    """Return the hidden first line, which identifies the comment."""
    return f"<!-- confsync {verb}{f': {markdown_comment(clipped(environment))}' if environment else ''} -->"


def folded(summary: str, blocks: Iterable[str]) -> str:
    """Fold blocks behind a summary line."""
    return "\n\n".join((f"<details><summary>{summary}</summary>", *blocks, "</details>"))


def diff_block(lines: list[str]) -> str:
    """Render lines that begin with `+`, `-` or `!` as a coloured diff."""
    return markdown_fence(lines, "diff")


def clipped(text: str, room: int = NAME_ROOM) -> str:
    """Shorten a long text. It still has to be escaped."""
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _within(blocks: Iterable[str]) -> str | None:
    """Join blocks; None if they are too long."""
    shown, room = [], ROOM
    for piece in _joined(blocks):
        room -= len(piece)
        if room < 0:
            return None
        shown.append(piece)
    return "".join(shown)


def _cut(blocks: Iterable[str]) -> str:
    """Keep the blocks that fit, and say first that the comment is incomplete."""
    first, title, *rest = blocks
    room, shown = ROOM - len(first) - len(title) - len(_CUT) - _ROOM_FOR_NUMBERS, []
    for block in rest:
        room -= len(block) + len(_APART)
        if room < 0:
            break
        shown.append(block)
    return "".join(_joined((first, title, _CUT.format(missing=len(rest) - len(shown)), *shown)))


def _joined(blocks: Iterable[str]) -> Iterator[str]:
    """Put an empty line between two blocks, except between two items of a list."""
    before = ""
    for block in blocks:
        if before:
            yield "\n" if before.startswith(_ITEM) and block.startswith(_ITEM) else _APART
        yield block
        before = block
    yield "\n"


_ITEM, _APART = "- ", "\n\n"
_ROOM_FOR_NUMBERS = 40
_CUT = (
    "**This comment is incomplete: there was no room for {missing:,} more lines, which may be deletions, "
    "replacements, guardrails or errors. Do not approve based on it: read the output of the run itself.**"
)
