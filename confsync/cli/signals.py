"""SIGINT and SIGTERM: both stop a run in order, and the exit code tells which it was."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from confsync.cli.exit_codes import ExitCode


class Stop:
    """Remembers which signal came."""

    def __init__(self) -> None:
        self.terminated = False

    @property
    def code(self) -> "ExitCode":
        """What the process exits with."""
        from confsync.cli.exit_codes import ExitCode

        return ExitCode.TERMINATED if self.terminated else ExitCode.INTERRUPTED

    def terminate(self, _signal: int, _frame: FrameType | None) -> None:
        """Go on as after SIGINT, for which asyncio lets everything in flight tell how it ended."""
        self.terminated = True
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell script's background job
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)


@contextmanager
def stoppable(stop: Stop) -> Iterator[None]:
    """Take SIGTERM as well as SIGINT for KeyboardInterrupt; a thread that is not the main one gets no signals."""
    before = None
    with suppress(ValueError):
        before = signal.signal(signal.SIGTERM, stop.terminate)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)
