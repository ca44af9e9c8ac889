"""The numbers of requests are in two modules: timeouts and limits, and the retry policy."""

import ast

import pytest

from confsync.twilio import limits, retry_policy
from tests.repository.paths import ROOT
from tests.repository.sources import python_files, shown, tree_of

NEUTRAL = {0.0, 1.0, 2.0, 1e9}
"""The empty value, a second, doubling, and the end of time."""


MODULES = {"limits.py", "retry_policy.py"}


def numbers() -> set[str]:
    return {
        name
        for module in (limits, retry_policy)
        for name, value in vars(module).items()
        if isinstance(value, int | float)
    }


def test_no_other_module_that_sends_or_waits_contains_a_number_of_seconds() -> None:
    modules = [each for each in python_files("confsync/twilio", "confsync/apply") if each.name not in MODULES]
    assert len(modules) > 20
    found = [
        f"{shown(path)}:{node.lineno} {node.value}"
        for path in modules
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value not in NEUTRAL
    ]
    assert found == []


@pytest.mark.parametrize("name", sorted(numbers()))
def test_only_one_module_defines_a_number(name: str) -> None:
    defined = [
        path.name
        for path in python_files("confsync")
        for node in tree_of(path).body
        if isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id == name for each in node.targets)
    ]
    assert len(defined) == 1
    assert MODULES.issuperset(defined)


def test_the_looks_begin_at_once_and_never_go_back() -> None:
    assert retry_policy.LOOKS[0] == 0
    assert list(retry_policy.LOOKS) == sorted(retry_policy.LOOKS)


@pytest.mark.parametrize("page", ["failures", "requests"])
def test_the_documentation_says_how_many_requests_run_at_once_at_first(page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text()
    assert [line for line in text.splitlines() if f" {limits.FIRST_LIMIT} " in line and "--parallelism" in line]
