"""Diagnostics as text, with the mark right under what is wrong."""

import pytest

from confsync.diagnostics import Diagnostic, Position, Range
from confsync.views.diagnostics_text import diagnostics_as_text


def at(line: int, start: int, end: int, snippet: str | None, detail: str = "") -> str:
    place = Range(Position("a.yaml", line, start), line, end)
    return diagnostics_as_text([Diagnostic("error", "CS2003", "unknown key", detail, place, snippet)])


def test_a_diagnostic_shows_its_line_with_the_hint_beside_the_mark() -> None:
    place = Range(Position("services/support.yaml", 14, 7), 14, 17)
    mistake = Diagnostic(
        "error",
        "CS2003",
        "unknown key 'permisions' in role",
        "did you mean 'permissions'?",
        place,
        "      permisions: [sendMessage]",
    )
    assert diagnostics_as_text([mistake]).splitlines() == [
        "error[CS2003]: unknown key 'permisions' in role",
        "  --> services/support.yaml:14:7",
        "   |",
        "14 |       permisions: [sendMessage]",
        "   |       ^^^^^^^^^^ did you mean 'permissions'?",
    ]


@pytest.mark.parametrize(
    ("snippet", "start", "end", "shown"),
    [
        ("a: bcd", 4, 7, ["1 | a: bcd", "  |    ^^^"]),
        ("日本: x", 5, 6, ["1 | 日本: x", "  |       ^"]),
        ("a: 日本", 4, 6, ["1 | a: 日本", "  |    ^^^^"]),
        ("\ta: x", 5, 6, ["1 |     a: x", "  |        ^"]),
        ("e\u0301: x", 5, 6, ["1 | e\u0301: x", "  |    ^"]),
        ("a\x1b: x", 5, 6, ["1 | a\\x1b: x", "  |        ^"]),
        ("a:", 3, 3, ["1 | a:", "  |   ^"]),
    ],
)
def test_the_mark_is_under_the_range_whatever_precedes_it(snippet: str, start: int, end: int, shown: list[str]) -> None:
    assert at(1, start, end, snippet).splitlines()[3:] == shown


def test_a_range_of_several_lines_is_marked_to_the_end_of_the_first() -> None:
    place = Range(Position("a.yaml", 1, 4), 3, 2)
    text = diagnostics_as_text([Diagnostic("warning", "CS1017", "odd", "", place, "a: |x")])
    assert text.splitlines()[-1] == "  |    ^^"


def test_a_hidden_line_still_has_its_position() -> None:
    assert at(1, 4, 9, None, "write a reference").splitlines()[1:] == [" --> a.yaml:1:4", "  = write a reference"]


def test_a_diagnostic_without_a_position_is_shown() -> None:
    mistake = Diagnostic("error", "CS3004", "--var x: no such variable is declared", "declare it")
    assert diagnostics_as_text([mistake]) == "error[CS3004]: --var x: no such variable is declared\n  = declare it\n"


def test_no_diagnostics_are_an_empty_text() -> None:
    assert diagnostics_as_text([]) == ""
