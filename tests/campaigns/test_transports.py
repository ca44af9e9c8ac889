"""Whether a campaign over sockets really uses confsync's own transport."""

import httpx
import pytest

from confsync.emulator.server import running
from confsync.twilio.http_connection import HttpConnection
from tests.campaigns.configurations import SMALL
from tests.campaigns.machine import unchanged
from tests.campaigns.transports import real_transport
from tests.harness import Harness


def test_requests_over_sockets_use_the_connections_of_confsync(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    methods: set[str] = set()
    send = HttpConnection.handle_async_request

    async def send_and_note(connection: HttpConnection, request: httpx.Request) -> httpx.Response:
        methods.add(request.method)
        return await send(connection, request)

    monkeypatch.setattr(HttpConnection, "handle_async_request", send_and_note)
    harness.environ["SECRET"] = "a secret"
    harness.over_network = True
    with running(harness.emulator) as url, real_transport(url, unchanged):
        report = harness.apply(SMALL.read_text("utf-8"))
    assert report.exit_code == 0
    assert harness.writes
    assert methods == {"GET", "POST"}
