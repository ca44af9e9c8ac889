"""What the emulator's tests share: an emulator, a client and a service to play with."""

from collections.abc import Iterator
from itertools import count

import pytest
from twilio.rest import Client as Sdk  # type: ignore[import-untyped]

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.server import running
from tests.emulator.client import Client
from tests.emulator.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def emulator(clock: Clock) -> Iterator[Emulator]:
    numbers = count(1)
    with Emulator(now=clock, new_hex=lambda: f"{next(numbers):032x}") as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Client:
    return Client(emulator)


@pytest.fixture
def service(client: Client) -> str:
    """The path of a new service."""
    return "/Services/" + client.made("/Services", {"FriendlyName": "support"})


@pytest.fixture
def room(client: Client, service: str) -> str:
    """The path of a new conversation, whose unique name is `room`."""
    return f"{service}/Conversations/" + client.made(f"{service}/Conversations", {"UniqueName": "room"})


@pytest.fixture
def sdk(emulator: Emulator) -> Iterator[Sdk]:
    """Twilio's own client, talking to the emulator over the network."""
    with running(emulator) as url:
        sdk = Sdk(ACCOUNT_SID, AUTH_TOKEN)
        sdk.conversations.base_url = url
        yield sdk
        sdk.http_client.session.close()
