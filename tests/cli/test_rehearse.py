"""`rehearse PLAN`: the report in every format, the exit code, and what is refused."""

import signal
from pathlib import Path

import pytest

from confsync.cli.progress import Progress
from confsync.emulator.emulator import Emulator
from confsync.emulator.faults.layer import FaultLayer
from confsync.emulator.server import running
from tests.cli.conftest import Confsync
from tests.rehearsal.planted_bug import send_creates_again

SERVICE = "version: 1\nservices: {support: {}}\n"


@pytest.fixture
def saved(confsync: Confsync, folder: Path) -> str:
    """Save a plan with one change, and return the name of the file."""
    (folder / "confsync.yaml").write_text(SERVICE, "utf-8")
    assert confsync("plan", "--emulator", "--out", "plan.json").code == 0
    return "plan.json"


def test_a_row_for_each_fault_and_a_sentence_are_printed(saved: str, confsync: Confsync) -> None:
    said = confsync("rehearse", saved, "--emulator")
    assert said.code == 0, said.err
    assert [line.split("  ")[0] for line in said.out.splitlines()[:7]] == [
        "FAULT",
        "none",
        "429",
        "reset before commit",
        "reset after commit",
        "kill before commit",
        "kill after commit",
    ]
    ended = "each ended with exit code 0 and the same resources"
    assert said.out.splitlines()[-1] == f"Rehearsed 1 change with 1 write: 6 runs on an emulator, and {ended}."
    assert "Rehearsing the plan on an emulator." in said.err


def test_the_document_has_every_run(saved: str, confsync: Confsync) -> None:
    document = confsync("rehearse", saved, "--emulator", "--json").document
    assert document["kind"] == "rehearsal"
    assert document["writes"] == [{"address": "services/support", "method": "POST"}]
    assert [(run["fault"], run["code"], run["rerun_code"]) for run in document["runs"]] == [
        ("none", 0, None),
        ("429", 0, None),
        ("reset before commit", 0, None),
        ("reset after commit", 0, None),
        ("kill before commit", None, 0),
        ("kill after commit", None, 0),
    ]
    settled = next(each for each in document["faults"] if each["fault"] == "reset before commit")
    assert settled["longest_wait"] >= 10  # it looked four times for what the create may have made


@pytest.mark.parametrize("given", ["markdown", "html", "github"])
def test_every_other_format_says_the_same(given: str, saved: str, confsync: Confsync) -> None:
    said = confsync("rehearse", saved, "--emulator", "--format", given)
    assert said.code == 0
    assert "Rehearsed 1 change with 1 write: 6 runs on an emulator" in said.out
    assert "kill after commit" in said.out


def test_a_duplicate_is_named_and_exits_with_6(saved: str, confsync: Confsync, monkeypatch: pytest.MonkeyPatch) -> None:
    send_creates_again(monkeypatch)
    said = confsync("rehearse", saved, "--emulator")
    assert said.code == 6
    assert "services/support, POST, reset after commit: exit 6" in said.out
    assert "duplicate: role" in said.out
    happened, changed, _ = said.three_lines
    assert happened.startswith("Error: 1 of 6 runs on the emulator failed: services/support, reset after commit: dupl")
    assert changed == "State: Nothing was changed: only the emulator received writes."


def test_a_plan_that_fails_without_a_fault_is_rehearsed_once(confsync: Confsync, folder: Path) -> None:
    role = "agent: {type: conversation, permissions: [flyAway]}"
    (folder / "confsync.yaml").write_text(f"version: 1\nservices: {{support: {{roles: {{{role}}}}}}}\n", "utf-8")
    confsync("plan", "--emulator", "--out", "plan.json")
    said = confsync("rehearse", "plan.json", "--emulator", "--json")
    assert said.code == 5
    (run,) = said.document["runs"]
    assert "50104" in run["message"]


def test_a_plan_of_the_emulator_is_not_rehearsed_for_twilio(saved: str, confsync: Confsync) -> None:
    said = confsync("rehearse", saved)
    assert said.code == 8
    assert said.three_lines[0] == "Error: The plan was made on the emulator, and this run is on Twilio."


def test_a_spent_plan_is_refused(saved: str, confsync: Confsync) -> None:
    assert confsync("apply", saved, "--emulator").code == 0
    assert confsync("rehearse", saved, "--emulator").code == 7


@pytest.mark.parametrize("runs", range(1, 6))
def test_a_signal_stops_a_rehearsal(runs: int, saved: str, confsync: Confsync, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop_after(_: Progress, done: int, total: int) -> None:
        assert total == 6
        if done == runs:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Progress, "count_runs", stop_after)
    said = confsync("rehearse", saved, "--emulator")
    assert said.code == 130
    assert said.out == ""
    assert said.three_lines[1] == "State: Nothing was changed."


def test_the_account_receives_only_get_requests(
    confsync: Confsync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "confsync.yaml").write_text(SERVICE, "utf-8")
    with Emulator() as emulator, running(FaultLayer(emulator)) as url:
        monkeypatch.setenv("CONFSYNC_BASE_URL", url)
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", emulator.account_sid)
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", "emulatortoken")
        confsync("plan", "--out", "plan.json")
        emulator.log.clear()
        before = sorted(folder.rglob("*"))
        assert confsync("rehearse", "plan.json").code == 0
        assert {each.method for each in emulator.log} == {"GET"}
        assert sorted(folder.rglob("*")) == before
