"""Conversation services: the separate worlds of one account, which the API can create and delete but not rename."""

from confsync.emulator.fresh import furnish_service
from confsync.emulator.kind import Holder, Kind, Parameter, null, text, texts
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Text


def service(settings: Settings) -> Kind:
    """`/Services`. There is no update."""
    default = Holder("account_configuration", "default_chat_service_sid")
    return Kind(
        name="service",
        docs="https://www.twilio.com/docs/conversations-classic/api/service-resource",
        paths=("/Services",),
        verbs=("list", "create", "fetch", "delete"),
        sid="IS",
        variable="ChatServiceSid",
        list_key="services",
        page_maximum=100,
        parameters=(Parameter("FriendlyName", Text(at_most=256, too_long=50003), create="required"),),
        properties=(
            text("sid"),
            text("account_sid") if settings.service_account_sid == "shown" else null("account_sid"),
            *texts("friendly_name", "date_created", "date_updated"),
        ),
        links=(
            ("conversations", "{url}/Conversations"),
            ("users", "{url}/Users"),
            ("roles", "{url}/Roles"),
            ("bindings", "{url}/Bindings"),
            ("configuration", "{url}/Configuration"),
            ("participant_conversations", "{url}/ParticipantConversations"),
            ("conversation_with_participants", "{url}/ConversationWithParticipants"),
        ),
        held_by=(default,) if settings.delete_default_service == "reject" else (),
        furnish=lambda deed: furnish_service(deed.at, deed.world, deed.before["sid"]),
    )
