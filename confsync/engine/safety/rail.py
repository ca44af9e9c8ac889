"""One reason not to apply."""

from dataclasses import dataclass

from confsync.diagnostics import Position
from confsync.names import Address


@dataclass(frozen=True, slots=True)
class Rail:
    """One reason not to apply. `lifted_by` is what a person types, empty where nothing lifts it.

    `source` is the line that asks for what it stops, where there is one.
    """

    rule: str
    addresses: tuple[Address, ...]
    text: str
    lifted_by: str = ""
    source: Position | None = None

    @property
    def stale(self) -> bool:
        """Whether what it stops is older than what is live, rather than refused."""
        return self.rule == ROLLBACK


ROLLBACK = "rollback"
"""The rule of what would put an older configuration over a newer one."""
