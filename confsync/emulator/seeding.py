"""Seeds what REST clients cannot create, and many resources at once, for tests and demonstrations."""

from typing import Literal

from msgspec import Struct

from confsync.emulator.account import EmulatedAccount
from confsync.emulator.defaults import find_or_create_user
from confsync.emulator.store import Transaction
from confsync.emulator.vocabulary import MESSAGE_TYPES

BindingType = Literal["apn", "gcm", "fcm", "twilsock"]
ReceiptStatus = Literal["read", "failed", "delivered", "undelivered", "sent"]


class Seeder(Struct, frozen=True):
    """Creates rows in one transaction. Each method returns the SIDs of what it created.

    Raises LookupError if the parent does not exist.
    """

    tx: Transaction
    account: EmulatedAccount

    def binding(
        self,
        service_sid: str,
        *,
        identity: str,
        type: BindingType = "fcm",  # noqa: A002 — Twilio's own word
        credential_sid: str | None = None,
        endpoint: str | None = None,
    ) -> str:
        """Register a user's device, as Twilio's SDKs do. Creates the user if necessary."""
        scope = self._service(service_sid)
        sid = self.account.new_sid("BS")
        self.tx.insert(
            "binding",
            scope
            | self.account.creation_dates()
            | {
                "sid": sid,
                "user_sid": find_or_create_user(self.tx, self.account, scope, identity),
                "identity": identity,
                "binding_type": type,
                "credential_sid": credential_sid,
                "endpoint": endpoint or f"{identity}-endpoint",
                "message_types": MESSAGE_TYPES,
            },
        )
        return sid

    def receipt(
        self,
        message_sid: str,
        *,
        status: ReceiptStatus = "delivered",
        participant_sid: str | None = None,
        error_code: int = 0,
        channel_message_sid: str | None = None,
    ) -> str:
        """Record a delivery receipt for a message, as a phone network does."""
        message = self._existing("message", message_sid)
        parents = {name: message[name] for name in ("account_sid", "chat_service_sid", "conversation_sid")}
        sid = self.account.new_sid("DY")
        self.tx.insert(
            "receipt",
            parents
            | self.account.creation_dates()
            | {
                "sid": sid,
                "message_sid": message_sid,
                "channel_message_sid": channel_message_sid or self.account.new_sid("SM"),
                "participant_sid": participant_sid,
                "status": status,
                "error_code": error_code,
            },
        )
        return sid

    def users(self, service_sid: str, count: int, *, name: str = "user") -> list[str]:
        """Create many users: user-0, user-1 and so on."""
        scope = self._service(service_sid)
        return [find_or_create_user(self.tx, self.account, scope, f"{name}-{number}") for number in range(count)]

    def conversations(self, service_sid: str, count: int, *, name: str = "conversation") -> list[str]:
        """Create many conversations with the unique names conversation-0, conversation-1 and so on."""
        shared = self._service(service_sid) | self.account.creation_dates()
        sids = [self.account.new_sid("CH") for _ in range(count)]
        for number, sid in enumerate(sids):
            self.tx.insert("conversation", {**shared, "sid": sid, "unique_name": f"{name}-{number}"})
        return sids

    def bindings(self, service_sid: str, count: int, *, name: str = "user") -> list[str]:
        """Register a device for each of many users: user-0, user-1 and so on."""
        return [self.binding(service_sid, identity=f"{name}-{number}") for number in range(count)]

    def _service(self, sid: str) -> dict[str, str]:
        service = self._existing("service", sid)
        return {"account_sid": service["account_sid"], "chat_service_sid": sid}

    def _existing(self, table: str, sid: str) -> dict[str, str]:
        row = self.tx.find(table, {"account_sid": self.account.sid, "sid": sid})
        if row is None:
            raise LookupError(f"There is no {table} {sid}")
        return row
