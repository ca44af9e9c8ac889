"""An account with one resource of every type, so that generated requests get past the first 404."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import count

from confsync.emulator.emulator import Emulator
from tests.emulator.client import Client
from tests.emulator.clock import Clock

Names = Mapping[str, tuple[str, ...]]
"""Values of path variables by the segment before them: `Roles` maps to the SIDs of roles."""


@contextmanager
def populated_emulator() -> Iterator[tuple[Emulator, Names]]:
    """Create the account, always with the same SIDs, and yield the names that identify its resources."""
    state, names, used = _populated()
    numbers = count(1)
    with Emulator(now=Clock(), new_hex=lambda: f"{next(numbers):032x}") as emulator:
        emulator.load(state)
        numbers = count(used)
        yield emulator, names


@cache
def _populated() -> tuple[bytes, Names, int]:
    """Return the state of the account, the names, and the number from which the next SID is made."""
    numbers = count(1)
    with Emulator(now=Clock(), new_hex=lambda: f"{next(numbers):032x}") as emulator:
        names = _populate(emulator)
        return emulator.dump(), names, next(numbers)


def _populate(emulator: Emulator) -> Names:
    client = Client(emulator)
    service = str(client.get("/Configuration").body["default_chat_service_sid"])
    other = client.made("/Services", {"FriendlyName": "other"})
    room = client.made("/Conversations", {"UniqueName": "room"})
    message = client.made(f"/Conversations/{room}/Messages", {"Body": "hello"})
    participant = client.made(f"/Conversations/{room}/Participants", {"Identity": "alice"})
    service_role = next(each["sid"] for each in client.get("/Roles").body["roles"] if each["type"] == "service")
    hook = {"Target": "trigger", "Configuration.Url": "https://example.com", "Configuration.Triggers": "help"}
    role = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage"}
    return {
        "Services": (service, other),
        "Roles": (client.made("/Roles", role),),
        "service roles": (service_role,),
        "Users": (str(client.get("/Users/alice").body["sid"]), "alice"),
        "Conversations": (room, "room"),
        "Participants": (participant, "alice"),
        "Messages": (message,),
        "Webhooks": (client.made(f"/Conversations/{room}/Webhooks", hook),),
        "Receipts": (emulator.seed_receipt(message),),
        "Bindings": (emulator.seed_binding(service, identity="alice"),),
        "Credentials": (client.made("/Credentials", {"Type": "apn"}),),
        "Addresses": (client.made("/Configuration/Addresses", {"Type": "sms", "Address": "+15005550006"}),),
    }
