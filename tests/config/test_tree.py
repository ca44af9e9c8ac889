"""Diagnostics made from the tree, and what they never show."""

from confsync.config.codes import Code
from confsync.config.tree import File, error_at, plain_value, warning_at
from confsync.diagnostics import Diagnostic
from tests.config.reading import SUPPORT, ios, tree


def test_an_error_is_at_a_value_or_at_its_key() -> None:
    entry = ios().items["type"]
    at_key, at_value = error_at(entry, Code.EMPTY, "k"), error_at(entry.node, Code.EMPTY, "v", "way out")
    assert [str(each.range.start) for each in (at_key, at_value) if each.range] == ["a.yaml:3:11", "a.yaml:3:17"]
    assert at_value == Diagnostic("error", "CS1017", "v", "way out", entry.node.range, SUPPORT.splitlines()[2])


def test_a_warning_is_a_warning() -> None:
    assert warning_at(ios(), Code.EMPTY, "w").severity == "warning"


def test_a_line_that_does_not_exist_is_not_shown() -> None:
    assert File("a.yaml", b"a: 1\n").snippet(9) is None


def test_a_repr_does_not_hold_the_whole_file() -> None:
    assert "hunter2" not in repr(File("a.yaml", SUPPORT.encode()))


def test_plain_value_returns_ordinary_values() -> None:
    assert plain_value(tree("a: [1, {b: null}]\nc: x\n")) == {"a": [1, {"b": None}], "c": "x"}


def test_every_code_has_its_own_meaning() -> None:
    assert len({code.meaning for code in Code}) == len(Code)
    assert all(len(code) == len("CS0000") for code in Code)
    assert list(Code) == sorted(Code)
