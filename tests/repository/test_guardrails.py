"""Every guardrail stands in the documentation, with what lifts it."""

import re

from tests.repository.paths import ROOT

_RULE = re.compile(r'\bGuardrail\(\s*(?:"([a-z]+)"|([A-Z]+)\b)')


def test_every_guardrail_is_documented() -> None:
    """A guardrail that nobody can look up is an error message without a way out."""
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "confsync").rglob("*.py"))
    page = (ROOT / "docs/safety.md").read_text("utf-8")
    told = page.partition("## What stands in the way")[2].partition("\n## ")[0]
    rules = {literal or _meant(constant, sources) for literal, constant in _RULE.findall(sources)}
    assert len(rules) > 10
    assert rules == set(re.findall(r"^\| `([a-z]+)` \|", told, re.MULTILINE))


def _meant(constant: str, sources: str) -> str:
    found = re.search(rf'^{constant} = "([a-z]+)"$', sources, re.MULTILINE)
    assert found, constant
    return found[1]
