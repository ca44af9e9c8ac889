"""Sends reads with pyreqwest, which takes less than half of the CPU time that httpx takes for a request."""

# Only reads: if a connection is lost, pyreqwest cannot always tell whether Twilio received the request, and a create
# must not be sent twice.

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.proxy import ProxyBuilder

from confsync.twilio.policy import IDLE_SECONDS
from confsync.twilio.prepared_request import url_text

if TYPE_CHECKING:
    from pyreqwest.bytes import Bytes
    from pyreqwest.request import StreamRequest
    from pyreqwest.response import Response

HEADERS = ("content-encoding", "date", "retry-after", "twilio-concurrent-requests", "twilio-request-id")
"""The only headers of a response that confsync looks at."""

CONNECTING = "client error (Connect)"
"""One of the causes of each error that occurs before there is a connection."""


class FastReads(httpx.AsyncBaseTransport):
    """Sends GET requests, through a proxy if there is one, and follows no redirects.

    It trusts the certificates that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, or else those of the system. Raises
    `httpx.ConnectError` if there is no connection, and `httpx.ReadError` for everything else that prevents a response.
    """

    def __init__(self, proxy: httpx.Proxy | None = None) -> None:
        self._proxy = proxy
        self._client: Client | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a GET request. The body of the response is read while it is iterated.

        The headers and the time to connect are those of the first request, because they never differ.
        """
        timeout: dict[str, float] = request.extensions["timeout"]
        if self._client is None:
            try:
                self._client = _client(self._proxy, request.headers, timeout["connect"])
            except RuntimeError as error:  # pyreqwest was used before this process was forked
                raise httpx.ConnectError(str(error)) from error
        sent = self._client.get(url_text(request)).timeout(timedelta(seconds=timeout["read"])).build_streamed()
        try:
            response = await sent.__aenter__()
        except PyreqwestError as error:
            raise _as_httpx(error) from error
        return httpx.Response(
            response.status, headers=_headers(response), stream=_Body(sent, response.body_reader.read_chunk)
        )

    async def aclose(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.close()


class _Body(httpx.AsyncByteStream):
    """The body of one response, whose connection is free again once it is closed."""

    def __init__(self, sent: "StreamRequest", read_chunk: "Callable[[], Awaitable[Bytes | None]]") -> None:
        self._sent = sent
        self._read_chunk = read_chunk

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while (chunk := await self._read_chunk()) is not None:
                yield bytes(chunk)
        except PyreqwestError as error:
            raise _as_httpx(error) from error

    async def aclose(self) -> None:
        await self._sent.__aexit__(None, None, None)


def _as_httpx(error: PyreqwestError) -> httpx.TransportError:
    details: dict[str, list[dict[str, str]] | None] = getattr(error, "details", None) or {}
    causes = [each["message"] for each in details.get("causes") or ()]
    kind = httpx.ConnectError if CONNECTING in causes else httpx.ReadError
    return kind(causes[-1] if causes else error.message)


def _headers(response: "Response") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name in HEADERS:
        try:
            value = response.get_header(name)
        except ValueError:  # it is not ASCII
            continue
        if value is not None:
            found.append((name, value))
    return found


def _client(proxy: httpx.Proxy | None, headers: httpx.Headers, connect_seconds: float) -> Client:
    builder = ClientBuilder().follow_redirects(enable=False).referer(enable=False).no_proxy()
    builder = builder.gzip(enable=False).deflate(enable=False).brotli(enable=False).zstd(enable=False)
    builder = builder.default_headers([each for each in headers.multi_items() if each[0] != "host"])
    builder = builder.connect_timeout(timedelta(seconds=connect_seconds))
    builder = builder.pool_idle_timeout(timedelta(seconds=IDLE_SECONDS))
    return (builder.proxy(_proxy_of(proxy)) if proxy else builder).build()


def _proxy_of(proxy: httpx.Proxy) -> ProxyBuilder:
    builder = ProxyBuilder.https(str(proxy.url))
    return builder.basic_auth(*proxy.auth) if proxy.auth else builder
