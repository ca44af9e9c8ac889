"""A service's configuration: the roles that newcomers get, and whether reachability is tracked."""

from confsync.emulator.kind import Kind, Parameter, flag, texts
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Flag
from confsync.emulator.tables.role import role_of_type


def service_configuration(settings: Settings) -> Kind:
    """`/Services/{sid}/Configuration`. A default role can be re-pointed, never unset."""
    creator = role_of_type("conversation", 50106, settings)
    newcomer = role_of_type("conversation", 50109, settings)
    user = role_of_type("service", 50102, settings)
    return Kind(
        name="service_configuration",
        docs="https://www.twilio.com/docs/conversations-classic/api/service-configuration-resource",
        paths=("/Services/{ChatServiceSid}/Configuration",),
        verbs=("fetch", "update"),
        parameters=(
            Parameter("DefaultConversationCreatorRoleSid", creator, update="optional"),
            Parameter("DefaultConversationRoleSid", newcomer, update="optional"),
            Parameter("DefaultChatServiceRoleSid", user, update="optional"),
            Parameter("ReachabilityEnabled", Flag(), update="optional"),
        ),
        properties=(
            *texts(
                "chat_service_sid",
                "default_conversation_creator_role_sid",
                "default_conversation_role_sid",
                "default_chat_service_role_sid",
            ),
            flag("reachability_enabled"),
        ),
        links=(("notifications", "{url}/Notifications"), ("webhooks", "{url}/Webhooks")),
    )
