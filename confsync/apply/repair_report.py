"""The result of a repair: each pair of duplicates, and what became of the newer one."""

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from confsync.errors import ConfsyncError, NotAuthorised, OutcomeUnknown, Stale, Unreachable
from confsync.exit_codes import ExitCode
from confsync.names import Address, member_url
from confsync.plan.match import LiveResource
from confsync.plan.plan import Target
from confsync.state.ledger import Entry


class RepairStep(Struct, frozen=True, kw_only=True):
    """Two equal resources in the collection at the URL `home`, and the reason if the newer one is left alone.

    `entry` is the ledger's entry of the newer one, if confsync owns that one. It then owns the older one afterwards.
    """

    address: Address
    home: str
    older: LiveResource
    newer: LiveResource
    entry: Entry | None = None
    reason: str = ""

    def url(self, live: LiveResource) -> str:
        """Return the URL of one of the two."""
        return member_url(self.home, str(live.sid))


class RepairStatus(StrEnum):
    """What became of the newer resource."""

    TO_DELETE = "to_delete"
    LEFT_ALONE = "left_alone"
    DELETED = "deleted"
    FAILED = "failed"
    UNKNOWN = "unknown"


class RepairOutcome(Struct, frozen=True):
    """How one step ended, with the error if it failed."""

    step: RepairStep
    status: RepairStatus
    error: ConfsyncError | None = None


class RepairReport(Struct, frozen=True):
    """The account and the steps of a repair, and the outcomes so far."""

    target: Target
    steps: tuple[RepairStep, ...]
    outcomes: tuple[RepairOutcome, ...] = ()

    def __iter__(self) -> Iterator[RepairOutcome]:
        """Yield the outcome of each step; one that has not begun is still to be deleted."""
        known = {each.step.newer.sid: each for each in self.outcomes}
        for step in self.steps:
            waiting = RepairStatus.LEFT_ALONE if step.reason else RepairStatus.TO_DELETE
            yield known.get(step.newer.sid) or RepairOutcome(step, waiting)

    @property
    def counts(self) -> Counter[RepairStatus]:
        """How many outcomes there are of each status."""
        return Counter(each.status for each in self.outcomes)

    @property
    def deleted(self) -> int:
        """How many resources were deleted."""
        return self.counts[RepairStatus.DELETED]

    @property
    def failures(self) -> tuple[RepairOutcome, ...]:
        """The outcomes with an error, the most severe first: unknown, not authorised, changed by someone else."""
        return tuple(sorted((each for each in self.outcomes if each.error), key=_severity))

    @property
    def exit_code(self) -> ExitCode:
        """The code of the worst outcome; refused if there are duplicates and none may be deleted."""
        failures = self.failures
        if not failures:
            refused = bool(self.steps) and all(each.reason for each in self.steps)
            return ExitCode.REFUSED if refused else ExitCode.DONE
        worst = _severity(failures[0])
        if worst < len(_SEVERE):
            return list(_SEVERE.values())[worst]
        out_of_reach = all(isinstance(each.error, Unreachable) for each in failures)
        return ExitCode.UNREACHABLE if out_of_reach and not self.deleted else ExitCode.PARTIAL


_SEVERE: dict[type[ConfsyncError], ExitCode] = {
    OutcomeUnknown: ExitCode.UNKNOWN,
    NotAuthorised: ExitCode.NOT_AUTHORISED,
    Stale: ExitCode.STALE,
}


def _severity(outcome: RepairOutcome) -> int:
    """Rank an error; 0 is the most severe."""
    return next((rank for rank, kind in enumerate(_SEVERE) if isinstance(outcome.error, kind)), len(_SEVERE))
