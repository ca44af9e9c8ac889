"""Text that others wrote is shown and never obeyed."""

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.views.escaping import cells, harmless_json, printable, utf8_safe, width

HARMFUL = st.text(st.sampled_from("ab #:[]\x1b\x07\r\n\t\u202e\u2066\u200b\ufeff\u2028\x85\ud800é漢") | st.characters())
"""Mostly what a terminal or a runner would interpret."""


def github_obeys(line: str) -> bool:
    """Whether GitHub's runner finds a command: at the start of the line, or anywhere in the old form."""
    return line.lstrip().startswith("::") or "##[" in line


def azure_obeys(line: str) -> bool:
    """Whether Azure's agent finds a command, which may be anywhere in a line."""
    return re.search(r"##(vso)?\[", line, re.IGNORECASE) is not None


@given(HARMFUL)
def test_printable_text_is_one_harmless_line(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert not any(unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp") for each in shown)
    assert not github_obeys(shown)
    assert not azure_obeys(shown)


@given(st.text(st.characters(categories=("L", "N", "P"), exclude_characters="#:")))
def test_harmless_text_is_unchanged(text: str) -> None:
    assert printable(text) == text


@given(HARMFUL)
def test_each_character_has_its_cell(text: str) -> None:
    assert len(cells(text)) == len(text)
    assert "".join(cells(text)) == printable(text)


@given(HARMFUL)
def test_a_json_document_is_the_same_for_a_parser_and_harmless_for_a_runner(text: str) -> None:
    printed = harmless_json(json.dumps({"value": text}, indent=2))
    assert json.loads(printed) == {"value": text}
    assert not any(github_obeys(line) or azure_obeys(line) for line in printed.splitlines())


def test_a_lone_surrogate_is_escaped() -> None:
    assert utf8_safe("a\ud800b").encode() == b"a\\ud800b"


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("", 0), ("😀", 2)])
def test_width_counts_columns(text: str, columns: int) -> None:
    assert width(text) == columns
