"""A service's configuration: the roles of new members, and whether reachability is tracked."""

from confsync.emulator.parameter_types import Boolean
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Parameter, ResourceSpec, boolean_column, columns
from confsync.emulator.tables.role import role_of_type


def service_configuration(settings: EmulatorSettings) -> ResourceSpec:
    """`/Services/{sid}/Configuration`. A default role can be replaced but not cleared."""
    creator = role_of_type("conversation", 50106, settings)
    member = role_of_type("conversation", 50109, settings)
    user = role_of_type("service", 50102, settings)
    return ResourceSpec(
        name="service_configuration",
        docs="https://www.twilio.com/docs/conversations-classic/api/service-configuration-resource",
        paths=("/Services/{ChatServiceSid}/Configuration",),
        operations=("fetch", "update"),
        parameters=(
            Parameter("DefaultConversationCreatorRoleSid", creator, update="optional"),
            Parameter("DefaultConversationRoleSid", member, update="optional"),
            Parameter("DefaultChatServiceRoleSid", user, update="optional"),
            Parameter("ReachabilityEnabled", Boolean(), update="optional"),
        ),
        properties=(
            *columns(
                "chat_service_sid",
                "default_conversation_creator_role_sid",
                "default_conversation_role_sid",
                "default_chat_service_role_sid",
            ),
            boolean_column("reachability_enabled"),
        ),
        links=(("notifications", "{url}/Notifications"), ("webhooks", "{url}/Webhooks")),
    )
