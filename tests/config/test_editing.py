"""Entries written into a file of the configuration, of which every other byte stays as it was."""

from itertools import product
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from confsync.config.tree import plain_value
from confsync.config.writing.editing import Put, append_item, edit_file, set_entry
from confsync.config.yaml import parse_yaml
from confsync.errors import UsageError
from tests.config.reading import file, lines

SID = "IS" + "a" * 32


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("version: 1 # one\n", "version: 1 # one\nadopt:\n  services/a: SID\n"),
        ("adopt:\n    b/c: X # why\n\nz: 1\n", "adopt:\n    b/c: X # why\n    services/a: SID\n\nz: 1\n"),
        ("adopt: { b/c: X }  # why\n", "adopt: { b/c: X, services/a: SID }  # why\n"),
        ("adopt: {}\n", "adopt: {services/a: SID}\n"),
        ("adopt: {services/a: OLD} # why\n", "adopt: {services/a: SID} # why\n"),
        ("version: 1\r\n", "version: 1\r\nadopt:\r\n  services/a: SID\r\n"),
        ("version: 1", "version: 1\nadopt:\n  services/a: SID"),
        ("version: 1\r\nx: 1", "version: 1\r\nx: 1\r\nadopt:\r\n  services/a: SID"),
        ("\ufeffadopt: {b/c: X}\n", "\ufeffadopt: {b/c: X, services/a: SID}\n"),
        ("\ufeff{version: 1}\n", "\ufeff{version: 1, adopt: {services/a: SID}}\n"),
        ("adopt: {\n  b/c: X,\n}\n", "adopt: {\n  b/c: X,\n  services/a: SID,\n}\n"),
        ("adopt: {\n  b/c: X # why\n}\n", "adopt: {\n  b/c: X, # why\n  services/a: SID\n}\n"),
        ("adopt: {b/c: X # why\n  }\n", "adopt: {b/c: X, services/a: SID # why\n  }\n"),
        ("adopt: { # none\n}\n", "adopt: {services/a: SID  # none\n}\n"),
        ("adopt:\n  services/a: |\n    OLD\nz: 1\n", "adopt:\n  services/a: SID\nz: 1\n"),
        ("adopt:\n  services/a: 'OLD\n    X'\nz: 1\n", "adopt:\n  services/a: 'SID'\nz: 1\n"),
        ("z: {a: 1,\n  b: 2\n}\n", "z: {a: 1,\n  b: 2\n}\nadopt:\n  services/a: SID\n"),
        ("z: [a,\n  b]\n# end\n", "z: [a,\n  b]\nadopt:\n  services/a: SID\n# end\n"),
        ("z: |+\n  a\n\n\n", "z: |+\n  a\n\n\nadopt:\n  services/a: SID\n"),
        ("z: |\n  a\n  # b\n# c\n", "z: |\n  a\n  # b\nadopt:\n  services/a: SID\n# c\n"),
        ("version: 1\n   \n\n", "version: 1\nadopt:\n  services/a: SID\n   \n\n"),
        ("version: 1\n...\n", "version: 1\nadopt:\n  services/a: SID\n...\n"),
        ("  version: 1\n", "  version: 1\n  adopt:\n    services/a: SID\n"),
        ("? adopt\n: b/c: X\n", "? adopt\n: b/c: X\n  services/a: SID\n"),
    ],
)
def test_an_adoption_is_written_beside_its_neighbours(text: str, after: str) -> None:
    assert set_entry(file(text.encode()), ("adopt",), {"services/a": SID}) == after.replace("SID", SID)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (
            "environments:\n  dev: {account_sid: A}\n",
            "environments:\n  dev: {account_sid: A, forget: [services/a]}\n",
        ),
        (
            "environments:\n  dev:\n    account_sid: A\n  prod: {}\n",
            "environments:\n  dev:\n    account_sid: A\n    forget:\n      - services/a\n  prod: {}\n",
        ),
        (
            "environments:\n  dev:\n    forget:\n    - services/b # gone\n",
            "environments:\n  dev:\n    forget:\n    - services/b # gone\n    - services/a\n",
        ),
    ],
)
def test_what_is_forgotten_is_written_into_its_environment(text: str, after: str) -> None:
    assert append_item(file(text), ("environments", "dev", "forget"), "services/a") == after


@pytest.mark.parametrize(
    "text",
    [
        "forget: {}\n",
        "forget: null\n",
        "forget: no list\n",
        "environments: {}\n",
        "forget:\n- [a,\n   b\n",
        "z: |\n  a line that has no end yet, and would get one",
    ],
)
def test_what_cannot_be_added_to_is_left_as_it_is(text: str) -> None:
    path = ("environments", "dev", "forget") if "environments" in text else ("forget",)
    with pytest.raises(UsageError, match="cannot be edited"):
        append_item(file(text.encode()), path, "services/a")


def test_several_are_written_at_once_and_what_is_there_is_not_written_again() -> None:
    text = "adopt:\n  b: X # why\n  services/c: OLD\nz: 1\n"
    after = set_entry(file(text), ("adopt",), {"b": "X", "services/a": SID, "services/c": "NEW", "d": "Z"})
    assert after == f"adopt:\n  b: X # why\n  services/c: NEW\n  services/a: {SID}\n  d: Z\nz: 1\n"


MARGINS = ("", "\ufeff", "# first\n", "---\n")
SECTIONS = (
    "",
    "forget: [a/b]\n",
    "forget: [ ]\n",
    "forget: [\n  a/b, # why\n  c/d # why not\n]\n",
    "forget:\n- a/b # why\n# why not\n",
    "forget:\n    - |-\n      a/b\n",
)
TAILS = ("", "z: 1\n", "z:\n  y: |-\n    a\n\n    b\n", "z: {a: 1,\n  b: 2 }\n", 'z: "a\n  b"\n', "# end\n", "...\n")


ITEMS = ("services/a", "services/a: b", 'services/ä#"\\', "null", "1", "- x", "true", "~")
WINDOWS = [pytest.param(item, "\r\n", marks=pytest.mark.campaign if item != ITEMS[2] else ()) for item in ITEMS]


@pytest.mark.parametrize(("item", "line_end"), [*((item, "\n") for item in ITEMS), *WINDOWS])
def test_wherever_it_is_written_it_means_what_it_should_and_nothing_else_changes(item: str, line_end: str) -> None:
    """An ordinary run tries the line ends of Windows with one item only: they do not depend on what is in a line."""
    for margin, section, tail in product(MARGINS, SECTIONS, TAILS):
        text = f"{margin}version: 1\n{section}{tail}".replace("\n", line_end)
        for whole in (text, text.removesuffix(line_end)):
            before: dict[str, Any] = read(whole)
            after = append_item(file(whole.encode()), ("forget",), item)
            assert read(after) == {**before, "forget": [*before.get("forget", []), item]}
            assert _is_contained(whole, after)
            assert line_end not in whole or after.count("\n") == after.count(line_end)


def read(text: str) -> Any:  # noqa: ANN401 — whatever YAML says
    node, mistakes = parse_yaml(file(text.encode()))
    assert not mistakes, lines(mistakes)
    assert node is not None
    return plain_value(node)


def _is_contained(text: str, longer: str) -> bool:
    """Whether a text has all characters of another, in their order."""
    rest = iter(longer)
    return all(each in rest for each in text)


def test_an_address_that_yaml_would_take_for_something_else_is_quoted() -> None:
    assert set_entry(file("version: 1\n"), ("adopt",), {"services/a: b": SID}).endswith(f'"services/a: b": {SID}\n')


NESTED = """\
a:
  b: {c: 1, d: [x, 'y']} # why
  e: |-
    old
    text
  # about f
  f:
    - one # 1
    # about two
    - two # 2
  g: "q"
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        ("a.b.c", 2, "c: 1", "c: 2"),
        ("a.b.c", None, "c: 1", "c: null"),
        ("a.b.c", "a, b", "c: 1", 'c: "a, b"'),
        ("a.b.d", ["x"], "[x, 'y']", "[x]"),
        ("a.b.d", ["y"], "[x, 'y']", "['y']"),
        ("a.b.d", ["x", "y", "no"], "[x, 'y']", "[x, 'y', \"no\"]"),
        ("a.b.d", ["z"], "[x, 'y']", "[z]"),
        ("a.b.d", [], "[x, 'y']", "[]"),
        ("a.b", {"c": 1}, "{c: 1, d: [x, 'y']}", "{c: 1}"),
        ("a.b", {"c": 1, "d": ["x", "y"], "z": {"k": True}}, "'y']}", "'y'], z: {k: true}}"),
        ("a.e", "new\n\ntext\n", "|-\n    old\n    text\n", "|\n    new\n\n    text\n"),
        ("a.e", "one", "|-\n    old\n    text\n", "one\n"),
        ("a.e", " x\ny", "|-\n    old\n    text\n", '" x\\ny"\n'),
        ("a.f", ["two"], "    - one # 1\n", ""),
        ("a.f", ["one", "three"], "    - two # 2\n", "    - three\n"),
        ("a.f", [], "f:\n    - one # 1\n    # about two\n    - two # 2\n", "f: []\n    # about two\n"),
        ("a.f", None, "f:\n    - one # 1\n    # about two\n    - two # 2\n", "f: null\n    # about two\n"),
        ("a.g", "it's", '"q"', '"it\'s"'),
        ("a.g", "q\u200e", '"q"', '"q\\u200e"'),
        ("a.g", False, '"q"', "false"),
        ("a.h", {"k": ["v"]}, '"q"\n', '"q"\n  h:\n    k:\n      - v\n'),
    ],
)
def test_a_value_keeps_its_style_and_everything_else_stays(path: str, value: object, old: str, new: str) -> None:
    assert NESTED.count(old) == 1
    assert edit_file(file(NESTED), {tuple(path.split(".")): Put(value, ordered=False)}) == NESTED.replace(old, new)


@pytest.mark.parametrize(
    ("text", "value", "after"),
    [
        ("a: [\n  x, # 1\n  y  # 2\n]\n", ["x"], "a: [\n  x, # 1\n]\n"),
        ("a: [\n  x, # 1\n  y  # 2\n]\n", ["y"], "a: [\n  y  # 2\n]\n"),
        ("a: [\n  x, # 1\n  y  # 2\n]\n", ["x", "z"], "a: [\n  x, # 1\n  z,\n]\n"),
        ("a: [x, # 1\n  y]\n", ["x"], "a: [x, # 1\n  ]\n"),
        ("a: [x, y,]\n", ["z"], "a: [z]\n"),
        ("a:\n- x\n- y", ["x"], "a:\n- x"),
        ("a:\n- x\n- y", ["x", "z"], "a:\n- x\n- z"),
        ("a:\r\n- x\r\n- y\r\n", ["y", "z"], "a:\r\n- y\r\n- z\r\n"),
    ],
)
def test_items_come_and_go_with_their_lines(text: str, value: list[str], after: str) -> None:
    assert edit_file(file(text.encode()), {("a",): Put(value, ordered=False)}) == after


def test_items_of_an_ordered_list_are_replaced_in_place() -> None:
    text = "a: [1, {b: 2, c: 3}, 4]\n"
    assert edit_file(file(text), {("a",): Put([1, {"b": 5, "c": 3}, 4, 6])}) == "a: [1, {b: 5, c: 3}, 4, 6]\n"
    assert edit_file(file(text), {("a",): Put([0])}) == "a: [0]\n"


def test_an_entry_is_removed_with_its_lines() -> None:
    text = "a: 1\nb:\n  c: |\n    x\n\n# why\nd: {e: 1, f: 2}\n"
    assert edit_file(file(text), {("b",): None, ("d", "e"): None}) == "a: 1\n# why\nd: {f: 2}\n"


def test_a_file_that_is_not_valid_is_not_edited() -> None:
    with pytest.raises(UsageError, match="cannot be edited"):
        edit_file(file("a: [\n"), {("a",): Put(1)})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["x", "no", "a: b", "1", "", "é\n", "a\nb", "#"]),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from("abc"), inside, max_size=3),
    max_leaves=8,
)
"""Values that a file may have before and after an edit."""


@example(before=[{"a": None}], after=[{"b": None, "a": None}], flow=True, ordered=False)
@given(before=VALUES, after=VALUES, flow=st.sampled_from([True, False, None]), ordered=st.booleans())
def test_any_value_can_become_any_other(*, before: object, after: object, flow: bool | None, ordered: bool) -> None:
    dumped = yaml.safe_dump({"k": {"v": before, "w": 1}}, default_flow_style=flow, allow_unicode=True, width=30)
    text = f"# first\n{dumped}# last\n"
    try:
        edited = edit_file(file(text), {("k", "v"): Put(after, ordered=ordered)})
    except UsageError:
        assert not flow
        return
    assert read(edited) == {"k": {"v": after, "w": 1}}
    assert edited.startswith("# first\n")
    assert edited.endswith("# last\n")
