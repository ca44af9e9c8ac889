"""SIGINT and SIGTERM: each stops a run in order, with an exit code of its own.

The last message of a run that was stopped early is written here, without any import.
"""

import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from types import FrameType
from typing import TYPE_CHECKING

from confsync.version import __version__

if TYPE_CHECKING:
    from confsync.exit_codes import ExitCode

_BOTH = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Remembers which signal came, and what the next one does. Only the main thread gets signals."""

    def __init__(self) -> None:
        self.terminated = False
        self._late = False

    @property
    def code(self) -> "ExitCode":
        """What the process exits with."""
        from confsync.exit_codes import ExitCode

        return ExitCode.TERMINATED if self.terminated else ExitCode.INTERRUPTED

    def listen(self) -> None:
        """Turn SIGTERM into KeyboardInterrupt, as Python does with SIGINT."""
        _handle(signal.SIGTERM, self.terminate)

    def terminate(self, _signal: int, _frame: FrameType | None) -> None:
        """Continue as after SIGINT: asyncio then cancels the run and waits for the requests in flight."""
        self.terminated = True
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell script's background job
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)

    def settle(self) -> None:
        """Let a run that has ended report its result: ignore one more signal, and exit at once on the next."""
        for each in _BOTH:
            if signal.getsignal(each) is not signal.SIG_IGN:
                _handle(each, self._insist)

    def _insist(self, number: int, _frame: FrameType | None) -> None:
        if self._late:
            os._exit(128 + number)
        self._late = True


def ignore_signals() -> None:
    """Let no signal come between the last message and the exit code."""
    for each in _BOTH:
        with suppress(ValueError):
            signal.signal(each, signal.SIG_IGN)


@contextmanager
def restored_handlers() -> Iterator[None]:
    """Restore the signal handlers of a process that goes on."""
    before = [(each, signal.getsignal(each)) for each in _BOTH]
    try:
        yield
    finally:
        for each, handler in before:
            with suppress(ValueError):
                signal.signal(each, handler)


def _handle(number: signal.Signals, handler: "signal._HANDLER") -> None:
    with suppress(ValueError):
        signal.signal(number, handler)


_DOCUMENT = (
    '{{"kind": "diagnostics", "format_version": "1.0", "confsync_version": "{version}", "exit_code": {code}, '
    '"diagnostics": [{{"severity": "error", "code": "CS9{code}", "summary": "{happened}", "detail": "{hint}", '
    '"range": null, "snippet": null}}]}}\n'
)


def interrupt_message(
    arguments: Sequence[str], *, terminated: bool, may_have_written: bool = False, printed: bool = False
) -> int:
    """Print the three lines, and the document if JSON is requested and none was printed. Return the exit code.

    Nothing can be imported after a signal during an import, so the texts are fixed and written directly.
    """
    code, name = (143, "SIGTERM") if terminated else (130, "SIGINT")
    happened = f"The run was stopped by {name}."
    changed, hint = "Nothing was changed.", "Run the same command again."
    if may_have_written:
        changed, hint = "Some changes may have been made.", "Run `confsync plan`: it reads the live state."
    if not printed and requests_json(arguments, os.environ):
        _write(1, _DOCUMENT.format(version=__version__, code=code, happened=happened, hint=hint))
    _write(2, f"Error: {happened}\nState: {changed}\nNext:  {hint}\n")
    return code


def requests_json(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Look for a request for JSON in a command line that was not parsed."""
    by_variable = environ.get("CONFSYNC_JSON") or environ.get("CONFSYNC_FORMAT") == "json"
    typed = "--json" in arguments or "--format=json" in arguments
    return bool(by_variable) or typed or ("--format", "json") in pairwise(arguments)


def _write(descriptor: int, text: str) -> None:
    """Write to the file descriptor: Python's own stream may be in the middle of a write."""
    with suppress(OSError, ValueError, AttributeError):
        (sys.stdout if descriptor == 1 else sys.stderr).flush()
    with suppress(OSError):
        os.write(descriptor, text.encode())
