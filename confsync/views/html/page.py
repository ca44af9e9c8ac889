"""A self-contained HTML page: markup that is escaped in one place, our own style and script, and a strict policy."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from confsync.quoting import shown_address
from confsync.views.escaping import code_spans, html, printable
from confsync.views.remarks import Remark, RemarkLine
from confsync.views.wording import symbols


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


def plain_page(title: str, header: Markup, body: Iterable[Markup], *, styles: Sequence[str]) -> str:
    """Render a page without a script and without a sidebar. `styles` are the names of its style sheets."""
    style = "".join(_part("css", name) for name in styles)
    policy = f"default-src 'none'; style-src '{_hash(style)}'; base-uri 'none'; form-action 'none'"
    filled = {"policy": policy, "title": joined([title]), "style": style, "header": header, "body": joined(body)}
    return Template(_part("html", "plain")).substitute(filled)


def prose(text: str, *, class_: str | bool = False) -> Markup:
    """Render a sentence. What it quotes in backticks becomes code, of that class."""
    if "`" not in text:
        return joined([text])
    return joined(element("code", each, class_=class_) if is_code else each for each, is_code in code_spans(text))


def sign(actions: Sequence[str], shown: str = "") -> Markup:
    """Render the symbol of actions in their colour. The actions are also shown as words."""
    return element("i", shown or symbols(actions), class_="sign", data_actions=" ".join(actions), aria_hidden="true")


def address_markup(address: str) -> Markup:
    """Render an address as a heading that stresses its last step."""
    *above, last = address.split("/")
    steps = (piece for each in above for piece in (f"{each}/", element("wbr")))
    return element("h3", element("span", *steps), last)


def header(title: str, badges: Iterable[Markup], counts: Iterable[Markup], *below: Markup) -> Markup:
    """Render the head of a page: what it is, and the result in large letters."""
    return element("header", element("h1", title, *badges), element("p", *counts, class_="counts"), *below)


def count_markup(number: int, words: str, **tone: str) -> Markup:
    """Render one number of the result in the colour of its action or status."""
    return element("span", element("b", f"{number:,}"), f" {words}", class_="count", **tone)


def facts(shown: Iterable[tuple[str, Markup]]) -> Markup:
    """Render the facts below the result."""
    rows = [element("div", element("dt", name), element("dd", value)) for name, value in shown]
    return element("dl", *rows, class_="facts")


def headed(title: str, number: int) -> Markup:
    """Render the heading of a section, with the number of its entries."""
    return element("h2", f"{title} ", element("small", f"{number:,}"))


def left_alone(remark: Remark, *, folded: bool = True) -> Markup:
    """Render what is left alone or was not checked, folded behind a heading with the number of lines."""
    shown = [_remark_line(each) for each in remark.lines]
    content = element("summary", headed(remark.title, remark.number)), element("dl", *shown)
    return element("details", *content, class_="left-alone", open=not folded) if shown else NOTHING


def _remark_line(line: RemarkLine) -> Markup:
    said = prose(line.text.removeprefix(printable(shown_address(line.address))))
    advice = (element("p", prose(each)) for each in line.advice)
    mark = element("b", line.mark, class_="mark") if line.mark else NOTHING
    return element("div", element("dt", line.address), element("dd", mark, said, *advice), class_="entry")


def facet(title: str, name: str, counts: Mapping[str, int], shown: Callable[[str], Sequence[Markup | str]]) -> Markup:
    """Render a filter: a box for each value of the attribute `data-NAME`."""
    choices = [
        element(
            "label",
            element("input", type="checkbox", name=name, value=value),
            *shown(value),
            element("small", f"{count:,}"),
        )
        for value, count in counts.items()
    ]
    return element("fieldset", element("legend", title, class_="unseen"), *choices) if choices else NOTHING


def _part(suffix: str, name: str = "plan") -> str:
    return files("confsync.views.html").joinpath(f"{name}.{suffix}").read_text(encoding="utf-8")


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
