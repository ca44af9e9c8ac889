"""What mutation testing found: for each file, how many mutants the tests kill, and which survive."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from tests.mutation.survivors import ListedSurvivor, Mutation
from tests.mutation.workspace import MutationResult

LEAST_KILLED = 0.95
"""The share of mutants that the tests must kill."""


class FileResult(Struct, frozen=True):
    """The result of one file. `timed_out` are those of the killed mutants whose tests did not end."""

    concern: str
    file: str
    mutants: int
    killed: int
    timed_out: int


class MutationReport(Struct, frozen=True):
    """The result of all files. `unexplained` are the survivors that the checked-in list does not have."""

    date: str
    seconds: float
    files: tuple[FileResult, ...]
    unexplained: tuple[Mutation, ...]

    @property
    def share(self) -> float:
        """Which share of the mutants was killed."""
        return sum(each.killed for each in self.files) / max(1, sum(each.mutants for each in self.files))

    @property
    def is_good(self) -> bool:
        """Whether enough mutants were killed, and every other one has a reason."""
        return self.share >= LEAST_KILLED and not self.unexplained

    def as_text(self) -> str:
        """Describe the result for a person."""
        rows = [f"{each.killed:>5} of {each.mutants:>5} killed  {each.file}" for each in self.files]
        survivors = [
            f"\nNo test kills this mutant of {each.function} in {each.file}:\n"
            f"- {each.before.replace(chr(10), f'{chr(10)}- ')}\n+ {each.after.replace(chr(10), f'{chr(10)}+ ')}"
            for each in self.unexplained
        ]
        total = f"{self.share:.1%} of {sum(each.mutants for each in self.files):,} mutants killed"
        return "\n".join((*rows, *survivors, f"{total} in {self.seconds:,.0f} s.", ""))

    def as_json(self) -> bytes:
        """Return the report as a JSON document."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def report_of(results: Iterable[MutationResult], listed: Iterable[ListedSurvivor], begun: float) -> MutationReport:
    """Sum up results; `begun` is the time of the monotonic clock at which the first file was begun."""
    reasons = {each.mutation for each in listed}
    found = tuple(results)
    return MutationReport(
        date=datetime.now(UTC).date().isoformat(),
        seconds=round(time.monotonic() - begun, 1),
        files=tuple(map(_file_result, found)),
        unexplained=tuple(one for each in found for one in each.survivors if one not in reasons),
    )


def _file_result(result: MutationResult) -> FileResult:
    killed = result.killed + result.timed_out
    return FileResult(result.target.concern, result.target.file, result.mutants, killed, result.timed_out)
