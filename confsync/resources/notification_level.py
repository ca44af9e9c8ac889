"""A notification level: whether a user receives push notifications from a conversation."""

from typing import Annotated, Literal

from confsync.annotations import Immutable, Key, ServerDefault, describe
from confsync.model import Ref
from confsync.resources.base import Link
from confsync.resources.conversation import Conversation
from confsync.resources.participant import Participant
from confsync.resources.user import User
from confsync.risk_rules import Level, NoRisk, RiskRule, RiskWhen, When

ANOTHER_LEVEL = NoRisk("it is the YAML key: changing it declares a different notification level")
MUTED = RiskWhen(When.CHANGED, Level.MEDIUM, RiskRule.MUTED, "the user gets no more pushes from it", "muted")
UNMUTED = RiskWhen(When.CHANGED, Level.LOW, RiskRule.MUTED, "the user gets pushes from it again", "default")


class NotificationLevel(
    Link,
    parent=User,
    path="Conversations",
    section="notification_levels",
    list_key="conversations",
    page_size=50,
    created_by=Participant,
    personal=True,
):
    """Whether a user receives push notifications from a conversation.

    For example, `lounge: muted` mutes the conversation whose YAML key is `lounge`. A user has one notification level
    for each conversation in which the user is a participant. When the participant is deleted, Twilio also deletes the
    notification level.
    https://www.twilio.com/docs/conversations-classic/api/user-conversation-resource
    """

    conversation: Key[Immutable[Annotated[str, Ref(Conversation), ANOTHER_LEVEL]]] = describe(
        "The YAML key of the conversation.", examples=["lounge"]
    )
    notification_level: Annotated[Literal["default", "muted"], ServerDefault("default"), MUTED, UNMUTED] = describe(
        "Whether the user receives push notifications: `default` means yes, `muted` means no.",
        examples=["muted"],
    )
