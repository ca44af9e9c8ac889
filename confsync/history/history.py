"""A file with past runs of `drift`: appends a run, and compares it with the one before."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct, convert
from msgspec.json import decode as decode_json
from msgspec.structs import asdict

from confsync.history.database import (
    LOCK_TIMEOUT_SECONDS,
    create_history,
    open_history,
    read_history_file,
)
from confsync.history.run import DetailedRun, DriftFinding, DriftRun, DriftTarget, StateChange, compare_runs


class FindingSpan(Struct, frozen=True, kw_only=True):
    """A finding as it was last, when a run found it first, and when one no longer found it: None if it is open."""

    finding: DriftFinding
    opened: datetime
    closed: datetime | None = None


_Number = Annotated[int, Meta(ge=0, lt=2**53)]


class _StoredRun(Struct, frozen=True):
    """A row of `run`. SQLite keeps whatever was written, so somebody else may have put anything into a column."""

    at: str
    seconds: Annotated[float, Meta(ge=0, lt=2**53)]
    requests: _Number
    complete: _Number
    version: str
    git_commit: str | None
    managed: _Number
    live: _Number
    counts: dict[str, _Number]


class TargetHistory(Struct, frozen=True):
    """The runs of one account and environment, and every finding of a complete one."""

    target: DriftTarget
    runs: tuple[DriftRun, ...]
    spans: tuple[FindingSpan, ...]


class History:
    """The past runs in a file. Several processes may use the same file; each method is one transaction.

    Every method raises LocalFileError if the file cannot be used, and says why.
    """

    timeout = LOCK_TIMEOUT_SECONDS
    """How many seconds a method waits for another process that writes to the file."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def prepare(self) -> None:
        """Create the file, or check that a run can be appended to it."""
        create_history(self.path, self.timeout)

    def append(self, run: DetailedRun) -> StateChange | None:
        """Append a run, and say what changed since the previous complete run of its target; None if there is none.

        The findings of a partial run are counted and not stored.
        """
        with open_history(self.path, self.timeout) as connection:
            target = target_id(connection, run.target)
            previous = _previous(connection, target, run.target)
            change = compare_runs(previous, run)
            number = _insert_run(connection, target, run)
            if run.complete:
                _store_findings(connection, target, number, change)
        return change if previous else None

    def previous(self, target: DriftTarget) -> DetailedRun | None:
        """Return the last complete run of a target with its findings."""
        with read_history_file(self.path, self.timeout) as connection:
            found = _find_target(connection, target)
            return None if found is None else _previous(connection, found, target)

    def contents(self, environment: str | None = None) -> tuple[TargetHistory, ...]:
        """Return everything, or only what is about one environment, in the order in which it was appended."""
        with read_history_file(self.path, self.timeout) as connection:
            targets = _targets(connection, environment)
            return tuple(
                TargetHistory(target, tuple(_runs(connection, number, target)), tuple(_spans(connection, number)))
                for number, target in targets
            )


def _targets(connection: sqlite3.Connection, environment: str | None) -> tuple[tuple[int, DriftTarget], ...]:
    rows = connection.execute("SELECT * FROM target ORDER BY environment, account_sid, region, host")
    found = ((int(each["id"]), _target_of(each)) for each in rows)
    return tuple(each for each in found if environment in (None, each[1].environment))


def _runs(connection: sqlite3.Connection, number: int, target: DriftTarget) -> Iterator[DriftRun]:
    for row in connection.execute("SELECT * FROM run WHERE target = ? ORDER BY id", (number,)):
        yield _run_of(row, target)


def _target_key(target: DriftTarget) -> tuple[str, ...]:
    return target.account_sid, target.environment or "", target.region or "", target.host


def _find_target(connection: sqlite3.Connection, target: DriftTarget) -> int | None:
    query = "SELECT id FROM target WHERE (account_sid, environment, region, host) = (?, ?, ?, ?)"
    found = connection.execute(query, _target_key(target)).fetchone()
    return None if found is None else int(found["id"])


def target_id(connection: sqlite3.Connection, target: DriftTarget) -> int:
    """Return the number of a target, which is added if there is none."""
    found = _find_target(connection, target)
    return _insert(connection, "target", _target_columns(target)) if found is None else found


def _target_columns(target: DriftTarget) -> dict[str, str]:
    return dict(zip(("account_sid", "environment", "region", "host"), _target_key(target), strict=True))


def _target_of(row: sqlite3.Row) -> DriftTarget:
    environment, region = row["environment"] or None, row["region"] or None
    named = {"account_sid": row["account_sid"], "environment": environment, "region": region, "host": row["host"]}
    return convert(named, DriftTarget)


def _insert(connection: sqlite3.Connection, table: str, columns: dict[str, Any]) -> int:
    names, values = ", ".join(columns), ", ".join("?" * len(columns))
    # the names of tables and columns are ours
    inserted = connection.execute(f"INSERT INTO {table} ({names}) VALUES ({values})", tuple(columns.values()))  # noqa: S608
    return int(inserted.lastrowid or 0)


def _insert_run(connection: sqlite3.Connection, target: int, run: DetailedRun) -> int:
    columns = {
        "target": target,
        "at": run.at.isoformat(),
        "seconds": run.seconds,
        "requests": run.requests,
        "complete": run.complete,
        "version": run.version,
        "git_commit": run.commit,
        "managed": run.managed,
        "live": run.live,
        "counts": json.dumps(dict(run.counts)),
    }
    return _insert(connection, "run", columns)


def _run_of(row: sqlite3.Row, target: DriftTarget) -> DriftRun:
    stored = convert({**dict(row), "counts": decode_json(row["counts"])}, _StoredRun)
    return DriftRun(
        at=_moment(stored.at),
        seconds=stored.seconds,
        requests=stored.requests,
        complete=bool(stored.complete),
        target=target,
        version=stored.version,
        commit=stored.git_commit,
        managed=stored.managed,
        live=stored.live,
        counts=stored.counts,
    )


def _moment(text: str) -> datetime:
    """Read a time. Raises ValueError, or OverflowError if it is out of range in UTC."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time has no time zone")
    return moment.astimezone(UTC)


def _previous(connection: sqlite3.Connection, target: int, named: DriftTarget) -> DetailedRun | None:
    query = "SELECT * FROM run WHERE target = ? AND complete ORDER BY id DESC LIMIT 1"
    row = connection.execute(query, (target,)).fetchone()
    if row is None:
        return None
    found = connection.execute("SELECT * FROM finding WHERE target = ? AND closed IS NULL ORDER BY id", (target,))
    return DetailedRun(**asdict(_run_of(row, named)), findings=tuple(map(finding_of, found)))


_EDIT = """
    UPDATE finding SET sort = ?, digest = ?, shown = ?, edited = ? WHERE target = ? AND identity = ? AND closed IS NULL
"""
_CLOSE = "UPDATE finding SET closed = ?, shown = '' WHERE target = ? AND identity = ? AND closed IS NULL"


def _store_findings(connection: sqlite3.Connection, target: int, run: int, change: StateChange) -> None:
    """Open what is new, update what was edited, and close what was repaired; what stays the same takes no write."""
    for each in change.new:
        columns = {"target": target, "identity": _key(each), **asdict(each), "opened": run, "edited": run}
        _insert(connection, "finding", columns)
    for each in change.edited:
        connection.execute(_EDIT, (each.sort, each.digest, each.shown, run, target, _key(each)))
    for each in change.repaired:
        connection.execute(_CLOSE, (run, target, _key(each)))


def _key(finding: DriftFinding) -> str:
    return json.dumps(finding.identity)


def _spans(connection: sqlite3.Connection, target: int) -> Iterator[FindingSpan]:
    query = """
        SELECT finding.*, first.at AS opened_at, last.at AS closed_at
        FROM finding JOIN run AS first ON first.id = opened LEFT JOIN run AS last ON last.id = closed
        WHERE finding.target = ? ORDER BY finding.id
    """
    for row in connection.execute(query, (target,)):
        opened, closed = row["opened_at"], row["closed_at"]
        yield FindingSpan(
            finding=finding_of(row),
            opened=_moment(opened),
            closed=_moment(closed) if closed else None,
        )


def finding_of(row: sqlite3.Row) -> DriftFinding:
    """Return the finding in a row."""
    return convert({name: row[name] for name in DriftFinding.__struct_fields__}, DriftFinding)
