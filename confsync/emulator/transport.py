"""The emulator without a network: an httpx transport that answers in process."""

import httpx

from confsync.emulator.http import Answers, Request


class EmulatorTransport(httpx.AsyncBaseTransport):
    """Sends each request straight to an emulator, which stays the caller's to close. Use the base URL http://127.0.0.1."""

    def __init__(self, emulator: Answers) -> None:
        self._emulator = emulator

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        answer = self._emulator.handle(
            Request(
                method=request.method,
                path=path,
                query=query,
                headers={name.lower(): value for name, value in request.headers.items()},
                body=await request.aread(),
                host=request.headers.get("host", ""),
            )
        )
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body, request=request)
