"""Fixtures for the emulator's tests: an emulator, a client, a service and a conversation."""

from collections.abc import Iterator
from itertools import count

import pytest

from confsync.emulator.emulator import Emulator
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
