"""Connects httpx to the emulator in process, without a network."""

import httpx

from confsync.emulator.http import EmulatorRequest, RequestHandler


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
        return httpx.Response(response.status, headers=dict(response.headers), content=response.body, request=request)
