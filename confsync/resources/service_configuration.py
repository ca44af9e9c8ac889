"""A service's configuration: which roles new members get."""

from typing import Annotated

from confsync.annotations import ServerDefault, describe
from confsync.resources.base import Singleton
from confsync.resources.role import ConversationRole, ServiceRole
from confsync.resources.service import Service
from confsync.risk_rules import Level, RiskRule, RiskWhen, When

DEFAULT_ROLE_CHANGED = RiskWhen(
    When.CHANGED, Level.MEDIUM, RiskRule.DEFAULT_ROLE, "{field} is {after} instead of {before}"
)
PRESENCE_SHOWN = RiskWhen(When.ENABLED, Level.LOW, RiskRule.PRESENCE, "users see who is online")
PRESENCE_HIDDEN = RiskWhen(When.DISABLED, Level.MEDIUM, RiskRule.PRESENCE, "users no longer see who is online")


class ServiceConfiguration(Singleton, parent=Service, path="Configuration"):
    """The roles that new users and participants get, and whether Twilio tracks who is online.

    You can change a default role, but you cannot unset it.
    https://www.twilio.com/docs/conversations-classic/api/service-configuration-resource
    """

    default_conversation_creator_role: Annotated[
        ConversationRole | None, ServerDefault("channel admin"), DEFAULT_ROLE_CHANGED
    ] = describe("The role that the creator of a conversation gets in that conversation.", examples=["host"])
    default_conversation_role: Annotated[
        ConversationRole | None, ServerDefault("channel user"), DEFAULT_ROLE_CHANGED
    ] = describe("The role that every other new participant gets in a conversation.", examples=["agent"])
    default_chat_service_role: Annotated[ServiceRole | None, ServerDefault("service user"), DEFAULT_ROLE_CHANGED] = (
        describe("The role that a new user gets in the service.", examples=["supervisor"])
    )
    reachability_enabled: Annotated[bool | None, ServerDefault("false"), PRESENCE_SHOWN, PRESENCE_HIDDEN] = describe(
        "Whether Twilio reports which users are online and which can receive notifications.", examples=[True]
    )
