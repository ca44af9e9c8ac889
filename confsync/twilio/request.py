"""A request on its way out, with nothing to see of what is in its body."""

from msgspec import Struct

from confsync.secret import Secret
from confsync.twilio.outcomes import Operation


class Request(Struct, frozen=True):
    """What is sent where; `secrets` are those that went into the body."""

    verb: Operation
    method: str
    target: str
    body: bytes | None = None
    secrets: tuple[Secret, ...] = ()

    @property
    def path(self) -> str:
        """The path without its query, as it is shown to people."""
        return self.target.partition("?")[0]

    def __repr__(self) -> str:
        return f"<request {self}>"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
