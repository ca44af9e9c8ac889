"""A request on its way out, with nothing to see of what is in its body."""

from dataclasses import dataclass, field

from confsync.secret import Secret
from confsync.twilio.outcomes import Verb


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is sent where; `secrets` are those that went into the body."""

    verb: Verb
    method: str
    target: str
    body: bytes | None = field(default=None, repr=False)
    secrets: tuple[Secret, ...] = ()

    @property
    def path(self) -> str:
        """The path without its query, as it is shown to people."""
        return self.target.partition("?")[0]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
