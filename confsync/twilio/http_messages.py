"""Encodes a request in HTTP/1.1, and parses a response as it arrives."""

# llhttp, the parser of Node.js, parses. Unlike h11, it is not written in Python, and takes a tenth of the CPU time.

import re
from collections.abc import Iterable
from http import HTTPStatus

import httpx
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from msgspec import Struct

LARGEST_HEAD = 100 * 1024
"""The most bytes that the status line and the headers of a response may have, and so may whatever is between two parts
of its body or follows the last one: trailers, and what is said about a chunk."""

_TEXT = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
"""What a line of the head may contain."""

_SPACE = b" \t"
"""What may surround the value of a header without being part of it."""


def encode_request(method: str, target: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes = b"") -> bytes:
    """Return a request as it is sent. Raises httpx.LocalProtocolError if a header contains a control character."""
    lines = [b"%b %b HTTP/1.1" % (method.encode("ascii"), target), *(b"%b: %b" % header for header in headers)]
    if not all(map(_TEXT.fullmatch, lines)):
        raise httpx.LocalProtocolError("a header contains a control character")
    return b"\r\n".join((*lines, b"", body))


class Head(Struct, frozen=True):
    """The status and the headers of a response."""

    status: int
    headers: list[tuple[bytes, bytes]]


class Incoming:
    """One response, of which more arrives: first its `head`, then parts of its body."""

    def __init__(self) -> None:
        self.head: Head | None = None
        self.is_new = True
        self.is_complete = False
        self._parser = HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._bytes_without_body = 0
        self._is_delimited = False
        self._keeps_alive = False
        self._has_excess = False
        self._parts: list[bytes] = []

    @property
    def may_be_followed(self) -> bool:
        """Whether the response is complete, and another one may follow on the same connection."""
        return self.is_complete and self._keeps_alive and not self._has_excess

    def feed(self, data: bytes) -> None:
        """Parse more bytes. Raises httpx.RemoteProtocolError if they are not HTTP, or the headers are too long."""
        self.is_new = False
        if self.is_complete:
            self._has_excess = True
            return
        self._bytes_without_body += len(data)
        self._parse(data)
        if self._bytes_without_body > LARGEST_HEAD:
            raise httpx.RemoteProtocolError("the headers of the response are too long")

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self.is_complete:
                reason = error.__context__ or error  # what follows raised, or what the parser found
                raise httpx.RemoteProtocolError(f"the response is not HTTP: {reason}") from error
            self._has_excess = True

    def end(self) -> None:
        """Note that nothing more will arrive, which completes a response that does not say how long it is."""
        self.is_new = False
        if self.head is not None and not self._is_delimited:
            self.is_complete = True
        self._has_excess = True

    def take_body(self) -> bytes:
        """Return what has arrived of the body since the last call."""
        parts = self._parts
        if not parts:
            return b""
        self._parts = []
        return parts[0] if len(parts) == 1 else b"".join(parts)

    # the parser calls what follows

    def on_message_begin(self) -> None:
        """Note that a response follows the last one, although nobody asked for it."""
        self._has_excess = self.is_complete

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header of the head, but none that follows the body."""
        if self.head is not None:
            return
        self._headers.append((name, value.strip(_SPACE)))
        if name.lower() in {b"content-length", b"transfer-encoding"}:
            self._is_delimited = True

    def on_headers_complete(self) -> None:
        """Keep the head, unless it only announces the response."""
        status = self._parser.get_status_code()
        if status < HTTPStatus.CONTINUE:
            raise ValueError("there is no such status")
        if self.head is not None:
            return
        if status >= HTTPStatus.OK:
            self.head = Head(status, self._headers)
        else:
            self._is_delimited = False
        self._headers = []

    def on_body(self, data: bytes) -> None:
        """Keep a part of the body."""
        if self.head is None:
            raise ValueError("what only announces the response has a body")
        if not self.is_complete:
            self._parts.append(data)
            self._bytes_without_body = 0

    def on_message_complete(self) -> None:
        """Note the end of the response."""
        if self.head is not None:
            self.is_complete = True
            self._bytes_without_body = 0
            self._keeps_alive = self._parser.should_keep_alive()
