"""A fault: which requests it affects, in which phase of a request, and what happens then."""

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, MsgspecError, Struct, field
from msgspec.json import decode

from confsync.emulator.http import EmulatorRequest
from confsync.errors import LocalFileError, UsageError

MAX_FILE_BYTES: Final = 1024 * 1024


class Phase(StrEnum):
    """When a fault strikes, in the order of a request's phases."""

    BEFORE_READ = "before-read"
    """The emulator has read only the head of the request. The request has no effect."""

    BEFORE_COMMIT = "before-commit"
    """The emulator has read the whole request. The request has no effect."""

    LATE_COMMIT = "late-commit"
    """The client sees the fault first. The request takes effect `delay` seconds later."""

    AFTER_COMMIT = "after-commit"
    """The request took effect, and the client receives nothing of the true response."""

    MID_HEADERS = "mid-headers"
    """The request took effect, and the client receives half of the headers."""

    MID_BODY = "mid-body"
    """The request took effect, and the client receives the headers and half of the body."""

    AFTER_RESPONSE = "after-response"
    """The request took effect, and the client receives the whole response."""


Seconds = Annotated[float, Meta(ge=0, le=3600)]


class Respond(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag="respond"):
    """Send this response. A text is sent as it is, anything else as JSON; without a body, Twilio's form of an error."""

    status: Annotated[int, Meta(ge=200, le=599)]
    code: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


class Reset(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="reset"):
    """Reset the connection (RST)."""


class Close(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="close"):
    """Close the connection (FIN)."""


class Hang(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="hang"):
    """Send nothing for some seconds or until the client disconnects, then close the connection."""

    seconds: Seconds = 3600.0


class Drip(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="drip"):
    """Send the true response slowly."""

    bytes_per_second: Annotated[float, Meta(gt=0)] = 10.0


class NextPage(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="next-page"):
    """Change the link to the next page of a list: to the page itself, to another host, or to any other text."""

    to: str = "itself"


class OtherRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A request of another client. `{sid}` in the path stands for the last SID in the path of the affected request."""

    method: Literal["POST", "DELETE"]
    path: str
    form: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


class Send(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="send"):
    """Send other requests in between, as another client would. The affected request is then answered normally."""

    requests: tuple[OtherRequest, ...]


class Kill(Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="kill"):
    """Send a signal to a process; without a PID, to the process that the emulator runs in."""

    signal: Literal["KILL", "TERM", "INT"] = "KILL"
    pid: Annotated[int, Meta(gt=0)] | None = None


Effect = Respond | Reset | Close | Hang | Drip | NextPage | Send | Kill

ALLOWED_PHASES: Final[Mapping[type[Effect], frozenset[Phase]]] = {
    Respond: frozenset({Phase.BEFORE_COMMIT, Phase.LATE_COMMIT, Phase.AFTER_COMMIT}),
    Reset: frozenset(Phase),
    Close: frozenset(Phase),
    Hang: frozenset(Phase),
    Drip: frozenset({Phase.AFTER_COMMIT}),
    NextPage: frozenset({Phase.AFTER_COMMIT}),
    Send: frozenset({Phase.BEFORE_READ, Phase.BEFORE_COMMIT, Phase.AFTER_COMMIT}),
    Kill: frozenset({Phase.BEFORE_READ, Phase.BEFORE_COMMIT, Phase.AFTER_COMMIT, Phase.AFTER_RESPONSE}),
}


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One fault.

    It affects the request with the number `request`, counted from 1, or every request that has the method and matches
    the glob `path`, in which `*` matches one segment and `**` any number. The first `skip` of these pass, and the next
    `times` fail; null means all.
    """

    phase: Phase
    effect: Effect
    request: Annotated[int, Meta(gt=0)] | None = None
    method: Literal["GET", "POST", "DELETE"] | None = None
    path: str | None = None
    skip: Annotated[int, Meta(ge=0)] = 0
    times: Annotated[int, Meta(gt=0)] | None = 1
    delay: Seconds = 0.0

    def __post_init__(self) -> None:
        if self.phase not in ALLOWED_PHASES[type(self.effect)]:
            allowed = ", ".join(each for each in Phase if each in ALLOWED_PHASES[type(self.effect)])
            name = type(self.effect).__struct_config__.tag
            raise ValueError(f"the effect {name!r} is not possible in the phase {self.phase.value!r} (only {allowed})")
        if self.delay and self.phase is not Phase.LATE_COMMIT:
            raise ValueError("`delay` belongs to the phase 'late-commit'")

    @property
    def ends_before_read(self) -> bool:
        """Whether the connection ends before the emulator reads the body of the request."""
        return self.phase is Phase.BEFORE_READ and not isinstance(self.effect, Send)

    def affects(self, request: EmulatorRequest, number: int) -> bool:
        """Whether a request is one of those that the fault is for, regardless of `skip` and `times`."""
        if self.request is not None and self.request != number:
            return False
        if self.method is not None and self.method != request.method:
            return False
        return self.path is None or path_matches(self.path, request.path)


class FaultFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The content of a fault file, and of the control endpoint."""

    faults: tuple[Fault, ...]


def parse_faults(text: bytes) -> tuple[Fault, ...]:
    """Parse faults from JSON. Raises UsageError, which says what is wrong and where."""
    try:
        return decode(text, type=FaultFile).faults
    except (MsgspecError, RecursionError) as error:
        hint = "docs/emulator-faults.md describes each field."
        raise UsageError(f"The faults are invalid: {error}.", hint=hint) from error


def read_faults(path: Path) -> tuple[Fault, ...]:
    """Read a fault file. Raises LocalFileError if it cannot be read, and UsageError if its content is invalid."""
    try:
        # a pipe would block
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise LocalFileError(
            f"The fault file {path} cannot be read: {error.strerror}.", hint="Correct the path or its permissions."
        ) from error
    if len(text) > MAX_FILE_BYTES:
        raise UsageError(f"The fault file {path} is larger than 1 MiB.", hint="Use fewer faults, with `times`.")
    return parse_faults(text)


def path_matches(glob: str, path: str) -> bool:
    """Whether a path matches a glob: `*` matches within one segment, `**` across segments."""
    parts = re.split(r"(\*\*|\*)", glob)
    pattern = "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(pattern, path) is not None
