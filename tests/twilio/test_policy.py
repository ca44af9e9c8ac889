"""The numbers of the policy for requests are in one module."""

import ast

import pytest

from confsync.twilio import policy
from tests.repository.paths import ROOT
from tests.repository.sources import python_files, shown, tree_of

NEUTRAL = {0.0, 1.0, 2.0, 1e9}
"""The empty value, a second, doubling, and the end of time."""


def numbers() -> dict[str, float]:
    return {name: value for name, value in vars(policy).items() if isinstance(value, int | float)}


def test_no_other_module_that_sends_or_waits_contains_a_number_of_seconds() -> None:
    modules = [each for each in python_files("confsync/twilio", "confsync/apply") if each.name != "policy.py"]
    assert len(modules) > 20
    found = [
        f"{shown(path)}:{node.lineno} {node.value}"
        for path in modules
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value not in NEUTRAL
    ]
    assert found == []


@pytest.mark.parametrize("name", sorted(numbers()))
def test_no_other_module_defines_a_number_of_the_policy_again(name: str) -> None:
    defined = [
        shown(path)
        for path in python_files("confsync")
        for node in tree_of(path).body
        if isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id == name for each in node.targets)
    ]
    assert defined == ["confsync/twilio/policy.py"]


def test_the_looks_begin_at_once_and_never_go_back() -> None:
    assert policy.LOOKS[0] == 0
    assert list(policy.LOOKS) == sorted(policy.LOOKS)


@pytest.mark.parametrize("page", ["failures", "performance"])
def test_the_documentation_says_how_many_requests_run_at_once_at_first(page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text()
    assert [line for line in text.splitlines() if f" {policy.FIRST_LIMIT} " in line and "--parallelism" in line]
