"""The names that Twilio defines: permissions, webhook events and binding types."""

from typing import Final


def split_words(*lines: str) -> tuple[str, ...]:
    """Split lines of names that are separated by spaces."""
    return tuple(" ".join(lines).split())


_ANY_ROLE = split_words(
    "addParticipant deleteAnyMessage deleteConversation editAnyMessage editAnyMessageAttributes editAnyUserInfo",
    "editConversationAttributes editConversationName editOwnMessage editOwnMessageAttributes editOwnUserInfo",
    "removeParticipant",
)

# The live API accepts these but its documentation omits them, so the role type that they belong to is unknown.
_UNDOCUMENTED = split_words(
    "addNonChatParticipant editNotificationLevel editAnyParticipantAttributes editOwnParticipantAttributes",
)
_SERVICE_ROLE = split_words("createConversation joinConversation")
_CONVERSATION_ROLE = split_words("deleteOwnMessage leaveConversation sendMediaMessage sendMessage")

PERMISSIONS_BY_TYPE: Final = {
    "service": frozenset(_ANY_ROLE + _UNDOCUMENTED + _SERVICE_ROLE),
    "conversation": frozenset(_ANY_ROLE + _UNDOCUMENTED + _CONVERSATION_ROLE),
}
PERMISSIONS: Final = PERMISSIONS_BY_TYPE["service"] | PERMISSIONS_BY_TYPE["conversation"]

PRE_EVENTS: Final = split_words(
    "onMessageAdd onMessageRemove onMessageUpdate onConversationAdd onConversationRemove onConversationUpdate",
    "onParticipantAdd onParticipantRemove onParticipantUpdate onUserUpdate",
)
POST_EVENTS: Final = split_words(
    "onMessageAdded onMessageRemoved onMessageUpdated onConversationAdded onConversationRemoved onConversationUpdated",
    "onConversationStateUpdated onParticipantAdded onParticipantRemoved onParticipantUpdated onDeliveryUpdated",
    "onUserAdded onUserUpdated",
)
EVENTS: Final = frozenset(PRE_EVENTS + POST_EVENTS)
SERVICE_EVENTS: Final = frozenset(event for event in EVENTS if not event.startswith("onUser"))
CONVERSATION_EVENTS: Final = frozenset(POST_EVENTS) - {"onConversationAdded", "onUserAdded", "onUserUpdated"}

BINDING_TYPES: Final = split_words("apn gcm fcm twilsock")
MESSAGE_TYPES: Final = split_words("removed_from_conversation new_message added_to_conversation")
