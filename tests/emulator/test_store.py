"""The store: durability, concurrency, unusable files and indexes."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from confsync.emulator import statements
from confsync.emulator.emulator import Emulator
from confsync.emulator.parameter_types import JsonObjectList
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import ResourceSpec, snake_case
from confsync.emulator.tables import resource_specs
from confsync.errors import LocalFileError
from tests.emulator.client import FORM, Client, basic

SERVE = """
import sys
from pathlib import Path
from confsync.emulator.emulator import Emulator
from confsync.emulator.server import serve
with Emulator(db=Path(sys.argv[1])) as emulator:
    serve(emulator, 0, lambda url: print(url, flush=True))
"""

WRITE = """
import sys
from pathlib import Path
from confsync.emulator.emulator import Emulator
from tests.emulator.client import Client
with Emulator(db=Path(sys.argv[1])) as emulator:
    for number in range(20):
        Client(emulator).made("/Services", {"FriendlyName": f"{sys.argv[2]} {number}"})
"""


def served(db: Path) -> "subprocess.Popen[str]":
    """Start a server in a separate process."""
    return subprocess.Popen([sys.executable, "-c", SERVE, str(db)], stdout=subprocess.PIPE, text=True)


def names(db: Path) -> list[str]:
    """Return the services in a database, apart from the default one."""
    with Emulator(db=db) as emulator:
        services = Client(emulator).get("/Services", "PageSize=100").body["services"]
    return [each["friendly_name"] for each in services][1:]


def test_the_next_process_reads_what_the_last_one_wrote(tmp_path: Path) -> None:
    db = tmp_path / "account.db"
    with Emulator(db=db) as emulator:
        Client(emulator).made("/Services", {"FriendlyName": "support"})
    assert names(db) == ["support"]


def test_a_killed_server_loses_no_acknowledged_write(tmp_path: Path) -> None:
    db = tmp_path / "account.db"
    with served(db) as server:
        assert server.stdout is not None
        connection = HTTPConnection(server.stdout.readline().strip().removeprefix("http://"))
        headers = {"Authorization": basic("AC" + "a" * 32, "emulatortoken"), "Content-Type": FORM}
        for number in range(25):
            connection.request("POST", "/v1/Services", f"FriendlyName={number}", headers)
            response = connection.getresponse()
            assert (response.status, bool(response.read())) == (201, True)
        server.kill()
        server.wait(10)
        connection.close()
    assert names(db) == [str(number) for number in range(25)]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_server_cleanly(tmp_path: Path, how: signal.Signals) -> None:
    with served(tmp_path / "account.db") as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("http://127.0.0.1:")
        os.kill(server.pid, how)
        assert server.wait(10) == 0


def test_concurrent_threads_lose_no_writes(emulator: Emulator) -> None:
    client = Client(emulator)

    def write(number: int) -> str:
        return client.made("/Services", {"FriendlyName": str(number)})

    with ThreadPoolExecutor(8) as pool:
        sids = set(pool.map(write, range(60)))
    assert len(sids) == 60
    assert {each["sid"] for each in client.get("/Services", "PageSize=100").body["services"]} >= sids


def test_concurrent_processes_lose_no_writes(tmp_path: Path) -> None:
    db = tmp_path / "account.db"
    writers = [subprocess.Popen([sys.executable, "-c", WRITE, str(db), name]) for name in ("a", "b", "c")]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert sorted(names(db)) == sorted(f"{name} {number}" for name in "abc" for number in range(20))
    with sqlite3.connect(db) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM account").fetchone() == (1,)
    connection.close()


def test_two_accounts_in_one_file_are_isolated(tmp_path: Path) -> None:
    db, other = tmp_path / "account.db", "AC" + "b" * 32
    with Emulator(db=db) as first, Emulator(db=db, account_sid=other) as second:
        service = "/Services/" + Client(first).made("/Services", {"FriendlyName": "support"})
        stranger = Client(second, other)
        assert stranger.get(service).error == (404, 20404)
        assert len(stranger.get("/Services").body["services"]) == 1


def make_future(db: Path) -> None:
    with Emulator(db=db):
        pass
    connection = sqlite3.connect(db)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def make_past(db: Path) -> None:
    with Emulator(db=db):
        pass
    connection = sqlite3.connect(db)
    connection.execute("PRAGMA user_version = 1")
    connection.close()


def make_foreign(db: Path) -> None:
    connection = sqlite3.connect(db)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()


def make_text(db: Path) -> None:
    db.write_text("not a database " * 100)


@pytest.mark.parametrize(
    ("corrupt", "why"),
    [
        pytest.param(make_future, "schema version 99", id="a newer schema"),
        pytest.param(make_past, "schema version 1", id="an older schema"),
        pytest.param(make_foreign, "another program's database", id="another program's database"),
        pytest.param(make_text, "not a database", id="a text file"),
        pytest.param(Path.mkdir, "unable to open", id="a folder"),
    ],
)
def test_an_unusable_file_is_an_error(tmp_path: Path, corrupt: Callable[[Path], None], why: str) -> None:
    db = tmp_path / "account.db"
    corrupt(db)
    with pytest.raises(LocalFileError, match=why) as problem:
        Emulator(db=db)
    assert "--db" in problem.value.hint


def test_the_schema_has_every_column_that_the_tables_write(tmp_path: Path) -> None:
    with Emulator(db=tmp_path / "account.db"):
        connection = sqlite3.connect(tmp_path / "account.db")
        for spec in resource_specs(EmulatorSettings()):
            columns = {row[1] for row in connection.execute(f"PRAGMA table_info({spec.stored_in})")}
            kept = [each for each in spec.parameters if not isinstance(each.type, JsonObjectList)]
            assert columns >= {each.column for each in kept}, spec.name
        connection.close()


def columns_above(spec: ResourceSpec) -> tuple[str, ...]:
    """Return the columns of the parents in a path."""
    named = [snake_case(segment[1:-1]) for segment in spec.paths[0].split("/") if segment.startswith("{")]
    return ("account_sid", *named)


def plan(connection: sqlite3.Connection, statement: str) -> str:
    """Return SQLite's query plan for a statement."""
    values = [""] * statement.count("?")
    return "; ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values))


@pytest.mark.parametrize(
    "spec", [pytest.param(spec, id=spec.name) for spec in resource_specs(EmulatorSettings()) if spec.list_key]
)
def test_every_query_uses_an_index(tmp_path: Path, spec: ResourceSpec) -> None:
    with Emulator(db=tmp_path / "account.db"):
        pass
    above = columns_above(spec)
    clauses = [()] + [(each.clause,) for each in spec.filters if each.clause]
    asked = [statements.select_page(spec.read_from, above, each, "up") for each in clauses[spec.needs_one_filter :]]
    if "fetch" in spec.operations:
        asked += [
            statements.select_row(spec.read_from, (*above, name)) for name in (spec.key, spec.alternate_key) if name
        ]
    connection = sqlite3.connect(tmp_path / "account.db")
    plans = [plan(connection, each) for each in asked]
    connection.close()
    assert [each for each in plans if "USING" not in each.partition(";")[0] or "PRIMARY KEY" in each] == []
    assert not any("SCAN" in each.replace("SCAN json_each", "") for each in plans)
