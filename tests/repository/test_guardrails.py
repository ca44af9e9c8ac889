"""Every guardrail is documented and found by some check, and every override has a value for a plan."""

from confsync.plan.guardrails import OVERRIDES, GuardrailRule
from confsync.plan.intent import Overrides
from tests.repository.paths import ROOT


def test_every_guardrail_is_documented() -> None:
    """The table in docs/guardrails.md says when each guardrail triggers and what overrides it."""
    page = (ROOT / "docs/guardrails.md").read_text("utf-8")
    for rule in GuardrailRule:
        assert f"| `{rule}` | {rule.when} | {rule.overridden_by} |" in page.splitlines()


def test_every_guardrail_is_checked() -> None:
    """A rule that no check ever finds protects nothing."""
    sources = "".join(squeezed(path.read_text("utf-8")) for path in (ROOT / "confsync").rglob("*.py"))
    assert [rule for rule in GuardrailRule if f"Guardrail(GuardrailRule.{rule.name}," not in sources] == []


def squeezed(text: str) -> str:
    """Remove the line breaks and the indentation, so that a call looks the same on one line and on several."""
    return "".join(line.strip() for line in text.splitlines())


def test_every_override_has_a_value_for_a_plan() -> None:
    """A flag without a field would be read and then ignored."""
    assert Overrides.__struct_fields__ == tuple(override.name for override in OVERRIDES)
