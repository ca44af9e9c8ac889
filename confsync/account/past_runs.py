"""The history of past runs of `drift`: a file that runs are appended to, and what it contains."""

from pathlib import Path

from confsync.history.history import History, TargetHistory

__all__ = ["History", "TargetHistory", "open_history", "read_history"]


def open_history(path: str | Path) -> History:
    """Open the file of a history for `DriftReport.record`; create it if it does not exist, readable by its owner only.

    Raises LocalFileError if no run could be appended to it: call this before `drift`, so that it costs no request.
    """
    history = History(path)
    history.prepare()
    return history


def read_history(path: str | Path, environment: str | None = None) -> tuple[TargetHistory, ...]:
    """Read the runs of every account and environment in a file, or only those of one environment.

    No request is sent, and no configuration or credential is needed. Raises LocalFileError.
    """
    return History(path).contents(environment)
