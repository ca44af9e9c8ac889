"""`confsync repair duplicates` shows what it deletes, asks, deletes, and reports."""

import json
from collections.abc import Iterator
from contextvars import Context
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from confsync.account.connection import Connection
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.transport import EmulatorTransport
from confsync.secret import Secret
from confsync.state.machine_lock import MachineLock
from confsync.state.state_files import lock_path
from confsync.twilio.credentials import Credentials
from confsync.twilio.origin import Origin
from confsync.views.schema.published import document_schema
from tests.cli.conftest import Confsync
from tests.emulator.client import Client

AGENT = {"FriendlyName": "agent", "Type": "conversation", "Permission": ("sendMessage", "leaveConversation")}
AUTO = ("repair", "duplicates", "--auto-approve")


class Account:
    """An account that the command line reaches without a network."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.emulator = emulator
        self.client = Client(emulator)
        self.ledger = folder / "confsync.ledger.json"
        self.transport: httpx.AsyncBaseTransport = EmulatorTransport(emulator)

    def connection(self) -> Connection:
        return Connection(
            origin=Origin("http://127.0.0.1"),
            credentials=Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret(AUTH_TOKEN)),
            ledger=self.ledger,
            transport=self.transport,
        )

    def path(self, section: str) -> str:
        services = self.client.get("/Services").body["services"]
        (sid,) = (each["sid"] for each in services if each["friendly_name"] == "support")
        return f"/Services/{sid}/{section}"

    @property
    def agents(self) -> list[str]:
        roles = self.client.get(self.path("Roles"), "PageSize=50").body["roles"]
        return [each["sid"] for each in roles if each["friendly_name"] == "agent"]

    def another(self) -> str:
        """Create a role that equals the owned one, half a minute later."""
        self.emulator.clock.advance(timedelta(seconds=30))
        return self.client.made(self.path("Roles"), AGENT)

    def use(self, sid: str) -> None:
        """Let the service use a role."""
        assert self.client.post(self.path("Configuration"), {"DefaultConversationRoleSid": sid}).status == 200


@pytest.fixture
def account(folder: Path, confsync: Confsync, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account to which the configuration was applied."""
    with Emulator() as emulator:
        reached = Account(emulator, folder)
        monkeypatch.setattr("confsync.account.connection.twilio_connection", lambda *_: reached.connection())
        assert confsync("apply", "--auto-approve").code == 0
        yield reached


def answering(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("confsync.cli.invocation.Invocation.asks", True)
    monkeypatch.setattr("confsync.cli.applying.read_answer", lambda: answer)


def document_of(text: str) -> Any:  # noqa: ANN401 — JSON
    document = json.loads(text)
    Draft202012Validator(document_schema("repair")).validate(document)
    return document


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("format_", "shown"),
    [
        ("text", "No duplicates.\n"),
        ("markdown", "**No duplicates.**"),
        ("html", "No duplicates."),
        ("json", '"left_alone": 0'),
    ],
)
def test_without_duplicates_there_is_nothing_to_ask(format_: str, shown: str, confsync: Confsync) -> None:
    said = confsync(*AUTO, "--format", format_)
    assert (said.code, shown in said.out) == (0, True)


def test_it_shows_both_resources_and_asks_before_it_deletes(
    account: Account, confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = account.another()
    (older,) = set(account.agents) - {newer}
    answering(monkeypatch, "y\n")
    said = confsync("repair", "duplicates")
    assert said.code == 8
    assert "Declined: The answer was not 'yes'." in said.err
    assert f"services/support/roles/agent (conversation role): {newer}, created " in said.out
    assert f", equals {older}, created " in said.out
    assert said.out.splitlines()[1:] == ["      to delete", "", "Duplicates: 1 to delete."]
    assert f"Delete this resource on account {ACCOUNT_SID}? Only 'yes' is accepted: " in said.err
    assert account.agents == [older, newer]
    answering(monkeypatch, "yes\n")
    said = confsync("repair", "duplicates")
    assert said.out.splitlines()[-3:] == ["      deleted", "", "Duplicates: 1 deleted."]
    assert (said.code, account.agents) == (0, [older])
    assert confsync("drift").code == 0


@pytest.mark.parametrize("arguments", [(), ("--no-input",)])
def test_without_a_terminal_it_refuses_before_any_read(
    arguments: tuple[str, ...], account: Account, confsync: Confsync
) -> None:
    account.another()
    account.emulator.log.clear()
    said = confsync("repair", "duplicates", *arguments)
    assert (said.code, said.out, len(account.emulator.log)) == (8, "", 0)
    assert said.three_lines[1] == "State: Nothing was changed, and nothing was read."


def test_another_process_that_holds_the_lock_keeps_it_out(account: Account, confsync: Confsync) -> None:
    account.another()
    lock = MachineLock(lock_path(account.ledger), "another")
    list(lock.attempts(0, lambda _: None))
    try:
        assert Context().run(confsync, *AUTO).code == 10
    finally:
        lock.release()
    assert len(account.agents) == 2


@pytest.mark.parametrize("format_", ["markdown", "github", "html"])
def test_every_format_names_both_resources(format_: str, account: Account, confsync: Confsync) -> None:
    account.another()
    both = account.agents
    out = confsync(*AUTO, "--format", format_).out
    assert all(each in out for each in both)
    assert "deleted" in out


def test_the_document_says_what_became_of_each(account: Account, confsync: Confsync) -> None:
    first, second = account.another(), account.another()
    account.use(second)
    (older,) = set(account.agents) - {first, second}
    said = confsync(*AUTO, "--json")
    document = document_of(said.out)
    assert (said.code, document["exit_code"]) == (0, 0)
    assert [(each["sid"], each["older_sid"], each["status"]) for each in document["duplicates"]] == [
        (first, older, "deleted"),
        (second, older, "left_alone"),
    ]
    assert document["duplicates"][1]["reason"] == "it is in use: it is the service's default conversation role"
    assert document["summary"] == {"to_delete": 0, "left_alone": 1, "deleted": 1, "failed": 0, "unknown": 0}
    assert confsync(*AUTO).code == 8


def test_a_duplicate_that_is_in_use_is_refused(account: Account, confsync: Confsync) -> None:
    newer = account.another()
    account.use(newer)
    said = confsync(*AUTO)
    assert said.code == 8
    assert said.three_lines[0].startswith(f"Error: confsync does not delete {newer}: it is in use: ")
    assert "Duplicates: 1 left alone." in said.out
    assert len(account.agents) == 2


def test_a_run_that_is_stopped_says_what_it_deleted(account: Account, confsync: Confsync) -> None:
    account.another()
    account.another()

    class Stopping(EmulatorTransport):
        """Stops the run at the second delete."""

        deletes = 0

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            Stopping.deletes += request.method == "DELETE"
            if Stopping.deletes == 2:
                raise KeyboardInterrupt
            return await super().handle_async_request(request)

    account.transport = Stopping(account.emulator)
    said = confsync(*AUTO, "--json")
    assert said.code == 130
    assert sorted(each["status"] for each in document_of(said.out)["duplicates"]) == ["deleted", "unknown"]
    assert said.three_lines[1] == "State: Changes: 1 deleted, 1 unknown."


def test_drift_and_plan_name_the_duplicate(account: Account, confsync: Confsync) -> None:
    newer = account.another()
    (older,) = set(account.agents) - {newer}
    plan, drift = confsync("plan", "--json", "--detailed-exitcode"), confsync("drift", "--json")
    assert (plan.code, drift.code) == (0, 2)
    for document in (plan.document, drift.document):
        (found,) = document["probable_duplicates"]
        assert (found["sid"], found["duplicate_sid"]) == (older, newer)
        assert found["address"] == "services/support/roles/agent"
        assert found["created"] < found["duplicate_created"]
        assert newer not in json.dumps(document["unmanaged"])
    assert confsync("drift").out.splitlines()[-1] == "No differences found; 1 probable duplicate."
    assert confsync("apply", "--auto-approve").code == 0
