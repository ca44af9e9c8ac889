"""`doctor` checks everything a run needs, says how to fix what is wrong, and changes nothing."""

import dataclasses
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from msgspec.structs import replace

from confsync.account.configuration import LoadOptions
from confsync.account.connection import Connection
from confsync.account.diagnosis import diagnose
from confsync.config.config import Config
from confsync.doctor.check import CheckStatus, Diagnosis
from confsync.errors import MissingCredentials
from confsync.secret import Secret
from confsync.twilio.origin import Origin
from tests.harness import Harness, InterceptingTransport, json_response

DESK = """
version: 1
environments:
  dev: {account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}
services:
  desk:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
"""
WHOLE = [
    "configuration",
    "fingerprint key",
    "git",
    ".gitignore",
    "credentials",
    "account",
    "clock",
    "permissions",
    "ledger",
    "names",
]


@pytest.fixture(autouse=True)
def applied(harness: Harness) -> None:
    """Begin where all is well: in a repository, with a ledger."""
    subprocess.run(["git", "init", "-q", str(harness.folder)], check=True)
    (harness.folder / ".gitignore").write_text(".confsync/\n", "utf-8")
    harness.environment = "dev"
    harness.apply(DESK)


def examined(harness: Harness, connection: Connection | None = None) -> Diagnosis:
    """Ask the doctor; nothing but GET may be sent, and nothing on the disk may change."""

    @contextmanager
    def reached(_: Config | None) -> Iterator[Connection]:
        yield connection or harness.connection()

    before = {path: path.read_bytes() for path in harness.folder.rglob("*") if path.is_file()}
    request = LoadOptions(environ=harness.environ, directory=harness.folder, environment=harness.environment)
    harness.emulator.log.clear()
    diagnosis = diagnose(request, reached, harness.settings())
    assert harness.writes == []
    assert {path: path.read_bytes() for path in harness.folder.rglob("*") if path.is_file()} == before
    assert [each.name for each in diagnosis.checks] == WHOLE
    assert all(each.hint for each in diagnosis.checks if each.status is not CheckStatus.OK)
    return diagnosis


def unwell(diagnosis: Diagnosis) -> list[str]:
    """Everything that is not as it should be."""
    return [f"{each.status} {each.name}: {each.text}" for each in diagnosis.checks if each.status is not CheckStatus.OK]


def names(diagnosis: Diagnosis) -> list[str]:
    return [line.partition(":")[0] for line in unwell(diagnosis)]


def test_where_all_is_well_everything_is_ok(harness: Harness) -> None:
    assert unwell(examined(harness)) == []


def test_without_credentials_everything_else_is_still_looked_at(harness: Harness) -> None:
    def unreached(_: Config | None) -> Connection:
        raise MissingCredentials("There are none.", hint="Set them.")

    request = LoadOptions(environ={}, directory=harness.folder, environment="dev")
    diagnosis = diagnose(request, unreached, harness.settings())  # type: ignore[arg-type]  # it never gives any
    assert [each.name for each in diagnosis.checks] == WHOLE
    assert "failed credentials: There are none." in unwell(diagnosis)
    assert [each.status for each in diagnosis.checks[:4]] == [CheckStatus.OK] * 4


def test_credentials_that_twilio_does_not_know(harness: Harness) -> None:
    harness.credentials = replace(harness.credentials, password=Secret("wrong"))
    diagnosis = examined(harness)
    assert names(diagnosis) == [
        "failed credentials",
        "warning account",
        "warning permissions",
        "warning names",
    ]
    assert "wrong" not in " ".join(unwell(diagnosis))


def test_another_account_than_the_one_that_is_meant(harness: Harness) -> None:
    diagnosis = examined_text(harness, DESK.replace("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", f"AC{'b' * 32}"))
    assert "failed account" in names(diagnosis)
    assert "failed credentials" not in names(diagnosis)


def examined_text(harness: Harness, text: str) -> Diagnosis:
    harness.write(text)
    return examined(harness)


def test_a_configuration_that_names_no_account_is_not_guarded(harness: Harness) -> None:
    harness.environment = None
    harness.apply("version: 1\nservices: {desk: {}}\n")
    assert names(examined(harness)) == ["warning account"]


def test_mistakes_in_the_configuration_leave_the_credentials_to_be_looked_at(harness: Harness) -> None:
    diagnosis = examined_text(harness, DESK.replace("permissions", "permisions"))
    assert names(diagnosis) == ["failed configuration", "warning account", "warning names"]
    assert any("permisions" in each.summary for each in diagnosis.mistakes)


class Dated(InterceptingTransport):
    """Tells the time as Twilio does, and is some seconds off."""

    ahead = 0

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        del request
        response.headers["Date"] = format_datetime(datetime.now(UTC) + timedelta(seconds=self.ahead), usegmt=True)
        return response


@pytest.mark.parametrize(("ahead", "said"), [(0, []), (50, []), (-50, [])])
def test_a_clock_that_is_nearly_right(harness: Harness, ahead: int, said: list[str]) -> None:
    transport = Dated(harness.emulator)
    transport.ahead = ahead
    harness.transport = transport
    assert unwell(examined(harness)) == said


@pytest.mark.parametrize(("ahead", "side"), [(-120, "ahead of"), (120, "behind")])
def test_a_clock_that_is_wrong(harness: Harness, ahead: int, side: str) -> None:
    transport = Dated(harness.emulator)
    transport.ahead = ahead
    harness.transport = transport
    (said,) = unwell(examined(harness))
    assert said.startswith("warning clock: this machine's clock is 1")
    assert said.endswith(f" seconds {side} Twilio's")


class Forbidding(InterceptingTransport):
    """Knows who asks, and lets some things be read by nobody."""

    forbidden: tuple[str, ...] = ()

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith(self.forbidden):
            return json_response(request, 403, {"code": 20403, "message": "Forbidden", "status": 403})
        return None


def test_what_may_not_be_read_is_named(harness: Harness) -> None:
    transport = Forbidding(harness.emulator)
    transport.forbidden = ("/Roles", "/Credentials")
    harness.transport = transport
    diagnosis = examined(harness)
    assert "failed permissions: not readable: credentials, roles" in unwell(diagnosis)
    assert names(diagnosis) == ["failed permissions", "failed names"]


def test_an_account_that_may_not_be_read_is_no_wrong_password(harness: Harness) -> None:
    transport = Forbidding(harness.emulator)
    transport.forbidden = ("/v1/Configuration",)
    harness.transport = transport
    diagnosis = examined(harness)
    assert names(diagnosis) == ["warning account", "failed permissions", "warning names"]
    assert "failed permissions: not readable: account configuration" in unwell(diagnosis)


def test_a_twilio_that_does_not_answer(harness: Harness) -> None:
    connection = replace(harness.connection(), origin=Origin("http://127.0.0.1:1"), transport=None)
    diagnosis = examined(harness, connection)
    assert "failed credentials" in names(diagnosis)


def test_a_ledger_that_is_missing_corrupt_or_of_another_account(harness: Harness) -> None:
    text = harness.ledger_path.read_text("utf-8")
    harness.ledger_path.unlink()
    assert names(examined(harness)) == ["warning ledger"]
    harness.ledger_path.write_text("{", "utf-8")
    assert names(examined(harness)) == ["failed ledger", "warning names"]
    other = {**json.loads(text), "account_sid": f"AC{'b' * 32}"}
    harness.ledger_path.write_text(json.dumps(other), "utf-8")
    assert names(examined(harness)) == ["failed ledger", "warning names"]


def test_a_ledger_that_is_required_and_missing(harness: Harness) -> None:
    harness.ledger_path.unlink()
    diagnosis = examined_text(harness, DESK.replace("}", ", require_ledger: true}", 1))
    assert names(diagnosis) == ["failed ledger", "warning names"]


def test_what_is_no_longer_declared_is_counted(harness: Harness) -> None:
    diagnosis = examined_text(harness, DESK.partition("    roles:")[0].replace("desk:", "desk: {}"))
    (said,) = unwell(diagnosis)
    assert said.endswith("of which 1 are no longer declared")


def test_two_services_that_one_declared_one_could_be(harness: Harness) -> None:
    second = harness.client.made("/Services", {"FriendlyName": "desk"})
    (said,) = unwell(examined(harness))
    assert said.startswith("failed names: services/desk could be IS")
    assert second in said


def test_two_services_of_one_name_that_nobody_declares(harness: Harness) -> None:
    twins = [harness.client.made("/Services", {"FriendlyName": "other"}) for _ in range(2)]
    (said,) = unwell(examined(harness))
    assert said.startswith("warning names: these have the same name: ")
    assert all(each in said for each in twins)


def test_a_folder_without_git_and_one_that_does_not_ignore_what_is_local(harness: Harness) -> None:
    (harness.folder / ".gitignore").unlink()
    assert names(examined(harness)) == ["warning .gitignore"]
    (harness.folder / ".git").rename(harness.folder / "no.git")
    assert names(examined(harness)) == ["warning git"]


def test_a_shallow_clone(harness: Harness) -> None:
    git = ("git", "-C", str(harness.folder), "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q")
    for message in ("one", "two"):
        subprocess.run([*git, "--allow-empty", "-m", message], check=True)
    clone = harness.folder / "clone"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{harness.folder}", str(clone)], check=True)
    for name in ("confsync.yaml", ".gitignore", harness.ledger_path.name):
        (harness.folder / name).rename(clone / name)
    (said,) = unwell(examined(dataclasses.replace(harness, folder=clone)))
    assert said.startswith("warning git: this clone is shallow")


def test_a_key_is_wanted_only_where_there_are_secrets(harness: Harness) -> None:
    harness.fingerprint_key = None
    harness.environ = {"KEY": "canary"}
    assert unwell(examined(harness)) == []
    secret = DESK + 'credentials: {android: {type: fcm, secret: "${{ env.KEY }}"}}\n'
    diagnosis = examined_text(harness, secret)
    assert names(diagnosis) == ["warning fingerprint key"]
    assert "canary" not in repr(diagnosis)
