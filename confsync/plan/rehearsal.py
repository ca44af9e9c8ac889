"""What a rehearsal of a saved plan found: each run, with its fault, its exit codes, and what differs afterwards."""

from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property

from msgspec import Struct

from confsync.exit_codes import ExitCode


class RehearsedFault(StrEnum):
    """What goes wrong in a run."""

    NONE = "none"
    TOO_MANY_REQUESTS = "429"
    RESET_BEFORE = "reset before commit"
    RESET_AFTER = "reset after commit"
    KILL_BEFORE = "kill before commit"
    KILL_AFTER = "kill after commit"

    @property
    def kills(self) -> bool:
        """Whether it kills the client, so that the run has no exit code of its own."""
        return self in {RehearsedFault.KILL_BEFORE, RehearsedFault.KILL_AFTER}


class RehearsedWrite(Struct, frozen=True):
    """A write of the plan: what it does to the resource at an address."""

    address: str
    method: str


class RehearsedRun(Struct, frozen=True, kw_only=True):
    """One run of the plan. `waited` are the seconds that it spent waiting, on a simulated clock.

    `code` is None if the client was killed, `rerun_code` if the same command did not have to run again. `message` says
    why the rerun failed or, if no rerun failed, why the run failed. `duplicates`, `missing` and `different` name
    resources, compared with the run without faults.
    """

    fault: RehearsedFault
    write: RehearsedWrite | None = None
    code: ExitCode | None = None
    rerun_code: ExitCode | None = None
    message: str = ""
    waited: float = 0.0
    duplicates: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    different: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether the account ended as it does without faults."""
        return not (self.duplicates or self.missing or self.different)

    @property
    def worst_code(self) -> ExitCode:
        """The worse of the two codes; an account that ended otherwise counts as an unknown outcome."""
        found = [code for code in (self.code, self.rerun_code) if code is not None]
        return worst_code([*found, *(() if self.sound else (ExitCode.UNKNOWN,))])


class Rehearsal(Struct, frozen=True, kw_only=True, dict=True):
    """The runs of a saved plan on a copy of the account. `reads` are the requests that the copy took."""

    plan_id: str
    environment: str | None
    account_sid: str
    changes: int
    writes: tuple[RehearsedWrite, ...]
    runs: tuple[RehearsedRun, ...]
    reads: int
    seconds: float

    @property
    def code(self) -> ExitCode:
        """The code of the worst run."""
        return worst_code(run.worst_code for run in self.runs)

    @cached_property
    def failures(self) -> tuple[RehearsedRun, ...]:
        """The runs that did not end well, the worst first."""
        failed = (run for run in self.runs if run.worst_code is not ExitCode.DONE)
        return tuple(sorted(failed, key=lambda run: FROM_WORST.index(run.worst_code)))


def worst_code(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the worst of several exit codes."""
    return min(codes, key=FROM_WORST.index, default=ExitCode.DONE)


FROM_WORST = (
    ExitCode.BUG,
    ExitCode.UNKNOWN,
    ExitCode.TERMINATED,
    ExitCode.INTERRUPTED,
    ExitCode.NOT_AUTHORISED,
    ExitCode.STALE,
    ExitCode.REFUSED,
    ExitCode.LOCAL,
    ExitCode.INVALID,
    ExitCode.UNREACHABLE,
    ExitCode.PARTIAL,
    ExitCode.LOCKED,
    ExitCode.STORED_DIFFERENTLY,
    ExitCode.CHANGES,
    ExitCode.DONE,
)
"""Every exit code, the worst first."""
