"""How an apply ended: every change with its outcome, and what Twilio keeps otherwise."""

from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum

from msgspec import Struct

from confsync.apply.mismatch import Mismatch
from confsync.apply.read_back import ReadBack
from confsync.errors import ConfsyncError
from confsync.names import Sid
from confsync.plan.change import Action, Change, Key
from confsync.plan.plan import Plan


class Status(StrEnum):
    """How a change ended."""

    DONE = "done"
    FAILED = "failed"
    NOT_STARTED = "not_started"
    UNKNOWN = "unknown"


class Outcome(Struct, frozen=True):
    """How one change ended, and why where it did not end well.

    `wrote` says that part of it, at least, was written: what was so already needed no write.
    """

    change: Change
    status: Status
    sid: Sid | None = None
    error: ConfsyncError | None = None
    wrote: bool = False


class Report(Struct, frozen=True, dict=True):
    """Every change that writes, adopts or moves, in the plan's order, with how it ended.

    `kept` is what Twilio keeps otherwise than it was asked to; `unread` are changes that were written and answered
    well, and could not be read once more.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...]
    writes: int
    mismatches: tuple[Mismatch, ...] = ()
    unread: tuple[Change, ...] = ()

    @classmethod
    def of(cls, plan: Plan, known: Mapping[Key, Outcome], writes: int, closing: ReadBack | None = None) -> "Report":
        """Tell every change that does something, and what else went wrong, also where an apply was stopped.

        A change that only adopts or moves is done when it is remembered; another of which nothing is known never began.
        """
        outcomes = []
        for change in plan.changes:
            silent = Status.NOT_STARTED if change.writes else Status.DONE
            outcome = known.get(change.key) or Outcome(change, silent, change.sid)
            if change.actions or outcome.status is not Status.DONE:
                outcomes.append(outcome)
        closing = closing or ReadBack()
        return cls(plan, tuple(outcomes), writes, closing.mismatches, closing.unread)

    @property
    def counts(self) -> Counter[Status]:
        """How many ended how."""
        return Counter(each.status for each in self.outcomes)

    def done(self, action: Action) -> int:
        """How many changes with that action are done."""
        return sum(each.status is Status.DONE and action in each.change.actions for each in self.outcomes)

    @property
    def errors(self) -> tuple[ConfsyncError, ...]:
        """What went wrong, in the plan's order."""
        return tuple(each.error for each in self.outcomes if each.error)


Progress = Callable[[Outcome], None]
"""Told of each outcome as it comes."""
