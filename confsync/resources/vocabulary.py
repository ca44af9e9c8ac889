"""The words of Twilio's that several resource types share: permissions, webhook events, HTTP methods.

Twilio's own lists are incomplete, so an unknown word is a warning and passes.
Sources: Twilio's pages on roles and webhooks; the four permissions of `_UNLISTED` are accepted by the API and missing
from the documented table.
"""

from typing import Annotated, Literal

from pydantic import Field

from confsync.model import Known, Upper

_SHARED = frozenset(
    {
        "addParticipant",
        "deleteAnyMessage",
        "deleteConversation",
        "editAnyMessage",
        "editAnyMessageAttributes",
        "editAnyUserInfo",
        "editConversationAttributes",
        "editConversationName",
        "editOwnMessage",
        "editOwnMessageAttributes",
        "editOwnUserInfo",
        "removeParticipant",
    }
)
_UNLISTED = frozenset(
    {"addNonChatParticipant", "editNotificationLevel", "editAnyParticipantAttributes", "editOwnParticipantAttributes"}
)
_OF_SERVICE = _SHARED | {"createConversation", "joinConversation"}
_OF_CONVERSATION = _SHARED | {"deleteOwnMessage", "leaveConversation", "sendMediaMessage", "sendMessage"}

Permission = Annotated[
    str,
    Field(min_length=1),
    Known(
        "permission",
        _OF_SERVICE | _OF_CONVERSATION | _UNLISTED,
        by="type",
        words_by={"service": _OF_SERVICE | _UNLISTED, "conversation": _OF_CONVERSATION | _UNLISTED},
    ),
]

_BEFORE = frozenset(
    {
        "onMessageAdd",
        "onMessageRemove",
        "onMessageUpdate",
        "onConversationAdd",
        "onConversationRemove",
        "onConversationUpdate",
        "onParticipantAdd",
        "onParticipantRemove",
        "onParticipantUpdate",
    }
)
_AFTER = frozenset(
    {
        "onMessageAdded",
        "onMessageRemoved",
        "onMessageUpdated",
        "onConversationAdded",
        "onConversationRemoved",
        "onConversationUpdated",
        "onConversationStateUpdated",
        "onParticipantAdded",
        "onParticipantRemoved",
        "onParticipantUpdated",
        "onDeliveryUpdated",
    }
)

ServiceEvent = Annotated[str, Field(min_length=1), Known("service webhook event", _BEFORE | _AFTER)]
"""The 20 events of a service's webhooks; the account's have three more, about users."""

Method = Upper[Literal["GET", "POST"]]
