"""`confsync ledger` shows what confsync owns, and rebuilds a lost ledger."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from confsync.account.connection import Connection
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.transport import EmulatorTransport
from confsync.exit_codes import ExitCode
from confsync.secret import Secret
from confsync.state.journal import Journal
from confsync.state.ledger import Ledger
from confsync.state.replay import Drop
from confsync.state.state_files import journal_path
from confsync.twilio.credentials import Credentials
from confsync.twilio.origin import Origin
from confsync.views.schema.published import document_schema
from tests.cli.conftest import CONFIGURATION, Confsync
from tests.cli.run_result import RunResult

EMULATED = ("--emulator",)
AGENT = "services/support/roles/agent"
ADOPTED = (
    "`prune` and `--destroy` do not delete adopted resources. `protect` applies only where the configuration "
    "declares it."
)


@pytest.fixture
def path(folder: Path, confsync: Confsync) -> Path:
    """Apply, and return the path of the ledger."""
    assert confsync("apply", "--auto-approve", *EMULATED).code == 0
    return folder / ".confsync" / "emulator" / "confsync.ledger.json"


def document_of(said: RunResult) -> dict[str, Any]:
    assert said.document["kind"] == "ledger"
    Draft202012Validator(document_schema("ledger")).validate(said.document)
    return said.document


def test_show_lists_what_confsync_owns(path: Path, confsync: Confsync) -> None:
    ledger = json.loads(path.read_text())
    head, applied, _, headings, *rows = confsync("ledger", "show", *EMULATED).out.splitlines()
    assert head == f"Ledger: account {ledger['account_sid']} at 127.0.0.1, serial 1"
    assert applied == f"Last applied: commit unknown, {ledger['configuration_digest']}"
    assert headings.split() == ["ADDRESS", "SID", "ORIGIN", "STATE"]
    (agent,) = (row.split() for row in rows if row.startswith(AGENT))
    assert agent[2:] == ["created", "current"]
    assert agent[1] in path.read_text()
    assert len(rows) == 3


def test_show_marks_protected_and_superseded_resources(path: Path, folder: Path, confsync: Confsync) -> None:
    changed = CONFIGURATION.replace("{type:", "{friendly_name: Agent, type:").replace(
        "roles:\n", "lifecycle: {protect: true}\n    roles:\n"
    )
    (folder / "confsync.yaml").write_text(changed.split("    configuration:")[0], "utf-8")
    assert confsync("apply", "--auto-approve", *EMULATED).code == 0
    rows = [row.split(maxsplit=3) for row in confsync("ledger", "show", *EMULATED).out.splitlines()[4:]]
    states = [(row[0], row[3]) for row in rows]
    assert ("services/support", "current, protected") in states
    assert [state for address, state in states if address == AGENT] == ["current", "superseded"]
    assert path.exists()


def test_show_in_json_fits_its_schema(path: Path, confsync: Confsync) -> None:
    document = document_of(confsync("ledger", "--json", "show", *EMULATED))
    assert (document["state"], document["serial"], document["rebuilt"]) == ("present", 1, None)
    assert {each["address"]: each["origin"] for each in document["entries"]}[AGENT] == "created"
    assert path.exists()


def test_show_without_a_ledger_says_so_and_creates_none(folder: Path, confsync: Confsync) -> None:
    said = confsync("ledger", "show", *EMULATED)
    assert said.code == 0
    assert said.out.splitlines()[1:] == ["There is no ledger yet."]
    assert document_of(confsync("ledger", "show", "--json", *EMULATED))["serial"] is None
    assert "There is no ledger yet." in confsync("ledger", "show", "--format", "markdown", *EMULATED).out
    assert not list(folder.rglob("confsync.ledger*"))


def test_show_replays_a_journal_in_memory_only(path: Path, confsync: Confsync) -> None:
    known = json.loads(path.read_text())
    (agent,) = (each["sid"] for each in known["entries"] if each["address"] == AGENT)
    left = Journal(journal_path(path), Ledger(known["account_sid"], known["host"], 1))
    left.append([Drop(agent)])
    left.close()
    before = path.read_bytes()
    said = confsync("ledger", "show", *EMULATED)
    assert "Includes the journal of an apply that was stopped" in said.out
    assert AGENT not in said.out
    assert path.read_bytes() == before


def test_rebuild_refuses_a_sound_ledger(path: Path, confsync: Confsync) -> None:
    before = path.read_bytes()
    said = confsync("ledger", "rebuild", *EMULATED)
    assert said.code == ExitCode.REFUSED
    assert "is valid" in said.three_lines[0]
    assert path.read_bytes() == before


def test_a_corrupt_ledger_is_set_aside_and_matching_resources_are_adopted(path: Path, confsync: Confsync) -> None:
    path.write_text(corrupt := f"<<<<<<< HEAD\n{path.read_text()}", "utf-8")
    stopped = confsync("plan", *EMULATED)
    assert stopped.code == ExitCode.LOCAL
    assert "conflict markers" in stopped.three_lines[0]
    assert "`confsync ledger rebuild --emulator`" in stopped.three_lines[2]

    said = confsync("ledger", "rebuild", *EMULATED)
    assert said.code == 0
    assert said.out.splitlines() == [
        f"Kept aside: {path}.corrupt",
        "Rebuilt: 3 adopted. The next apply sends each secret again.",
        ADOPTED,
    ]
    assert path.with_name(f"{path.name}.corrupt").read_text() == corrupt
    entries = document_of(confsync("ledger", "show", "--json", *EMULATED))["entries"]
    assert {(each["address"], each["origin"]) for each in entries} == {
        ("services/support", "adopted"),
        (AGENT, "adopted"),
        ("services/support/configuration", "adopted"),
    }
    assert "No changes." in confsync("plan", *EMULATED).out


def test_a_lost_ledger_is_rebuilt_and_its_journal_set_aside(path: Path, confsync: Confsync) -> None:
    known = json.loads(path.read_text())
    path.unlink()
    left = Journal(journal_path(path), Ledger(known["account_sid"], known["host"], 1))
    left.append([Drop(known["entries"][0]["sid"])])
    left.close()
    document = document_of(confsync("ledger", "rebuild", "--json", *EMULATED))
    assert document["rebuilt"] == {"adopted": 3, "aside": [f"{journal_path(path)}.corrupt"]}
    assert document["serial"] == 1
    assert len(json.loads(path.read_text())["entries"]) == 3


def test_a_corrupt_journal_loses_no_entry_of_a_sound_ledger(path: Path, confsync: Confsync) -> None:
    journal_path(path).write_text("{}\n{}\n", "utf-8")
    assert confsync("plan", *EMULATED).code == ExitCode.LOCAL
    said = confsync("ledger", "rebuild", *EMULATED)
    assert "Rebuilt: 0 adopted, 3 kept." in said.out
    known = json.loads(path.read_text())
    assert known["serial"] == 2
    assert {each["address"]: each["origin"] for each in known["entries"]}[AGENT] == "created"


def test_an_absent_resource_is_not_adopted(path: Path, folder: Path, confsync: Confsync) -> None:
    path.unlink()
    text = CONFIGURATION.split("    configuration:")[0]
    text = text.replace("leaveConversation]}", "leaveConversation], lifecycle: {absent: true}}")
    (folder / "confsync.yaml").write_text(text, "utf-8")
    assert confsync("ledger", "rebuild", *EMULATED).code == 0
    assert [each["address"] for each in json.loads(path.read_text())["entries"]] == ["services/support"]
    assert confsync("apply", "--auto-approve", *EMULATED).code == ExitCode.REFUSED


def test_a_ledger_of_a_newer_version_is_not_rebuilt(path: Path, confsync: Confsync) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), "format_version": 3}), "utf-8")
    said = confsync("ledger", "rebuild", *EMULATED)
    assert said.code == ExitCode.LOCAL
    assert "newer one" in said.three_lines[2]
    assert json.loads(path.read_text())["format_version"] == 3


def test_an_older_commit_has_an_exit_code_of_its_own(path: Path, folder: Path, confsync: Confsync) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), "commit": "f" * 40}), "utf-8")
    (folder / "confsync.yaml").write_text(CONFIGURATION.replace("sendMessage, ", ""), "utf-8")
    assert confsync("plan", *EMULATED).code == 0
    assert confsync("plan", "--detailed-exitcode", *EMULATED).code == ExitCode.STALE
    said = confsync("apply", "--auto-approve", *EMULATED)
    assert said.code == ExitCode.STALE
    assert "--allow-rollback" in said.three_lines[2]
    assert confsync("apply", "--auto-approve", "--allow-rollback", *EMULATED).code == 0


class AsTwilio(EmulatorTransport):
    """Accepts requests to Twilio's own host."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["host"] = "127.0.0.1"
        return await super().handle_async_request(request)


@pytest.mark.parametrize(("quiet", "emulator", "said"), [((), False, 1), (("-q",), False, 0), ((), True, 0)])
def test_ci_is_reminded_to_commit_a_changed_ledger(
    quiet: tuple[str, ...],
    said: int,
    folder: Path,
    confsync: Confsync,
    monkeypatch: pytest.MonkeyPatch,
    *,
    emulator: bool,
) -> None:
    ledger = folder / "confsync.ledger.json"
    with Emulator() as account:
        reached = Connection(
            origin=Origin("https://conversations.twilio.com"),
            credentials=Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret(AUTH_TOKEN)),
            ledger=ledger,
            transport=AsTwilio(account),
            emulator=emulator,
        )
        monkeypatch.setattr("confsync.account.connection.twilio_connection", lambda *_: reached)
        first = confsync("apply", "--auto-approve", *quiet)
        again = confsync("apply", "--auto-approve", *quiet)
    assert (first.code, again.code) == (0, 0), first.err
    assert first.err.count(f"The ledger changed: commit {ledger}.") == said
    assert "The ledger changed" not in again.err


def test_adopt_takes_over_the_ledger_of_a_renamed_environment(folder: Path, confsync: Confsync) -> None:
    text = f"{CONFIGURATION}environments: {{NAME: {{account_sid: {ACCOUNT_SID}}}}}\n"
    (folder / "confsync.yaml").write_text(text.replace("NAME", "production"), "utf-8")
    assert confsync("apply", "--auto-approve", *EMULATED).code == 0
    (folder / "confsync.yaml").write_text(text.replace("NAME", "prod"), "utf-8")
    # the emulator has a state for each environment
    home = folder / ".confsync" / "emulator"
    (home / "state.production.db").rename(home / "state.prod.db")
    stopped = confsync("apply", "--auto-approve", *EMULATED)
    assert stopped.code == ExitCode.REFUSED
    command = stopped.three_lines[2].split("`")[1]
    old = home / "confsync.ledger.production.json"
    assert command == f"confsync ledger adopt -e prod --emulator {old}"

    said = confsync(*command.split()[1:])
    assert said.code == 0, said.err
    assert said.out.splitlines() == [f"Kept aside: {old}.adopted", f"Adopted {old}. Ledger serial 2: 3 entries."]
    assert "No changes." in confsync("plan", *EMULATED).out
    again = confsync("ledger", "adopt", str(old), *EMULATED)
    assert again.code == ExitCode.REFUSED
    assert "already exists" in again.three_lines[0]


def test_adopt_in_json_fits_its_schema(path: Path, folder: Path, confsync: Confsync) -> None:
    text = f"{CONFIGURATION}environments: {{prod: {{account_sid: {ACCOUNT_SID}}}}}\n"
    (folder / "confsync.yaml").write_text(text, "utf-8")
    document = document_of(confsync("ledger", "adopt", str(path), "--json", *EMULATED))
    assert document["adopted"] == {"file": str(path), "aside": [f"{path}.adopted"]}
    assert (document["serial"], document["rebuilt"], len(document["entries"])) == (2, None, 3)
