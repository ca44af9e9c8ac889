"""Requests and responses as plain values, which pass between the network and the emulator."""

import json
from collections.abc import Callable, Mapping
from enum import Enum, IntEnum, auto
from typing import Any, Final, Protocol

from msgspec import Struct, field


class EmulatorRequest(Struct, frozen=True):
    """A client's request. Header names are in lower case; `path` and `query` are still percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    host: str = "127.0.0.1"


class Cut(IntEnum):
    """How much of a response reaches the client before its connection ends."""

    BEFORE_HEADERS = auto()
    MID_HEADERS = auto()
    MID_BODY = auto()
    AFTER_BODY = auto()


class Disconnect(Enum):
    """How a connection ends."""

    CLOSE = auto()
    RESET = auto()
    HANG = auto()  # silence, until the client disconnects or the time is up


class Delivery(Struct, frozen=True):
    """How a response reaches the client, if not at once and in one piece.

    The connection ends after `cut`, as `disconnect` says; `seconds` limits a hang. `afterwards` is called when
    everything has been sent.
    """

    cut: Cut | None = None
    disconnect: Disconnect = Disconnect.CLOSE
    seconds: float = 0.0
    bytes_per_second: float | None = None
    afterwards: Callable[[], None] | None = None


IN_ONE_PIECE: Final = Delivery()


class EmulatorResponse(Struct, frozen=True):
    """The response to a request."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delivery: Delivery = IN_ONE_PIECE


class RequestHandler(Protocol):
    """What a server calls for each request: the emulator, or a wrapper around it."""

    def handle(self, request: EmulatorRequest) -> EmulatorResponse:
        """Answer one request."""
        ...


def json_response(status: int, content: Mapping[str, Any]) -> EmulatorResponse:
    """Build a response with a JSON object as its body."""
    return EmulatorResponse(status, {"Content-Type": "application/json"}, json.dumps(content).encode())
