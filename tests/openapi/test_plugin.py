"""A violation fails the test that causes it, unless the test expects it."""

from collections.abc import Callable, Iterator

import pytest

from confsync.emulator.emulator import Emulator
from tests.emulator.client import Client
from tests.openapi.conformance import ConformanceChecker
from tests.openapi.plugin import ConformancePlugin, ViolationRecorder

COLOUR = "unknown parameter: POST /v1/Services Colour"


@pytest.fixture
def client() -> Iterator[Client]:
    with Emulator() as emulator:
        yield Client(emulator)


def send_unknown_parameter(client: Client) -> None:
    client.made("/Services", {"FriendlyName": "x", "Colour": "red"})


def list_services(client: Client) -> None:
    client.get("/Services")


def run_observed(item: pytest.Item, test: Callable[[Client], None]) -> None:
    """Run a test under its own plugin."""
    recorder = ViolationRecorder(ConformanceChecker())
    hook = ConformancePlugin(recorder).pytest_runtest_call(item)
    next(hook)
    with recorder.observing(), Emulator() as emulator:
        test(Client(emulator))
    with pytest.raises(StopIteration):
        hook.send(None)


@pytest.mark.openapi_violation(COLOUR)
def test_an_expected_violation_fails_nothing(request: pytest.FixtureRequest) -> None:
    run_observed(request.node, send_unknown_parameter)


@pytest.mark.openapi_violation(COLOUR)
def test_an_expected_violation_must_happen(request: pytest.FixtureRequest, client: Client) -> None:
    send_unknown_parameter(client)
    with pytest.raises(pytest.fail.Exception, match="expected violation, but none: unknown parameter"):
        run_observed(request.node, list_services)


@pytest.mark.openapi_violation(COLOUR)
def test_a_violation_fails_the_test(request: pytest.FixtureRequest, client: Client) -> None:
    send_unknown_parameter(client)
    request.node.own_markers.clear()
    with pytest.raises(
        pytest.fail.Exception, match="Violations of Twilio's OpenAPI description:\n  unknown parameter: POST /v1/S"
    ):
        run_observed(request.node, send_unknown_parameter)
    run_observed(request.node, list_services)
