"""One change as a card on the page: what it does to which resource, and every field that changes."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from confsync.views.consequence import DELETED, consequence_sentence, risk_text
from confsync.views.documents import Plain
from confsync.views.escaping import printable
from confsync.views.html.page import NOTHING, Markup, address_markup, element, joined, prose, sign, verbatim
from confsync.views.plan_document import ChangePart, DifferencePart, JsonDifferencePart
from confsync.views.wording import has_other_name, place_text, quoted, word

DESTROYS = frozenset({"delete", "replace"})

Links = Mapping[str, str]
"""The id of the card of each address that has one."""

_WORDS = re.compile(r"\w+|\W")

_FEW = 4
"""Texts with fewer equal words than this at both ends are shown without marking what differs."""


def card(change: ChangePart, name: str, links: Links) -> Markup:
    """Render one change. `name` is the id of its card."""
    rows = (_named(change), _moved(change), _fields(change, links), _unchanged(change))
    body = (*rows, *_risks(change), _also_deleted(change.also_deleted), _why(change))
    return element(
        "details",
        element("summary", sign(change.actions), address_markup(change.address), _actions(change)),
        element("div", *body, class_="body"),
        class_="change entry",
        id=name,
        open=True,
        data_actions=" ".join(change.actions),
        data_risks=" ".join(levels(change)),
    )


def levels(change: ChangePart) -> Sequence[str]:
    """Return the levels of the risks of a change, each once, most severe first."""
    return tuple(dict.fromkeys(each.level for each in change.risk))


def level_markup(level: str) -> Markup:
    """Render the level of a risk."""
    return element("span", level, class_="risk", data_level=level)


def _actions(change: ChangePart) -> Markup:
    return element("span", ", ".join(change.actions), class_="actions", data_actions=" ".join(change.actions))


def _named(change: ChangePart) -> Markup:
    """Name the live resource that is lost, unless its address shows the name."""
    named = DESTROYS.intersection(change.actions) and has_other_name(change.name, change.address)
    return element("p", "named ", _code(quoted(change.name or ""))) if named else NOTHING


def _moved(change: ChangePart) -> Markup:
    return element("p", "was ", _code(change.previous_address)) if change.previous_address else NOTHING


def _fields(change: ChangePart, links: Links) -> Markup:
    rows = [element("div", element("dt", name), element("dd", shown)) for name, shown in _rows(change, links)]
    return element("dl", *rows) if rows else NOTHING


def _rows(change: ChangePart, links: Links) -> Iterator[tuple[str, Markup]]:
    """List what differs, then what else is sent: all fields if nothing exists yet."""
    if change.before is not None:
        yield from ((each.path, _difference(change, each, links)) for each in change.differences)
    listed = {each.path for each in change.differences} if change.before is not None else frozenset()
    unchanged = _unchanged_paths(change)
    for path, value in (change.after or {}).items():
        if path not in listed and path not in unchanged:
            yield path, _side(change, path, value, links, "ins" if change.before is None else "code")
    if not change.after:
        yield from ((path, _side(change, path, value, links, "del")) for path, value in (change.before or {}).items())


def _unchanged_paths(change: ChangePart) -> Sequence[str]:
    """Return the fields that are the same before and after, except sensitive ones: their text says so."""
    differs = {each.path for each in change.differences}
    known = change.before or {}
    return [path for path in change.after or {} if path in known and path not in {*differs, *change.sensitive}]


def _unchanged(change: ChangePart) -> Markup:
    paths = _unchanged_paths(change)
    if not paths:
        return NOTHING
    rows = [element("div", element("dt", each), element("dd", _value(change.after[each], "code"))) for each in paths]
    summary = f"{len(paths)} field{'s' * (len(paths) > 1)} unchanged"
    return element("details", element("summary", summary), element("dl", *rows), class_="unchanged")


def _difference(change: ChangePart, difference: DifferencePart, links: Links) -> Markup:
    """Render one field: a set by its added and removed items, JSON by its parts, anything else by both sides."""
    if difference.path in change.sensitive:
        return _masked(str(difference.after))
    if difference.added or difference.removed:
        return joined((*_items(difference.removed, "del"), *_items(difference.added, "ins")))
    if difference.parts:
        return element("dl", *map(_part, difference.parts))
    before, after = difference.before, difference.after
    if isinstance(before, str) and isinstance(after, str) and difference.path not in change.references:
        return _compared(quoted(before), quoted(after))
    return _sides(_value(before, "del"), _side(change, difference.path, after, links, "ins"))


def _part(part: JsonDifferencePart) -> Markup:
    match part.before, part.after:
        case str() as before, str() as after:
            shown = _compared(before, after)
        case before, after:
            gone = before is not None
            shown = element("del" if gone else "ins", (before if gone else after) or "", class_="item")
    return element("div", element("dt", part.path), element("dd", shown))


def _side(change: ChangePart, path: str, value: Plain, links: Links, tag: str) -> Markup:
    if path in change.sensitive:
        return _masked(str(value))
    if path in change.references:
        return _reference(str(value), links, tag)
    return _value(value, tag)


def _masked(state: str) -> Markup:
    return element("span", state.removeprefix("(").removesuffix(")"), class_="masked")


def _reference(address: str, links: Links, tag: str) -> Markup:
    return element(tag, link(address, links), element("small", " known after apply"))


def link(address: str, links: Links) -> Markup:
    """Name a resource, as a link if it has a card."""
    if address in links:
        return element("a", address, href=f"#{links[address]}")
    return _code(address)


def _value(value: Plain, tag: str) -> Markup:
    match value:
        case []:
            return element(tag, "[]")
        case list():
            return joined(_items(value, tag))
        case dict():
            return joined((*_items(value.get("remove", []), "del"), *_items(value.get("add", []), "ins")))
        case str():
            return element(tag, quoted(value))
    return element(tag, json.dumps(value))


def _items(items: Iterable[str], tag: str) -> Iterator[Markup]:
    return (element(tag, word(each), class_="item") for each in items)


def _sides(before: Markup, after: Markup) -> Markup:
    return element("span", before, element("span", after, class_="to"), class_="sides")


def _compared(before: str, after: str) -> Markup:
    """Render two texts, and mark the words that differ if they begin or end alike."""
    old, new = (_WORDS.findall(printable(each)) for each in (before, after))
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    return _sides(_marked("del", old, head, tail), _marked("ins", new, head, tail))


def _alike(words: Sequence[str], others: Sequence[str]) -> int:
    """Count the equal words at the beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(words, others, strict=False)))


def _marked(tag: str, words: Sequence[str], head: int, tail: int) -> Markup:
    end = len(words) - tail
    if head + tail < _FEW or head == end:
        return element(tag, verbatim("".join(words)))
    first, middle, last = (verbatim("".join(each)) for each in (words[:head], words[head:end], words[end:]))
    return element(tag, first, element("b", middle), last)


def _also_deleted(addresses: Sequence[str]) -> Markup:
    if not addresses:
        return NOTHING
    count = element("summary", f"Also deleted: {len(addresses):,} managed", class_="loss")
    return element("details", count, element("ul", *(element("li", _code(each)) for each in addresses)))


def _risks(change: ChangePart) -> Iterator[Markup]:
    """Render the risks, then what a replace affects; the risk of a delete already says that."""
    for risk in change.risk:
        yield element("p", level_markup(risk.level), " ", prose(risk_text(change, risk)))
    if change.consequence and not any(each.rule == DELETED for each in change.risk):
        yield element("p", consequence_sentence(change), class_="loss")


def _why(change: ChangePart) -> Markup:
    """Render the reason, the line that asks for it, and the SID."""
    place = element("code", place_text(change.source))
    sid = (" · ", _code(change.sid)) if change.sid else ()
    reason = (element("span", prose(change.reason)), " · ") if change.reason else ()
    return element("p", *reason, place, *sid, class_="why")


def _code(text: str) -> Markup:
    return element("code", text)
