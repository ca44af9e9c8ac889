"""All rows."""

from typing import NamedTuple


class Row(NamedTuple):
    templates: tuple[str, ...]


ROWS: tuple[Row, ...] = ()
