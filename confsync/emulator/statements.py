"""The SQL that the store speaks. Tables, columns and clauses come from our own tables, never from a request."""

from functools import cache
from typing import Literal


@cache
def find(table: str, where: tuple[str, ...]) -> str:
    """Select the row with these columns."""
    return f"SELECT * FROM {table} WHERE {_all_equal(where)}"  # noqa: S608 — names from our own tables


@cache
def count(table: str, where: tuple[str, ...]) -> str:
    """Count the rows with these columns."""
    return f"SELECT count(*) FROM {table} WHERE {_all_equal(where)}"  # noqa: S608 — names from our own tables


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
def page(table: str, where: tuple[str, ...], clauses: tuple[str, ...], direction: Literal["up", "down"]) -> str:
    """Select the rows that have these columns, meet the clauses and lie above or below an id, nearest first."""
    beyond, order = ("id > ?", "ASC") if direction == "up" else ("id < ?", "DESC")
    conditions = " AND ".join((_all_equal(where), *clauses, beyond))
    return f"SELECT * FROM {table} WHERE {conditions} ORDER BY id {order} LIMIT ?"  # noqa: S608 — names from our own tables


def _all_equal(columns: tuple[str, ...]) -> str:
    return " AND ".join(f"{column} = ?" for column in columns)
