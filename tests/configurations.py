"""Configurations made up from the field tables of all resource types, so that a new type is among them at once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from confsync.model import Field, Kind, Known, Ref, Shape
from confsync.resources import children_of

Written = dict[str, Any]
"""A resource as a person would write it: blocks within it are mappings."""

Scope = Mapping[Kind, Mapping[str, Written]]
"""What a reference may name: the resources that stand beside it or beside something above it."""

LETTERS = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""What may stand in a YAML file as it is."""


@dataclass(frozen=True)
class Made:
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
def configurations(draw: st.DrawFn) -> Made:
    """A whole configuration with a secret behind each reference."""
    tree = {"version": 1, **draw(_sections(None, {}))}
    names = sorted(_environment_names(tree))
    return Made(tree, {name: draw(SECRETS) for name in names})


RESERVED = ("defaults", "for_each", "lifecycle", "api_extra")


def is_name(text: str) -> bool:
    """Whether a text can be a YAML key: no reserved word, and no reference."""
    return text not in RESERVED and "${{" not in text


ODD_NAMES = st.sampled_from(["a", "support desk", "50% / *?[#]", "NO", "1:30", "é漢😀"])
NAMES: st.SearchStrategy[str] = st.one_of(ODD_NAMES, st.text(LETTERS, min_size=1, max_size=8)).filter(is_name)
SECRETS = st.text(LETTERS, min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
TEXTS = st.text(LETTERS, min_size=1, max_size=12).filter(is_name)
URLS = st.builds("https://{}.example.com/{}".format, st.sampled_from(["a", "b"]), st.sampled_from(["", "x", "x?y=1"]))


@st.composite
def _sections(draw: st.DrawFn, parent: Kind | None, above: Scope) -> Written:
    """Everything below one resource: first what can be referred to, then what refers."""
    written: Written = {}
    scope: dict[Kind, Mapping[str, Written]] = dict(above)
    for kind in sorted(children_of(parent), key=lambda each: each.singleton):
        if not draw(st.booleans()):
            continue
        if kind.singleton:
            written[kind.section] = draw(_resource(kind, scope))
            continue
        members = draw(_members(kind, scope))
        written[kind.section] = {name: draw(_with_children(kind, member, scope)) for name, member in members.items()}
        scope[kind] = members
    return written


@st.composite
def _members(draw: st.DrawFn, kind: Kind, scope: Scope) -> dict[str, Written]:
    """Resources of one kind, no two of which Twilio could not tell apart."""
    built_in = st.sampled_from(sorted(str(key[0]) for key in kind.built_in)) if kind.built_in else st.nothing()
    names = draw(st.lists(st.one_of(NAMES, built_in), max_size=3, unique=True))
    members: dict[str, Written] = {}
    seen: set[tuple[object, ...]] = set()
    for name in names:
        member = draw(_resource(kind, scope))
        key = tuple(member.get(field.name, name) for field in kind.key_fields)
        if key not in seen:
            seen.add(key)
            members[name] = member
    return members


@st.composite
def _with_children(draw: st.DrawFn, kind: Kind, written: Written, scope: Scope) -> Written:
    return {**written, **draw(_sections(kind, scope))}


@st.composite
def _resource(draw: st.DrawFn, kind: Kind, scope: Scope) -> Written:
    written: Written = {}
    for field in sorted(kind.fields, key=lambda each: (bool(each.only), each.shape is Shape.SET)):
        if any(written.get(other) != value for other, value in field.only):
            continue
        values = _values(kind, field, written, scope)
        if values.is_empty or not (_is_needed(kind, field) or draw(st.booleans())):
            continue
        _put(written, field.path, draw(values))
    return written


def _is_needed(kind: Kind, field: Field) -> bool:
    return field.required and field is not kind.name_field


def _put(written: Written, path: tuple[str, ...], value: object) -> None:
    for step in path[:-1]:
        written = written.setdefault(step, {})
    written[path[-1]] = value


def _values(kind: Kind, field: Field, beside: Written, scope: Scope) -> st.SearchStrategy[Any]:
    """What a person may write for a field, as far as the field table tells it."""
    values = _set_values(kind, field, beside, scope)
    return st.one_of(values, st.none()) if field.clearable else values


def _set_values(kind: Kind, field: Field, beside: Written, scope: Scope) -> st.SearchStrategy[Any]:
    if field.secret:
        return st.integers(0, 3).map(lambda number: f"${{{{ env.SECRET_{number} }}}}")
    if field.ref:
        return _one_of(_fitting(field.ref, scope))
    if field.choices:
        return _one_of(field.choices)
    if field.shape is Shape.TEXT:
        return URLS if field.name.endswith("url") else NAMES if field is kind.name_field else TEXTS
    if field.shape is Shape.SET:
        return st.lists(_words(field, beside), min_size=1 if field.required else 0, max_size=6)
    return st.booleans() if field.shape is Shape.FLAG else st.integers(1, 100)


def _one_of(values: Sequence[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(values) if values else st.nothing()


def _fitting(ref: Ref, scope: Scope) -> list[str]:
    """The names of what a reference may name."""
    members = scope.get(ref.target.kind, {})
    return [name for name, each in members.items() if all(each.get(fact) == value for fact, value in ref.where)]


def _words(field: Field, beside: Written) -> st.SearchStrategy[str]:
    """The documented words, where there are any; those for the right neighbour, where that matters."""
    known = next((doubt for doubt in field.doubts if isinstance(doubt, Known)), None)
    if known is None:
        return TEXTS
    return st.sampled_from(sorted(known.words_by.get(str(beside.get(known.by)), known.words)))


def _environment_names(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _environment_names(value)
    elif isinstance(node, str) and node.startswith("${{ env."):
        yield node.removeprefix("${{ env.").removesuffix(" }}")
