"""A service's push notifications."""

from pydantic import Field

from confsync.model import Block, Clearable, Singleton
from confsync.resources.service import Service


class Media(Block):
    """What is pushed for a message with media."""

    enabled: bool | None = Field(None, description="Whether a push is sent.")
    template: Clearable[str] | None = Field(None, description="The text; Twilio's `${…}` variables stay as they are.")


class Push(Block):
    """What is pushed when something happens."""

    enabled: bool | None = Field(None, description="Whether a push is sent.")
    template: Clearable[str] | None = Field(None, description="The text; Twilio's `${…}` variables stay as they are.")
    sound: Clearable[str] | None = Field(None, description="The sound that the device plays.")


class NewMessage(Push):
    """What is pushed for a message."""

    badge_count_enabled: bool | None = Field(None, description="Whether the push carries the unread count.")
    with_media: Media | None = Field(None, description="What differs for a message with media.")


class ServiceNotifications(Singleton, parent=Service, path="Configuration/Notifications"):
    """Which events are pushed to phones, and with what text.

    On a fresh service no template is set, and Twilio uses its documented text when it sends: to declare that very text
    is a change. https://www.twilio.com/docs/conversations-classic/api/service-notification-resource
    """

    log_enabled: bool | None = Field(None, description="Whether sent notifications are logged.")
    new_message: NewMessage | None = Field(None, description="A message was added.")
    added_to_conversation: Push | None = Field(None, description="A user was added to a conversation.")
    removed_from_conversation: Push | None = Field(None, description="A user was removed from a conversation.")
