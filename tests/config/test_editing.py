"""Entries written into a file of the configuration, of which every other byte stays as it was."""

from itertools import product
from typing import Any

import pytest

from confsync.config.editing import append_item, set_entry
from confsync.config.tree import plain_value
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
        ("adopt:\n  services/a: 'OLD\n    X'\nz: 1\n", "adopt:\n  services/a: SID\nz: 1\n"),
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
    with pytest.raises(UsageError, match="cannot be added to"):
        append_item(file(text.encode()), path, "services/a")


def test_several_are_written_at_once_and_what_is_there_is_not_written_again() -> None:
    text = "adopt:\n  b: X # why\n  services/c: OLD\nz: 1\n"
    after = set_entry(file(text), ("adopt",), {"b": "X", "services/a": SID, "services/c": "NEW", "d": "Y"})
    assert after == f"adopt:\n  b: X # why\n  services/c: NEW\n  services/a: {SID}\n  d: Y\nz: 1\n"


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


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("item", ["services/a", "services/a: b", 'services/ä#"\\', "null", "1", "- x", "true", "~"])
def test_wherever_it_is_written_it_means_what_it_should_and_nothing_else_changes(item: str, line_end: str) -> None:
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
