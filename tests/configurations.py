"""Configurations made up from the field tables of all resource types, so that a new type is among them at once."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st

from confsync.annotations import holds
from confsync.codecs import AddressText, Boolean, Codec, Duration, Integer, JsonText, StringSet, Text
from confsync.lints import KnownValues
from confsync.model import Field, Kind, Ref
from confsync.resources import children_of

Written = dict[str, Any]
"""A resource as a person would write it: blocks within it are mappings."""

Scope = Mapping[Kind, Mapping[str, Written]]
"""What a reference may name: the resources next to it, or next to one of its parents."""

LETTERS = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""What may stand in a YAML file as it is."""


@dataclass(frozen=True)
class GeneratedConfiguration:
    """A configuration as a person would write it, and the process environment that its secrets come from."""

    tree: Written
    environ: Mapping[str, str]

    @property
    def text(self) -> str:
        """The YAML: JSON is YAML, and leaves no doubt about what is text."""
        return json.dumps(self.tree, ensure_ascii=False, indent=1)

    def __repr__(self) -> str:
        return f"{self.text}\nwith {dict(self.environ)}"


@st.composite
def configurations(draw: st.DrawFn) -> GeneratedConfiguration:
    """A whole configuration with a secret behind each reference."""
    tree = {"version": 1, **draw(_sections(None, {}))}
    _spread(tree)
    names = sorted(_environment_names(tree))
    return GeneratedConfiguration(tree, {name: draw(SECRETS) for name in names})


RESERVED = ("defaults", "for_each", "lifecycle", "api_extra")


def is_name(text: str) -> bool:
    """Whether a text can be a YAML key, and a name in a URL: no reserved word, no reference, no dots."""
    return text not in (*RESERVED, ".", "..") and "${{" not in text


ODD_NAMES = st.sampled_from(["a", "support desk", "50% / *?[#]", "NO", "1:30", "é漢😀"])
NAMES: st.SearchStrategy[str] = st.one_of(ODD_NAMES, st.text(LETTERS, min_size=1, max_size=8)).filter(is_name)
SECRETS = st.text(LETTERS, min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
TEXTS = st.text(LETTERS, min_size=1, max_size=12).filter(is_name)
URLS = st.builds("https://{}.example.com/{}".format, st.sampled_from(["a", "b"]), st.sampled_from(["", "x", "x?y=1"]))

OF_PEOPLE = st.one_of(*[st.sampled_from(["alice", "bob"])] * 4, NAMES)
"""Few names, so that users and participants are often the same."""
NUMBERS = ("+15550000001", "+15550000002")
ADDRESSES = {
    "sms": NUMBERS,
    "whatsapp": tuple(f"WhatsApp:{number}" for number in NUMBERS),
    "messenger": ("messenger:1", "messenger:2"),
    "email": ("desk@example.com", "Desk@example.org"),
}
"""Addresses of each type; those of other types are not checked."""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(TEXTS, inside, max_size=2),
    max_leaves=4,
)


WRITES_SECTION: st.SearchStrategy[bool] = st.sampled_from([True, True, False])
WRITES_FIELD: st.SearchStrategy[bool] = st.booleans()
"""How likely a section, or an optional field, is written at all."""

FEWEST_MEMBERS = 0
"""How many resources a section has at least."""


@st.composite
def _sections(draw: st.DrawFn, parent: Kind | None, above: Scope) -> Written:
    """Everything below one resource: first what can be referred to, then what refers."""
    written: Written = {}
    scope: dict[Kind, Mapping[str, Written]] = dict(above)
    for kind in sorted(children_of(parent), key=lambda each: each.singleton or each.group):
        if not kind.linked_kind and not draw(WRITES_SECTION):
            continue  # a link is rarely possible, so it is drawn whenever it is
        if kind.group:
            written[kind.section] = draw(_sections(kind, scope))
        elif kind.singleton:
            written[kind.section] = draw(_resource(kind, scope))
        else:
            members = draw(_members(kind, scope))
            written[kind.section] = scope[kind] = {
                name: draw(_with_children(kind, name, member, scope)) for name, member in members.items()
            }
    return written


@st.composite
def _members(draw: st.DrawFn, kind: Kind, scope: Scope) -> dict[str, Written]:
    """Resources of one kind, no two of which Twilio could not tell apart."""
    members: dict[str, Written] = {}
    seen: set[tuple[object, ...]] = set()
    keys = _keys(kind, scope)
    at_least = 1 if kind.linked_kind else FEWEST_MEMBERS
    for name in draw(st.lists(keys, min_size=at_least, max_size=3, unique=True)) if not keys.is_empty else ():
        member = draw(_resource(kind, scope))
        values = {each.name: _at(member, each.path) for each in kind.key_fields}
        if kind.name_field:
            values[kind.name_field.name] = values[kind.name_field.name] or name
        found = kind.natural_keys(values)
        if found and not seen.intersection(found):
            seen.update(found)
            members[name] = member
    return members


def _keys(kind: Kind, scope: Scope) -> st.SearchStrategy[str]:
    """The YAML keys that a kind may have; a link goes by what it leads to, where its parent takes part."""
    if kind.linked_kind:
        return _one_of(
            [name for name, each in scope.get(kind.linked_kind, {}).items() if _takes_part(scope[SELF], each)]
        )
    built_in = st.sampled_from(sorted(str(key[0]) for key in kind.built_in)) if kind.built_in else st.nothing()
    return OF_PEOPLE if kind.personal else st.one_of(NAMES, built_in)


SELF: Any = "the parent itself"


def _takes_part(user: Mapping[str, Written], conversation: Written) -> bool:
    participants = conversation.get("participants", {}).values()
    return conversation.get("state") != "closed" and any(each.get("identity") in user for each in participants)


@st.composite
def _with_children(draw: st.DrawFn, kind: Kind, name: str, written: Written, scope: Scope) -> Written:
    if kind.value_field:
        return written
    own = written.get(kind.name_field.name, name) if kind.name_field else name
    return {**written, **draw(_sections(kind, {**scope, SELF: {own: written}}))}


@st.composite
def _resource(draw: st.DrawFn, kind: Kind, scope: Scope) -> Written:
    if kind.value_field:
        return draw(_values(kind, kind.by_name[kind.value_field], {}, scope))
    written: Written = {}
    way = draw(st.sampled_from(kind.key_options)) if kind.key_options else ()
    others = {name for each in kind.key_options for name in each} - set(way)
    for field in sorted(kind.fields, key=_depends_on_others):
        other_values = {each.name: _at(written, each.path) for each in kind.fields}
        values = _values(kind, field, other_values, scope)
        needed = (
            _is_needed(kind, field)
            or field.name in way
            or (field.required_if and holds(field.required_if, other_values, if_unset=False))
        )
        if field.name in others or values.is_empty or not holds(field.only_if, other_values, if_unset=False):
            continue
        if needed or draw(WRITES_FIELD):
            _put(written, field.path, draw(values))
    return written


def _depends_on_others(field: Field) -> tuple[bool, bool]:
    """Say which fields to draw later, because their values depend on others."""
    return bool(field.only_if or field.required_if or field.constraints), field.is_set


def _is_needed(kind: Kind, field: Field) -> bool:
    return field.secret or (field.required and (field is not kind.name_field or bool(field.constraints)))


def _at(written: Written, path: tuple[str, ...]) -> Any:  # noqa: ANN401 — whatever a person may write
    here: Any = written
    for step in path:
        here = here.get(step) if isinstance(here, dict) else None
    return here


def _put(written: Written, path: tuple[str, ...], value: object) -> None:
    for step in path[:-1]:
        written = written.setdefault(step, {})
    written[path[-1]] = value


def _values(kind: Kind, field: Field, other_values: Written, scope: Scope) -> st.SearchStrategy[Any]:
    """What a person may write for a field, as far as the field table tells it."""
    values = _set_values(kind, field, other_values, scope)
    clears = field.clearable and not field.in_natural_key
    return st.one_of(values, st.none()) if clears else values


def _set_values(kind: Kind, field: Field, other_values: Written, scope: Scope) -> st.SearchStrategy[Any]:
    if field.ref:
        return _one_of(_fitting(field.ref, scope))
    if isinstance(field.codec, AddressText):
        return _one_of(_addresses(field, other_values))
    if isinstance(field.codec, StringSet) and not field.secret and not field.choices:
        return _sets(field, other_values)
    return _independent_values(kind, field)


def _addresses(field: Field, other_values: Written) -> tuple[str, ...]:
    """Addresses that fit a field; those of participants are numbers, so that both have one channel."""
    channel = "email" if "email" in field.path else str(other_values.get("type") or "sms")
    return ADDRESSES.get(channel, NUMBERS)


@cache
def _independent_values(kind: Kind, field: Field) -> st.SearchStrategy[Any]:
    """Values that depend on no other resource or field; hypothesis validates each new strategy, which takes long."""
    if field.secret:
        return st.integers(0, 3).map(lambda number: f"${{{{ env.SECRET_{number} }}}}")
    if field.choices:
        return _one_of(field.choices)
    made: dict[type, Callable[[], st.SearchStrategy[Any]]] = {
        Text: lambda: _texts(kind, field),
        Boolean: st.booleans,
        Integer: lambda: st.integers(0, 3),
        Duration: lambda: _durations(field.codec),
        JsonText: lambda: st.dictionaries(TEXTS, JSON, max_size=3),
    }
    return made[type(field.codec)]()


def _texts(kind: Kind, field: Field) -> st.SearchStrategy[str]:
    if field.name.endswith("url"):
        return URLS
    if field.may_name or field is kind.name_field:
        return OF_PEOPLE if kind.personal else NAMES
    if field.patterns:
        return st.one_of([st.from_regex(form.regex, fullmatch=True) for form in field.patterns])
    return TEXTS


def _durations(shape: Codec) -> st.SearchStrategy[str]:
    """Durations that are long enough, each in several ways of writing it."""
    shortest = shape.at_least if isinstance(shape, Duration) else 0
    return st.integers(shortest, shortest + 10**6).flatmap(lambda seconds: st.sampled_from(_ways(seconds)))


def _ways(seconds: int) -> list[str]:
    return [f"PT{seconds}S", f"P{seconds // 86_400}DT{seconds % 86_400}S", f"pt{seconds // 60}m{seconds % 60}s"]


def _sets(field: Field, other_values: Written) -> st.SearchStrategy[Any]:
    words = _words(field, other_values)
    at_least = 1 if field.required or field.required_if else 0
    whole = st.lists(words, min_size=at_least, max_size=6)
    if not field.editable:
        return whole
    edits = st.tuples(st.sets(words, min_size=1, max_size=4), st.sets(words, max_size=4))
    return st.one_of(whole, edits.map(lambda said: {"add": sorted(said[0]), "remove": sorted(said[1] - said[0])}))


@cache
def _sampled(values: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(values)


def _one_of(values: Sequence[str]) -> st.SearchStrategy[str]:
    return _sampled(tuple(values)) if values else st.nothing()


def _fitting(ref: Ref, scope: Scope) -> list[str]:
    """The names of what a reference may name."""
    members = scope.get(ref.kind, {})
    return [name for name, each in members.items() if all(each.get(fact) == value for fact, value in ref.where)]


def _words(field: Field, other_values: Written) -> st.SearchStrategy[str]:
    """The documented words, where there are any; those for the right neighbour, where that matters."""
    known = next((lint for lint in field.lints if isinstance(lint, KnownValues)), None)
    if known is None:
        return TEXTS
    return st.sampled_from(sorted(known.values_by.get(str(other_values.get(known.by)), known.values)))


def _spread(tree: Written, path: str = "") -> None:
    """Give every participant an address of its own: Twilio has no pair of addresses in two open conversations."""
    for name, node in tree.items():
        if isinstance(node, dict):
            _spread(node, f"{path}/{name}")
            if "address" in node and name == "messaging_binding":
                node["address"] = f"+1{int(sha256(path.encode()).hexdigest(), 16) % 10**10:010}"


def _environment_names(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _environment_names(value)
    elif isinstance(node, str) and node.startswith("${{ env."):
        yield node.removeprefix("${{ env.").removesuffix(" }}")
