"""The process: `python -m confsync`, and the command `confsync`."""

import sys
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line. A signal may come during any import, even one of these."""
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


if __name__ == "__main__":
    run()
