"""What a person sees while a run reads and writes: a live line on a terminal, plain lines elsewhere."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from confsync.apply.report import Outcome
    from confsync.cli.run import Run

PATIENCE_SECONDS = 0.4
FRAME_SECONDS = 0.1
BAR = 24
ERASE = "\r\x1b[2K"


class Progress:
    """Tells how far a run is, on stderr; nothing where nobody wants to know."""

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._done = 0
        self._answers = 0
        self._stop = threading.Event()
        self._ticker: threading.Thread | None = None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Tell that Twilio is being read, until the block ends or `read` is called."""
        if self._live:
            self._ticker = threading.Thread(target=self._tick, daemon=True)
            self._ticker.start()
        else:
            self._run.remark("Reading what Twilio holds.")
        try:
            yield
        finally:
            self.read()

    def read(self) -> None:
        """Take the live line away."""
        self._stop.set()
        if self._ticker:
            self._ticker.join()
            self._ticker = None

    def watch(self, requests: Mapping[str, int]) -> None:
        """Count the answers that came, and the writes that were sent."""
        self._answers = requests["reads"]
        self._run.writes = requests["writes"]

    def settled(self, outcome: "Outcome", total: int) -> None:
        """Tell how one change ended; `total` is how many there are."""
        from confsync.views.report_document import outcome_part
        from confsync.views.report_text import outcome_line

        self._done += 1
        line = outcome_line(outcome_part(outcome))
        if self._live:
            filled = BAR * self._done // max(total, 1)
            end = ERASE if self._done == total else ""
            bar = f"{'#' * filled}{'.' * (BAR - filled)}"
            self._run.console.note(f"{ERASE}[{bar}] {self._done}/{total} {line[:_ROOM]}{end}", end="")
        else:
            self._run.remark(line)

    @property
    def _live(self) -> bool:
        return self._run.console.live and not self._run.options.quiet

    def _tick(self) -> None:
        """Count the answers in one line; a run that is over at once shows nothing."""
        if self._stop.wait(PATIENCE_SECONDS):
            return
        while not self._stop.wait(FRAME_SECONDS):
            self._run.console.note(f"{ERASE}Reading what Twilio holds: {self._answers:,} answers", end="")
        self._run.console.note(ERASE, end="")


_ROOM = 44
