"""Every error that confsync raises on purpose.

ConfsyncError
├── UsageError                a flag or an argument that cannot be meant
├── InvalidConfiguration      mistakes in what a person wrote, all of them at once
├── LocalFileError            this machine's disk, permissions, or a ledger that cannot be read
│   └── CorruptLedger         what we own was written down, and can be understood no longer
├── Refused                   understood, and not done: a guardrail, no consent, an ambiguity, the wrong account
├── Stale                     the plan, or the configuration, is older than what is live
├── ContradictoryRead         Twilio's answers do not agree with each other
└── TwilioError               something between us and Twilio
    ├── MissingCredentials    nothing to sign in with, or not enough of it
    ├── Unreachable           no answer, and nothing was written
    ├── MalformedAnswer       an answer that is not what the API promises
    ├── OutcomeUnknown        a write was sent, and nobody can say whether it happened
    └── ApiError              Twilio answered, and said no
        ├── NotAuthorised     401 and 403
        └── NotFound          404

Each says three things: what happened, what was and was not changed, and what to do next.
The exit code of each stands in `cli/exit_codes.py`, nowhere else.
"""

from collections.abc import Iterable
from typing import Self

from msgspec import Struct

from confsync.diagnostics import Diagnostic, did_you_mean, in_order

NOTHING_CHANGED = "Nothing was changed."


class ConfsyncError(Exception):
    """An error raised on purpose, told in three sentences."""

    def __init__(self, happened: str, *, changed: str = NOTHING_CHANGED, hint: str = "") -> None:
        super().__init__(happened)
        self.happened = happened
        self.changed = changed
        self.hint = hint


class UsageError(ConfsyncError):
    """A flag or an argument that cannot be meant."""

    @classmethod
    def misnamed(cls, happened: str, word: str, known: Iterable[str]) -> Self:
        """Tell of a name that nothing has, and which of the known ones was probably meant."""
        meant = did_you_mean(word, known)
        return cls(happened, hint=meant[:1].upper() + meant[1:])


class InvalidConfiguration(ConfsyncError):
    """What a person wrote cannot be used; every mistake that was found is listed."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...], *, hint: str = "") -> None:
        count = sum(1 for each in diagnostics if each.severity == "error")
        super().__init__(
            f"The configuration has {count} {'error' if count == 1 else 'errors'}.",
            changed="Nothing was changed, and nothing was sent to Twilio.",
            hint=hint or "Mend the lines shown above, then run `confsync validate`.",
        )
        self.diagnostics = in_order(diagnostics)


class LocalFileError(ConfsyncError):
    """This machine's disk or permissions, or a ledger that cannot be read."""


class CorruptLedger(LocalFileError):
    """A ledger or a journal that cannot be understood: `confsync ledger rebuild` makes a new one."""


class Refused(ConfsyncError):
    """Understood, and deliberately not done."""


class Stale(ConfsyncError):
    """The plan, or the configuration, is older than what is live: it moved on meanwhile."""


class ContradictoryRead(ConfsyncError):
    """Twilio's answers do not agree with each other, so no plan can be made from them."""


class TwilioError(ConfsyncError):
    """Something between us and Twilio."""


class MissingCredentials(TwilioError):
    """Nothing to sign in with, or not enough of it; nothing was sent."""


class Unreachable(TwilioError):
    """No usable answer came, and whatever was asked did not happen."""


class MalformedAnswer(TwilioError):
    """An answer that is not what the API promises."""


class OutcomeUnknown(TwilioError):
    """A write was sent, and nobody can say whether it happened."""


class Answer(Struct, frozen=True):
    """What Twilio said when it said no; `code` is Twilio's own number, 0 where it gave none."""

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
    """Twilio answered, and said no. The message is bounded and never holds what was sent."""

    def __init__(self, answer: Answer, *, hint: str = "") -> None:
        super().__init__(str(answer), hint=hint)
        self.answer = answer


class NotAuthorised(ApiError):
    """The credentials are wrong, or do not reach this."""


class NotFound(ApiError):
    """There is no such thing, or there is no longer."""
