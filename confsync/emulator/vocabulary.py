"""The words that Twilio knows: permissions and webhook events."""

from typing import Final


def words(*lines: str) -> tuple[str, ...]:
    """Read a list of words as a person writes one."""
    return tuple(" ".join(lines).split())


_FOR_BOTH = words(
    "addParticipant deleteAnyMessage deleteConversation editAnyMessage editAnyMessageAttributes editAnyUserInfo",
    "editConversationAttributes editConversationName editOwnMessage editOwnMessageAttributes editOwnUserInfo",
    "removeParticipant",
)

# Taken by the live API and missing from its documentation; for which type of role is not recorded.
_UNDOCUMENTED = words(
    "addNonChatParticipant editNotificationLevel editAnyParticipantAttributes editOwnParticipantAttributes",
)
_FOR_SERVICE = words("createConversation joinConversation")
_FOR_CONVERSATION = words("deleteOwnMessage leaveConversation sendMediaMessage sendMessage")

PERMISSIONS_OF: Final = {
    "service": frozenset(_FOR_BOTH + _UNDOCUMENTED + _FOR_SERVICE),
    "conversation": frozenset(_FOR_BOTH + _UNDOCUMENTED + _FOR_CONVERSATION),
}
PERMISSIONS: Final = PERMISSIONS_OF["service"] | PERMISSIONS_OF["conversation"]

BEFORE: Final = words(
    "onMessageAdd onMessageRemove onMessageUpdate onConversationAdd onConversationRemove onConversationUpdate",
    "onParticipantAdd onParticipantRemove onParticipantUpdate onUserUpdate",
)
AFTER: Final = words(
    "onMessageAdded onMessageRemoved onMessageUpdated onConversationAdded onConversationRemoved onConversationUpdated",
    "onConversationStateUpdated onParticipantAdded onParticipantRemoved onParticipantUpdated onDeliveryUpdated",
    "onUserAdded onUserUpdated",
)
EVENTS: Final = frozenset(BEFORE + AFTER)
SERVICE_EVENTS: Final = frozenset(event for event in EVENTS if not event.startswith("onUser"))
CONVERSATION_EVENTS: Final = frozenset(AFTER) - {"onConversationAdded", "onUserAdded", "onUserUpdated"}

BINDING_TYPES: Final = words("apn gcm fcm twilsock")
PUSHED: Final = words("removed_from_conversation new_message added_to_conversation")
