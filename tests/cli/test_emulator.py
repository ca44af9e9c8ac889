"""The emulator as a command and as a flag."""

import signal
import subprocess
import sys
import urllib.request
from base64 import b64encode
from pathlib import Path

import pytest

from confsync.emulator.emulator import ACCOUNT_SID
from tests.cli.conftest import CONFIGURATION, Confsync

OTHER = "AC" + "c" * 32
TWO = f"environments: {{dev: {{account_sid: {ACCOUNT_SID}}}, prod: {{account_sid: {OTHER}}}}}\n"


def test_the_emulator_prints_its_url_and_its_credentials_and_serves(folder: Path) -> None:
    command = [sys.executable, "-m", "confsync", "emulator", "--port", "0", "--account-sid", OTHER, "--auth-token", "t"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        url = started.stdout.readline().strip()
        assert started.stdout.readline() == f"account SID: {OTHER}\n"
        assert started.stdout.readline() == "auth token: t\n"
        asked = urllib.request.Request(f"{url}/v1/Configuration")  # noqa: S310 — our own server
        asked.add_header("Authorization", "Basic " + b64encode(f"{OTHER}:t".encode()).decode())
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 — as above
            assert OTHER in answer.read().decode()
        started.send_signal(signal.SIGTERM)
        out, err = started.communicate(timeout=20)
    assert (started.returncode, out, err) == (0, "", "")


def test_each_environment_has_a_state_a_ledger_and_a_snapshot_of_its_own(confsync: Confsync, folder: Path) -> None:
    (folder / "confsync.yaml").write_text(CONFIGURATION + TWO, "utf-8")
    for environment in ("dev", "prod"):
        assert confsync("apply", "--emulator", "--auto-approve", "-e", environment).code == 0
    kept = {each.name for each in (folder / ".confsync" / "emulator").iterdir()}
    files = {f"confsync.{each}.{name}.json" for each in ("ledger", "snapshot") for name in ("dev", "prod")}
    assert kept == files | {"state.dev.db", "state.prod.db"}
    assert confsync("plan", "--emulator", "-e", "prod", "--json").document["target"]["account_sid"] == OTHER


def test_a_chosen_database_has_its_ledger_next_to_it_and_the_real_ledger_is_untouched(
    confsync: Confsync, folder: Path
) -> None:
    assert confsync("apply", "--emulator", "--emulator-db", "state.db", "--auto-approve").code == 0
    names = {"confsync.yaml", "state.db", "state.db.ledger.json", "state.db.snapshot.json"}
    assert {each.name for each in folder.iterdir()} == names
    assert confsync("plan", "--emulator", "--emulator-db", "state.db", "--detailed-exitcode").code == 0


def test_the_embedded_emulator_ignores_the_credentials_for_twilio(
    confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", OTHER)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "real")
    monkeypatch.setenv("CONFSYNC_BASE_URL", "http://127.0.0.1:1")
    assert confsync("plan", "--emulator").code == 0


def test_a_folder_that_cannot_be_created_is_a_local_error(confsync: Confsync, folder: Path) -> None:
    (folder / ".confsync").write_text("in the way", "utf-8")
    assert confsync("plan", "--emulator").code == 11


def test_the_advice_of_a_drift_stays_on_the_emulator(confsync: Confsync, folder: Path) -> None:
    (folder / "confsync.yaml").write_text(CONFIGURATION + TWO, "utf-8")
    found = confsync("drift", "--emulator", "-e", "dev", "--json").document
    assert {each["hint"] for each in found["differences"]} == {"`confsync apply -e dev --emulator` creates it"}
    said = confsync("drift", "--emulator", "-e", "dev")
    assert "`confsync apply -e dev --emulator` makes these changes" in said.out
