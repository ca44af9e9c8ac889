"""A breach fails the test in whose course it happened, unless that test means it."""

from collections.abc import Callable, Iterator

import pytest

from confsync.emulator.emulator import Emulator
from tests.emulator.client import Client
from tests.openapi import file
from tests.openapi.hearing import Hearing
from tests.openapi.judge import Judge
from tests.openapi.witness import Witness

pytestmark = file.needed

COLOUR = "unknown parameter: POST /v1/Services Colour"


@pytest.fixture
def client() -> Iterator[Client]:
    with Emulator() as emulator:
        yield Client(emulator)


def paint(client: Client) -> None:
    client.made("/Services", {"FriendlyName": "x", "Colour": "red"})


def look(client: Client) -> None:
    client.get("/Services")


def heard(item: pytest.Item, test: Callable[[Client], None]) -> None:
    """Let a test run within a hearing of its own."""
    witness = Witness(Judge())
    hearing = Hearing(witness).pytest_runtest_call(item)
    next(hearing)
    with witness.watching(), Emulator() as emulator:
        test(Client(emulator))
    with pytest.raises(StopIteration):
        hearing.send(None)


@pytest.mark.breach(COLOUR)
def test_a_breach_that_is_meant_fails_nothing(request: pytest.FixtureRequest) -> None:
    heard(request.node, paint)


@pytest.mark.breach(COLOUR)
def test_a_breach_that_is_meant_must_happen(request: pytest.FixtureRequest, client: Client) -> None:
    paint(client)
    with pytest.raises(pytest.fail.Exception, match="marked as a breach, and none: unknown parameter"):
        heard(request.node, look)


@pytest.mark.breach(COLOUR)
def test_a_breach_fails_the_test(request: pytest.FixtureRequest, client: Client) -> None:
    paint(client)
    request.node.own_markers.clear()
    with pytest.raises(pytest.fail.Exception, match="Against Twilio's OpenAPI file:\n  unknown parameter: POST /v1/S"):
        heard(request.node, paint)
    heard(request.node, look)
