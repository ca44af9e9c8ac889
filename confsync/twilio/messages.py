"""A request to Twilio and the response to it."""

import re
from collections.abc import Mapping
from enum import Enum, auto

from msgspec import Struct

from confsync.names import is_sid
from confsync.secret import Secret
from confsync.twilio.body import BadBody, Json, parse_body

CONCURRENT = re.compile(r"[0-9]{1,6}")


class Operation(Enum):
    """What a request does; this decides whether it may be repeated."""

    READ = auto()
    CREATE = auto()
    UPDATE = auto()
    DELETE = auto()


class Request(Struct, frozen=True):
    """A request, printed without its body; `secrets` are the secrets that the body contains.

    One that is `ahead` is sent before those that wait.
    """

    operation: Operation
    method: str
    target: str
    body: bytes | None = None
    secrets: tuple[Secret, ...] = ()
    ahead: bool = False

    @property
    def path(self) -> str:
        """The path without its query, as people see it."""
        return self.target.partition("?")[0]

    @property
    def service(self) -> str:
        """The SID of the service that the request is about; empty if there is none."""
        _, found, rest = self.path.partition("/Services/")
        return rest.partition("/")[0] if found else ""

    def __repr__(self) -> str:
        return f"<request {self}>"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Received(Struct, frozen=True):
    """What was received: the status, the headers by their names in lower case, and the decompressed body.

    `fault` says what is wrong with the body, and then `content` is empty.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    fault: str = ""

    @property
    def concurrent(self) -> int | None:
        """How many requests ran at once in the account when Twilio received this one, if Twilio says so."""
        header = self.headers.get("twilio-concurrent-requests", "")
        return int(header) if CONCURRENT.fullmatch(header) else None

    def parse(self) -> "Response":
        """Parse the body."""
        if self.fault:
            return Response(self.status, self.headers, None, self.fault)
        size = len(self.content)
        try:
            return Response(self.status, self.headers, parse_body(self.content), size=size)
        except BadBody as bad:
            return Response(self.status, self.headers, None, str(bad), size)


class Response(Struct, frozen=True):
    """A response. `body` is None unless it is a JSON object, and then `fault` says why.

    `size` is that of the decoded body in bytes, or 0 if it is not complete. The names of the headers are in lower case.
    """

    status: int
    headers: Mapping[str, str]
    body: Json | None
    fault: str = ""
    size: int = 0

    @property
    def is_success(self) -> bool:
        """Whether the status reports success."""
        return 200 <= self.status < 300  # noqa: PLR2004 — the range that HTTP defines

    @property
    def code(self) -> int:
        """Twilio's error code, or 0."""
        code = (self.body or {}).get("code")
        return code if type(code) is int else 0

    @property
    def has_sid(self) -> bool:
        """Whether the body contains the SID of a resource."""
        return self.body is not None and is_sid(self.body.get("sid"))
