"""docs/limits.md tells of every trap, and names real tests; one that belongs nowhere else stands here."""

import ast
import re
from functools import cache

import pytest

from tests.harness import Harness, change_lines
from tests.repository.paths import DOCS, ROOT

PAGE = (DOCS / "limits.md").read_text("utf-8")
TRAPS = 25


@cache
def names_in(path: str) -> frozenset[str]:
    """The tests of one file."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))


def items() -> list[str]:
    """What the page says of each trap."""
    return re.split(r"^\d+\. ", PAGE.partition("\n## ")[0], flags=re.MULTILINE)[1:]


def test_every_trap_has_its_number_and_says_how_it_is_handled_or_that_it_is_a_limit() -> None:
    assert re.findall(r"^(\d+)\. \*\*", PAGE, re.MULTILINE) == [str(number) for number in range(1, TRAPS + 1)]
    for item in items():
        assert "`tests/" in item or "Limit:" in item, item


@pytest.mark.parametrize("named", re.findall(r"`(tests/[^`]+)`", PAGE))
def test_every_test_that_the_page_names_exists(named: str) -> None:
    path, _, name = named.partition("::")

    assert name in names_in(path)


def test_twilios_own_notification_text_is_a_change_where_none_was_set(harness: Harness) -> None:
    text = "version: 1\nservices: {desk: {%s}}\n"
    harness.apply(text % "")

    own = 'notifications: {new_message: {template: "${CONVERSATION}:${PARTICIPANT}: ${MESSAGE}"}}'

    assert change_lines(harness.plan(text % own)) == [
        "update services/desk/notifications new_message.template:None->${CONVERSATION}:${PARTICIPANT}: ${MESSAGE}"
    ]
