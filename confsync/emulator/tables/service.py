"""Conversation services. The API creates and deletes them but cannot rename them."""

from confsync.emulator.defaults import create_service_defaults
from confsync.emulator.parameter_types import String
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Parameter, ReferencingColumn, ResourceSpec, always_null, column, columns


def service(settings: EmulatorSettings) -> ResourceSpec:
    """`/Services`. There is no update."""
    default = ReferencingColumn("account_configuration", "default_chat_service_sid")
    return ResourceSpec(
        name="service",
        docs="https://www.twilio.com/docs/conversations-classic/api/service-resource",
        paths=("/Services",),
        operations=("list", "create", "fetch", "delete"),
        sid_prefix="IS",
        variable="ChatServiceSid",
        list_key="services",
        page_maximum=100,
        parameters=(Parameter("FriendlyName", String(at_most=256, too_long=50003), create="required"),),
        properties=(
            column("sid"),
            column("account_sid") if settings.service_account_sid == "shown" else always_null("account_sid"),
            *columns("friendly_name", "date_created", "date_updated"),
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
        referenced_by=(default,) if settings.delete_default_service == "reject" else (),
        on_create=lambda context: create_service_defaults(context.tx, context.account, context.existing["sid"]),
    )
