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
from confsync.doctor.check_names import CheckName
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


@pytest.fixture(autouse=True)
def applied(harness: Harness) -> None:
    """Start in a Git repository with a ledger, where every check is ok."""
    subprocess.run(["git", "init", "-q", str(harness.folder)], check=True)
    (harness.folder / ".gitignore").write_text(".confsync/\n", "utf-8")
    harness.environment = "dev"
    harness.apply(DESK)


def run_doctor(harness: Harness, connection: Connection | None = None) -> Diagnosis:
    """Run doctor, and check that it sends only GET requests and changes no file."""

    @contextmanager
    def reached(_: Config | None) -> Iterator[Connection]:
        yield connection or harness.connection()

    before = {path: path.read_bytes() for path in harness.folder.rglob("*") if path.is_file()}
    request = LoadOptions(environ=harness.environ, directory=harness.folder, environment=harness.environment)
    harness.emulator.log.clear()
    diagnosis = diagnose(request, reached, harness.settings())
    assert harness.writes == []
    assert {path: path.read_bytes() for path in harness.folder.rglob("*") if path.is_file()} == before
    assert [each.name for each in diagnosis.checks] == list(CheckName)
    assert all(each.hint for each in diagnosis.checks if each.status is not CheckStatus.OK)
    return diagnosis


def problems(diagnosis: Diagnosis) -> list[str]:
    """List every check that is not ok, except the clock: the emulator in this process sends no time."""
    unknown_time = CheckStatus.NOT_CHECKED, "clock"
    others = (each for each in diagnosis.checks if (each.status, each.name) != unknown_time)
    return [f"{each.status} {each.name}: {each.text}" for each in others if each.status is not CheckStatus.OK]


def problem_names(diagnosis: Diagnosis) -> list[str]:
    return [line.partition(":")[0] for line in problems(diagnosis)]


def test_every_check_is_ok(harness: Harness) -> None:
    assert problems(run_doctor(harness)) == []


def test_what_a_different_environment_of_the_account_owns_is_no_ambiguity(harness: Harness) -> None:
    account = "account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    stages = DESK.replace("services:", f"  prod: {{{account}}}\nservices:")
    stages = stages.replace("  desk:", "  other: {lifecycle: {only: [prod]}}\n  desk:\n    lifecycle: {only: [dev]}")
    harness.environment = "prod"
    harness.apply(stages)
    harness.environment = "dev"
    harness.apply()
    assert problems(run_doctor(harness)) == []
    harness.write(
        stages.replace("other: {lifecycle: {only: [prod]}}", "third: {friendly_name: other, lifecycle: {only: [dev]}}")
    )
    assert problems(run_doctor(harness)) == [
        "failed names: services/third belongs to environment 'prod', as services/other."
    ]


def test_without_credentials_the_local_checks_still_run(harness: Harness) -> None:
    def unreached(_: Config | None) -> Connection:
        raise MissingCredentials("There are none.", hint="Set them.")

    request = LoadOptions(environ={}, directory=harness.folder, environment="dev")
    diagnosis = diagnose(request, unreached, harness.settings())  # type: ignore[arg-type]  # it never gives any
    assert [each.name for each in diagnosis.checks] == list(CheckName)
    assert "failed credentials: There are none." in problems(diagnosis)
    assert [each.status for each in diagnosis.checks[:4]] == [CheckStatus.OK] * 4


def test_credentials_that_twilio_rejects(harness: Harness) -> None:
    harness.credentials = replace(harness.credentials, password=Secret("wrong"))
    diagnosis = run_doctor(harness)
    assert problem_names(diagnosis) == [
        "failed credentials",
        "not checked account",
        "not checked permissions",
        "not checked names",
    ]
    assert "wrong" not in " ".join(problems(diagnosis))


def test_another_account_than_the_declared_one(harness: Harness) -> None:
    diagnosis = diagnose_configuration(harness, DESK.replace("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", f"AC{'b' * 32}"))
    assert "failed account" in problem_names(diagnosis)
    assert "failed credentials" not in problem_names(diagnosis)


def diagnose_configuration(harness: Harness, text: str) -> Diagnosis:
    harness.write(text)
    return run_doctor(harness)


def test_a_configuration_that_names_no_account_is_a_warning(harness: Harness) -> None:
    harness.ledger_path.unlink()
    harness.environment = None
    harness.apply("version: 1\nservices: {desk: {}}\n")
    assert problem_names(run_doctor(harness)) == ["warning account"]


def test_a_ledger_that_a_removed_environment_left_behind(harness: Harness) -> None:
    old = harness.ledger_path
    harness.environment = None
    diagnosis = diagnose_configuration(harness, "version: 1\nservices: {desk: {}}\n")
    (failed,) = diagnosis.failures
    assert failed.text == f"{old} is a ledger of this account, and no declared environment uses it."
    assert f"`confsync ledger adopt --emulator {old}`" in failed.hint


def test_with_an_invalid_configuration_the_credentials_are_still_checked(harness: Harness) -> None:
    diagnosis = diagnose_configuration(harness, DESK.replace("permissions", "permisions"))
    assert problem_names(diagnosis) == [
        "failed configuration",
        "not checked account",
        "not checked names",
    ]
    assert any("permisions" in each.summary for each in diagnosis.mistakes)


class Dated(InterceptingTransport):
    """Sends a Date header that is some seconds off."""

    ahead = 0

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        del request
        response.headers["Date"] = format_datetime(datetime.now(UTC) + timedelta(seconds=self.ahead), usegmt=True)
        return response


@pytest.mark.parametrize(("ahead", "said"), [(0, []), (50, []), (-50, [])])
def test_a_clock_that_is_right_within_a_minute(harness: Harness, ahead: int, said: list[str]) -> None:
    transport = Dated(harness.emulator)
    transport.ahead = ahead
    harness.transport = transport
    assert problems(run_doctor(harness)) == said


@pytest.mark.parametrize(("ahead", "side"), [(-120, "ahead of"), (120, "behind")])
def test_a_clock_that_is_wrong(harness: Harness, ahead: int, side: str) -> None:
    transport = Dated(harness.emulator)
    transport.ahead = ahead
    harness.transport = transport
    (problem,) = problems(run_doctor(harness))
    assert problem.startswith("warning clock: this machine's clock is 1")
    assert problem.endswith(f" seconds {side} Twilio's")


class Forbidding(InterceptingTransport):
    """Accepts the credentials, and forbids these paths."""

    forbidden: tuple[str, ...] = ()

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith(self.forbidden):
            return json_response(request, 403, {"code": 20403, "message": "Forbidden", "status": 403})
        return None


def check(diagnosis: Diagnosis, name: str) -> str:
    """Show one check."""
    (found,) = (each for each in diagnosis.checks if each.name == name)
    return f"{found.status}: {found.text}"


def test_a_check_that_could_not_be_made_is_not_ok(harness: Harness) -> None:
    found = check(run_doctor(harness), "clock")
    assert found == "not checked: no response contained the time"


class WithoutServices(InterceptingTransport):
    """Lists no service."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        listed = request.url.path == "/v1/Services"
        return json_response(request, 200, {"services": [], "meta": {"next_page_url": None}}) if listed else None


def test_the_permissions_that_were_not_checked_are_named(harness: Harness) -> None:
    read = "ok: readable: account configuration, credentials, services"
    others = "other types, and write permissions"
    assert check(run_doctor(harness), "permissions") == f"{read}, roles; not checked: {others}"
    harness.transport = WithoutServices(harness.emulator)
    empty = check(run_doctor(harness), "permissions")
    assert empty == f"{read}; not checked: roles, because there is no service to look in; {others}"


def test_a_ledger_whose_fingerprints_have_another_key_is_a_warning(harness: Harness) -> None:
    harness.apply(DESK + 'credentials: {android: {type: fcm, secret: "${{ env.PUSH_KEY }}"}}\n')
    assert problems(run_doctor(harness)) == []
    harness.fingerprint_key = Secret("another key")
    (problem,) = problems(run_doctor(harness))
    assert problem.endswith("1 fingerprint was made with another key")


def test_secrets_without_a_value_are_named(harness: Harness) -> None:
    harness.environ.clear()
    diagnosis = diagnose_configuration(harness, DESK + 'credentials: {a: {type: fcm, secret: "${{ env.FCM }}"}}\n')
    assert "warning configuration: valid: 3 resources in environment dev; 1 secret has no value here (FCM)" in problems(
        diagnosis
    )


def test_without_a_valid_configuration_nothing_is_said_about_it(harness: Harness) -> None:
    harness.fingerprint_key = None
    diagnosis = diagnose_configuration(harness, "version: 1\nservces: {}\n")
    assert check(diagnosis, "fingerprint key").startswith("not checked: ")
    assert check(diagnosis, "ledger").endswith("not compared with the configuration, which is not valid")


def test_kinds_that_cannot_be_read_are_named(harness: Harness) -> None:
    transport = Forbidding(harness.emulator)
    transport.forbidden = ("/Roles", "/Credentials")
    harness.transport = transport
    diagnosis = run_doctor(harness)
    assert "failed permissions: not readable: credentials, roles" in problems(diagnosis)
    assert problem_names(diagnosis) == ["failed permissions", "failed names"]


def test_an_account_that_cannot_be_read_is_not_a_wrong_password(harness: Harness) -> None:
    transport = Forbidding(harness.emulator)
    transport.forbidden = ("/v1/Configuration",)
    harness.transport = transport
    diagnosis = run_doctor(harness)
    assert problem_names(diagnosis) == ["not checked account", "failed permissions", "not checked names"]
    assert "failed permissions: not readable: account configuration" in problems(diagnosis)


def test_twilio_does_not_respond(harness: Harness) -> None:
    connection = replace(harness.connection(), origin=Origin("http://127.0.0.1:1"), transport=None)
    diagnosis = run_doctor(harness, connection)
    assert "failed credentials" in problem_names(diagnosis)


def test_a_ledger_that_is_missing_corrupt_or_of_another_account(harness: Harness) -> None:
    text = harness.ledger_path.read_text("utf-8")
    harness.ledger_path.unlink()
    assert problem_names(run_doctor(harness)) == ["warning ledger"]
    harness.ledger_path.write_text("{", "utf-8")
    assert problem_names(run_doctor(harness)) == ["failed ledger", "not checked names"]
    other = {**json.loads(text), "account_sid": f"AC{'b' * 32}"}
    harness.ledger_path.write_text(json.dumps(other), "utf-8")
    assert problem_names(run_doctor(harness)) == ["failed ledger", "not checked names"]


def test_a_ledger_that_is_required_and_missing(harness: Harness) -> None:
    harness.ledger_path.unlink()
    diagnosis = diagnose_configuration(harness, DESK.replace("}", ", require_ledger: true}", 1))
    assert problem_names(diagnosis) == ["failed ledger", "not checked names"]


def test_resources_that_are_no_longer_declared_are_counted(harness: Harness) -> None:
    diagnosis = diagnose_configuration(harness, DESK.partition("    roles:")[0].replace("desk:", "desk: {}"))
    (problem,) = problems(diagnosis)
    assert problem.endswith("of which 1 are no longer declared")


def test_a_declared_service_that_matches_two_live_ones(harness: Harness) -> None:
    second = harness.client.made("/Services", {"FriendlyName": "desk"})
    (found,) = harness.plan().probable_duplicates
    (problem,) = problems(run_doctor(harness))
    assert problem.startswith(f"warning names: probable duplicates: {second} of services/desk ({found.sid})")
    harness.ledger_path.unlink()
    _, problem = problems(run_doctor(harness))
    assert problem.startswith("failed names: services/desk could be IS")
    assert second in problem


def test_two_undeclared_services_with_the_same_name(harness: Harness) -> None:
    twins = [harness.client.made("/Services", {"FriendlyName": "other"}) for _ in range(2)]
    (problem,) = problems(run_doctor(harness))
    assert problem.startswith("warning names: these have the same name: ")
    assert all(each in problem for each in twins)


def test_a_folder_without_git_and_a_state_directory_that_is_not_ignored(harness: Harness) -> None:
    (harness.folder / ".gitignore").unlink()
    assert problem_names(run_doctor(harness)) == ["warning .gitignore"]
    (harness.folder / ".git").rename(harness.folder / "no.git")
    assert problem_names(run_doctor(harness)) == ["warning git", "not checked .gitignore"]


def test_a_shallow_clone(harness: Harness) -> None:
    git = ("git", "-C", str(harness.folder), "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q")
    for message in ("one", "two"):
        subprocess.run([*git, "--allow-empty", "-m", message], check=True)
    clone = harness.folder / "clone"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{harness.folder}", str(clone)], check=True)
    for name in ("confsync.yaml", ".gitignore", harness.ledger_path.name):
        (harness.folder / name).rename(clone / name)
    (problem,) = problems(run_doctor(dataclasses.replace(harness, folder=clone)))
    assert problem.startswith("warning git: this clone is shallow")


def test_a_fingerprint_key_is_needed_only_for_secrets(harness: Harness) -> None:
    harness.fingerprint_key = None
    harness.environ = {"KEY": "canary"}
    assert problems(run_doctor(harness)) == []
    secret = DESK + 'credentials: {android: {type: fcm, secret: "${{ env.KEY }}"}}\n'
    diagnosis = diagnose_configuration(harness, secret)
    assert problem_names(diagnosis) == ["warning fingerprint key"]
    assert "canary" not in repr(diagnosis)
