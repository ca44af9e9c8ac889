"""The SQL that the store speaks. Tables and columns come from the emulator's own tables, never from a request."""

from functools import cache
from typing import Literal


@cache
def find(table: str, where: tuple[str, ...]) -> str:
    """Select the row with these columns."""
    return f"SELECT * FROM {table} WHERE {_all_equal(where)}"  # noqa: S608 — names from our own tables


@cache
def insert(table: str, columns: tuple[str, ...]) -> str:
    """Add a row."""
    marks = ", ".join("?" for _ in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 — names from our own tables


@cache
def change(table: str, columns: tuple[str, ...], where: tuple[str, ...]) -> str:
    """Set columns of the rows that have others."""
    changes = ", ".join(f"{column} = ?" for column in columns)
    return f"UPDATE {table} SET {changes} WHERE {_all_equal(where)}"  # noqa: S608 — names from our own tables


@cache
def delete(table: str, where: tuple[str, ...]) -> str:
    """Remove the rows that have these columns."""
    return f"DELETE FROM {table} WHERE {_all_equal(where)}"  # noqa: S608 — names from our own tables


@cache
def page(table: str, where: tuple[str, ...], side: Literal["after", "before"]) -> str:
    """Select the rows that have these columns and lie on one side of an id, nearest first."""
    beyond, order = ("id > ?", "ASC") if side == "after" else ("id < ?", "DESC")
    return f"SELECT * FROM {table} WHERE {_all_equal(where)} AND {beyond} ORDER BY id {order} LIMIT ?"  # noqa: S608 — names from our own tables


def _all_equal(columns: tuple[str, ...]) -> str:
    return " AND ".join(f"{column} = ?" for column in columns)
