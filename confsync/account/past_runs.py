"""The history of past runs of `drift`, as a file that a run is appended to."""

from pathlib import Path

from confsync.history.history import History

__all__ = ["History", "open_history"]


def open_history(path: str | Path) -> History:
    """Open the file of a history for `DriftReport.record`; create it if it does not exist, readable by its owner only.

    Raises LocalFileError if no run could be appended to it: call this before `drift`, so that it costs no request.
    """
    history = History(path)
    history.prepare()
    return history
