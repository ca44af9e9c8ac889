"""The process: `python -m confsync`, and the command `confsync`."""

import gc
import os
import sys
from typing import NoReturn

OBJECTS_BEFORE_COLLECTION = 50_000
"""Python's own figure is 700, and each collection during start-up walks every module that is imported already."""


def run() -> NoReturn:
    """Run the command line. A signal may come during any import, even one of these."""
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    _open_standard_streams()
    stop = None
    try:
        from confsync.cli.signals import Stop  # noqa: PLC0415 — see above

        stop = Stop()
        stop.listen()
        from confsync.cli.main import run as run_command_line  # noqa: PLC0415 — see above

        run_command_line(stop)
    except KeyboardInterrupt:
        from confsync.cli.signals import ignore_signals, interrupt_message  # noqa: PLC0415 — see above

        ignore_signals()
        sys.exit(interrupt_message(sys.argv[1:], terminated=stop is not None and stop.terminated))


def _open_standard_streams() -> None:
    """Open each closed standard stream on nothing, so that no file of the run gets its number, and messages with it."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number


if __name__ == "__main__":
    run()
