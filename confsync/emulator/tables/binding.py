"""Bindings: the devices that are told of messages, each through a credential."""

from confsync.emulator.kind import Filter, Kind, names, texts
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Names
from confsync.emulator.vocabulary import BINDING_TYPES

AMONG = "IN (SELECT value FROM json_each(?))"


def binding(_settings: Settings) -> Kind:
    """`/Services/{sid}/Bindings`. They come from devices, so tests make them by seeding."""
    types = Names(frozenset(BINDING_TYPES))
    return Kind(
        name="binding",
        docs="https://www.twilio.com/docs/conversations-classic/api/service-binding-resource",
        paths=("/Services/{ChatServiceSid}/Bindings",),
        verbs=("list", "fetch", "delete"),
        sid="BS",
        list_key="bindings",
        page_maximum=100,
        filters=(
            Filter("BindingType", types, f"binding_type {AMONG}"),
            Filter("Identity", Names(), f"identity {AMONG}"),
        ),
        properties=(
            *texts("sid", "account_sid", "chat_service_sid", "credential_sid", "endpoint", "identity", "binding_type"),
            names("message_types"),
            *texts("date_created", "date_updated"),
        ),
    )
