"""Which state of an account each channel of notifications knows."""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from confsync.config.config import Environment
from confsync.history.database import open_history
from confsync.history.history import History, finding_of, target_id
from confsync.history.run import DriftTarget, StateChange

_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS delivery (  -- the last run whose findings a channel knows
        target INTEGER NOT NULL REFERENCES target (id),
        channel TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES run (id),
        PRIMARY KEY (target, channel)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS failing_target (  -- the channels that know that runs fail
        account_sid TEXT NOT NULL,  -- empty for none, like the next two
        environment TEXT NOT NULL,
        region TEXT NOT NULL,
        channel TEXT NOT NULL,
        PRIMARY KEY (account_sid, environment, region, channel)
    )
    """,
)


class DeclaredTarget(NamedTuple):
    """What runs are for, as far as the configuration says it: a run that fails may not know more."""

    account_sid: str | None
    environment: str | None
    region: str | None

    @classmethod
    def of(cls, environment: Environment) -> "DeclaredTarget":
        """Return what an environment declares."""
        return cls(environment.account_sid, environment.name, environment.region)


class UndeliveredChange(NamedTuple):
    """What a channel does not know yet, and how many findings there are now."""

    change: StateChange
    open: int


class Deliveries:
    """What has been delivered, in the file of a history. Each method is one transaction and raises LocalFileError."""

    def __init__(self, history: History) -> None:
        self._history = history

    def undelivered(self, target: DriftTarget, channel: str, sorts: Collection[str]) -> UndeliveredChange:
        """Compare the last complete run of a target with the last one delivered; only findings of some sorts count.

        Without a delivery, every finding is new. What came and went in between does not appear.
        """
        with self._open() as connection:
            number = target_id(connection, target)
            run, since = _last_delivery(connection, number, channel)
            rows = connection.execute("SELECT * FROM finding WHERE target = ? ORDER BY id", (number,)).fetchall()
            return _compare([each for each in rows if each["sort"] in sorts], run, since)

    def mark_delivered(self, target: DriftTarget, channel: str) -> None:
        """Record that a channel knows the last complete run of a target."""
        with self._open() as connection:
            number = target_id(connection, target)
            connection.execute(
                "INSERT OR REPLACE INTO delivery SELECT target, ?, max(id) FROM run WHERE target = ? AND complete",
                (channel, number),
            )

    def is_failing(self, target: DeclaredTarget, channel: str) -> bool:
        """Whether a channel knows that the runs of a target fail."""
        query = "SELECT 1 FROM failing_target WHERE (account_sid, environment, region, channel) = (?, ?, ?, ?)"
        with self._open() as connection:
            return connection.execute(query, _row_of(target, channel)).fetchone() is not None

    def mark_failing(self, target: DeclaredTarget, channel: str, *, failing: bool) -> None:
        """Record that a channel knows that the runs of a target fail, or no longer do."""
        insert = "INSERT OR IGNORE INTO failing_target VALUES (?, ?, ?, ?)"
        delete = "DELETE FROM failing_target WHERE (account_sid, environment, region, channel) = (?, ?, ?, ?)"
        with self._open() as connection:
            connection.execute(insert if failing else delete, _row_of(target, channel))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with open_history(self._history.path, self._history.timeout) as connection:
            for each in _TABLES:
                connection.execute(each)
            yield connection


def _row_of(target: DeclaredTarget, channel: str) -> tuple[str, ...]:
    return (*(each or "" for each in target), channel)


def _last_delivery(connection: sqlite3.Connection, target: int, channel: str) -> tuple[int, datetime | None]:
    query = "SELECT run, at FROM delivery JOIN run ON run.id = run WHERE delivery.target = ? AND channel = ?"
    row = connection.execute(query, (target, channel)).fetchone()
    return (row["run"], datetime.fromisoformat(row["at"])) if row else (0, None)


def _compare(rows: list[sqlite3.Row], run: int, since: datetime | None) -> UndeliveredChange:
    """Compare the findings that were open after a run with those that are open now."""
    before = {each["identity"]: each for each in rows if each["opened"] <= run < (each["closed"] or run + 1)}
    now = {each["identity"]: each for each in rows if each["closed"] is None}
    both = [(before[identity], found) for identity, found in now.items() if identity in before]
    change = StateChange(
        since=since,
        new=tuple(finding_of(each) for identity, each in now.items() if identity not in before),
        edited=tuple(finding_of(found) for old, found in both if _differs(old, found, run)),
        repaired=tuple(finding_of(each) for identity, each in before.items() if identity not in now),
    )
    return UndeliveredChange(change, len(now))


def _differs(old: sqlite3.Row, found: sqlite3.Row, run: int) -> bool:
    """Whether a finding looks different now. It has another row if it was repaired and came back."""
    return bool(old["edited"] > run or found["digest"] != old["digest"])
