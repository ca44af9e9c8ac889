"""What differs between a desired and a live resource, field by field.

Equality comes first; deepdiff then says what changed inside a value that holds others, and never sees equal values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from confsync.config.desired import Desired, Wanted
from confsync.engine.snapshot import Told
from confsync.model import Field


@dataclass(frozen=True, slots=True)
class Difference:
    """One field whose values differ; `added` and `removed` tell it for a set."""

    field: Field
    before: Told
    after: Wanted
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The field's dotted name."""
        return self.field.name


def differences(desired: Desired, live: Mapping[str, Told]) -> Iterator[Difference]:
    """Compare every managed field that Twilio tells back; what is sensitive is a Secret on both sides."""
    for field in desired.kind.fields:
        if field.write_only or not desired.wants(field):
            continue
        before, after = live.get(field.name), desired.fields[field.name]
        if before != after:
            yield difference(field, before, after)


def difference(field: Field, before: Told, after: Wanted) -> Difference:
    """Tell two values that were found to differ."""
    if isinstance(before, frozenset) and isinstance(after, frozenset):
        added, removed = _inside(before, after)
        return Difference(field, before, after, added, removed)
    return Difference(field, before, after)


def _inside(before: frozenset[str], after: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from deepdiff import DeepDiff  # noqa: PLC0415 — 190 ms to import, and most runs find nothing that differs

    found = DeepDiff(set(before), set(after), view="tree")
    added = sorted(item.t2 for item in found.get("set_item_added", ()))
    removed = sorted(item.t1 for item in found.get("set_item_removed", ()))
    return tuple(added), tuple(removed)
