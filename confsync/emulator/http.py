"""A request and its answer, as plain values: what passes between the network and the emulator."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks. Header names are in lower case; `path` and `query` are still percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Response:
    """What the client is told."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Answers(Protocol):
    """Whatever stands behind a server: the emulator, or something that wraps it."""

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        ...


def json_response(status: int, content: Mapping[str, Any]) -> Response:
    """Make a response whose body is a JSON object."""
    return Response(status, {"Content-Type": "application/json"}, json.dumps(content).encode())
