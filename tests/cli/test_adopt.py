"""`adopt` and `forget` write reviewable lines into the configuration; `adopt --all` writes to the ledger."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from confsync.emulator.emulator import Emulator
from confsync.names import Address, Sid
from confsync.state.ledger import Entry, PendingCreate, PendingReplace
from confsync.state.ledger_file import read_any_ledger, write_ledger
from tests.cli.conftest import Confsync
from tests.emulator.client import Client

SID = "IS" + "a" * 32
TEXT = "version: 1\n# ours\nservices:\n  support: {}   # the desk\n"


@pytest.fixture
def written(folder: Path) -> Path:
    path = folder / "confsync.yaml"
    path.write_text(TEXT, "utf-8")
    return path


DESK = """version: 1
services:
  support:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
      clerk: {type: conversation, permissions: [sendMessage]}
    configuration: {reachability_enabled: true}
"""


@pytest.fixture
def unowned(written: Path, confsync: Confsync) -> Path:
    """A configuration whose resources exist, and whose ledger is lost."""
    written.write_text(DESK, "utf-8")
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    for ledger in written.parent.glob(".confsync/emulator/*ledger*"):
        ledger.unlink()
    return written


def test_adopt_all_records_what_a_plan_would_adopt_and_leaves_the_configuration_alone(
    unowned: Path, confsync: Confsync
) -> None:
    unowned.write_text(
        DESK.replace(
            "clerk: {type: conversation, permissions: [sendMessage]",
            "clerk: {type: conversation, permissions: [addParticipant]",
        ),
        "utf-8",
    )
    before = unowned.read_text("utf-8")

    said = confsync("adopt", "--all", "--auto-approve", "--emulator")

    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert [line.split(" (")[0] for line in lines if line.startswith("  <")] == [
        "  < services/support",
        "  < services/support/roles/agent",
        "  < services/support/roles/clerk",
    ]
    assert [line.endswith(") differs from its declaration") for line in lines[:3]] == [False, False, True]
    assert lines[-1] == (
        "Adopted: 3 resources, recorded in the ledger. Nothing was sent to Twilio. The next apply updates 1 of them."
    )
    assert unowned.read_text("utf-8") == before
    planned = confsync("plan", "--emulator").out
    assert "Plan: 0 to create, 1 to update, 0 to replace, 0 to delete.\n" in planned
    assert confsync("adopt", "--all", "--auto-approve", "--emulator").out == "Nothing to adopt.\n"


@pytest.mark.usefixtures("unowned")
def test_what_was_adopted_is_owned_like_anything_else(confsync: Confsync) -> None:
    assert confsync("adopt", "--all", "--auto-approve", "--emulator").code == 0
    entries = json.loads(confsync("ledger", "show", "--emulator", "--json").out)["entries"]
    assert {each["address"]: each["origin"] for each in entries} == {
        "services/support": "adopted",
        "services/support/roles/agent": "adopted",
        "services/support/roles/clerk": "adopted",
    }
    assert json.loads(confsync("plan", "--emulator", "--json").out)["summary"]["adopt"] == 0
    assert confsync("apply", "--auto-approve", "--emulator").code == 0


@pytest.mark.usefixtures("unowned")
def test_the_json_document_says_what_was_recorded(confsync: Confsync) -> None:
    document = json.loads(confsync("adopt", "--all", "--auto-approve", "--emulator", "--json").out)
    assert (document["kind"], document["recorded"], document["ambiguous"]) == ("adoption", True, [])
    assert [(each["address"], each["kind"], each["type"], each["differs"]) for each in document["adopted"]] == [
        ("services/support", "services", "service", False),
        ("services/support/roles/agent", "roles", "conversation role", False),
        ("services/support/roles/clerk", "roles", "conversation role", False),
    ]


@pytest.mark.usefixtures("unowned")
def test_adopt_all_needs_consent(confsync: Confsync) -> None:
    refused = confsync("adopt", "--all", "--emulator")
    assert refused.code == 8
    assert refused.three_lines[1] == "State: Nothing was changed, and nothing was read."
    assert "--auto-approve" in refused.three_lines[2]
    assert json.loads(confsync("plan", "--emulator", "--json").out)["summary"]["adopt"] == 3


@pytest.mark.usefixtures("unowned")
def test_adopt_all_leaves_out_an_address_that_several_resources_match(confsync: Confsync, tmp_path: Path) -> None:
    (database,) = tmp_path.glob(".confsync/emulator/*.db")
    with Emulator(db=database) as emulator:
        client = Client(emulator)
        (sid,) = (
            each["sid"] for each in client.get("/Services").body["services"] if each["friendly_name"] == "support"
        )
        agent = {"FriendlyName": "agent", "Type": "conversation", "Permission": ("sendMessage",)}
        second = client.made(f"/Services/{sid}/Roles", agent)

    said = confsync("adopt", "--all", "--auto-approve", "--emulator")

    assert said.code == 0, said.err
    (line,) = (line for line in said.out.splitlines() if line.startswith("  !"))
    assert line.startswith("  ! services/support/roles/agent could be any of RL")
    assert second in line
    assert line.endswith(": choose one with `confsync adopt --emulator ADDRESS SID`")
    assert said.out.splitlines()[-1].startswith("Adopted: 2 resources,")
    document = json.loads(confsync("adopt", "--all", "--auto-approve", "--emulator", "--json").out)
    ((address, sids),) = ((each["address"], each["sids"]) for each in document["ambiguous"])
    assert (address, second in sids, len(sids)) == ("services/support/roles/agent", True, 2)


def test_a_sid_that_does_not_exist_is_refused_and_nothing_is_written(written: Path, confsync: Confsync) -> None:
    said = confsync("adopt", "services/support", "IS" + "a" * 32, "--emulator")
    assert said.code == 8
    assert written.read_text("utf-8") == TEXT


@pytest.mark.parametrize(
    "arguments",
    [(), ("services/support",), ("services/suport", "IS" + "a" * 32), ("services/support", "RL" + "a" * 32)],
)
def test_wrong_arguments_of_adopt_are_a_usage_error(
    written: Path, confsync: Confsync, arguments: tuple[str, ...]
) -> None:
    assert confsync("adopt", *arguments, "--emulator").code == 3
    assert written.read_text("utf-8") == TEXT


def test_forget_writes_its_entry_once(written: Path, confsync: Confsync) -> None:
    written.chmod(0o640)
    said = confsync("forget", "services/old")
    assert said.code == 0, said.err
    assert written.read_text("utf-8") == TEXT + "forget:\n  - services/old\n"
    assert written.stat().st_mode & 0o777 == 0o640
    assert "already says so" in confsync("forget", "services/old").out


def test_an_address_that_the_ledger_does_not_know_is_not_forgotten(written: Path, confsync: Confsync) -> None:
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    written.write_text("version: 1\n", "utf-8")
    said = confsync("forget", "services/suport", "--emulator")
    assert said.code == 3
    assert said.three_lines[2] == "Next:  Did you mean 'services/support'?"
    assert written.read_text("utf-8") == "version: 1\n"
    assert confsync("forget", "services/support", "--emulator").code == 0


def test_a_declared_resource_is_not_forgotten(written: Path, confsync: Confsync) -> None:
    said = confsync("forget", "services/support")
    assert said.code == 3
    assert "confsync.yaml:4:3" in said.three_lines[2]
    assert written.read_text("utf-8") == TEXT


def test_an_entry_goes_into_the_layer_that_takes_effect(written: Path, confsync: Confsync) -> None:
    over = written.with_name("over.yaml")
    over.write_text("version: 1\nforget: [services/old]\n", "utf-8")
    written.write_text(TEXT + "forget: [services/other]\n", "utf-8")
    layers = ("-f", str(written), "-f", str(over))

    assert "already says so" in confsync("forget", "services/old", *layers).out
    said = confsync("forget", "services/older", *layers)

    assert said.code == 0
    assert said.out.endswith("+forget: [services/old, services/older]\n")
    assert over.read_text("utf-8") == "version: 1\nforget: [services/old, services/older]\n"


def test_an_adoption_goes_into_the_last_layer_that_has_one(written: Path, confsync: Confsync) -> None:
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    sid = json.loads(confsync("ledger", "show", "--emulator", "--json").out)["entries"][0]["sid"]
    over = written.with_name("over.yaml")
    lower = f"adopt:\n  services/support: {SID}\n"
    over.write_text(f"version: 1\nadopt: {{services/support: {SID}}}\n", "utf-8")
    written.write_text(TEXT + lower, "utf-8")

    said = confsync("adopt", "services/support", sid, "--emulator", "-f", str(over), "-f", str(written))

    assert said.code == 0, said.err
    assert written.read_text("utf-8") == TEXT + lower.replace(SID, sid)


def test_forget_leaves_the_configuration_as_it_is_if_something_there_is_protected(
    written: Path, confsync: Confsync
) -> None:
    protected = "version: 1\nservices:\n  support: {lifecycle: {protect: true}}\n"
    written.write_text(protected, "utf-8")
    assert confsync("apply", "--auto-approve", "--emulator").code == 0
    written.write_text("version: 1\n", "utf-8")
    said = confsync("forget", "services/support", "--emulator")
    assert said.code == 8
    assert said.three_lines[0] == "Error: services/support is protected, so confsync does not forget services/support."
    assert said.three_lines[2].startswith(
        "Next:  Declare services/support with `lifecycle.protect: false`, and apply that"
    )
    assert written.read_text("utf-8") == "version: 1\n"

    written.write_text(protected.replace("true", "false"), "utf-8")
    assert confsync("apply", "--auto-approve", "--emulator").code == 0
    written.write_text("version: 1\n", "utf-8")
    assert confsync("forget", "services/support", "--emulator").code == 0


@pytest.mark.parametrize("what", ["a create", "a replacement"])
def test_forget_takes_what_an_interrupted_apply_left_in_the_ledger(
    what: str, written: Path, confsync: Confsync
) -> None:
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    path = written.parent / ".confsync" / "emulator" / "confsync.ledger.json"
    known = read_any_ledger(path)
    assert known
    address = Address.parse("account/addresses/desk")
    entry = Entry(address=address, sid=None, id="ab", origin="created")
    create = PendingCreate(entry=entry, begun="2026-05-04T12:00:00+00:00")
    replacement = PendingReplace(address=address, sid=Sid("IG" + "1" * 32), fields=("friendly_name",))
    left = {"pending": (create,)} if what == "a create" else {"pending_replaces": (replacement,)}
    write_ledger(path, replace(known, **left))
    said = confsync("forget", str(address), "--emulator")
    assert said.code == 0, said.err
    assert written.read_text("utf-8").endswith(f"forget:\n  - {address}\n")
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    after = read_any_ledger(path)
    assert after
    assert list(after.addresses) == [each.address for each in after.entries]
