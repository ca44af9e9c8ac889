"""The numbers of requests are in two modules: timeouts and limits, and the retry policy."""

import ast

import pytest

from confsync.twilio import limits, retry_policy
from tests.repository.paths import ROOT
from tests.repository.sources import python_files, shown, tree_of

NEUTRAL = {0.0, 1.0, 2.0, 1e9}
"""The empty value, a second, doubling, and the end of time."""


MODULES = {"confsync/twilio/limits.py", "confsync/twilio/retry_policy.py"}


def numbers() -> set[str]:
    return {
        name
        for module in (limits, retry_policy)
        for name, value in vars(module).items()
        if isinstance(value, int | float)
    }


def test_no_other_module_that_sends_or_waits_contains_a_number_of_seconds() -> None:
    modules = [each for each in python_files("confsync/twilio", "confsync/apply") if shown(each) not in MODULES]
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
        shown(path)
        for path in python_files("confsync")
        if name in path.read_text("utf-8")
        for node in tree_of(path).body
        if isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id == name for each in node.targets)
    ]
    assert len(defined) == 1
    assert MODULES.issuperset(defined)


def test_the_looks_begin_at_once_and_never_go_back() -> None:
    assert retry_policy.LOOKS[0] == 0
    assert list(retry_policy.LOOKS) == sorted(retry_policy.LOOKS)


_FIRST, *_LOOKS = retry_policy.LOOKS
LOOKS = f"{', '.join(f'{each:g}' for each in _LOOKS[:-1])} and {_LOOKS[-1]:g} seconds"
DOUBLED = [
    min(retry_policy.FIRST_PAUSE * 2**n, retry_policy.LONGEST_PAUSE) for n in range(1, retry_policy.MAX_ATTEMPTS - 1)
]
WORDS = {3: "three", 5: "five"}


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        (
            "failures",
            f"| {WORDS[retry_policy.MAX_ATTEMPTS]}, or {WORDS[retry_policy.MAX_HOST_LOOKUPS]} if the hostname",
        ),
        (
            "failures",
            f"at most {retry_policy.FIRST_PAUSE:g} seconds before the first retry, and at most {DOUBLED[0]:g},",
        ),
        ("failures", f"{', '.join(f'{each:g}' for each in DOUBLED[:-1])} and {DOUBLED[-1]:g} seconds before"),
        ("failures", f"{retry_policy.LONGEST_RETRY_AFTER:g} seconds. If Twilio asks for a longer delay"),
        ("failures", f"a budget of {retry_policy.RETRIES_PER_RUN:g} retries"),
        ("failures", f"Every {WORDS[round(1 / retry_policy.RETRIES_EARNED_BY_SUCCESS)]} successful requests"),
        ("failures", f"one at a time, and at most {limits.WRITES_PER_SECOND} per second"),
        ("failures", f"immediately, and again after {LOOKS}"),
        ("concurrent-changes", f"again {LOOKS} after the first read"),
    ],
)
def test_the_documentation_has_the_numbers_of_the_code(page: str, sentence: str) -> None:
    assert sentence in " ".join((ROOT / "docs" / f"{page}.md").read_text().split())


@pytest.mark.parametrize("page", ["failures", "requests"])
def test_the_documentation_says_how_many_requests_run_at_once_at_first(page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text()
    assert [line for line in text.splitlines() if f" {limits.FIRST_LIMIT} " in line and "--parallelism" in line]
