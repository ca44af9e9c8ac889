"""Reads the body of a request, which has a length or comes in chunks."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from confsync.emulator.api_error import ErrorResponse

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_LINE_BYTES: Final = 1024
MAX_TRAILER_LINES: Final = 100


class Stream(Protocol):
    """What a body is read from."""

    def read(self, size: int, /) -> bytes:
        """Read so many bytes, or fewer if the client disconnected."""
        ...

    def readline(self, size: int, /) -> bytes:
        """Read up to the end of a line."""
        ...


class IncompleteBody(Exception):
    """The client disconnected before the end of the body."""


def read_body(headers: Mapping[str, str], stream: Stream) -> bytes:
    """Read the body of a request. Raises ErrorResponse if it is malformed or too large, and IncompleteBody."""
    encoding = headers.get("transfer-encoding")
    if encoding is None:
        return _read(stream, _length(headers.get("content-length", "0")))
    if encoding.strip().lower() != "chunked":
        raise _length_required()
    return b"".join(_chunks(stream))


def _length(written: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", written):
        raise ErrorResponse(400, 0, "The Content-Length is not a number")
    if int(written) > MAX_BODY_BYTES:
        raise ErrorResponse(413, 0, f"The body is larger than {MAX_BODY_BYTES} bytes")
    return int(written)


def _chunks(stream: Stream) -> Iterator[bytes]:
    total = 0
    while size := _chunk_size(_line(stream)):
        total += size
        if total > MAX_BODY_BYTES:
            raise _length_required()
        yield _read(stream, size)
        if _line(stream):
            raise _malformed()
    for _ in range(MAX_TRAILER_LINES):
        if not _line(stream):
            return
    raise _malformed()


def _chunk_size(line: bytes) -> int:
    size = line.partition(b";")[0].strip()
    if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size):
        raise _malformed()
    return int(size, 16)


def _line(stream: Stream) -> bytes:
    line = stream.readline(MAX_LINE_BYTES)
    if len(line) < MAX_LINE_BYTES and not line.endswith(b"\n"):
        raise IncompleteBody
    return line.rstrip(b"\r\n")


def _read(stream: Stream, size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise IncompleteBody
    return content


def _length_required() -> ErrorResponse:
    return ErrorResponse(411, 0, f"Send at most {MAX_BODY_BYTES} bytes in chunks, or a Content-Length")


def _malformed() -> ErrorResponse:
    return ErrorResponse(400, 0, "The chunks of the body are malformed")
