"""A service's configuration: the roles that newcomers get, and whether reachability is tracked."""

from confsync.emulator.kind import Kind, Parameter, flag, texts
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Flag, Reference


def service_configuration(settings: Settings) -> Kind:
    """`/Services/{sid}/Configuration`. A default role can be re-pointed, never unset."""

    def role_of_type(kind_of_role: str, unlike: int) -> Reference:
        return Reference(
            "RL",
            when_empty=settings.empty_role_sid,
            empty=50103,
            kind="role",
            alike=(("type", kind_of_role),),
            unknown=50100,
            unlike=unlike,
        )

    return Kind(
        name="service_configuration",
        docs="https://www.twilio.com/docs/conversations-classic/api/service-configuration-resource",
        paths=("/Services/{ChatServiceSid}/Configuration",),
        verbs=("fetch", "update"),
        parameters=(
            Parameter("DefaultConversationCreatorRoleSid", role_of_type("conversation", 50106), update="optional"),
            Parameter("DefaultConversationRoleSid", role_of_type("conversation", 50109), update="optional"),
            Parameter("DefaultChatServiceRoleSid", role_of_type("service", 50102), update="optional"),
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
