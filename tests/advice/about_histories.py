"""Scenarios: the file with the past runs of `drift`."""

import sqlite3
from contextlib import closing

from confsync.history.history import History
from tests.advice.desk import Desk
from tests.advice.row import advice

EMPTY = "version: 1\n"


def execute(desk: Desk, statement: str) -> None:
    """Change the file as no version of confsync that is known here does."""
    with closing(sqlite3.connect(desk.folder / "history.db")) as connection:
        connection.execute(statement)


@advice(
    "{}, or name another file with --history, then run it again.",
    "name another file with --history, then run it again.",
)
def a_history_that_is_no_file(desk: Desk) -> None:
    desk.write(EMPTY)
    assert desk.failed("drift --history no/such.db", code=11).startswith("Create the folder no, or")
    (desk.folder / "no").mkdir()
    desk.done("drift --history no/such.db")
    desk.write("notes " * 100, "notes.txt")
    desk.failed("drift --history notes.txt", code=11)
    desk.done("drift --history history.db")


@advice("upgrade confsync, or name another file with --history.")
def a_history_of_a_newer_version(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.done("drift --history history.db")
    execute(desk, "PRAGMA user_version = 99")
    desk.failed("drift --history history.db", code=11)
    desk.done("drift --history another.db")


@advice("move {} away: the next run starts a new history.")
def a_corrupt_history(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.done("drift --history history.db")
    content = (desk.folder / "history.db").read_bytes()
    (desk.folder / "history.db").write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    desk.failed("drift --history history.db", code=11)
    (desk.folder / "history.db").rename(desk.folder / "old.db")
    desk.done("drift --history history.db")


@advice("wait until it has finished, then run it again.")
def a_history_that_another_process_writes(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.done("drift --history history.db")
    desk.monkeypatch.setattr(History, "timeout", 0.01)
    with closing(sqlite3.connect(desk.folder / "history.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        desk.failed("drift --history history.db", code=11)
    desk.done("drift --history history.db")


@advice("record a run first: `confsync drift --history {}`.")
def a_report_without_a_history(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.follow(desk.failed("drift --history past.db --report", code=11))
    assert "after 1 run." in desk.done("drift --history past.db --report --format text").out


@advice("add --history FILE, the file that `confsync drift --history FILE` recorded runs in.")
def a_report_of_no_history(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.failed("drift --report", code=3)
    desk.done("drift --history past.db")
    desk.done("drift --report --history past.db")


@advice("choose another format, or remove it: a report can be text, json, markdown, github, html.")
def a_report_as_tests(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.done("drift --history past.db")
    desk.failed("drift --report --history past.db --format junit", code=3)
    desk.done("drift --report --history past.db --format markdown")
    desk.done("drift --report --history past.db")


@advice("remove -e.")
def a_report_of_an_environment_without_environments(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.done("drift --history past.db")
    desk.failed("drift --report --history past.db -e prod", code=3)
    desk.done("drift --report --history past.db")
