"""A service's configuration: which roles new members get."""

from typing import Annotated

from pydantic import Field

from confsync.annotations import Level, RiskWhen, ServerDefault, When
from confsync.model import Singleton
from confsync.resources.role import ConversationRole, ServiceRole
from confsync.resources.service import Service

OTHER_ROLE = RiskWhen(When.CHANGED, Level.MEDIUM, "default-role", "{field} is {after} instead of {before}")


class ServiceConfiguration(Singleton, parent=Service, path="Configuration"):
    """Which roles new members get, and whether reachability is tracked.

    A default role cannot be unset, only pointed to another role.
    https://www.twilio.com/docs/conversations-classic/api/service-configuration-resource
    """

    default_conversation_creator_role: Annotated[
        ConversationRole | None, ServerDefault("channel admin"), OTHER_ROLE
    ] = Field(None, description="The conversation role of whoever creates a conversation.", examples=["host"])
    default_conversation_role: Annotated[ConversationRole | None, ServerDefault("channel user"), OTHER_ROLE] = Field(
        None, description="The conversation role of whoever joins a conversation.", examples=["agent"]
    )
    default_chat_service_role: Annotated[ServiceRole | None, ServerDefault("service user"), OTHER_ROLE] = Field(
        None, description="The service role of a new user.", examples=["supervisor"]
    )
    reachability_enabled: Annotated[bool | None, ServerDefault("false")] = Field(
        None, description="Whether users are shown as online and notifiable.", examples=[True]
    )
