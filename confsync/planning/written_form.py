"""The form in which a person writes a live value in YAML, around references that stay as they are."""

import json
from collections.abc import Iterable, Iterator

from confsync.codecs import Edit, JsonEdit, JsonText, canonical_value, written_json
from confsync.config.desired import Desired
from confsync.config.references.substitution import variables_in
from confsync.config.references.syntax import OPEN
from confsync.config.tree import Mapping, Node, Sequence, plain_value
from confsync.config.writing.place import YamlPath
from confsync.model import Field
from confsync.names import Address, named_from
from confsync.plan.difference import LiveValue
from confsync.planning.make import LivePlan


class ReferenceInTheWayError(Exception):
    """A value that would have to change contains references."""

    def __init__(self, node: Node) -> None:
        super().__init__("a reference is in the way")
        self.node = node


class InexpressibleError(Exception):
    """YAML cannot express a live value; `hint` says what to do about it."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.hint = hint


def written_form(
    plan: LivePlan, desired: Desired, field: Field, live: LiveValue, *, to_built_in: bool = False
) -> object:
    """Convert a live value to what a person writes. Raises InexpressibleError.

    `to_built_in` says that it refers to a resource that Twilio created, which needs no declaration.
    """
    declared = desired.fields.get(field.name)
    match live:
        case Address():
            return _name_of(plan, desired, field, live, to_built_in=to_built_in)
        case str() if field.ref:
            raise InexpressibleError(f"Twilio refers to {live}, which is not declared", "declare that resource first")
        case frozenset() if isinstance(declared, Edit):
            return {"add": sorted(declared.add & live), "remove": sorted(declared.remove - live)}
        case frozenset():
            return sorted(live)
        case str() if isinstance(field.codec, JsonText):
            return _edit_of(declared, live) if isinstance(declared, JsonEdit) else written_json(_mapping_of(live))
        case None:
            return _edit_of(declared, "{}") if isinstance(declared, JsonEdit) else _nothing(field)
    return live


def keys_lost_in_patch(base: object, new: object, above: YamlPath = ()) -> Iterator[YamlPath]:
    """Yield the keys that a written value has and a new one has not: a patch cannot remove them, because it merges."""
    if isinstance(base, dict) and isinstance(new, dict):
        for name, value in base.items():
            if name in new:
                yield from keys_lost_in_patch(value, new[name], (*above, name))
            else:
                yield (*above, name)


def fill_in(raw: Node, resolved: Node, new: object, *, ordered: bool) -> object:
    """Return a new value as it is written: what stays equal keeps its references.

    `raw` is the old value as it is written, and `resolved` the same without references. Raises ReferenceInTheWayError
    if a part that changes has one.
    """
    if _equal(plain_value(resolved), new, ordered=ordered):
        return plain_value(raw)
    match raw, resolved, new:
        case Mapping(), Mapping(), dict():
            _check_free(entry.node for name, entry in raw.items.items() if name not in new)
            return {
                name: fill_in(raw.items[name].node, resolved.items[name].node, each, ordered=ordered)
                if name in raw.items and name in resolved.items
                else _escaped(each)
                for name, each in new.items()
            }
        case Sequence(), Sequence(), list() if ordered:
            _check_free(raw.items[len(new) :])
            pairs = zip(raw.items, resolved.items, new, strict=False)
            filled = [fill_in(one, other, each, ordered=ordered) for one, other, each in pairs]
            return [*filled, *map(_escaped, new[len(raw.items) :])]
        case Sequence(), Sequence(), list():
            old = [plain_value(each) for each in resolved.items]
            _check_free(node for node, value in zip(raw.items, old, strict=True) if value not in new)
            kept = [plain_value(node) for node, value in zip(raw.items, old, strict=True) if value in new]
            return [*kept, *(_escaped(each) for each in new if each not in old)]
    _check_free((raw,))
    return _escaped(new)


def _name_of(plan: LivePlan, desired: Desired, field: Field, live: Address, *, to_built_in: bool) -> str:
    reachable = field.ref and named_from(desired.kind, desired.address, field.ref.kind, live.key) == live
    if not reachable or not (to_built_in or live in plan.config.resources):
        hint = f"declare it first: {plan.target.command('export', str(live))} prints its block"
        raise InexpressibleError(f"Twilio refers to {live}, which is not declared", hint)
    return live.key


def _nothing(field: Field) -> object:
    if isinstance(field.codec, JsonText):
        return {}
    if field.is_set:
        return []
    if not field.clearable:
        raise InexpressibleError("Twilio has no value for it, and `null` is not allowed here", "remove the key")
    return None


def _edit_of(declared: JsonEdit, live: str) -> object:
    """Return the edit of attributes that agrees with the live ones, and names no key that the declared one does not."""
    mapping = _mapping_of(live)
    added = {name: mapping[name] for name, _ in declared.add if name in mapping}
    return {"add": added, "remove": sorted(declared.remove - mapping.keys())}


def _mapping_of(live: str) -> dict[str, object]:
    """Parse the JSON text of a mapping."""
    try:
        value = json.loads(live)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise InexpressibleError("Twilio holds a text that is not a JSON object", "correct it in Twilio")
    return value


def _equal(old: object, new: object, *, ordered: bool) -> bool:
    if not ordered and isinstance(old, list) and isinstance(new, list):
        return set(old) == set(new)
    return canonical_value(old) == canonical_value(new)


def _check_free(nodes: Iterable[Node]) -> None:
    """Raise ReferenceInTheWayError if a node contains a reference."""
    for node in nodes:
        if any(True for _ in variables_in(node)):
            raise ReferenceInTheWayError(node)


def _escaped(value: object) -> object:
    """Write a new value so that nothing in it is taken for a reference."""
    match value:
        case str():
            return value.replace(OPEN, f"${OPEN}")
        case dict():
            return {name: _escaped(each) for name, each in value.items()}
        case list():
            return [_escaped(each) for each in value]
    return value
