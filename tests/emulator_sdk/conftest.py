"""Fixtures for tests with Twilio's SDK: a shared server and client, and a new emulator for each test."""

from collections.abc import Iterator
from itertools import count

import pytest
from twilio.rest import Client  # type: ignore[import-untyped]

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.server import running
from tests.emulator.clock import Clock
from tests.emulator_sdk.driving import Sdk, SwitchableHandler


@pytest.fixture(scope="session")
def handler() -> SwitchableHandler:
    return SwitchableHandler()


@pytest.fixture(scope="session")
def client(handler: SwitchableHandler) -> Iterator[Sdk]:
    with running(handler) as url:
        client = Client(ACCOUNT_SID, AUTH_TOKEN)
        client.conversations.base_url = url
        yield client
        client.http_client.session.close()


@pytest.fixture
def emulator(handler: SwitchableHandler) -> Iterator[Emulator]:
    numbers = count(1)
    with Emulator(now=Clock(), new_hex=lambda: f"{next(numbers):032x}") as emulator:
        handler.use(emulator)
        yield emulator


@pytest.fixture
def v1(client: Sdk, emulator: Emulator) -> Sdk:
    """The account."""
    del emulator
    return client.conversations.v1


@pytest.fixture
def support(v1: Sdk) -> Sdk:
    """A new service."""
    return v1.services(v1.services.create(friendly_name="support").sid)


@pytest.fixture(params=["account", "service"])
def home(request: pytest.FixtureRequest, v1: Sdk) -> Sdk:
    """The parent of the resources: the account with shortened paths, or a service with full paths."""
    return v1 if request.param == "account" else request.getfixturevalue("support")


@pytest.fixture
def service_sid(home: Sdk, v1: Sdk) -> str:
    """The SID of the service that `home` addresses."""
    sid: str = v1.configuration().fetch().default_chat_service_sid if home is v1 else home.fetch().sid
    return sid


@pytest.fixture
def room(home: Sdk) -> Sdk:
    """A new conversation without participants."""
    return home.conversations(home.conversations.create(unique_name="room").sid)
