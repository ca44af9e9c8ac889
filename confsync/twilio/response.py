"""One answer of Twilio's, read to its end."""

from collections.abc import Mapping

from msgspec import Struct

from confsync.names import is_sid
from confsync.twilio.body import Json


class Response(Struct, frozen=True):
    """A status, headers by lower-case name, and the body, where it is a JSON object; if not, `fault` says why."""

    status: int
    headers: Mapping[str, str]
    body: Json | None
    fault: str = ""

    @property
    def good(self) -> bool:
        """Whether the status says that it was done."""
        return 200 <= self.status < 300  # noqa: PLR2004 — HTTP's own bounds

    @property
    def code(self) -> int:
        """Twilio's own number of an error, or 0."""
        code = (self.body or {}).get("code")
        return code if type(code) is int else 0

    @property
    def has_sid(self) -> bool:
        """Whether the body names the thing that was made."""
        return self.body is not None and is_sid(self.body.get("sid"))
