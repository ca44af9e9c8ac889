"""Every error that confsync raises deliberately.

ConfsyncError
├── UsageError                an invalid flag or argument
├── InvalidConfiguration      every error found in the configuration
├── LocalFileError            a problem with this machine's disk or permissions
│   ├── CorruptLedger         the ledger or the journal is damaged
│   └── GitRemoteError        the remote that holds the lock or the ledger cannot be used
├── Locked                    another apply is running
├── Refused                   confsync does not do it: a guardrail, a missing confirmation, the wrong account
├── Stale                     Twilio or the configuration has changed since the plan was made
├── ContradictoryRead         Twilio's responses contradict each other
└── TwilioError               a problem between confsync and Twilio
    ├── MissingCredentials    there are no credentials, or only some of them
    ├── Unreachable           there was no response, and nothing was written
    ├── MalformedResponse     the response breaks the API's contract
    ├── OutcomeUnknown        a write was sent, and may or may not have taken effect
    └── ApiError              Twilio refused the request
        ├── NotAuthorised     401 and 403
        └── NotFound          404

Each error states what happened, what was and was not changed, and what to do next.
"""

# The exit code of each is in `exit_codes.py`.

import errno
import os
from collections.abc import Iterable
from typing import Self

from msgspec import Struct

from confsync.diagnostics import Diagnostic, did_you_mean, sort_diagnostics

NOTHING_CHANGED = "Nothing was changed."


class ConfsyncError(Exception):
    """An error raised deliberately: what happened, what was changed, and a hint on what to do."""

    def __init__(self, happened: str, *, changed: str = NOTHING_CHANGED, hint: str = "") -> None:
        super().__init__(happened)
        self.happened = happened
        self.changed = changed
        self.hint = hint


class UsageError(ConfsyncError):
    """A flag or an argument is invalid."""

    @classmethod
    def unknown_name(cls, happened: str, name: str, known: Iterable[str], *, none_known: str = "") -> Self:
        """Create the error for an unknown name. The hint is the known name that was probably meant, or all of them.

        `none_known` is the hint if there is no name to choose from.
        """
        names = tuple(known)
        meant = did_you_mean(name, names)
        if meant or not names:
            return cls(happened, hint=meant[:1].upper() + meant[1:] if meant else none_known)
        more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
        return cls(happened, hint=f"Choose one of these: {', '.join(names[:_MOST_NAMES])}{more}.")


_MOST_NAMES = 20


class ConfigurationNotFound(UsageError):
    """No configuration was named, and none is in the current directory or above it."""


class InvalidConfiguration(ConfsyncError):
    """The configuration cannot be used; every error that was found is listed."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...], *, hint: str = "") -> None:
        count = sum(1 for each in diagnostics if each.severity == "error")
        super().__init__(
            f"The configuration has {count} {'error' if count == 1 else 'errors'}.",
            changed="Nothing was changed, and nothing was sent to Twilio.",
            hint=hint or "Fix the lines shown above, then run `confsync validate`.",
        )
        self.diagnostics = sort_diagnostics(diagnostics)


class LocalFileError(ConfsyncError):
    """A file on this machine cannot be read or written."""


def fix_for(error: OSError, path: str) -> str:
    """Say what a person can do about a file that cannot be written; a sentence without its end."""
    folder = os.path.dirname(path) or "."  # noqa: PTH120 — `pathlib` is slow to import
    match error.errno:
        case errno.ENOENT:
            return f"Create the folder {folder}"
        case errno.ENOTDIR | errno.EEXIST:
            return f"Remove the file that is in the place of the folder {folder}"
        case errno.EISDIR | errno.EINVAL | errno.ELOOP:
            return f"Move {path}, which is not a file, to another place"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"Give yourself the permission to write to {folder}"
    return "Free some disk space"


class CorruptLedger(LocalFileError):
    """The ledger or the journal is damaged; `confsync ledger rebuild` creates a new one."""


class GitRemoteError(LocalFileError):
    """The Git remote that holds the lock or the ledger cannot be reached, or rejects a push."""


class Locked(ConfsyncError):
    """Another apply holds the lock of the ledger."""


class Refused(ConfsyncError):
    """confsync understood the request, and deliberately does not do it."""


class Declined(Refused):
    """A person did not consent to a plan, which is no mistake."""


class Stale(ConfsyncError):
    """Twilio or the configuration has changed since the plan was made."""


class ContradictoryRead(ConfsyncError):
    """Twilio's responses contradict each other, so confsync cannot make a plan from them."""


class TwilioError(ConfsyncError):
    """A problem between confsync and Twilio."""


class MissingCredentials(TwilioError):
    """There are no credentials, or only some of them; nothing was sent."""


class Unreachable(TwilioError):
    """There was no usable response, and the request did not take effect."""


class MalformedResponse(TwilioError):
    """A response breaks the API's contract."""


class OutcomeUnknown(TwilioError):
    """A write was sent, and may or may not have taken effect."""


class RunStopped(TwilioError):
    """A request was not sent, or had no effect, because the run was asked to stop."""

    def __init__(self) -> None:
        super().__init__("The run was stopped before this was complete.")


class ErrorResponse(Struct, frozen=True):
    """Twilio's refusal of a request; `code` is Twilio's error code, or 0 if it sent none."""

    method: str
    path: str
    status: int
    code: int = 0
    message: str = ""
    more_info: str = ""
    request_id: str = ""

    def __str__(self) -> str:
        code = f" (Twilio {self.code})" if self.code else ""
        link = f" {self.more_info}" if self.more_info else ""
        request = f" [request {self.request_id}]" if self.request_id else ""
        return f"{self.method} {self.path} -> {self.status}{code}: {self.message}{link}{request}"


class ApiError(TwilioError):
    """Twilio refused the request; the message is short, and contains no secret that was sent."""

    def __init__(self, response: ErrorResponse, *, hint: str = "") -> None:
        super().__init__(str(response), hint=hint)
        self.response = response


class NotAuthorised(ApiError):
    """The credentials are wrong, or lack the permission."""


class NotFound(ApiError):
    """The resource does not exist."""
