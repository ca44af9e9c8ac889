"""What a service gives to those who join it: their user, and the role that its configuration names."""

from collections.abc import Mapping
from typing import Any

from confsync.emulator.store import Transaction
from confsync.emulator.world import World


def default_role(at: Transaction, service_sid: str, column: str) -> str | None:
    """Look up one of the default roles of a service."""
    configuration = at.find("service_configuration", {"chat_service_sid": service_sid}) or {}
    return configuration.get(column)


def user_of(at: Transaction, world: World, scope: Mapping[str, str], identity: str) -> str:
    """Find the user with an identity, or make one, as Twilio does when somebody takes part who never did before."""
    service = {"account_sid": scope["account_sid"], "chat_service_sid": scope["chat_service_sid"]}
    known = at.find("user", {**service, "identity": identity})
    if known:
        return str(known["sid"])
    user: dict[str, Any] = {
        "sid": world.new_sid("US"),
        "identity": identity,
        "role_sid": default_role(at, service["chat_service_sid"], "default_chat_service_role_sid"),
    }
    at.insert("user", {**service, **user, **world.dates()})
    return str(user["sid"])
