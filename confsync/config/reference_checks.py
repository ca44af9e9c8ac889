"""Checks between declared resources: references, natural keys, and limits per parent."""

from collections.abc import Container, Iterator, Mapping
from typing import Literal

from confsync.config.built_in import declared_as
from confsync.config.codes import Code
from confsync.config.desired import Desired
from confsync.config.tree import Node, Pair, error_at, warning_at
from confsync.diagnostics import Diagnostic, did_you_mean
from confsync.model import Ref
from confsync.names import Address, named_from, parent_of
from confsync.quoting import encoding_difference, in_quotes, normalized
from confsync.secret import as_secret


def reference_errors(
    resources: Mapping[Address, Desired], adopt: Container[Address], built_in: Mapping[Address, Desired]
) -> Iterator[Diagnostic]:
    """Report broken references, duplicate natural keys, and parents with too many resources.

    `built_in` are resources of Twilio's own that others refer to.

    The SIDs in `adopt` distinguish resources with one natural key, and so may those in the ledger, which is not known
    here: without the former, there is a warning.
    """
    neighbours: dict[tuple[str, ...], list[str]] = {}
    for address in resources:
        neighbours.setdefault(tuple(address[:-1]), []).append(address.key)
    known = {**resources, **built_in}
    for desired in resources.values():
        yield from _wrong_references(desired, known, neighbours)
    yield from _following_the_absent(resources)
    yield from _same_natural_keys(resources, adopt)
    yield from _looking_the_same(resources)
    yield from _too_many(resources)


Neighbours = Mapping[tuple[str, ...], list[str]]
"""The keys of each collection, by the address of the collection."""


def _wrong_references(
    desired: Desired, resources: Mapping[Address, Desired], neighbours: Neighbours
) -> Iterator[Diagnostic]:
    if desired.lifecycle.absent:  # what it refers to may be gone as well
        return
    for field in desired.kind.fields:
        target = desired.fields.get(field.name)
        if field.ref and isinstance(target, Address):
            found = resources.get(target)
            if found is None:
                known = neighbours.get(tuple(target[:-1]), [])
                other = declared_as(target, field.ref.kind, resources) if field.ref.kind.built_in else None
                yield _unknown(desired, field.name, field.ref, target, known, other)
            else:
                yield from _unfit(desired, field.name, field.ref.where, found)


def _following_the_absent(resources: Mapping[Address, Desired]) -> Iterator[Diagnostic]:
    """Report names of resources that must not exist, but that Twilio would create for whoever has that name."""
    gone = {
        (each.kind, parent_of(each.kind, each.address), as_secret(each.name)): each
        for each in resources.values()
        if each.lifecycle.absent and each.kind.name_field
    }
    for desired in resources.values() if gone else ():
        for field in () if desired.lifecycle.absent else desired.kind.may_name_fields:
            target = field.may_name.kind if field.may_name else desired.kind
            home = parent_of(target, named_from(desired.kind, desired.address, target, ""))
            found = gone.get((target, home, as_secret(desired.fields.get(field.name))))
            if found:
                yield from _unfit(desired, field.name, (), found)


def _unknown(
    desired: Desired, name: str, ref: Ref, target: Address, known: list[str], other: Desired | None
) -> Diagnostic:
    kind = ref.kind
    hint = did_you_mean(target.key, known) or f"declare it under `{kind.section}`"
    if other:
        hint = f"write `{other.address.key}`, under which it is declared"
    home = parent_of(kind, target)
    summary = f"no {kind.title} {in_quotes(target.key)} is declared{f' in {home}' if home else ''}"
    return error_at(_place(desired, name), Code.UNKNOWN_NAME, summary, hint)


def _place(desired: Desired, name: str) -> Node | Pair:
    """Return the position of a field; a field that defaults to the YAML key is at the key."""
    return desired.nodes.get(name, desired.written)


def _unfit(desired: Desired, name: str, where: tuple[tuple[str, str], ...], found: Desired) -> Iterator[Diagnostic]:
    if found.lifecycle.absent:
        summary = f"{found.kind.title} {in_quotes(found.address.key)} must not exist, but is needed here"
        hint = f"name another, or remove its `lifecycle.absent`: {found.source}"
        yield error_at(_place(desired, name), Code.BAD_LIFECYCLE, summary, hint)
        return
    for fact, target in where:
        if found.fields.get(fact) not in (None, target):
            summary = f"{found.kind.title} {in_quotes(found.address.key)} has {fact} {in_quotes(found.fields[fact])}"
            yield error_at(
                _place(desired, name), Code.WRONG_TARGET, summary, f"name one with {fact} {in_quotes(target)}"
            )


def namesakes(resources: Mapping[Address, Desired]) -> Iterator[tuple[Desired, Desired]]:
    """Yield each resource that has the natural key of an earlier one, with that one."""
    seen: dict[tuple[object, ...], Desired] = {}
    for desired in resources.values():
        if desired.kind.created_by_twilio or desired.lifecycle.absent:
            continue
        key = desired.natural_key()
        if not key or not _has_required_keys(desired):
            continue
        first = seen.setdefault((*desired.address[:-1], key), desired)
        if first is not desired:
            yield first, desired


def same_natural_key(first: Desired, desired: Desired, severity: Literal["error", "warning"]) -> Diagnostic:
    """Report that two resources have one natural key."""
    key = " and ".join(desired.recognised_by)
    summary = f"{desired.address} has the same {key} as {first.address}"
    known = "" if desired.kind.unique else "; if both exist, name the SID of each under `adopt`"
    hint = f"change one of them; the other is in {first.source}{known}"
    return (warning_at if severity == "warning" else error_at)(desired.written, Code.SAME_NATURAL_KEY, summary, hint)


def _same_natural_keys(resources: Mapping[Address, Desired], adopt: Container[Address]) -> Iterator[Diagnostic]:
    for first, desired in namesakes(resources):
        if desired.kind.unique:
            yield same_natural_key(first, desired, "error")
        elif not (first.address in adopt and desired.address in adopt):
            yield same_natural_key(first, desired, "warning")


def _looking_the_same(resources: Mapping[Address, Desired]) -> Iterator[Diagnostic]:
    """Warn about keys, or natural keys, in one collection that differ only in how Unicode encodes a character."""
    seen: dict[tuple[str, ...], Desired] = {}
    for desired in resources.values():
        home, key = desired.address[:-1], desired.address.key
        first = desired if key.isascii() else seen.setdefault((*home, normalized(key)), desired)
        if first is not desired:
            yield _looks_the_same(desired, "key", first, first.address.key, key)
            continue
        names = () if desired.lifecycle.absent else desired.recognised_by
        values = [value for name in names if isinstance(value := desired.fields[name], str)]
        if len(values) < len(names) or all(map(str.isascii, values)):
            continue
        first = seen.setdefault((*home, *names, *map(normalized, values)), desired)
        for name, here in zip(names, values, strict=True):
            there = str(first.fields[name])
            if there != here:
                yield _looks_the_same(desired, name, first, there, here)


def _looks_the_same(desired: Desired, name: str, first: Desired, there: str, here: str) -> Diagnostic:
    both = f"the {name} of {desired.address} and that of {first.address}"
    summary = f"{both} look the same, but {encoding_difference(here, there)}"
    hint = f"change one of them; the other is in {first.source}"
    return warning_at(_place(desired, name), Code.LOOKS_THE_SAME, summary, hint)


def _has_required_keys(desired: Desired) -> bool:
    """Whether its natural key is complete; a missing part is already reported."""
    return all(desired.fields.get(each.name) is not None for each in desired.kind.key_fields if each.required)


def _too_many(resources: Mapping[Address, Desired]) -> Iterator[Diagnostic]:
    counts: dict[tuple[str, ...], int] = {}
    for desired in resources.values():
        if desired.lifecycle.absent:
            continue
        home = tuple(desired.address[:-1])
        counts[home] = counts.get(home, 0) + 1
        most = desired.kind.max_per_parent
        if most is not None and counts[home] == most + 1:
            parent = desired.kind.parent.title if desired.kind.parent else "account"
            summary = f"a {parent} has room for {most} {desired.kind.section}, and this is one more"
            yield error_at(desired.written, Code.TOO_MANY, summary, "remove one")
