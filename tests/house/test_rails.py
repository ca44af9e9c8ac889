"""Every rail stands in the documentation, with what lifts it."""

import re

from tests.house.places import ROOT

_RULE = re.compile(r'\bRail\(\s*"([a-z]+)"')


def test_every_rail_is_documented() -> None:
    """A rail that nobody can look up is an error message without a way out."""
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "confsync").rglob("*.py"))
    page = (ROOT / "docs/safety.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `([a-z]+)` \|", page.partition("## What stands in the way")[2], re.MULTILINE))
    rules = set(_RULE.findall(sources))
    assert len(rules) > 10
    assert rules == documented
