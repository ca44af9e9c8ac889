"""One reason why a plan cannot be applied."""

from msgspec import Struct

from confsync.diagnostics import Position
from confsync.names import Address
from confsync.plan.guardrail_rules import GuardrailRule


class Guardrail(Struct, frozen=True):
    """One reason why a plan cannot be applied.

    `override` is what a person types to allow it; it is empty where nothing does. `source` is the line that asks for
    what is blocked, if there is one.
    """

    rule: GuardrailRule
    addresses: tuple[Address, ...]
    text: str
    override: str = ""
    source: Position | None = None

    @property
    def stale(self) -> bool:
        """Whether the plan is older than what is live (exit 7), rather than refused (exit 8)."""
        return self.rule is GuardrailRule.ROLLBACK
