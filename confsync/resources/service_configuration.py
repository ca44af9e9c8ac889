"""A service's configuration: which roles new members get."""

from pydantic import Field

from confsync.model import Singleton
from confsync.resources.role import ConversationRole, ServiceRole
from confsync.resources.service import Service


class ServiceConfiguration(Singleton, parent=Service, path="Configuration"):
    """Which roles new members get, and whether reachability is tracked.

    A default role cannot be unset, only pointed to another role.
    https://www.twilio.com/docs/conversations-classic/api/service-configuration-resource
    """

    default_conversation_creator_role: ConversationRole | None = Field(
        None, description="The conversation role of whoever creates a conversation."
    )
    default_conversation_role: ConversationRole | None = Field(
        None, description="The conversation role of whoever joins a conversation."
    )
    default_chat_service_role: ServiceRole | None = Field(None, description="The service role of a new user.")
    reachability_enabled: bool | None = Field(None, description="Whether users are shown as online and notifiable.")
