"""Requests and responses as plain values, which pass between the network and the emulator."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct, field


class EmulatorRequest(Struct, frozen=True):
    """A client's request. Header names are in lower case; `path` and `query` are still percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    host: str = "127.0.0.1"


class EmulatorResponse(Struct, frozen=True):
    """The response to a request."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class RequestHandler(Protocol):
    """What a server calls for each request: the emulator, or a wrapper around it."""

    def handle(self, request: EmulatorRequest) -> EmulatorResponse:
        """Answer one request."""
        ...


def json_response(status: int, content: Mapping[str, Any]) -> EmulatorResponse:
    """Build a response with a JSON object as its body."""
    return EmulatorResponse(status, {"Content-Type": "application/json"}, json.dumps(content).encode())
