"""`adopt` and `forget` write reviewable lines into the configuration."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Confsync

SID = "IS" + "a" * 32
TEXT = "version: 1\n# ours\nservices:\n  support: {}   # the desk\n"


@pytest.fixture
def written(folder: Path) -> Path:
    path = folder / "confsync.yaml"
    path.write_text(TEXT, "utf-8")
    return path


def test_adopt_all_writes_everything_that_a_plan_would_adopt(written: Path, confsync: Confsync) -> None:
    made = confsync("apply", "--emulator", "--auto-approve")
    assert made.code == 0
    for ledger in written.parent.glob(".confsync/emulator/*ledger*"):
        ledger.unlink()

    said = confsync("adopt", "--all", "--emulator")

    assert said.code == 0, said.err
    assert "+  services/support: IS" in said.out
    assert written.read_text("utf-8").startswith(TEXT + "adopt:\n  services/support: IS")
    assert "exists already, named under `adopt` (" in confsync("plan", "--emulator").out


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
