"""Where a path leads: what the thing lives under, and how its URL begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from confsync.emulator.kind import Kind
from confsync.emulator.router import V1, Match
from confsync.emulator.store import Transaction
from confsync.emulator.world import World


@dataclass(frozen=True, slots=True)
class Place:
    """A path, understood.

    `scope` are the columns that say what is above; `home` is the URL of the collection or of the single thing, with
    SIDs for whatever names the client used; `root` is the URL of the service, or of the whole where the path is short.
    """

    scope: Mapping[str, str]
    home: str
    root: str
    v1: str
    is_shortened: bool


def place_of(match: Match, at: Transaction, world: World, host: str) -> Place | None:
    """Follow a path down from the account; None where something on the way is missing."""
    route = match.route
    scope = {"account_sid": world.account_sid}
    if route.is_shortened:
        scope["chat_service_sid"] = _default_service(at, world)
    sids = {}
    for variable, parent in route.parents:
        row = find_member(at, parent, scope, match.values[variable])
        if row is None:
            return None
        scope[parent.scope_column] = sids[variable] = row["sid"]
    if not all(scope.values()):
        return None
    v1 = f"http://{host}{V1}"
    root = f"{v1}/Services/{sids['ChatServiceSid']}" if "ChatServiceSid" in sids else v1
    return Place(scope, v1 + route.home.format(**sids), root, v1, route.is_shortened)


def find_member(at: Transaction, kind: Kind, scope: Mapping[str, str], name: str) -> dict[str, Any] | None:
    """Find one among many by its key, or by the other name that it may have."""
    found = at.find(kind.read_from, {**scope, kind.key: name})
    if found is None and kind.also_by:
        found = at.find(kind.read_from, {**scope, kind.also_by: name})
    return found


def _default_service(at: Transaction, world: World) -> str:
    account = at.find("account_configuration", {"account_sid": world.account_sid}) or {}
    return account.get("default_chat_service_sid") or ""
