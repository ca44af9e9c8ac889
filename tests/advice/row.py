"""A row of the advice test: the advice that a scenario provokes and follows."""

from collections.abc import Callable
from typing import NamedTuple

from tests.advice.desk import Desk

Scenario = Callable[[Desk], None]


class Row(NamedTuple):
    """Templates of advice, and the scenario that gets each of them and does what it says."""

    templates: tuple[str, ...]
    follow: Scenario


ROWS: list[Row] = []


def advice(*templates: str) -> Callable[[Scenario], Scenario]:
    """Add a row."""

    def add(follow: Scenario) -> Scenario:
        ROWS.append(Row(templates, follow))
        return follow

    return add
