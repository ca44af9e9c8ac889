"""Environments that share an account: each declares services of its own, and one at most what belongs to the account.

Two environments are compared as far as their values are known here. The ledgers settle the rest when a plan is made.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from confsync.config.codes import Code
from confsync.config.config import SharingEnvironment
from confsync.config.desired import Desired
from confsync.config.tree import Mapping as Tree
from confsync.config.tree import MissingSecret, Scalar, error_at
from confsync.diagnostics import Diagnostic
from confsync.names import Address, parent_of
from confsync.quoting import in_quotes, listed
from confsync.resources import is_account_level
from confsync.secret import as_secret

Resources = Mapping[Address, Desired]


class DeclaredElsewhere(Struct, frozen=True):
    """A different environment of the same account, and what it declares."""

    environment: SharingEnvironment
    resources: Resources


def sharing_errors(here: str, resources: Resources, other: DeclaredElsewhere) -> Iterator[Diagnostic]:
    """Report what this environment and another one of the same account both declare, and only one of them may."""
    names = tuple(sorted((here, other.environment.name)))
    yield from _shared_account_level(here, names, resources, other)
    yield from _shared_resources(names, resources, other.resources)


def _shared_account_level(
    here: str, names: tuple[str, ...], resources: Resources, other: DeclaredElsewhere
) -> Iterator[Diagnostic]:
    mine, theirs = (account_level(each) for each in (resources, other.resources))
    if mine and theirs:
        summary = f"environments {_both(names)} are for one account, and both declare resources of the account itself"
        declared = {here: mine, other.environment.name: theirs}
        lists = " and ".join(f"{_some(declared[name])} in {in_quotes(name)}" for name in names)
        hint = f"limit those of one environment: `lifecycle: {{only: [{names[-1]}]}}`; there are {lists}"
        yield error_at(mine[0].written, Code.SHARED_ACCOUNT, summary, hint)


def account_level(resources: Resources) -> tuple[Desired, ...]:
    """Return the managed resources that belong to the account itself."""
    return tuple(each for each in resources.values() if is_account_level(each.kind) and _is_managed(each))


def top_level(resources: Resources) -> frozenset[Address]:
    """Return the addresses of the resources that are in no other one."""
    found = ((each.address, each.kind.parent) for each in resources.values())
    return frozenset(address for address, parent in found if parent is None or parent.group)


_MOST_NAMED = 3


def _some(resources: tuple[Desired, ...]) -> str:
    more = len(resources) - _MOST_NAMED
    named = listed(each.address for each in resources[:_MOST_NAMED])
    return f"{named}{f' and {more:,} more' if more > 0 else ''} ({resources[0].source})"


def _shared_resources(names: tuple[str, ...], resources: Resources, others: Resources) -> Iterator[Diagnostic]:
    theirs = {identity: each for each in others.values() if (identity := _identity(each, others))}
    reported: list[Address] = []
    for desired in resources.values() if theirs else ():
        other = theirs.get(_identity(desired, resources) or ())
        inside = any(desired.address.within(each) for each in reported)
        if other is None or inside or is_account_level(desired.kind):
            continue
        reported.append(desired.address)
        summary = f"environments {_both(names)} are for one account, and both declare this {desired.kind.title}"
        yield error_at(desired.written, Code.SHARED_ACCOUNT, summary, _how_to_divide(desired, other, names))


def _how_to_divide(desired: Desired, other: Desired, names: tuple[str, ...]) -> str:
    elsewhere = "" if other.source == desired.source else f"; the other one is in {other.source}"
    fix = f"limit it to one of them: `lifecycle: {{only: [{names[-1]}]}}`"
    if name := desired.kind.name_field:
        fix = f"give it a different `{name.name}` in each, with a variable, or {fix}"
    return fix + elsewhere


def _both(names: tuple[str, ...]) -> str:
    return " and ".join(map(in_quotes, names))


def _is_managed(desired: Desired) -> bool:
    return not (desired.lifecycle.lookup or desired.lifecycle.absent)


def _identity(desired: Desired, resources: Resources) -> tuple[object, ...] | None:
    """Return what identifies a managed resource in Twilio, whatever its address is; None if that is not known here."""
    return _place(desired, resources) if _is_managed(desired) else None


def _place(desired: Desired, resources: Resources) -> tuple[object, ...] | None:
    """Return the natural keys of a resource and of everything that contains it, outermost first."""
    kind = desired.kind
    above: tuple[object, ...] | None = ()
    if kind.parent is not None and not kind.parent.group:
        parent = resources.get(parent_of(kind, desired.address))
        above = _place(parent, resources) if parent else None
    own = _own_key(desired, resources)
    return None if above is None or own is None else (*above, kind.section, *own)


def _own_key(desired: Desired, resources: Resources) -> tuple[object, ...] | None:
    if desired.kind.singleton:
        return ()
    if desired.kind.name_field and _is_name_unknown(desired, desired.kind.name_field.name):
        return None
    key = tuple(_comparable(each, resources) for each in desired.natural_key())
    return key if any(each is not None for each in key) else None


def _is_name_unknown(desired: Desired, name: str) -> bool:
    """Whether the live name contains a variable without a value: the YAML key stands in for it."""
    written = isinstance(desired.written.node, Tree) and name in desired.written.node.items
    node = desired.nodes.get(name)
    return written and not (isinstance(node, Scalar) and isinstance(node.value, str))


def _comparable(value: object, resources: Resources) -> object:
    """Return a part of a natural key; a reference becomes what it refers to, and an unknown value equals no other."""
    if isinstance(value, MissingSecret):
        return object()
    if isinstance(value, Address):
        place = _place(resources[value], resources) if value in resources else None
        return object() if place is None else place
    return as_secret(value)
