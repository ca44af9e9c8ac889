"""A self-contained HTML page: markup that is escaped in one place, our own style and script, and a strict policy."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from confsync.views.documents import DiagnosticPart
from confsync.views.escaping import html


class Markup(str):
    """Text that is already HTML."""

    __slots__ = ()


NOTHING = Markup("")

_ALONE = frozenset({"input", "wbr"})


def element(name: str, /, *inside: str, **attributes: str | bool) -> Markup:
    """Render an element. `class_` is the attribute `class`, `data_cards` is `data-cards`; False omits one."""
    opened = f"<{name}{''.join(_attribute(each, value) for each, value in attributes.items() if value is not False)}>"
    return Markup(opened if name in _ALONE else f"{opened}{joined(inside)}</{name}>")


def joined(pieces: Iterable[str]) -> Markup:
    """Join pieces, and escape those that are not markup."""
    return Markup("".join(each if isinstance(each, Markup) else html(each) for each in pieces))


def verbatim(piece: str) -> Markup:
    """Escape a piece of a text that is already printable as a whole."""
    return Markup(escape(piece)) if piece.isprintable() else joined([piece])


def page(
    title: str, header: Markup, body: Iterable[Markup], *, facets: Iterable[Markup] = (), outline: Markup = NOTHING
) -> str:
    """Render a page. The script only adds the filter and folds the outline; everything is there without it."""
    style, script = _part("css"), _part("js")
    filled = {
        "policy": _policy(style, script),
        "title": joined([title]),
        "style": style,
        "script": script,
        "header": header,
        "facets": joined(facets),
        "outline": outline,
        "body": joined(body),
    }
    return Template(_part("html")).substitute(filled)


def facts(shown: Iterable[tuple[str, Markup]]) -> Markup:
    """Render the facts below the title of a page."""
    rows = [element("div", element("dt", name), element("dd", value)) for name, value in shown]
    return element("dl", *rows, class_="facts")


def diagnostic_markup(diagnostic: DiagnosticPart) -> Markup:
    """Render an error or a warning, with the line that it is about."""
    found = diagnostic.range
    place = found and f"{found.file}:{found.start.line}"
    return element(
        "section",
        element("h2", f"{diagnostic.severity} {diagnostic.code}: {diagnostic.summary}"),
        element("p", diagnostic.detail) if diagnostic.detail else NOTHING,
        element("p", element("code", place), class_="why") if place else NOTHING,
        element("pre", diagnostic.snippet) if diagnostic.snippet else NOTHING,
        class_="warning" if diagnostic.severity == "warning" else "guardrail",
    )


def _part(suffix: str) -> str:
    return files("confsync.views").joinpath("html", f"plan.{suffix}").read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Allow our own style and script by their hashes, and nothing else."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _attribute(name: str, value: str | bool) -> str:  # noqa: FBT001 — HTML has both
    written = name.rstrip("_").replace("_", "-")
    return f" {written}" if value is True else f' {written}="{html(str(value))}"'
