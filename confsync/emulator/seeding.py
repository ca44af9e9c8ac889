"""What no client can make over REST, and many things at once: for tests and demonstrations."""

from dataclasses import dataclass
from typing import Literal

from confsync.emulator.newcomers import user_of
from confsync.emulator.store import Transaction
from confsync.emulator.vocabulary import PUSHED
from confsync.emulator.world import World

BindingType = Literal["apn", "gcm", "fcm", "twilsock"]
Status = Literal["read", "failed", "delivered", "undelivered", "sent"]


@dataclass(frozen=True, slots=True)
class Seeds:
    """Puts things into the emulator's memory, in one transaction. Each call gives the SIDs of what it made.

    Raises LookupError where what it is to go under does not exist.
    """

    at: Transaction
    world: World

    def binding(
        self,
        service_sid: str,
        *,
        identity: str,
        type: BindingType = "fcm",  # noqa: A002 — Twilio's own word
        credential_sid: str | None = None,
        endpoint: str | None = None,
    ) -> str:
        """Register a device of a user's, as Twilio's SDKs do; the user is made where there was none."""
        scope = self._service(service_sid)
        sid = self.world.new_sid("BS")
        self.at.insert(
            "binding",
            scope
            | self.world.dates()
            | {
                "sid": sid,
                "user_sid": user_of(self.at, self.world, scope, identity),
                "identity": identity,
                "binding_type": type,
                "credential_sid": credential_sid,
                "endpoint": endpoint or f"{identity}-endpoint",
                "message_types": PUSHED,
            },
        )
        return sid

    def receipt(
        self,
        message_sid: str,
        *,
        status: Status = "delivered",
        participant_sid: str | None = None,
        error_code: int = 0,
        channel_message_sid: str | None = None,
    ) -> str:
        """Tell what became of a message, as a phone network does."""
        message = self._known("message", message_sid)
        above = {name: message[name] for name in ("account_sid", "chat_service_sid", "conversation_sid")}
        sid = self.world.new_sid("DY")
        self.at.insert(
            "receipt",
            above
            | self.world.dates()
            | {
                "sid": sid,
                "message_sid": message_sid,
                "channel_message_sid": channel_message_sid or self.world.new_sid("SM"),
                "participant_sid": participant_sid,
                "status": status,
                "error_code": error_code,
            },
        )
        return sid

    def users(self, service_sid: str, count: int, *, name: str = "user") -> list[str]:
        """Make many users: user-0, user-1 and so on."""
        scope = self._service(service_sid)
        return [user_of(self.at, self.world, scope, f"{name}-{number}") for number in range(count)]

    def conversations(self, service_sid: str, count: int, *, name: str = "conversation") -> list[str]:
        """Make many conversations with the unique names conversation-0, conversation-1 and so on."""
        shared = self._service(service_sid) | self.world.dates()
        sids = [self.world.new_sid("CH") for _ in range(count)]
        for number, sid in enumerate(sids):
            self.at.insert("conversation", {**shared, "sid": sid, "unique_name": f"{name}-{number}"})
        return sids

    def bindings(self, service_sid: str, count: int, *, name: str = "user") -> list[str]:
        """Register a device for each of many users: user-0, user-1 and so on."""
        return [self.binding(service_sid, identity=f"{name}-{number}") for number in range(count)]

    def _service(self, sid: str) -> dict[str, str]:
        service = self._known("service", sid)
        return {"account_sid": service["account_sid"], "chat_service_sid": sid}

    def _known(self, table: str, sid: str) -> dict[str, str]:
        row = self.at.find(table, {"account_sid": self.world.account_sid, "sid": sid})
        if row is None:
            raise LookupError(f"There is no {table} {sid} to put something under")
        return row
