"""What a person sees while a run reads and writes: a live line on a terminal, plain lines elsewhere."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from confsync.apply.report import Outcome, Report, Status
from confsync.cli.console import Console

if TYPE_CHECKING:
    from confsync.cli.log import Fields
    from confsync.plan.plan import Plan
    from confsync.views.apply.document import OutcomePart

QUIET_SECONDS = 0.4
FRAME_SECONDS = 0.1
BAR_SHARE = 4
"""The bar takes this fraction of the width of the terminal."""

ERASE = "\r\x1b[2K"
READING = "Reading the live state from {source}"
READING_BACK = "Reading back what was written"
REHEARSING = "Rehearsing the plan on an emulator"


class Progress:
    """Shows on stderr how far a run is, and records the outcome of each change, for a report at any time."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self._console = console
        self._quiet = quiet
        self._reading = READING.format(source="Twilio")
        self._responses = 0
        self._writes = 0
        self._runs = 0, 0
        self._services = 0, 0
        self._plan: Plan | None = None
        self._outcomes: list[Outcome] = []
        self._counts: Counter[Status] = Counter()
        self._finished: Report | None = None
        self._stop = threading.Event()
        self._ticker: threading.Thread | None = None
        self._drawn = False

    def read_from(self, source: str) -> None:
        """Say what is read, if that is not Twilio."""
        self._reading = READING.format(source=source)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Show that the live state is being read, until the block ends or `end_reading` is called."""
        self._start(f"{self._reading}.", self._read)
        try:
            yield
        finally:
            self.end_reading()

    @contextmanager
    def exporting(self) -> Iterator[None]:
        """Show how many services of an account have been read, until the block ends."""
        self._start(f"{self._reading}.", self._exported)
        try:
            yield
        finally:
            self.end_reading()

    def count_exported(self, done: int, total: int) -> None:
        """Count the services that have been read, and those that are known."""
        self._services = done, total

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """Show how many runs of a rehearsal are done, until the block ends."""
        self._start(f"{REHEARSING}.", self._rehearsed)
        try:
            yield
        finally:
            self.end_reading()

    def count_runs(self, done: int, total: int) -> None:
        """Count the runs of a rehearsal."""
        self._runs = done, total

    def end_reading(self) -> None:
        """Remove the live line."""
        self._stop.set()
        if self._ticker:
            self._ticker.join()
            self._ticker = None
        if self._drawn:
            self._console.note(ERASE, end="")
            self._drawn = False

    def watch(self, requests: Mapping[str, int]) -> None:
        """Count the responses and the writes."""
        self._responses = requests["reads"]
        self._writes = requests["writes"]

    def begin(self, plan: "Plan") -> None:
        """Begin the apply of a plan."""
        self._plan = plan

    def record_outcome(self, outcome: Outcome) -> None:
        """Record how a change ended, and show it; after the last one, show that what was written is read back."""
        self._outcomes.append(outcome)
        if outcome.change.actions:
            self._counts[outcome.status] += 1
        if outcome.change.actions and self._plan:
            self._show(outcome, self._plan.writes)

    def finish(self, report: Report) -> None:
        """End the apply with its report."""
        self.end_reading()
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
        from confsync.views.apply.document import outcome_part
        from confsync.views.apply.text import outcome_line

        part = outcome_part(outcome)
        line = f"{outcome_line(part)}{f': {part.reason}' if part.reason else ''}"
        if self._live:
            self._drawn = True
            self._console.note(f"{ERASE}{self._bar(self._counts, total, line)}", end="")
        else:
            self._remark(line, event="outcome", fields=_fields_of(part))
        if self._counts.total() >= total and self._counts[Status.DONE]:
            first = self._responses
            self._start(f"{READING_BACK}.", lambda: f"{READING_BACK}: {self._responses - first:,} responses")

    def _rehearsed(self) -> str:
        done, total = self._runs
        return f"{REHEARSING}: {done:,} of {total:,} runs" if total else self._read()

    def _exported(self) -> str:
        done, total = self._services
        services = f"{self._gauge(done, total)} {done:,}/{total:,} services, {self._responses:,} responses"
        return services if total else self._read()

    def _read(self) -> str:
        return f"{self._reading}: {self._responses:,} responses"

    def _gauge(self, done: int, total: int) -> str:
        """Draw how much is done."""
        size = self._console.columns // BAR_SHARE
        filled = size * done // max(total, done)
        return f"[{'#' * filled}{'.' * (size - filled)}]"

    def _bar(self, counts: Counter[Status], total: int, line: str) -> str:
        """Draw how much is done in one line that is as wide as the terminal."""
        from confsync.views.escaping import cut_to_width

        done, columns = counts.total(), self._console.columns
        failed = counts[Status.FAILED] + counts[Status.UNKNOWN]
        bar = f"{self._gauge(done, total)} {done}/{total}{f', {failed} failed' if failed else ''} "
        return cut_to_width(f"{bar}{line}", columns - 1)

    def _start(self, remark: str, text: Callable[[], str]) -> None:
        """Show a line that changes, on a terminal; elsewhere, print a remark."""
        if not self._live:
            self._remark(remark)
            return
        self._stop.clear()
        self._ticker = threading.Thread(target=self._tick, args=(text,), daemon=True)
        self._ticker.start()

    def _remark(self, text: str, event: str = "progress", fields: "Fields | None" = None) -> None:
        if not self._quiet:
            self._console.note(text, event=event, fields=fields)

    @property
    def _live(self) -> bool:
        return self._console.live and not self._quiet

    def _tick(self, text: Callable[[], str]) -> None:
        """Redraw the line until the reading ends; a short one shows nothing."""
        waiting = self._stop.wait(QUIET_SECONDS)
        while not waiting:
            self._console.note(f"{ERASE}{text()}", end="")
            waiting = self._stop.wait(FRAME_SECONDS)
        self._console.note(ERASE, end="")


def _fields_of(outcome: "OutcomePart") -> "Fields":
    """Return what a log says about an outcome beside its line."""
    return {
        "address": outcome.address,
        "action": "+".join(outcome.actions),
        "status": outcome.status,
        "sid": outcome.sid,
        "request_id": outcome.request_id,
        "error": outcome.error.summary if outcome.error else None,
    }
