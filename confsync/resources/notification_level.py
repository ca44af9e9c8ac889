"""A notification level: whether a user is told by push of what happens in a conversation."""

from typing import Annotated, Literal

from pydantic import Field

from confsync.annotations import Immutable, Key, ServerDefault
from confsync.model import Link, Ref
from confsync.resources.conversation import Conversation
from confsync.resources.participant import Participant
from confsync.resources.user import User


class NotificationLevel(
    Link,
    parent=User,
    path="Conversations",
    section="notification_levels",
    other=Conversation,
    through=Participant,
    written_as="notification_level",
    personal=True,
):
    """Whether a user is told by push of what happens in a conversation: `lounge: muted`.

    There is one for each conversation in which the user takes part, and only as long as that is so.
    https://www.twilio.com/docs/conversations-classic/api/user-conversation-resource
    """

    conversation: Key[Immutable[Annotated[str, Ref(Conversation)]]] = Field(
        description="Which conversation: its YAML key.", examples=["lounge"]
    )
    notification_level: Annotated[Literal["default", "muted"], ServerDefault("default")] = Field(
        description="Whether pushes are sent.", examples=["muted"]
    )
