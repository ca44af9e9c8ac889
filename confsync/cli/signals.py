"""SIGINT and SIGTERM: both stop a run in order, and the exit code tells which it was."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from confsync.cli.exit_codes import ExitCode

_BOTH = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Remembers which signal came, and what one means by now. A thread that is not the main one gets no signals."""

    def __init__(self) -> None:
        self.terminated = False
        self._late = False

    @property
    def code(self) -> "ExitCode":
        """What the process exits with."""
        from confsync.cli.exit_codes import ExitCode

        return ExitCode.TERMINATED if self.terminated else ExitCode.INTERRUPTED

    def listen(self) -> None:
        """Take SIGTERM as well as SIGINT for KeyboardInterrupt."""
        _heed(signal.SIGTERM, self.terminate)

    def terminate(self, _signal: int, _frame: FrameType | None) -> None:
        """Go on as after SIGINT, for which asyncio lets everything in flight tell how it ended."""
        self.terminated = True
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell script's background job
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)

    def settle(self) -> None:
        """Let a run that came to its end be told, whatever comes now; only a second signal ends the process at once."""
        for each in _BOTH:
            if signal.getsignal(each) is not signal.SIG_IGN:
                _heed(each, self._insist)

    def _insist(self, number: int, _frame: FrameType | None) -> None:
        if self._late:
            os._exit(128 + number)
        self._late = True


def go_deaf() -> None:
    """Let nothing come between the last word and the exit code."""
    for each in _BOTH:
        with suppress(ValueError):
            signal.signal(each, signal.SIG_IGN)


@contextmanager
def handlers_given_back() -> Iterator[None]:
    """Leave a process that goes on with the handlers that it had."""
    before = [(each, signal.getsignal(each)) for each in _BOTH]
    try:
        yield
    finally:
        for each, handler in before:
            with suppress(ValueError):
                signal.signal(each, handler)


def _heed(number: signal.Signals, handler: "signal._HANDLER") -> None:
    with suppress(ValueError):
        signal.signal(number, handler)
