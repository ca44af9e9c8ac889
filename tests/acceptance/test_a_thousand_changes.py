"""A plan over a thousand changes can be read in every form; that a browser opens it is held in `tests/views`."""

import json

import pytest

from tests.acceptance.conftest import CommandLine
from tests.harness import Harness

ROLES = "".join(f"      role{each}: {{type: conversation, permissions: [sendMessage]}}\n" for each in range(199))
DESKS = "version: 1\nservices:\n" + "".join(f"  desk{each}:\n    roles:\n{ROLES}" for each in range(5))
SUMMARY = "Plan: 1000 to create, 0 to update, 0 to replace, 0 to delete."
ADDRESSES = [f"services/desk{desk}/roles/role{role}" for desk in range(5) for role in range(199)]
MARKDOWN_ROOM = 60_000


@pytest.fixture
def desks(harness: Harness) -> Harness:
    """Write a thousand things that are not there."""
    harness.write(DESKS)
    return harness


@pytest.mark.usefixtures("desks")
@pytest.mark.parametrize("brief", [(), ("--summary",)])
def test_the_text_tells_each(command_line: CommandLine, brief: tuple[str, ...]) -> None:
    said = command_line("plan", *brief)
    assert said.code == 0
    assert all(f"+ {each}\n" in said.out for each in ADDRESSES)
    assert SUMMARY in said.out


@pytest.mark.usefixtures("desks")
def test_the_document_has_each(command_line: CommandLine) -> None:
    document = json.loads(command_line("plan", "--json").out)  # its schema is checked with shorter ones
    assert document["summary"]["create"] == len(document["changes"]) == 1_000


@pytest.mark.usefixtures("desks")
def test_the_comment_finds_room_for_what_matters(command_line: CommandLine) -> None:
    said = command_line("plan", "--format", "markdown")
    assert said.code == 0
    assert len(said.out) <= MARKDOWN_ROOM
    assert SUMMARY in said.out
    assert "### Creates (1,000)" in said.out


@pytest.mark.usefixtures("desks")
def test_the_page_has_each_and_asks_nobody(command_line: CommandLine) -> None:
    said = command_line("plan", "--format", "html")
    assert said.code == 0
    assert said.out.count("<h3") == 1_000
    assert "src=" not in said.out
    assert "<link" not in said.out
