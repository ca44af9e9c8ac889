"""What mutation testing found: for each file, how many mutants the tests kill, and which survive."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.mutation.survivors import ListedSurvivor, Mutation
from tests.mutation.targets import TARGETS
from tests.mutation.workspace import MutationResult

LEAST_KILLED = 0.95
"""The share of mutants that the tests must kill."""

REPORT = Path(__file__).with_name("report.json")


class FileResult(Struct, frozen=True, kw_only=True):
    """The result of one file. `timed_out` are those of the killed mutants whose tests did not end."""

    concern: str
    file: str
    date: str
    mutants: int
    killed: int
    timed_out: int

    @property
    def survived(self) -> int:
        """How many mutants no test killed."""
        return self.mutants - self.killed


class MutationReport(Struct, frozen=True):
    """The result of some files. `unexplained` are the survivors that the checked-in list does not have."""

    files: tuple[FileResult, ...]
    unexplained: tuple[Mutation, ...] = ()

    @property
    def mutants(self) -> int:
        """How many mutants there are."""
        return sum(each.mutants for each in self.files)

    @property
    def killed(self) -> int:
        """How many of them were killed."""
        return sum(each.killed for each in self.files)

    @property
    def is_good(self) -> bool:
        """Whether enough mutants were killed, and every other one has a reason."""
        return self.killed >= LEAST_KILLED * self.mutants and not self.unexplained

    def as_text(self) -> str:
        """Describe the result for a person."""
        rows = (f"{each.killed:>5} of {each.mutants:>5} killed  {each.file}" for each in self.files)
        share = f"{self.killed / max(1, self.mutants):.1%} of {self.mutants:,} mutants killed."
        return "\n".join((*rows, *map(_described, self.unexplained), share, ""))


def report_of(results: Iterable[MutationResult], listed: Iterable[ListedSurvivor]) -> MutationReport:
    """Sum up results, and look up the reason of each survivor."""
    reasons = {each.mutation for each in listed}
    found = tuple(results)
    return MutationReport(
        files=tuple(map(_file_result, found)),
        unexplained=tuple(one for each in found for one in each.survivors if one not in reasons),
    )


def read_saved_report() -> MutationReport:
    """Read the checked-in report: the last result of each file."""
    return msgspec.json.decode(REPORT.read_bytes(), type=MutationReport)


def save_report(report: MutationReport) -> None:
    """Replace the results of the files that a report is about in the checked-in one."""
    known = {each.file: each for each in (*read_saved_report().files, *report.files)}
    merged = MutationReport(tuple(known[each.file] for each in TARGETS if each.file in known))
    REPORT.write_bytes(msgspec.json.format(msgspec.json.encode(merged), indent=1) + b"\n")


def _file_result(result: MutationResult) -> FileResult:
    return FileResult(
        concern=result.target.concern,
        file=result.target.file,
        date=datetime.now(UTC).date().isoformat(),
        mutants=result.mutants,
        killed=result.killed + result.timed_out,
        timed_out=result.timed_out,
    )


def _described(mutation: Mutation) -> str:
    return "\n".join((f"\nNo test kills this mutant of {mutation.function} in {mutation.file}:", *_diff(mutation)))


def _diff(mutation: Mutation) -> Iterator[str]:
    yield from (f"- {line}" for line in mutation.before.splitlines())
    yield from (f"+ {line}" for line in mutation.after.splitlines())
