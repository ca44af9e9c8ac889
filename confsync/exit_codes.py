"""Every exit code, and which error leads to it: part of the contract with users."""

from enum import IntEnum
from typing import Self

from confsync import errors


class ExitCode(IntEnum):
    """What the process exits with."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """Make a member that equals its code and carries its meaning."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "done, or nothing to do"
    BUG = 1, "a bug in confsync; the message contains an ID and, with --debug, a traceback"
    CHANGES = 2, "there are differences (for example, after `plan --detailed-exitcode`, `drift` or `export`)"
    INVALID = 3, "invalid configuration or usage"
    UNREACHABLE = 4, "Twilio cannot be reached, fails before any write, or sends responses that contradict each other"
    PARTIAL = 5, "some changes failed or were not started, but every outcome is known; to continue, run apply again"
    UNKNOWN = 6, "the outcome of a write is unknown"
    STALE = (
        7,
        "the plan is stale, expired or already applied; a resource changed; or a newer commit has already been applied",
    )
    REFUSED = 8, "refused: wrong account, blocked by a guardrail, not confirmed, or several matching resources"
    NOT_AUTHORISED = 9, "Twilio refuses the credentials, or they lack a permission"
    LOCKED = 10, "another run holds the lock"
    LOCAL = 11, "a local file cannot be read or written, or the Git remote with the lock or the ledger cannot be used"
    STORED_DIFFERENTLY = 12, "applied, but Twilio stored a different value from the one that was sent"
    INTERRUPTED = 130, "stopped by SIGINT"
    TERMINATED = 143, "stopped by SIGTERM"

    @property
    def failure(self) -> bool:
        """Whether the run reports what happened, what was changed, and what to do next."""
        return self is ExitCode.BUG or self >= ExitCode.INVALID

    @property
    def diagnostic(self) -> str:
        """The code of its diagnostic."""
        return f"CS9{self:03d}"


ERROR_CODES: dict[type[errors.ConfsyncError], ExitCode] = {
    errors.UsageError: ExitCode.INVALID,
    errors.InvalidConfiguration: ExitCode.INVALID,
    errors.LocalFileError: ExitCode.LOCAL,
    errors.Locked: ExitCode.LOCKED,
    errors.Refused: ExitCode.REFUSED,
    errors.Stale: ExitCode.STALE,
    errors.ContradictoryRead: ExitCode.UNREACHABLE,
    errors.TwilioError: ExitCode.UNREACHABLE,
    errors.MissingCredentials: ExitCode.NOT_AUTHORISED,
    errors.OutcomeUnknown: ExitCode.UNKNOWN,
    errors.NotAuthorised: ExitCode.NOT_AUTHORISED,
}
"""The exit code of each class of errors; a class that is not listed has that of its nearest base class."""


def code_of_error(error: BaseException) -> ExitCode:
    """Return the code of an error; an error of any other class is a bug."""
    return next((ERROR_CODES[each] for each in type(error).__mro__ if each in ERROR_CODES), ExitCode.BUG)
