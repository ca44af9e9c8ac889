"""A doctor looks at everything, says what is wrong and how to mend it, and mends nothing."""

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

from confsync import verbs
from confsync.config.config import Config
from confsync.doctor.check import Diagnosis, Health
from confsync.errors import MissingCredentials
from confsync.secret import Secret
from confsync.twilio.origin import Origin
from tests.harness import Between, Workshop, says

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
def applied(workshop: Workshop) -> None:
    """Begin where all is well: in a repository, with a ledger."""
    subprocess.run(["git", "init", "-q", str(workshop.folder)], check=True)
    (workshop.folder / ".gitignore").write_text(".confsync/\n", "utf-8")
    workshop.environment = "dev"
    workshop.apply(DESK)


def examined(workshop: Workshop, connection: verbs.Connection | None = None) -> Diagnosis:
    """Ask the doctor; nothing but GET may be sent, and nothing on the disk may change."""

    @contextmanager
    def reached(_: Config | None) -> Iterator[verbs.Connection]:
        yield connection or workshop.connection()

    before = {path: path.read_bytes() for path in workshop.folder.rglob("*") if path.is_file()}
    request = verbs.Request(environ=workshop.environ, directory=workshop.folder, environment=workshop.environment)
    workshop.emulator.log.clear()
    diagnosis = verbs.doctor(request, reached, workshop.settings())
    assert workshop.writes == []
    assert {path: path.read_bytes() for path in workshop.folder.rglob("*") if path.is_file()} == before
    assert [each.name for each in diagnosis.checks] == WHOLE
    assert all(each.hint for each in diagnosis.checks if each.status is not Health.OK)
    return diagnosis


def unwell(diagnosis: Diagnosis) -> list[str]:
    """Everything that is not as it should be."""
    return [f"{each.status} {each.name}: {each.text}" for each in diagnosis.checks if each.status is not Health.OK]


def names(diagnosis: Diagnosis) -> list[str]:
    return [line.partition(":")[0] for line in unwell(diagnosis)]


def test_where_all_is_well_everything_is_ok(workshop: Workshop) -> None:
    assert unwell(examined(workshop)) == []


def test_without_credentials_everything_else_is_still_looked_at(workshop: Workshop) -> None:
    def unreached(_: Config | None) -> verbs.Connection:
        raise MissingCredentials("There are none.", hint="Set them.")

    request = verbs.Request(environ={}, directory=workshop.folder, environment="dev")
    diagnosis = verbs.doctor(request, unreached, workshop.settings())  # type: ignore[arg-type]  # it never gives any
    assert [each.name for each in diagnosis.checks] == WHOLE
    assert "failed credentials: There are none." in unwell(diagnosis)
    assert [each.status for each in diagnosis.checks[:4]] == [Health.OK] * 4


def test_credentials_that_twilio_does_not_know(workshop: Workshop) -> None:
    workshop.credentials = replace(workshop.credentials, password=Secret("wrong"))
    diagnosis = examined(workshop)
    assert names(diagnosis) == [
        "failed credentials",
        "warning account",
        "warning permissions",
        "warning names",
    ]
    assert "wrong" not in " ".join(unwell(diagnosis))


def test_another_account_than_the_one_that_is_meant(workshop: Workshop) -> None:
    diagnosis = examined_text(workshop, DESK.replace("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", f"AC{'b' * 32}"))
    assert "failed account" in names(diagnosis)
    assert "failed credentials" not in names(diagnosis)


def examined_text(workshop: Workshop, text: str) -> Diagnosis:
    workshop.write(text)
    return examined(workshop)


def test_a_configuration_that_names_no_account_is_not_guarded(workshop: Workshop) -> None:
    workshop.environment = None
    workshop.apply("version: 1\nservices: {desk: {}}\n")
    assert names(examined(workshop)) == ["warning account"]


def test_mistakes_in_the_configuration_leave_the_credentials_to_be_looked_at(workshop: Workshop) -> None:
    diagnosis = examined_text(workshop, DESK.replace("permissions", "permisions"))
    assert names(diagnosis) == ["failed configuration", "warning account", "warning names"]
    assert any("permisions" in each.summary for each in diagnosis.mistakes)


class Dated(Between):
    """Tells the time as Twilio does, and is some seconds off."""

    ahead = 0

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        del request
        response.headers["Date"] = format_datetime(datetime.now(UTC) + timedelta(seconds=self.ahead), usegmt=True)
        return response


@pytest.mark.parametrize(("ahead", "said"), [(0, []), (50, []), (-50, [])])
def test_a_clock_that_is_nearly_right(workshop: Workshop, ahead: int, said: list[str]) -> None:
    transport = Dated(workshop.emulator)
    transport.ahead = ahead
    workshop.transport = transport
    assert unwell(examined(workshop)) == said


@pytest.mark.parametrize(("ahead", "side"), [(-120, "ahead of"), (120, "behind")])
def test_a_clock_that_is_wrong(workshop: Workshop, ahead: int, side: str) -> None:
    transport = Dated(workshop.emulator)
    transport.ahead = ahead
    workshop.transport = transport
    (said,) = unwell(examined(workshop))
    assert said.startswith("warning clock: this machine's clock is 1")
    assert said.endswith(f" seconds {side} Twilio's")


class Forbidding(Between):
    """Knows who asks, and lets some things be read by nobody."""

    forbidden: tuple[str, ...] = ()

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith(self.forbidden):
            return says(request, 403, {"code": 20403, "message": "Forbidden", "status": 403})
        return None


def test_what_may_not_be_read_is_named(workshop: Workshop) -> None:
    transport = Forbidding(workshop.emulator)
    transport.forbidden = ("/Roles", "/Credentials")
    workshop.transport = transport
    diagnosis = examined(workshop)
    assert "failed permissions: may not be read: roles, credentials" in unwell(diagnosis)
    assert names(diagnosis) == ["failed permissions", "failed names"]


def test_an_account_that_may_not_be_read_is_no_wrong_password(workshop: Workshop) -> None:
    transport = Forbidding(workshop.emulator)
    transport.forbidden = ("/v1/Configuration",)
    workshop.transport = transport
    diagnosis = examined(workshop)
    assert names(diagnosis) == ["warning account", "failed permissions", "warning names"]
    assert "failed permissions: may not be read: account configuration" in unwell(diagnosis)


def test_a_twilio_that_does_not_answer(workshop: Workshop) -> None:
    connection = replace(workshop.connection(), origin=Origin("http://127.0.0.1:1"), transport=None)
    diagnosis = examined(workshop, connection)
    assert "failed credentials" in names(diagnosis)


def test_a_ledger_that_is_missing_corrupt_or_of_another_account(workshop: Workshop) -> None:
    text = workshop.ledger_path.read_text("utf-8")
    workshop.ledger_path.unlink()
    assert names(examined(workshop)) == ["warning ledger"]
    workshop.ledger_path.write_text("{", "utf-8")
    assert names(examined(workshop)) == ["failed ledger", "warning names"]
    other = {**json.loads(text), "account_sid": f"AC{'b' * 32}"}
    workshop.ledger_path.write_text(json.dumps(other), "utf-8")
    assert names(examined(workshop)) == ["failed ledger", "warning names"]


def test_a_ledger_that_is_required_and_missing(workshop: Workshop) -> None:
    workshop.ledger_path.unlink()
    diagnosis = examined_text(workshop, DESK.replace("}", ", require_ledger: true}", 1))
    assert names(diagnosis) == ["failed ledger", "warning names"]


def test_what_is_no_longer_declared_is_counted(workshop: Workshop) -> None:
    diagnosis = examined_text(workshop, DESK.partition("    roles:")[0].replace("desk:", "desk: {}"))
    (said,) = unwell(diagnosis)
    assert said.endswith("of which 1 are no longer declared")


def test_two_services_that_one_declared_one_could_be(workshop: Workshop) -> None:
    second = workshop.client.made("/Services", {"FriendlyName": "desk"})
    (said,) = unwell(examined(workshop))
    assert said.startswith("failed names: services/desk could be IS")
    assert second in said


def test_two_services_of_one_name_that_nobody_declares(workshop: Workshop) -> None:
    twins = [workshop.client.made("/Services", {"FriendlyName": "other"}) for _ in range(2)]
    (said,) = unwell(examined(workshop))
    assert said.startswith("warning names: these carry the same name: ")
    assert all(each in said for each in twins)


def test_a_folder_without_git_and_one_that_does_not_ignore_what_is_local(workshop: Workshop) -> None:
    (workshop.folder / ".gitignore").unlink()
    assert names(examined(workshop)) == ["warning .gitignore"]
    (workshop.folder / ".git").rename(workshop.folder / "no.git")
    assert names(examined(workshop)) == ["warning git"]


def test_a_shallow_clone(workshop: Workshop) -> None:
    git = ("git", "-C", str(workshop.folder), "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q")
    for message in ("one", "two"):
        subprocess.run([*git, "--allow-empty", "-m", message], check=True)
    clone = workshop.folder / "clone"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{workshop.folder}", str(clone)], check=True)
    for name in ("confsync.yaml", ".gitignore", workshop.ledger_path.name):
        (workshop.folder / name).rename(clone / name)
    (said,) = unwell(examined(dataclasses.replace(workshop, folder=clone)))
    assert said.startswith("warning git: this clone is shallow")


def test_a_key_is_wanted_only_where_there_are_secrets(workshop: Workshop) -> None:
    workshop.fingerprint_key = None
    workshop.environ = {"KEY": "canary"}
    assert unwell(examined(workshop)) == []
    secret = DESK + 'credentials: {android: {type: fcm, secret: "${{ env.KEY }}"}}\n'
    diagnosis = examined_text(workshop, secret)
    assert names(diagnosis) == ["warning fingerprint key"]
    assert "canary" not in repr(diagnosis)
