"""What Twilio puts into a new account and into a new service before anybody asks."""

from confsync.emulator.store import Transaction
from confsync.emulator.vocabulary import words
from confsync.emulator.world import World

DEFAULT_SERVICE = "Default Conversations Service"

CHANNEL_ADMIN = words(
    "deleteConversation removeParticipant editConversationName editConversationAttributes addParticipant sendMessage",
    "sendMediaMessage leaveConversation editAnyMessage editAnyMessageAttributes editAnyParticipantAttributes",
    "deleteAnyMessage editNotificationLevel",
)
CHANNEL_USER = words(
    "sendMessage sendMediaMessage leaveConversation editOwnMessage editOwnMessageAttributes deleteOwnMessage",
    "editNotificationLevel",
)
SERVICE_ADMIN = words(
    "createConversation joinConversation deleteConversation editConversationAttributes editConversationName",
    "addParticipant removeParticipant editAnyMessage deleteAnyMessage editAnyMessageAttributes editAnyUserInfo",
    "editAnyParticipantAttributes",
)
SERVICE_USER = words("createConversation joinConversation editOwnUserInfo")


def open_account(at: Transaction, world: World) -> None:
    """Make the account, with a default service and a default messaging service, unless it is there."""
    account = {"account_sid": world.account_sid}
    if at.find("account", {"sid": world.account_sid}):
        return
    at.insert("account", {"sid": world.account_sid})
    service_sid = world.new_sid("IS")
    at.insert("service", account | {"sid": service_sid, "friendly_name": DEFAULT_SERVICE} | world.dates())
    furnish_service(at, world, service_sid)
    at.insert("account_webhook", account)
    at.insert(
        "account_configuration",
        account | {"default_chat_service_sid": service_sid, "default_messaging_service_sid": world.new_sid("MG")},
    )


def furnish_service(at: Transaction, world: World, service_sid: str) -> None:
    """Give a new service its four roles, of which three are its defaults, and its empty settings."""
    scope = {"account_sid": world.account_sid, "chat_service_sid": service_sid}

    def role(name: str, kind: str, permissions: tuple[str, ...]) -> str:
        sid = world.new_sid("RL")
        at.insert(
            "role",
            scope | world.dates() | {"sid": sid, "friendly_name": name, "type": kind, "permissions": permissions},
        )
        return sid

    defaults = {
        "default_conversation_creator_role_sid": role("channel admin", "conversation", CHANNEL_ADMIN),
        "default_conversation_role_sid": role("channel user", "conversation", CHANNEL_USER),
    }
    role("service admin", "service", SERVICE_ADMIN)
    defaults["default_chat_service_role_sid"] = role("service user", "service", SERVICE_USER)
    at.insert("service_configuration", scope | defaults)
    at.insert("service_notification", scope)
    at.insert("service_webhook", scope)
