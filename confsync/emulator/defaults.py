"""What Twilio creates by itself: in a new account, in a new service, and for a new member of a service."""

from collections.abc import Mapping
from typing import Any

from confsync.emulator.account import EmulatedAccount
from confsync.emulator.store import Transaction
from confsync.emulator.vocabulary import split_words

DEFAULT_SERVICE = "Default Conversations Service"

CHANNEL_ADMIN = split_words(
    "deleteConversation removeParticipant editConversationName editConversationAttributes addParticipant sendMessage",
    "sendMediaMessage leaveConversation editAnyMessage editAnyMessageAttributes editAnyParticipantAttributes",
    "deleteAnyMessage editNotificationLevel",
)
CHANNEL_USER = split_words(
    "sendMessage sendMediaMessage leaveConversation editOwnMessage editOwnMessageAttributes deleteOwnMessage",
    "editNotificationLevel",
)
SERVICE_ADMIN = split_words(
    "createConversation joinConversation deleteConversation editConversationAttributes editConversationName",
    "addParticipant removeParticipant editAnyMessage deleteAnyMessage editAnyMessageAttributes editAnyUserInfo",
    "editAnyParticipantAttributes",
)
SERVICE_USER = split_words("createConversation joinConversation editOwnUserInfo")


def create_account_if_missing(tx: Transaction, account: EmulatedAccount) -> None:
    """Create the account with a default service and a default messaging service, unless it exists."""
    scope = {"account_sid": account.sid}
    if tx.find("account", {"sid": account.sid}):
        return
    tx.insert("account", {"sid": account.sid})
    service_sid = account.new_sid("IS")
    tx.insert("service", scope | {"sid": service_sid, "friendly_name": DEFAULT_SERVICE} | account.creation_dates())
    create_service_defaults(tx, account, service_sid)
    tx.insert("account_webhook", scope)
    tx.insert(
        "account_configuration",
        scope | {"default_chat_service_sid": service_sid, "default_messaging_service_sid": account.new_sid("MG")},
    )


def create_service_defaults(tx: Transaction, account: EmulatedAccount, service_sid: str) -> None:
    """Create the four roles of a new service, three of which are its defaults, and its empty settings."""
    scope = {"account_sid": account.sid, "chat_service_sid": service_sid}

    def role(name: str, role_type: str, permissions: tuple[str, ...]) -> str:
        sid = account.new_sid("RL")
        tx.insert(
            "role",
            scope
            | account.creation_dates()
            | {"sid": sid, "friendly_name": name, "type": role_type, "permissions": permissions},
        )
        return sid

    defaults = {
        "default_conversation_creator_role_sid": role("channel admin", "conversation", CHANNEL_ADMIN),
        "default_conversation_role_sid": role("channel user", "conversation", CHANNEL_USER),
    }
    role("service admin", "service", SERVICE_ADMIN)
    defaults["default_chat_service_role_sid"] = role("service user", "service", SERVICE_USER)
    tx.insert("service_configuration", scope | defaults)
    tx.insert("service_notification", scope)
    tx.insert("service_webhook", scope)


def default_role(tx: Transaction, service_sid: str, column: str) -> str | None:
    """Look up a default role of a service."""
    configuration = tx.find("service_configuration", {"chat_service_sid": service_sid}) or {}
    return configuration.get(column)


def find_or_create_user(tx: Transaction, account: EmulatedAccount, scope: Mapping[str, str], identity: str) -> str:
    """Return the SID of the user with an identity. Twilio creates the user on the first use of an identity."""
    service = {"account_sid": scope["account_sid"], "chat_service_sid": scope["chat_service_sid"]}
    existing = tx.find("user", {**service, "identity": identity})
    if existing:
        return str(existing["sid"])
    user: dict[str, Any] = {
        "sid": account.new_sid("US"),
        "identity": identity,
        "role_sid": default_role(tx, service["chat_service_sid"], "default_chat_service_role_sid"),
    }
    tx.insert("user", {**service, **user, **account.creation_dates()})
    return str(user["sid"])
