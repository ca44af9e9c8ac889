"""The result of an apply: every change with its outcome, and what Twilio stored differently."""

from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum

from msgspec import Struct

from confsync.apply.mismatch import Mismatch
from confsync.apply.read_back import ReadBack
from confsync.errors import ApiError, ConfsyncError, MalformedResponse, NotAuthorised, Stale, Unreachable
from confsync.exit_codes import ExitCode
from confsync.live.cached_source import AlreadyRead
from confsync.names import Sid
from confsync.plan.change import Action, Change, Key
from confsync.plan.plan import Plan
from confsync.twilio.outcomes import is_transient

STOPPED = "the run ended before its turn"


class Status(StrEnum):
    """How a change ended."""

    DONE = "done"
    FAILED = "failed"
    NOT_STARTED = "not_started"
    UNKNOWN = "unknown"


class Outcome(Struct, frozen=True):
    """How one change ended, with the error if it failed. `wrote` says whether a write was needed and sent.

    `reason` says why the change was not started.
    """

    change: Change
    status: Status
    sid: Sid | None = None
    error: ConfsyncError | None = None
    wrote: bool = False
    reason: str = ""


class Report(Struct, frozen=True, dict=True):
    """Every change that writes, adopts or moves, in the plan's order, with its outcome.

    `mismatches` are fields that Twilio stored differently. `unread` are changes that were written and confirmed, but
    whose resource could not be read back. `read` is what was read after the last write.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...]
    writes: int
    mismatches: tuple[Mismatch, ...] = ()
    unread: tuple[Change, ...] = ()
    read: AlreadyRead = AlreadyRead()

    @classmethod
    def of(cls, plan: Plan, known: Mapping[Key, Outcome], writes: int, closing: ReadBack | None = None) -> "Report":
        """Build the report of an apply, which may have been interrupted.

        A change without an outcome is done if it only adopts or moves, and was not started if it writes.
        """
        outcomes = []
        for change in plan.changes:
            outcome = known.get(change.key) or _unreported(change)
            if change.actions or outcome.status is not Status.DONE:
                outcomes.append(outcome)
        closing = closing or ReadBack()
        return cls(plan, tuple(outcomes), writes, closing.mismatches, closing.unread, closing.read)

    @property
    def counts(self) -> Counter[Status]:
        """How many changes have each status."""
        return Counter(each.status for each in self.outcomes)

    @property
    def exit_code(self) -> ExitCode:
        """The code of the worst outcome.

        From worst to best: unknown, not authorised, changed by someone else, failed, stored differently.
        """
        if self.counts[Status.UNKNOWN]:
            return ExitCode.UNKNOWN
        if any(isinstance(error, NotAuthorised) for error in self.errors):
            return ExitCode.NOT_AUTHORISED
        if any(isinstance(error, Stale) for error in self.errors):
            return ExitCode.STALE
        if self.counts[Status.FAILED] == 0:
            return ExitCode.STORED_DIFFERENTLY if self.mismatches else ExitCode.DONE
        written = any(each.wrote or (each.status is Status.DONE and each.change.writes) for each in self.outcomes)
        return ExitCode.UNREACHABLE if self.unavailable and not written else ExitCode.PARTIAL

    @property
    def unavailable(self) -> bool:
        """Whether nothing is wrong with the changes that failed: Twilio could not be reached, read, or kept up with."""
        return all(map(_is_outage, self.errors))

    def done(self, action: Action) -> int:
        """Count the changes with an action that are done."""
        return sum(each.status is Status.DONE and action in each.change.actions for each in self.outcomes)

    @property
    def errors(self) -> tuple[ConfsyncError, ...]:
        """The errors of failed changes, in the plan's order."""
        return tuple(each.error for each in self.outcomes if each.error)


def _is_outage(error: ConfsyncError) -> bool:
    match error:
        case Unreachable() | MalformedResponse():
            return True
        case ApiError(response=response):
            return response.method == "GET" or is_transient(response.status, response.code)
    return False


def _unreported(change: Change) -> Outcome:
    if change.writes:
        return Outcome(change, Status.NOT_STARTED, change.sid, reason=STOPPED)
    return Outcome(change, Status.DONE, change.sid)


Progress = Callable[[Outcome], None]
"""Called with each outcome as soon as it is known."""
