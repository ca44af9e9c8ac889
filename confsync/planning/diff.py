"""What differs between a desired and a live resource, field by field.

Equality comes first; deepdiff then says what changed inside a value that holds others, and never sees equal values.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from confsync.codecs import Edit, JsonText, canonical_value
from confsync.config.desired import Desired, DesiredValue
from confsync.model import Field
from confsync.plan.difference import Difference, LiveValue, Part
from confsync.redaction import mask_urls

if TYPE_CHECKING:
    from deepdiff.model import DiffLevel


def field_differences(desired: Desired, live: Mapping[str, LiveValue]) -> Iterator[Difference]:
    """Compare every managed field that Twilio tells back; what is sensitive is a Secret on both sides."""
    for field in desired.kind.fields:
        if field.write_only or not desired.wants(field):
            continue
        before = live.get(field.name)
        after = resolve_edit(desired.fields[field.name], before)
        if before != after:
            yield describe_difference(field, before, after)


def resolve_edit(wanted: DesiredValue, live: LiveValue) -> DesiredValue:
    """Give what a value comes to: an edit of a set depends on what is in it."""
    if isinstance(wanted, Edit):
        return wanted.over(live if isinstance(live, frozenset) else frozenset())
    return wanted


def describe_difference(field: Field, before: LiveValue, after: DesiredValue) -> Difference:
    """Tell two values that were found to differ."""
    if isinstance(before, frozenset) and isinstance(after, frozenset):
        added, removed = _in_set(before, after)
        return Difference(field, before, after, added, removed)
    if isinstance(field.codec, JsonText) and isinstance(before, str) and isinstance(after, str):
        return Difference(field, before, after, parts=tuple(_in_json(before, after)))
    return Difference(field, before, after)


def _in_set(before: frozenset[str], after: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from deepdiff import DeepDiff  # noqa: PLC0415 — 190 ms to import, and most runs find nothing that differs

    found = DeepDiff(set(before), set(after), view="tree")
    added = sorted(item.t2 for item in found.get("set_item_added", ()))
    removed = sorted(item.t1 for item in found.get("set_item_removed", ()))
    return tuple(added), tuple(removed)


LARGEST_LOOKED_INTO = 64 * 1024
"""Characters of JSON: larger texts than Twilio's own limits are only said to differ."""


def _in_json(before: str, after: str) -> Iterator[Part]:
    if max(len(before), len(after)) > LARGEST_LOOKED_INTO:
        return
    from deepdiff import DeepDiff  # noqa: PLC0415 — as above
    from deepdiff.helper import notpresent  # noqa: PLC0415

    one, other = (_with_told_leaves(json.loads(text)) for text in (before, after))
    found = DeepDiff(one, other, view="tree", threshold_to_diff_deeper=0, ignore_private_variables=False)
    for item in sorted((item for items in found.values() for item in items), key=_path):
        yield Part(_path(item), *(None if side is notpresent else _told(side) for side in (item.t1, item.t2)))


def _with_told_leaves(value: object) -> object:
    """Put the JSON of each leaf in its place: for Python true is 1, for JSON it is not."""
    match value:
        case dict():
            return {name: _with_told_leaves(each) for name, each in value.items()}
        case list():
            return [_with_told_leaves(each) for each in value]
    return canonical_value(value)


def _told(tree: object) -> str:
    """Write JSON whose leaves are written already."""
    match tree:
        case dict():
            return f"{{{','.join(f'{canonical_value(name)}:{_told(each)}' for name, each in tree.items())}}}"
        case list():
            return f"[{','.join(map(_told, tree))}]"
    return str(tree)


def _path(item: "DiffLevel") -> str:
    return mask_urls(".".join(str(step) for step in item.path(output_format="list")))
