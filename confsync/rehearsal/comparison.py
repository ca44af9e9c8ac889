"""Compares what two runs left in an emulator: resources that one of them has twice, lacks, or has otherwise."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

Contents = Iterable[tuple[str, Mapping[str, Any]]]
"""The resources of an emulator, each with its type."""

ResourceKey = tuple[str, str]
"""A type, and what identifies a resource of it."""

Resources = Mapping[ResourceKey, Mapping[str, Any]]


class AccountDifference(Struct, frozen=True):
    """How an account differs from the one that it should be. Each resource is named by its type and SID."""

    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    different: tuple[str, ...] = ()


def resources_in(contents: Contents) -> Resources:
    """Index resources, without what depends on when they were written."""
    return {(kind, _identity(body)): _without_dates(body) for kind, body in contents}


def compare_accounts(expected: Resources, found: Resources) -> AccountDifference:
    """Compare two accounts resource by resource."""
    return AccountDifference(
        added=_described({key: found[key] for key in found.keys() - expected.keys()}),
        missing=_described({key: expected[key] for key in expected.keys() - found.keys()}),
        different=_described(
            {key: found[key] for key in found.keys() & expected.keys() if found[key] != expected[key]}
        ),
    )


def _identity(body: Mapping[str, Any]) -> str:
    """Identify a resource by its SID, or a singleton by that of its parent."""
    return str(body.get("sid") or body.get("chat_service_sid") or body["account_sid"])


def _without_dates(body: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of each date only whether there is one."""
    return {
        name: bool(value) if name.startswith("date_") else _without_dates(value) if isinstance(value, dict) else value
        for name, value in body.items()
    }


def _described(resources: Iterable[ResourceKey]) -> tuple[str, ...]:
    # without the live name, which may contain a token
    return tuple(sorted(f"{kind.replace('_', ' ')} {sid}" for kind, sid in resources))
