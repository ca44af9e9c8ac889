"""A service's push notifications."""

from typing import Annotated

from pydantic import Field

from confsync.annotations import Clearable, ServerDefault
from confsync.model import Block, Singleton
from confsync.resources.service import Service
from confsync.resources.vocabulary import Switch


class Media(Block):
    """What is pushed for a message with media."""

    enabled: Annotated[Switch | None, ServerDefault("nothing")] = Field(
        None, description="Whether a push is sent.", examples=[True]
    )
    template: Annotated[Clearable[str] | None, ServerDefault("nothing, and Twilio sends a text of its own")] = Field(
        None,
        description="The text; Twilio's `${…}` variables stay as they are.",
        examples=["${PARTICIPANT} sent ${MEDIA_COUNT} files"],
    )


class Push(Block):
    """What is pushed when something happens."""

    enabled: Annotated[Switch | None, ServerDefault("false")] = Field(
        None, description="Whether a push is sent.", examples=[True]
    )
    template: Annotated[Clearable[str] | None, ServerDefault("nothing, and Twilio sends a text of its own")] = Field(
        None,
        description="The text; Twilio's `${…}` variables stay as they are.",
        examples=["${PARTICIPANT} in ${CONVERSATION}"],
    )
    sound: Clearable[str] | None = Field(None, description="The sound that the device plays.", examples=["chime"])


class NewMessage(Push):
    """What is pushed for a message."""

    badge_count_enabled: Annotated[bool | None, ServerDefault("nothing")] = Field(
        None, description="Whether the push carries the unread count.", examples=[True]
    )
    with_media: Media | None = Field(None, description="What differs for a message with media.")


class ServiceNotifications(Singleton, parent=Service, path="Configuration/Notifications"):
    """Which events are pushed to phones, and with what text.

    On a fresh service no template is set, and Twilio uses its documented text when it sends: to declare that very text
    is a change. https://www.twilio.com/docs/conversations-classic/api/service-notification-resource
    """

    log_enabled: Annotated[bool | None, ServerDefault("false")] = Field(
        None, description="Whether sent notifications are logged.", examples=[True]
    )
    new_message: NewMessage | None = Field(None, description="A message was added.")
    added_to_conversation: Push | None = Field(None, description="A user was added to a conversation.")
    removed_from_conversation: Push | None = Field(None, description="A user was removed from a conversation.")
