"""Compares a desired with a live resource, field by field.

An equality test comes first. deepdiff then finds what changed inside a set or a JSON value; it never sees equal values.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from confsync.codecs import Edit, JsonEdit, JsonText, canonical_value
from confsync.config.desired import Desired, DesiredValue
from confsync.config.tree import MissingSecret
from confsync.extra_parameters import extra_fields
from confsync.model import Field
from confsync.plan.difference import Difference, JsonPart, LiveValue
from confsync.quoting import name_in_sentence
from confsync.redaction import mask_urls

if TYPE_CHECKING:
    from deepdiff.model import DiffLevel


def field_differences(desired: Desired, live: Mapping[str, LiveValue]) -> Iterator[Difference]:
    """Compare every managed field that Twilio returns. A sensitive value is a Secret on both sides.

    A value that is not available here is compared with nothing: `secret_states` says what is known of it.
    """
    for field in desired.kind.fields:
        if field.write_only or not desired.wants(field):
            continue
        before = live.get(field.name)
        after = resolve_edit(desired.fields[field.name], before)
        if before != after and not isinstance(after, MissingSecret):
            yield describe_difference(field, before, after)
    yield from _extra_differences(desired, live)


def _extra_differences(desired: Desired, live: Mapping[str, LiveValue]) -> Iterator[Difference]:
    """Compare the parameters that confsync does not know, as far as Twilio returns them."""
    for field in extra_fields(desired.fields):
        after = desired.fields[field.name]
        if field.name in live and desired.wants(field) and live[field.name] != after:
            yield Difference(field, live[field.name], after)


def resolve_edit(desired: DesiredValue, live: LiveValue) -> DesiredValue:
    """Apply an edit to the live value; return any other value as it is."""
    if isinstance(desired, Edit):
        return desired.over(live if isinstance(live, frozenset) else frozenset())
    if isinstance(desired, JsonEdit):
        return desired.over(live)
    return desired


def describe_difference(field: Field, before: LiveValue, after: DesiredValue) -> Difference:
    """Describe how two values that are not equal differ."""
    if isinstance(before, frozenset) and isinstance(after, frozenset):
        added, removed = _in_set(before, after)
        return Difference(field, before, after, added, removed)
    if isinstance(field.codec, JsonText) and isinstance(before, str) and isinstance(after, str):
        # Where the whole value differs, as a list does from a mapping, no part has a path.
        parts = tuple(_in_json(before, after))
        return Difference(field, before, after, parts=parts if all(each.path for each in parts) else ())
    return Difference(field, before, after)


def _in_set(before: frozenset[str], after: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from deepdiff import DeepDiff  # noqa: PLC0415 — 190 ms to import, and most runs find no difference

    changes = DeepDiff(set(before), set(after), view="tree")
    added = sorted(item.t2 for item in changes.get("set_item_added", ()))
    removed = sorted(item.t1 for item in changes.get("set_item_removed", ()))
    return tuple(added), tuple(removed)


LARGEST_COMPARED = 64 * 1024
"""Characters of JSON. This is above Twilio's own limits; of a larger text, confsync only says that it differs."""


def _in_json(before: str, after: str) -> Iterator[JsonPart]:
    if max(len(before), len(after)) > LARGEST_COMPARED:
        return
    from deepdiff import DeepDiff  # noqa: PLC0415 — as above
    from deepdiff.helper import notpresent  # noqa: PLC0415

    left, right = (_with_json_leaves(json.loads(text)) for text in (before, after))
    changes = DeepDiff(left, right, view="tree", threshold_to_diff_deeper=0, ignore_private_variables=False)
    for item in sorted((item for items in changes.values() for item in items), key=_path):
        yield JsonPart(_path(item), *(None if side is notpresent else _as_json(side) for side in (item.t1, item.t2)))


def _with_json_leaves(value: object) -> object:
    """Replace each leaf by its JSON text, because true equals 1 in Python but not in JSON."""
    match value:
        case dict():
            return {name: _with_json_leaves(each) for name, each in value.items()}
        case list():
            return [_with_json_leaves(each) for each in value]
    return canonical_value(value)


def _as_json(tree: object) -> str:
    """Write a tree as JSON whose leaves already are JSON texts."""
    match tree:
        case dict():
            return f"{{{','.join(f'{canonical_value(name)}:{_as_json(each)}' for name, each in tree.items())}}}"
        case list():
            return f"[{','.join(map(_as_json, tree))}]"
    return str(tree)


def _path(item: "DiffLevel") -> str:
    """Write the path of a part; others chose its keys, so those that are not plain words are quoted."""
    steps = (step if isinstance(step, int) else name_in_sentence(step) for step in item.path(output_format="list"))
    return mask_urls(".".join(map(str, steps)))
