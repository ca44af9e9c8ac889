"""Whether a campaign really uses the transport that it is asked to use."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from pyreqwest.client import ClientBuilder

from confsync.emulator.server import running
from confsync.twilio.fast_reads import FastReads
from tests.campaigns.configurations import SMALL
from tests.campaigns.kill_points import empty_machine
from tests.campaigns.machine import BUG, unchanged
from tests.campaigns.transports import Transport, real_transport
from tests.harness import Harness

METHODS = {Transport.PLAIN: set(), Transport.FAST: {"GET"}}
"""The methods of the requests that pyreqwest receives responses to."""


@pytest.mark.parametrize("transport", METHODS)
def test_only_the_fast_transport_reads_with_pyreqwest(
    harness: Harness, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    methods: set[str] = set()
    note_fast_responses(monkeypatch, methods.add)
    harness.environ["SECRET"] = "a secret"
    harness.over_network = True
    with running(harness.emulator) as url, real_transport(transport, url, unchanged):
        report = harness.apply(SMALL.read_text("utf-8"))
    assert report.exit_code == 0
    assert harness.writes
    assert methods == METHODS[transport]


@pytest.mark.parametrize(("transport", "code"), [(Transport.PLAIN, 0), (Transport.FAST, BUG)])
def test_a_process_that_cannot_use_the_fast_transport_fails(transport: Transport, code: int, tmp_path: Path) -> None:
    ClientBuilder().build()  # pyreqwest is in use before the process is forked
    machine = empty_machine(tmp_path / "machine", transport)
    assert machine.run("plan") == code


def note_fast_responses(patched: pytest.MonkeyPatch, note: Callable[[str], object]) -> None:
    """Pass the method of each request to a function that pyreqwest receives a response to."""
    send = FastReads.handle_async_request

    async def send_and_note(reads: FastReads, request: httpx.Request) -> httpx.Response:
        response = await send(reads, request)
        note(request.method)
        return response

    patched.setattr(FastReads, "handle_async_request", send_and_note)
