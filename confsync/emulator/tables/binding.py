"""Bindings: the devices that receive push notifications, each through a credential."""

from confsync.emulator.parameter_types import StringList
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Filter, ResourceSpec, columns, list_column
from confsync.emulator.vocabulary import BINDING_TYPES

AMONG = "IN (SELECT value FROM json_each(?))"


def binding(_settings: EmulatorSettings) -> ResourceSpec:
    """`/Services/{sid}/Bindings`. Devices create them, so tests seed them."""
    types = StringList(frozenset(BINDING_TYPES))
    return ResourceSpec(
        name="binding",
        docs="https://www.twilio.com/docs/conversations-classic/api/service-binding-resource",
        paths=("/Services/{ChatServiceSid}/Bindings",),
        operations=("list", "fetch", "delete"),
        sid_prefix="BS",
        list_key="bindings",
        page_maximum=100,
        filters=(
            Filter("BindingType", types, f"binding_type {AMONG}"),
            Filter("Identity", StringList(), f"identity {AMONG}"),
        ),
        properties=(
            *columns(
                "sid", "account_sid", "chat_service_sid", "credential_sid", "endpoint", "identity", "binding_type"
            ),
            list_column("message_types"),
            *columns("date_created", "date_updated"),
        ),
    )
