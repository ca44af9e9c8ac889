"""Resolves the path of a request: the parents it names, and the URLs that start from it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from confsync.emulator.account import EmulatedAccount
from confsync.emulator.router import V1, RouteMatch
from confsync.emulator.spec import ResourceSpec
from confsync.emulator.store import Transaction


class ResolvedPath(Struct, frozen=True):
    """A path whose parents all exist.

    `scope` holds the columns that identify the parents. `home` is the URL of the collection or singleton, with SIDs in
    place of the names that the client used. `root` is the URL of the service, or of the API for a shortened path.
    """

    scope: Mapping[str, str]
    home: str
    root: str
    v1: str
    is_shortened: bool


def resolve_path(match: RouteMatch, tx: Transaction, account: EmulatedAccount, host: str) -> ResolvedPath | None:
    """Look up each parent in a path, from the account down; return None if one is missing."""
    route = match.route
    scope = {"account_sid": account.sid}
    if route.is_shortened:
        scope["chat_service_sid"] = _default_service(tx, account)
    sids = {}
    for variable, parent in route.parents:
        row = find_member(tx, parent, scope, match.values[variable])
        if row is None:
            return None
        scope[parent.scope_column] = sids[variable] = row["sid"]
    if not all(scope.values()):
        return None
    v1 = f"http://{host}{V1}"
    root = f"{v1}/Services/{sids['ChatServiceSid']}" if "ChatServiceSid" in sids else v1
    return ResolvedPath(scope, v1 + route.home.format(**sids), root, v1, route.is_shortened)


def find_member(tx: Transaction, spec: ResourceSpec, scope: Mapping[str, str], name: str) -> dict[str, Any] | None:
    """Find one member of a collection by its key, or by its alternate key if it has one."""
    row = tx.find(spec.read_from, {**scope, spec.key: name})
    if row is None and spec.alternate_key:
        row = tx.find(spec.read_from, {**scope, spec.alternate_key: name})
    return row


def _default_service(tx: Transaction, account: EmulatedAccount) -> str:
    configuration = tx.find("account_configuration", {"account_sid": account.sid}) or {}
    return configuration.get("default_chat_service_sid") or ""
