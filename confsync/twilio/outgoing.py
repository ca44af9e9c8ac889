"""A request on its way out, with nothing to see of what is secret in it."""

from dataclasses import dataclass, field

from confsync.twilio.outcomes import Verb


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is sent where; `hidden` are the texts in it that must not be repeated to anyone."""

    verb: Verb
    method: str
    target: str
    body: bytes | None = field(default=None, repr=False)
    hidden: tuple[str, ...] = field(default=(), repr=False)

    @property
    def path(self) -> str:
        """The path without its query, as it is shown to people."""
        return self.target.partition("?")[0]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
