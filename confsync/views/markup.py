"""HTML, made so that no foreign text can become a part of it: what is not markup already is escaped, here and once."""

from collections.abc import Iterable
from html import escape

from confsync.views.escaping import html


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


NOTHING = Markup("")

_ALONE = frozenset({"input", "wbr"})


def element(name: str, /, *inside: str, **attributes: str | bool) -> Markup:
    """Make an element. `class_` is the attribute `class`, `data_cards` is `data-cards`; False leaves one out."""
    opened = f"<{name}{''.join(_attribute(each, value) for each, value in attributes.items() if value is not False)}>"
    return Markup(opened if name in _ALONE else f"{opened}{joined(inside)}</{name}>")


def joined(pieces: Iterable[str]) -> Markup:
    """Put pieces one after the other; those that are not markup are shown as they are."""
    return Markup("".join(each if isinstance(each, Markup) else html(each) for each in pieces))


def verbatim(piece: str) -> Markup:
    """Show a piece of a text that was made printable as a whole; what begins a piece does not begin a line."""
    return Markup(escape(piece)) if piece.isprintable() else joined([piece])


def _attribute(name: str, value: str | bool) -> str:  # noqa: FBT001 — as HTML has it
    written = name.rstrip("_").replace("_", "-")
    return f" {written}" if value is True else f' {written}="{html(str(value))}"'
