"""The process: `python -m confsync`, and the command. Told here is a stop that comes too early to be told elsewhere."""

import sys
from typing import NoReturn


def run() -> NoReturn:
    """Be the process. Whatever is imported, even for this, may be stopped in the middle."""
    stop = None
    try:
        from confsync.cli.signals import Stop  # noqa: PLC0415 — see above

        stop = Stop()
        stop.listen()
        from confsync.cli.main import run as be_the_process  # noqa: PLC0415 — see above

        be_the_process(stop)
    except KeyboardInterrupt:
        from confsync.cli.interrupt_message import interrupt_message  # noqa: PLC0415 — see above
        from confsync.cli.signals import go_deaf  # noqa: PLC0415 — see above

        go_deaf()
        sys.exit(interrupt_message(sys.argv[1:], terminated=stop is not None and stop.terminated))


if __name__ == "__main__":
    run()
