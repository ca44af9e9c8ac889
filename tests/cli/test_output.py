"""`confsync output`: the SIDs of declared resources, for other tools."""

from html import unescape
from pathlib import Path

import pytest

from confsync.views.lists.sids import variable_name
from tests.cli.conftest import Confsync

NAMED = ["services/support", "services/support/roles/agent"]


def sids(confsync: Confsync) -> dict[str, str]:
    listed = confsync("list", "--emulator", "--json").document["resources"]
    return {each["address"]: each["sid"] for each in listed if each["address"] in NAMED}


def test_each_declared_resource_that_has_a_sid_is_printed(confsync: Confsync) -> None:
    confsync("apply", "--emulator", "--auto-approve")
    expected = sids(confsync)
    assert list(expected) == NAMED
    said = confsync("output", "--emulator")
    assert said.out.splitlines()[0].split() == ["ADDRESS", "SID"]
    assert dict(line.split() for line in said.out.splitlines()[1:]) == expected
    resources = confsync("output", "--emulator", "--json").document["resources"]
    assert {each["address"]: each["sid"] for each in resources} == expected


@pytest.mark.parametrize("format_", ["markdown", "github", "html"])
def test_every_format_prints_the_same(format_: str, confsync: Confsync) -> None:
    confsync("apply", "--emulator", "--auto-approve")
    out = unescape(confsync("output", "--emulator", "--format", format_).out)
    assert all(sid in out for sid in sids(confsync).values())


def test_dotenv_lines_name_a_variable_for_each(confsync: Confsync) -> None:
    confsync("apply", "--emulator", "--auto-approve")
    expected = sids(confsync)
    assert confsync("output", "--dotenv", "--emulator").out.splitlines() == [
        f"SERVICES_SUPPORT_SID={expected['services/support']}",
        f"SERVICES_SUPPORT_ROLES_AGENT_SID={expected['services/support/roles/agent']}",
    ]
    narrowed = confsync("output", "--dotenv", "--emulator", "--kind", "roles")
    assert narrowed.out == f"SERVICES_SUPPORT_ROLES_AGENT_SID={expected['services/support/roles/agent']}\n"


def test_nothing_is_printed_before_anything_exists(confsync: Confsync) -> None:
    assert confsync("output", "--emulator").out == "No declared resource has a SID yet.\n"
    assert confsync("output", "--dotenv", "--emulator").out == ""


def test_two_resources_with_one_variable_are_refused(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text("version: 1\nservices: {a-b: {}, a b: {}}\n", "utf-8")
    confsync("apply", "--emulator", "--auto-approve")
    refused = confsync("output", "--dotenv", "--emulator")
    assert (refused.code, refused.out) == (3, "")
    assert "services/a b and services/a-b would both be named SERVICES_A_B_SID" in refused.err
    assert confsync("output", "--dotenv", "--emulator", "--exclude", "services/a b").code == 0


def test_dotenv_is_a_format_of_its_own(confsync: Confsync) -> None:
    assert confsync("output", "--dotenv", "--json", "--emulator").code == 3


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("services/support/roles/channel admin", "SERVICES_SUPPORT_ROLES_CHANNEL_ADMIN_SID"),
        ("account/addresses/%2B15550001", "ACCOUNT_ADDRESSES_2B15550001_SID"),
        ("services/straße", "SERVICES_STRASSE_SID"),
        ("services/é", "SERVICES_SID"),
    ],
)
def test_a_variable_has_only_letters_digits_and_underscores(address: str, name: str) -> None:
    assert variable_name(address) == name
