"""What the process exits with: every code, what it means, and which error leads to it."""

from enum import IntEnum
from typing import Self

from confsync import errors


class ExitCode(IntEnum):
    """One way in which a run ends."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """Make a member that is its code, and carries its meaning."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "done, or nothing to do"
    BUG = 1, "a bug of confsync; an id is printed, the traceback with --debug"
    CHANGES = 2, "changes exist (`plan --detailed-exitcode`, `drift`)"
    INVALID = 3, "invalid configuration or usage"
    UNREACHABLE = 4, "Twilio unreachable or failing before any write, or a read that contradicts itself"
    PARTIAL = 5, "apply stopped part-way, every outcome known; a rerun converges"
    UNKNOWN = 6, "the outcome of a write is unknown"
    STALE = 7, "stale, spent or expired plan; somebody changed the same thing meanwhile; older commit than what is live"
    REFUSED = 8, "refused: wrong account, a guardrail, no consent, an ambiguity"
    NOT_AUTHORISED = 9, "authentication or permission"
    LOCKED = 10, "another apply holds the lock"
    LOCAL = 11, "local file trouble"
    KEPT_OTHERWISE = 12, "applied, but Twilio kept another value"
    INTERRUPTED = 130, "stopped by SIGINT"
    TERMINATED = 143, "stopped by SIGTERM"

    @property
    def trouble(self) -> bool:
        """Whether a run that ends so says what happened, what was changed, and what to do next."""
        return self is ExitCode.BUG or self >= ExitCode.INVALID

    @property
    def diagnostic(self) -> str:
        """The code of the diagnostic that tells of it."""
        return f"CS9{self:03d}"


OF_ERROR: dict[type[errors.ConfsyncError], ExitCode] = {
    errors.UsageError: ExitCode.INVALID,
    errors.InvalidConfiguration: ExitCode.INVALID,
    errors.LocalFileError: ExitCode.LOCAL,
    errors.Refused: ExitCode.REFUSED,
    errors.Stale: ExitCode.STALE,
    errors.ContradictoryRead: ExitCode.UNREACHABLE,
    errors.TwilioError: ExitCode.UNREACHABLE,
    errors.MissingCredentials: ExitCode.NOT_AUTHORISED,
    errors.OutcomeUnknown: ExitCode.UNKNOWN,
    errors.NotAuthorised: ExitCode.NOT_AUTHORISED,
}
"""The nearest class counts: a NotFound is a TwilioError."""


def of_error(error: BaseException) -> ExitCode:
    """Give the code of an error; one that was not raised on purpose is a bug."""
    return next((OF_ERROR[each] for each in type(error).__mro__ if each in OF_ERROR), ExitCode.BUG)
