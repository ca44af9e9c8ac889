"""What a person sees while a run reads and writes: a live line on a terminal, plain lines elsewhere."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from confsync.apply.report import Outcome, Report
from confsync.cli.console import Console

if TYPE_CHECKING:
    from confsync.plan.plan import Plan

QUIET_SECONDS = 0.4
FRAME_SECONDS = 0.1
BAR = 24
ERASE = "\r\x1b[2K"
_LINE_WIDTH = 44


class Progress:
    """Shows on stderr how far a run is, and records the outcome of each change, for a report at any time."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console = console
        self._quiet = quiet
        self._responses = 0
        self._writes = 0
        self._plan: Plan | None = None
        self._outcomes: list[Outcome] = []
        self._finished: Report | None = None
        self._stop = threading.Event()
        self._ticker: threading.Thread | None = None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Show that Twilio is being read, until the block ends or `end_reading` is called."""
        if self._live:
            self._ticker = threading.Thread(target=self._tick, daemon=True)
            self._ticker.start()
        else:
            self._remark("Reading the live state from Twilio.")
        try:
            yield
        finally:
            self.end_reading()

    def end_reading(self) -> None:
        """Remove the live line."""
        self._stop.set()
        if self._ticker:
            self._ticker.join()
            self._ticker = None

    def watch(self, requests: Mapping[str, int]) -> None:
        """Count the responses and the writes."""
        self._responses = requests["reads"]
        self._writes = requests["writes"]

    def begin(self, plan: "Plan") -> None:
        """Begin the apply of a plan."""
        self._plan = plan

    def record_outcome(self, outcome: Outcome) -> None:
        """Record how a change ended, and show it."""
        self._outcomes.append(outcome)
        if outcome.change.actions and self._plan:
            self._show(outcome, self._plan.writes)

    def finish(self, report: Report) -> None:
        """End the apply with its report."""
        self._finished = report

    @property
    def report(self) -> Report:
        """The report of the apply; while it runs, or after it was stopped, the outcomes so far."""
        if self._finished:
            return self._finished
        if self._plan is None:
            raise RuntimeError("no apply has begun")
        return Report.of(self._plan, {each.change.key: each for each in self._outcomes}, self._writes)

    def _show(self, outcome: Outcome, total: int) -> None:
        from confsync.views.report_document import outcome_part
        from confsync.views.report_text import outcome_line

        line = outcome_line(outcome_part(outcome))
        done = sum(bool(each.change.actions) for each in self._outcomes)
        if self._live:
            filled = BAR * done // max(total, 1)
            end = ERASE if done == total else ""
            bar = f"{'#' * filled}{'.' * (BAR - filled)}"
            text = f"{ERASE}[{bar}] {done}/{total} {line[:_LINE_WIDTH]}{end}"
            self._console.note(text, end="")
        else:
            self._remark(line)

    def _remark(self, text: str) -> None:
        if not self._quiet:
            self._console.note(text)

    @property
    def _live(self) -> bool:
        return self._console.live and not self._quiet

    def _tick(self) -> None:
        """Show the number of responses in one line; a short run shows nothing."""
        if self._stop.wait(QUIET_SECONDS):
            return
        while not self._stop.wait(FRAME_SECONDS):
            text = f"{ERASE}Reading the live state from Twilio: {self._responses:,} responses"
            self._console.note(text, end="")
        self._console.note(ERASE, end="")
