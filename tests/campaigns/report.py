"""What a campaign found: how each case ended, and every case that violated what must hold."""

import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

import msgspec
from msgspec import Struct, field

from tests.campaigns.transports import Transport

BAR_WIDTH = 30
SECONDS_BETWEEN_LINES = 15.0


class Violation(Struct, frozen=True):
    """A case in which something that must hold did not, and how to run that case alone."""

    case: str
    problems: tuple[str, ...]
    command: str

    def __str__(self) -> str:
        return f"{self.case}: {'; '.join(self.problems)}\n  {self.command}"


class CampaignReport(Struct, frozen=True, kw_only=True):
    """The result of one campaign. `outcomes` counts the cases by how they ended."""

    campaign: str
    claim: str
    command: str
    date: str
    seed: int
    seconds: float
    cases: int
    outcomes: dict[str, int]
    facts: dict[str, int] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    transport: Transport = Transport.EMULATOR

    @property
    def name(self) -> str:
        """The name of the file that the report is saved in, without its suffix."""
        return f"{self.campaign}-{self.transport}" if self.transport.is_real else self.campaign

    def as_text(self) -> str:
        """Describe the result for a person."""
        rows = [*self.outcomes.items(), *self.facts.items()]
        width = max((len(name) for name, _ in rows), default=0)
        lines = [
            f"{self.name}: {self.cases:,} cases in {self.seconds:,.0f} s with seed {self.seed}; {self.claim}",
            *(f"  {name:{width}}  {number:>7,}" for name, number in rows),
            f"  {len(self.violations)} violations",
            *(f"    {each}" for each in self.violations),
        ]
        return "\n".join(lines)

    def as_json(self) -> bytes:
        """Return the report as a JSON document."""
        return msgspec.json.format(msgspec.json.encode(self, order="deterministic"), indent=1) + b"\n"


def read_report(path: Path) -> CampaignReport:
    """Read a report that was saved as JSON."""
    return msgspec.json.decode(path.read_bytes(), type=CampaignReport)


class Progress:
    """Collects the cases of a campaign, and shows a progress bar on a terminal or a line now and then."""

    def __init__(self, campaign: str, stream: TextIO = sys.stderr) -> None:
        self.total = 0
        self.cases = 0
        self.outcomes: Counter[str] = Counter()
        self.facts: Counter[str] = Counter()
        self.violations: list[Violation] = []
        self.begun = time.monotonic()
        self._campaign = campaign
        self._stream = stream
        self._shown = 0.0

    def expect(self, cases: int) -> None:
        """Say how many more cases there are."""
        self.total += cases

    def add(self, case: str, outcome: str, problems: Iterable[str] = (), command: str = "") -> None:
        """Count a case that ended."""
        self.cases += 1
        self.outcomes[outcome] += 1
        if found := tuple(problems):
            self.violations.append(Violation(case, found, command))
            self._stream.write(f"\n{self.violations[-1]}\n")
        self._show()

    @property
    def seconds(self) -> float:
        """How long the campaign has been running."""
        return time.monotonic() - self.begun

    def end(self) -> None:
        """Show the bar for the last time."""
        self._shown = 0.0
        self._show()
        if self._stream.isatty():
            self._stream.write("\n")

    def _show(self) -> None:
        terminal = self._stream.isatty()
        now = time.monotonic()
        if now - self._shown < (0.1 if terminal else SECONDS_BETWEEN_LINES):
            return
        self._shown = now
        done = min(1.0, self.cases / max(1, self.total))  # a campaign may run a few cases more than it expected
        bar = "#" * int(BAR_WIDTH * done)
        left = self.seconds * (1 - done) / done if done else 0.0
        line = (
            f"{self._campaign} [{bar:{BAR_WIDTH}}] {self.cases:,} of {self.total:,}, "
            f"{len(self.violations)} violations, {left:,.0f} s left"
        )
        self._stream.write(f"\r{line}  " if terminal else f"{line}\n")
        self._stream.flush()
