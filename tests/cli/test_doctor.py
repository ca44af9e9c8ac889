"""`confsync doctor`: its output and its exit code."""

import subprocess
from pathlib import Path

import pytest

from confsync.cli.verdict import exit_of_diagnosis
from confsync.doctor.check import Check, Diagnosis
from confsync.doctor.check_names import CheckName
from confsync.errors import Locked, Refused
from confsync.exit_codes import ERROR_CODES, ExitCode
from tests.cli.conftest import Confsync


def test_the_doctor_finds_no_failure_on_the_emulator(folder: Path, confsync: Confsync) -> None:
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    confsync("apply", "--emulator", "--auto-approve")
    said = confsync("doctor", "--emulator")
    assert said.code == 0
    assert "ok          credentials: present, and accepted by Twilio" in said.out
    assert "warning     .gitignore: .confsync/ is not ignored" in said.out
    assert said.out.splitlines()[-1] == "Checked: 7 ok, 1 not checked, 2 warnings."


def test_the_doctor_prints_a_document(confsync: Confsync) -> None:
    document = confsync("doctor", "--emulator", "--json").document
    assert [each["status"] for each in document["checks"] if each["name"] == "permissions"] == ["ok"]
    assert sum(document["summary"].values()) == len(document["checks"])


def test_missing_credentials_decide_the_code_before_an_invalid_configuration(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text("version: 1\nservces: {}\n", "utf-8")
    said = confsync("doctor")
    assert said.code == ExitCode.NOT_AUTHORISED
    assert said.three_lines[0].startswith(
        "Error: Failed: configuration, credentials. The environment variables contain no Twilio credentials"
    )
    assert "servces" in said.err


@pytest.mark.parametrize(
    ("configuration", "ledger", "code"),
    [
        ("version: 1\nservces: {}\n", "", ExitCode.INVALID),
        ("version: 1\nservices: {desk: {}}\n", "{", ExitCode.LOCAL),
    ],
)
def test_the_doctor_exits_with_the_code_of_the_most_severe_failure(
    configuration: str, ledger: str, code: ExitCode, folder: Path, confsync: Confsync
) -> None:
    (folder / "confsync.yaml").write_text(configuration, "utf-8")
    lies = folder / ".confsync" / "emulator"
    lies.mkdir(parents=True)
    if ledger:
        (lies / "confsync.ledger.json").write_text(ledger, "utf-8")
    said = confsync("doctor", "--emulator")
    assert said.code == code
    assert confsync("doctor", "--emulator", "--json").document["summary"]["failed"] == 1


@pytest.mark.parametrize("form", ["markdown", "github", "html"])
def test_the_doctor_shows_failed_checks_in_every_format(form: str, confsync: Confsync) -> None:
    said = confsync("doctor", "--emulator", "--format", form)
    assert said.code == 0
    assert "there is no confsync.ledger.json" in said.out.replace("`", "")


def test_an_unreachable_twilio_is_not_blamed_on_the_credentials(
    confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", f"AC{'a' * 32}")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "token")
    monkeypatch.setenv("CONFSYNC_BASE_URL", "http://127.0.0.1:9")
    said = confsync("doctor", "--timeout", "0.5")
    assert said.code == 4
    assert "not checked permissions: the check of the credentials failed\n" in said.out
    assert "not accepted" not in said.out


@pytest.mark.parametrize("code", [code for code in ExitCode if code.failure])
def test_a_failed_check_may_have_any_code(code: ExitCode, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class of errors can be given another exit code without a change of the doctor."""
    monkeypatch.setitem(ERROR_CODES, Locked, code)
    failed = (
        Check.failed(CheckName.LEDGER, Locked("Another apply is running.")),
        Check.failed(CheckName.NAMES, Refused("Two match.")),
    )
    assert exit_of_diagnosis(Diagnosis(failed[:1])).code is code
    assert exit_of_diagnosis(Diagnosis(failed)).code in {code, ExitCode.REFUSED}
