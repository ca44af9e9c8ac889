"""A row of the advice test: the advice that a scenario provokes and follows."""

import re
from collections.abc import Callable
from typing import NamedTuple

from tests.advice.desk import Desk
from tests.advice.selection import EMULATOR, Selection

Scenario = Callable[[Desk], None]

COMMAND = re.compile(r"`(?:confsync |\{\}`)")
"""A command of confsync in a template, or a snippet that may be one."""


class Row(NamedTuple):
    """Templates of advice, and the scenario that gets each of them and does what it says.

    `most` is as much as its commands can select: a scenario may have environments of its own, or be about what the
    emulator does not have.
    """

    templates: tuple[str, ...]
    follow: Scenario
    most: Selection

    @property
    def has_commands(self) -> bool:
        """Whether any of the advice may contain a command."""
        return any(map(COMMAND.search, self.templates))


ROWS: list[Row] = []


def advice(*templates: str, most: Selection = EMULATOR) -> Callable[[Scenario], Scenario]:
    """Add a row."""

    def add(follow: Scenario) -> Scenario:
        ROWS.append(Row(templates, follow, most))
        return follow

    return add
