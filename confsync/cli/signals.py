"""SIGINT and SIGTERM: each stops a run in order, with an exit code of its own.

The last message of a run that was stopped early is written here, without any import.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import pairwise
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from confsync.version import __version__

if TYPE_CHECKING:
    from confsync.exit_codes import ExitCode

T = TypeVar("T")

_BOTH = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """What the signals of a run do: the first one stops it in order, the second one at once.

    Only the main thread gets signals. `last_message` prints what a run that stops at once still says, and returns its
    exit code.
    """

    def __init__(self) -> None:
        self.terminated = False
        self.last_message: Callable[[], int] = self._fixed_message
        self._signals = 0
        self._interrupts = True
        self._running = False
        self._cancel: Callable[[], object] | None = None

    @property
    def code(self) -> "ExitCode":
        """What the process exits with."""
        from confsync.exit_codes import ExitCode

        return ExitCode.TERMINATED if self.terminated else ExitCode.INTERRUPTED

    def listen(self) -> None:
        """Handle both signals, except one that the parent process told this one to ignore."""
        for each in _BOTH:
            if signal.getsignal(each) is not signal.SIG_IGN:  # as SIGINT is in a shell script's background job
                _handle(each, self._receive)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end. The first signal cancels it. Raises KeyboardInterrupt if that ends it."""
        import asyncio

        if self._is_stopped():
            coroutine.close()
            raise KeyboardInterrupt
        self._running = True  # from here, a signal interrupts nothing of the event loop itself
        runner = asyncio.Runner()
        try:
            loop = runner.get_loop()
            task = loop.create_task(coroutine)
            self._cancel = partial(loop.call_soon_threadsafe, task.cancel)
            if self._is_stopped():
                task.cancel()
            return loop.run_until_complete(task)
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        finally:
            self._running, self._cancel = False, None
            if self._is_stopped():
                runner.get_loop().close()  # without waiting for threads, which may take long
            else:
                runner.close()

    def settle(self) -> None:
        """Let the first signal interrupt nothing more, except what `run` runs: an apply, or the report of a run."""
        self._interrupts = False

    def _is_stopped(self) -> bool:
        return self._signals > 0

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self._signals += 1
        if self._signals > 1:
            self._exit_at_once()
        self.terminated = number == signal.SIGTERM
        if self._cancel:
            self._cancel()
        elif self._interrupts and not self._running:
            raise KeyboardInterrupt

    def _exit_at_once(self) -> None:
        code = 143 if self.terminated else 130
        try:
            code = self.last_message()
        finally:
            os._exit(code)

    def _fixed_message(self) -> int:
        return interrupt_message(sys.argv[1:], terminated=self.terminated)


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


_LOG_LINE = (
    '{{"time": "{time}", "level": "error", "event": "exit", "message": "{happened}", "exit_code": {code}, '
    '"state": "{changed}", "next": "{hint}"}}\n'
)


def interrupt_message(arguments: Sequence[str], *, terminated: bool, look: str = "", printed: bool = False) -> int:
    """Print the three lines, and the document if JSON is requested and none was printed. Return the exit code.

    `look` is the hint of a run that may have written. Nothing can be imported after a signal during an import, so the
    texts are fixed and written directly.
    """
    code, name = (143, "SIGTERM") if terminated else (130, "SIGINT")
    happened = f"The run was stopped by {name}."
    changed, hint = "Nothing was changed.", "Run the same command again."
    if look:
        changed, hint = "Some changes may have been made.", look
    quoted = hint.replace("\\", "\\\\").replace('"', '\\"')
    if not printed and requests_json(arguments, os.environ):
        _write(1, _DOCUMENT.format(version=__version__, code=code, happened=happened, hint=quoted))
    if requests_json_log(arguments, os.environ):
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        _write(2, _LOG_LINE.format(time=moment, code=code, happened=happened, changed=changed, hint=quoted))
    else:
        _write(2, f"Error: {happened}\nState: {changed}\nNext:  {hint}\n")
    return code


def requests_json(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Look for a request for JSON in a command line that was not parsed."""
    by_variable = environ.get("CONFSYNC_JSON") or environ.get("CONFSYNC_FORMAT") == "json"
    typed = "--json" in arguments or "--format=json" in arguments
    return bool(by_variable) or typed or ("--format", "json") in pairwise(arguments)


def requests_json_log(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Look for a request for a log of JSON in a command line that was not parsed. A typed format wins."""
    typed = [each.partition("=")[2] for each in arguments if each.startswith("--log-format=")]
    typed += [second for first, second in pairwise(arguments) if first == "--log-format"]
    return (typed[-1] if typed else environ.get("CONFSYNC_LOG_FORMAT")) == "json"


def _write(descriptor: int, text: str) -> None:
    """Write to the file descriptor, unless that would block: Python's own stream may be in the middle of a write."""
    with suppress(OSError, ValueError):
        if select.select([], [descriptor], [], 0)[1]:
            os.write(descriptor, text.encode())
