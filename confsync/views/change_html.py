"""One change as a card: what it does to which resource, and every field that becomes otherwise."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from confsync.views.escaping import printable
from confsync.views.markup import NOTHING, Markup, element, joined, verbatim
from confsync.views.plan_parts import ChangePart, CountPart, DifferencePart, PartPart, RiskPart
from confsync.views.values import Plain, quoted, word

SYMBOLS: Mapping[str, str] = {
    "delete": "-",
    "replace": "-/+",
    "create": "+",
    "recreate": "+",
    "update": "~",
    "move": ">",
    "adopt": "<",
}
"""What each action is shown as, worst first; a new action shows as a dot until it has a symbol."""

DESTROYS = frozenset({"delete", "replace"})

Links = Mapping[str, str]
"""The card of each address that has one."""

_WORDS = re.compile(r"\w+|\W")

_FEW = 4
"""Two texts that have fewer equal words at their ends than this are shown as two."""


def card(change: ChangePart, name: str, links: Links) -> Markup:
    """Show one change; `name` is what links to it."""
    body = (
        *(_named(change), _moved(change), _fields(change, links), _unchanged(change)),
        *(_loss(change), _risks(change), _why(change)),
    )
    return element(
        "details",
        element("summary", symbol(change), _address(change.address), _actions(change)),
        element("div", *body, class_="body"),
        class_="change",
        id=name,
        open=True,
        data_actions=" ".join(change.actions),
        data_risks=" ".join(levels(change)),
    )


def symbol(change: ChangePart) -> Markup:
    """Show what happens as a sign; the words for it stand elsewhere."""
    return sign(" ".join(change.actions), "".join(SYMBOLS.get(each, "•") for each in change.actions))


def sign(actions: str, shown: str) -> Markup:
    """Show a sign in the colour of its actions."""
    return element("i", shown, class_="sign", data_actions=actions, aria_hidden="true")


def levels(change: ChangePart) -> Sequence[str]:
    """Name the levels of the risks of a change, each once and the gravest first."""
    return tuple(dict.fromkeys(each.level for each in change.risk))


def risk(said: RiskPart) -> Markup:
    """Show one risk with its level."""
    return joined((element("span", said.level, class_="risk", data_level=said.level), " ", said.text))


def _address(address: str) -> Markup:
    *above, last = address.split("/")
    steps = (piece for each in above for piece in (f"{each}/", element("wbr")))
    return element("h3", element("span", *steps), last)


def _actions(change: ChangePart) -> Markup:
    return element("span", ", ".join(change.actions), class_="actions", data_actions=" ".join(change.actions))


def _named(change: ChangePart) -> Markup:
    """Say which live thing is lost, where its address does not."""
    named = DESTROYS.intersection(change.actions) and change.name not in (None, change.address.rpartition("/")[2])
    return element("p", "named ", _code(quoted(change.name or ""))) if named else NOTHING


def _moved(change: ChangePart) -> Markup:
    return element("p", "was ", _code(change.previous_address)) if change.previous_address else NOTHING


def _fields(change: ChangePart, links: Links) -> Markup:
    rows = [element("div", element("dt", name), element("dd", shown)) for name, shown in _rows(change, links)]
    return element("dl", *rows) if rows else NOTHING


def _rows(change: ChangePart, links: Links) -> Iterator[tuple[str, Markup]]:
    """Tell what differs; then whatever else is sent, which is all of it where nothing exists yet."""
    if change.before is not None:
        yield from ((each.path, _difference(change, each, links)) for each in change.differences)
    told = {each.path for each in change.differences} if change.before is not None else frozenset()
    kept = _kept(change)
    for path, value in (change.after or {}).items():
        if path not in told and path not in kept:
            yield path, _side(change, path, value, links, "ins" if change.before is None else "code")
    if not change.after:
        yield from ((path, _side(change, path, value, links, "del")) for path, value in (change.before or {}).items())


def _kept(change: ChangePart) -> Sequence[str]:
    """Name the fields that are the same before and after; of a sensitive one, its own text tells."""
    differs = {each.path for each in change.differences}
    known = change.before or {}
    return [path for path in change.after or {} if path in known and path not in {*differs, *change.sensitive}]


def _unchanged(change: ChangePart) -> Markup:
    kept = _kept(change)
    if not kept:
        return NOTHING
    rows = [element("div", element("dt", each), element("dd", _value(change.after[each], "code"))) for each in kept]
    said = f"{len(kept)} field{'s' * (len(kept) > 1)} unchanged"
    return element("details", element("summary", said), element("dl", *rows), class_="kept")


def _difference(change: ChangePart, difference: DifferencePart, links: Links) -> Markup:
    """Show one field: a set by what comes and goes, a mapping by its parts, all else by both its sides."""
    if difference.path in change.sensitive:
        return _masked(str(difference.after))
    if difference.added or difference.removed:
        return joined((*_items(difference.removed, "del"), *_items(difference.added, "ins")))
    if difference.parts:
        return element("dl", *map(_part, difference.parts))
    before, after = difference.before, difference.after
    if isinstance(before, str) and isinstance(after, str) and difference.path not in change.references:
        return _told_apart(quoted(before), quoted(after))
    return _sides(_value(before, "del"), _side(change, difference.path, after, links, "ins"))


def _part(part: PartPart) -> Markup:
    match part.before, part.after:
        case str() as before, str() as after:
            shown = _told_apart(before, after)
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
    """Name a resource, as a link where it has a card."""
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


def _told_apart(before: str, after: str) -> Markup:
    """Show two texts, and mark the words that differ where they begin or end alike."""
    old, new = (_WORDS.findall(printable(each)) for each in (before, after))
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    return _sides(_marked("del", old, head, tail), _marked("ins", new, head, tail))


def _alike(words: Sequence[str], others: Sequence[str]) -> int:
    """Count the words at the beginning that are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(words, others, strict=False)))


def _marked(tag: str, words: Sequence[str], head: int, tail: int) -> Markup:
    end = len(words) - tail
    if head + tail < _FEW or head == end:
        return element(tag, verbatim("".join(words)))
    first, middle, last = (verbatim("".join(each)) for each in (words[:head], words[head:end], words[end:]))
    return element(tag, first, element("b", middle), last)


def _loss(change: ChangePart) -> Markup:
    """Tell what goes with something that is deleted, or hangs on it; what is ours can be unfolded."""
    counts = ", ".join(map(_count, change.blast_radius.counts)) if change.blast_radius else ""
    said = "; ".join((*filter(None, (counts,)), *(change.blast_radius.facts if change.blast_radius else ())))
    return joined(
        (
            element("p", "Hangs on it: ", said, class_="loss") if said else NOTHING,
            _lost(change.also_deleted) if change.also_deleted else NOTHING,
        )
    )


def _count(count: CountPart) -> str:
    """Tell one number; one that nothing is known of is not told as a zero, which would read as none."""
    if not count.number and not count.complete:
        return f"an unknown number of {count.what}"
    return f"{'' if count.complete else 'at least '}{count.number:,} {count.what}"


def _lost(addresses: Sequence[str]) -> Markup:
    said = element("summary", f"Goes with it: {len(addresses):,} that confsync manages", class_="loss")
    return element("details", said, element("ul", *(element("li", _code(each)) for each in addresses)), class_="lost")


def _risks(change: ChangePart) -> Markup:
    return joined(element("p", risk(each)) for each in change.risk)


def _why(change: ChangePart) -> Markup:
    """Say why, which line asks for it, and which live thing it is."""
    place = element("code", f"{change.source.file}:{change.source.line}")
    sid = (" · ", _code(change.sid)) if change.sid else ()
    reason = (element("span", change.reason), " · ") if change.reason else ()
    return element("p", *reason, place, *sid, class_="why")


def _code(text: str) -> Markup:
    return element("code", text)
