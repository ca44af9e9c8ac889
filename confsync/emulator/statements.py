"""The store's SQL statements. Tables, columns and clauses come from the emulator's tables, never from a request."""

from functools import cache
from typing import Literal


@cache
def select_row(table: str, where: tuple[str, ...]) -> str:
    """Select the row with these columns."""
    return f"SELECT * FROM {table} WHERE {_all_equal(where)}"  # noqa: S608 — names from the emulator's tables


@cache
def count_rows(table: str, where: tuple[str, ...]) -> str:
    """Count the rows with these columns."""
    return f"SELECT count(*) FROM {table} WHERE {_all_equal(where)}"  # noqa: S608 — names from the emulator's tables


@cache
def insert_row(table: str, columns: tuple[str, ...]) -> str:
    """Insert a row."""
    placeholders = ", ".join("?" for _ in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({placeholders})"  # noqa: S608 — names from the emulator's tables


@cache
def update_rows(table: str, columns: tuple[str, ...], where: tuple[str, ...]) -> str:
    """Set columns of the rows that match."""
    changes = ", ".join(f"{column} = ?" for column in columns)
    return f"UPDATE {table} SET {changes} WHERE {_all_equal(where)}"  # noqa: S608 — names from the emulator's tables


@cache
def delete_rows(table: str, where: tuple[str, ...]) -> str:
    """Delete the rows with these columns."""
    return f"DELETE FROM {table} WHERE {_all_equal(where)}"  # noqa: S608 — names from the emulator's tables


@cache
def select_page(table: str, where: tuple[str, ...], clauses: tuple[str, ...], direction: Literal["up", "down"]) -> str:
    """Select the matching rows above or below an id, nearest first."""
    beyond, order = ("id > ?", "ASC") if direction == "up" else ("id < ?", "DESC")
    conditions = " AND ".join((_all_equal(where), *clauses, beyond))
    return f"SELECT * FROM {table} WHERE {conditions} ORDER BY id {order} LIMIT ?"  # noqa: S608 — as above


def _all_equal(columns: tuple[str, ...]) -> str:
    return " AND ".join(f"{column} = ?" for column in columns) or "1"
