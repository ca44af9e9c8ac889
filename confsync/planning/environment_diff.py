"""Compares the configurations of two environments: resources that only one has, fields and settings that differ."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TypeGuard

from confsync.codecs import Text
from confsync.config.config import Config
from confsync.config.desired import Desired, DesiredValue
from confsync.config.lifecycle import LIFECYCLE, Lifecycle
from confsync.config.tree import MissingSecret, UnresolvedSecret
from confsync.extra_parameters import extra_fields
from confsync.model import Field
from confsync.plan.difference import Difference
from confsync.plan.environment_diff import EnvironmentDiff, FieldDifference, ResourceDifference
from confsync.plan.intent import Selection
from confsync.planning.diff import describe_difference
from confsync.planning.selection import SelectionScope, check_selection
from confsync.secret import Secret, as_secret


def compare_environments(first: Config, second: Config, selection: Selection) -> EnvironmentDiff:
    """Compare the selected resources of two configurations, both loaded without resolving secrets.

    Raises UsageError for an invalid selection, or for a glob that matches nothing in either.
    """
    check_selection(selection)
    scope = SelectionScope(first, selection)
    known = tuple(dict.fromkeys((*first.declared, *second.declared)))
    scope.check_known(known, known)
    chosen = sorted(filter(scope.matches, known))
    pairs = [(first.declared.get(each), second.declared.get(each)) for each in chosen]
    return EnvironmentDiff(
        first=str(first.environment.name),
        second=str(second.environment.name),
        only_in_first=tuple(_only_in_one(pairs)),
        only_in_second=tuple(_only_in_one((other, one) for one, other in pairs)),
        absent_in_first=tuple(_absent_in_one(pairs)),
        absent_in_second=tuple(_absent_in_one((other, one) for one, other in pairs)),
        fields=tuple(
            each
            for one, other in pairs
            if _must_exist(one) and _must_exist(other)
            for each in (*_field_differences(one, other), *_lifecycle_differences(one, other))
        ),
    )


def _must_exist(desired: Desired | None) -> TypeGuard[Desired]:
    return desired is not None and not desired.lifecycle.absent


def _only_in_one(pairs: Iterable[tuple[Desired | None, Desired | None]]) -> Iterator[ResourceDifference]:
    """Yield the resources that exist in the first environment of each pair, and not in the second one."""
    for one, other in pairs:
        if _must_exist(one) and not _must_exist(other):
            yield ResourceDifference(one, absent=other)


def _absent_in_one(pairs: Iterable[tuple[Desired | None, Desired | None]]) -> Iterator[Desired]:
    """Yield the resources that must not exist in the first environment, and that the second one does not declare."""
    for one, other in pairs:
        if one and one.lifecycle.absent and other is None:
            yield one


def _field_differences(first: Desired, second: Desired) -> Iterator[FieldDifference]:
    """Compare every field that at least one of two declarations of a resource writes."""
    for field in (*first.kind.fields, *extra_fields(dict.fromkeys((*first.fields, *second.fields)))):
        written = {field.name in each.fields for each in (first, second)}
        one, other = (each.fields.get(field.name) for each in (first, second))
        if len(written) == 1 and _compared(one) == _compared(other):
            continue
        if isinstance(one, Secret | MissingSecret) or isinstance(other, Secret | MissingSecret):
            yield FieldDifference(first, second, Difference(field, None, None), sensitive=True)
        else:
            yield FieldDifference(first, second, describe_difference(field, one, other), sensitive=False)


def _compared(value: DesiredValue) -> object:
    """Return what is compared. Of a value with secrets, that is the text with the references to them."""
    return as_secret(value.reference if isinstance(value, UnresolvedSecret) else value)


_COMPARED_ELSEWHERE = frozenset({"absent", "only"})
"""Keys of `lifecycle` that decide whether an environment has a resource at all."""


def _lifecycle_differences(first: Desired, second: Desired) -> Iterator[FieldDifference]:
    """Compare how the environments treat a resource: one may manage it, and the other only look it up."""
    names = frozenset(Lifecycle.keys()) - _COMPARED_ELSEWHERE
    for name in sorted(names) if first.lifecycle != second.lifecycle else ():
        one, other = (getattr(each.lifecycle, name) for each in (first, second))
        if one != other:
            difference = describe_difference(_lifecycle_field(name), one, other)
            yield FieldDifference(first, second, difference, sensitive=False)


@cache
def _lifecycle_field(name: str) -> Field:
    """Make the field of a key of `lifecycle`, which Twilio does not have."""
    return Field(path=(LIFECYCLE, name), name=f"{LIFECYCLE}.{name}", param="", codec=Text())
