"""Connects httpx to the emulator in process, without a network."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import httpx

from confsync.emulator.http import (
    IN_ONE_PIECE,
    Cut,
    Delivery,
    Disconnect,
    EmulatorRequest,
    EmulatorResponse,
    RequestHandler,
)

LONGEST_HANG_SECONDS: Final = 0.05
"""In process, nobody can hang up, so a client that waits would wait for ever; it is told that its time is up."""


class EmulatorTransport(httpx.AsyncBaseTransport):
    """Passes each request to an emulator, which the caller closes. Use the base URL http://127.0.0.1."""

    def __init__(self, emulator: RequestHandler) -> None:
        self._emulator = emulator

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        response = self._emulator.handle(
            EmulatorRequest(
                method=request.method,
                path=path,
                query=query,
                headers={name.lower(): value for name, value in request.headers.items()},
                body=await request.aread(),
                host=request.headers.get("host", ""),
            )
        )
        if response.delivery is not IN_ONE_PIECE:
            return await _deliver(request, response)
        return httpx.Response(response.status, headers=dict(response.headers), content=response.body, request=request)


async def _deliver(request: httpx.Request, response: EmulatorResponse) -> httpx.Response:
    """Deliver a response in part, or raise what httpx raises if a connection ends like this."""
    delivery = response.delivery
    if delivery.cut in {Cut.BEFORE_HEADERS, Cut.MID_HEADERS}:
        raise await _end_of(delivery, request)
    headers = {**response.headers, "Content-Length": str(len(response.body))}
    return httpx.Response(response.status, headers=headers, stream=_PartialBody(request, response), request=request)


async def _end_of(delivery: Delivery, request: httpx.Request) -> httpx.TransportError:
    match delivery.disconnect:
        case Disconnect.HANG:
            await asyncio.sleep(min(delivery.seconds, LONGEST_HANG_SECONDS))
            return httpx.ReadTimeout("", request=request)
        case Disconnect.RESET:
            return httpx.ReadError("", request=request)
        case Disconnect.CLOSE:
            return httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)


class _PartialBody(httpx.AsyncByteStream):
    """The body as far as it is delivered."""

    def __init__(self, request: httpx.Request, response: EmulatorResponse) -> None:
        self._request = request
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        body, delivery = self._response.body, self._response.delivery
        if delivery.bytes_per_second:
            yield body[:1]
            await asyncio.sleep(LONGEST_HANG_SECONDS)
            raise httpx.ReadTimeout("", request=self._request)
        yield body[: len(body) // 2] if delivery.cut is Cut.MID_BODY else body
        if delivery.afterwards:
            delivery.afterwards()
        if delivery.cut is Cut.MID_BODY:
            raise await _end_of(delivery, self._request)
