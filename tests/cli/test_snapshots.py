"""An apply and a drift leave a snapshot, and `plan --against` reads it without credentials and without a network."""

import hashlib
import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from confsync.emulator.emulator import ACCOUNT_SID
from confsync.live.snapshot_file import parse_snapshot, snapshot_text
from confsync.strict_json import canonical_json
from tests.cli.conftest import CONFIGURATION, Confsync
from tests.cli.test_git_lock import APPLY, Run, remote, run
from tests.clones import Remote, git

__all__ = ["remote", "run"]

APPLY_HERE = ("apply", "--emulator", "--auto-approve")
DRIFT = ("drift", "--emulator")
AGAINST = ("plan", "--emulator", "--against", "ledger")
CLERK = "      clerk: {type: conversation, permissions: [sendMessage]}\n"
WITH_CLERK = CONFIGURATION.replace("    configuration:", f"{CLERK}    configuration:")
SHARED = f"{CONFIGURATION}ledger: git\n"
LEDGER = "refs/confsync/ledger"


@pytest.fixture
def snapshot(folder: Path) -> Path:
    """The path of the embedded emulator's snapshot."""
    return folder / ".confsync" / "emulator" / "confsync.snapshot.json"


@pytest.fixture
def applied(confsync: Confsync, snapshot: Path) -> Path:
    """Apply, and return the path of the snapshot."""
    assert confsync(*APPLY_HERE).code == 0
    assert snapshot.exists()
    return snapshot


def no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("something connects to a network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


def age(snapshot: Path, days: int) -> None:
    """Make a snapshot older."""
    saved = parse_snapshot(snapshot, snapshot.read_text("utf-8"))
    taken = datetime.now(UTC) - timedelta(days=days)
    snapshot.write_text(snapshot_text(replace(saved, taken_at=taken)), "utf-8")


@pytest.mark.usefixtures("applied")
def test_a_plan_against_a_snapshot_needs_no_credentials_and_no_network(
    confsync: Confsync, folder: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_connections(monkeypatch)
    unchanged = confsync(*AGAINST, "--detailed-exitcode")
    assert unchanged.code == 0
    assert unchanged.out.startswith("As of 20")
    assert "This plan cannot be applied." in unchanged.out.splitlines()[0]
    assert "No changes. Twilio matched the configuration when the snapshot was taken." in unchanged.out
    (folder / "confsync.yaml").write_text(WITH_CLERK, "utf-8")
    before = snapshot.read_bytes()
    changed = confsync(*AGAINST, "--detailed-exitcode")
    assert changed.code == 2
    assert "+ services/support/roles/clerk" in changed.out
    assert "Plan: 1 to create, 0 to update, 0 to replace, 0 to delete." in changed.out
    assert confsync("plan", "--emulator", "--against", str(snapshot)).out == changed.out
    assert snapshot.read_bytes() == before


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("format_", ["markdown", "github", "html"])
def test_every_format_says_as_of_when(confsync: Confsync, folder: Path, format_: str) -> None:
    (folder / "confsync.yaml").write_text(WITH_CLERK, "utf-8")
    shown = confsync(*AGAINST, "--format", format_).out
    assert "when the snapshot was taken. This plan cannot be applied." in shown.replace("\\", "")
    assert "clerk" in shown


@pytest.mark.usefixtures("applied")
def test_the_document_says_as_of_when_and_what_was_not_checked(confsync: Confsync, folder: Path) -> None:
    (folder / "confsync.yaml").write_text(
        f"{WITH_CLERK}    users: {{alice: {{}}}}\naccount: {{configuration: {{default_service: support}}}}\n", "utf-8"
    )
    document = confsync(*AGAINST, "--json").document
    taken = datetime.fromisoformat(document["as_of"])
    assert timedelta() <= datetime.now(UTC) - taken < timedelta(minutes=5)
    assert not document["complete"]
    assert not document["applyable"]
    assert document["requests"]["reads"] == 0
    assert [each["address"] for each in document["changes"]] == ["services/support/roles/clerk"]
    assert document["unrecorded"] == [
        {
            "address": "account/configuration",
            "section": "configuration",
            "resources": 1,
            "reason": "not read when the snapshot was taken",
        },
        {
            "address": "services/support/users",
            "section": "users",
            "resources": 1,
            "reason": "personal data, which no snapshot contains",
        },
    ]
    text = confsync(*AGAINST).out
    assert "Not in the snapshot, so not checked (2):" in text


@pytest.mark.usefixtures("applied")
def test_what_is_in_a_service_that_does_not_exist_is_created_with_it(confsync: Confsync, folder: Path) -> None:
    new = "  sales:\n    roles: {clerk: {type: conversation, permissions: [sendMessage]}}\n    users: {bob: {}}\n"
    (folder / "confsync.yaml").write_text(CONFIGURATION + new, "utf-8")
    document = confsync(*AGAINST, "--json").document
    created = [each["address"] for each in document["changes"]]
    assert created == ["services/sales", "services/sales/roles/clerk", "services/sales/users/bob"]
    assert document["unrecorded"] == []


def test_only_an_apply_and_a_drift_of_everything_leave_a_snapshot(confsync: Confsync, snapshot: Path) -> None:
    assert confsync("plan", "--emulator").code == 0
    assert confsync(*DRIFT, "--target", "services/support").code == 2
    assert confsync(*APPLY_HERE, "--target", "services/support").code == 0
    assert not snapshot.exists()
    assert confsync(*DRIFT).code == 0
    assert json.loads(snapshot.read_text("utf-8"))["taken_by"] == "drift"


def test_an_unchanged_snapshot_is_rarely_written_again(confsync: Confsync, folder: Path, applied: Path) -> None:
    first = applied.read_bytes()
    assert confsync(*DRIFT).code == 0
    assert confsync(*APPLY_HERE).code == 0
    assert applied.read_bytes() == first
    age(applied, 2)
    before = applied.read_bytes()
    assert confsync(*DRIFT).code == 0
    assert applied.read_bytes() == before
    age(applied, 4)
    assert confsync(*DRIFT).code == 0
    assert parse_snapshot("", applied.read_text("utf-8")).taken_at > datetime.now(UTC) - timedelta(minutes=5)
    (folder / "confsync.yaml").write_text(WITH_CLERK, "utf-8")
    assert confsync(*APPLY_HERE).code == 0
    assert "services/support/roles/clerk" in applied.read_text("utf-8")
    assert "No changes." in confsync(*AGAINST).out


def test_a_snapshot_from_the_future_is_replaced(confsync: Confsync, applied: Path) -> None:
    age(applied, -4)
    assert confsync(*DRIFT).code == 0
    assert parse_snapshot("", applied.read_text("utf-8")).taken_at < datetime.now(UTC) + timedelta(minutes=5)


@pytest.mark.parametrize("command", [APPLY_HERE, DRIFT])
def test_a_snapshot_that_cannot_be_written_changes_no_exit_code(
    command: tuple[str, ...], confsync: Confsync, applied: Path
) -> None:
    applied.unlink()
    applied.mkdir()
    result = confsync(*command)
    assert result.code == 0
    assert "Warning: no snapshot was saved." in result.err


@pytest.mark.usefixtures("applied")
def test_an_old_snapshot_is_reported(confsync: Confsync, snapshot: Path) -> None:
    age(snapshot, 6)
    assert "CS4012" not in confsync(*AGAINST).err
    age(snapshot, 9)
    assert "warning[CS4012]: the snapshot is 9 days old" in confsync(*AGAINST).err
    assert "the snapshot is 9 days old" in confsync(*AGAINST, "--format", "markdown").out


def cut(text: str) -> str:
    return text[: len(text) // 2]


def edit(text: str) -> str:
    return text.replace('"sendMessage"', '"deleteAnyMessage"')


def empty(_: str) -> str:
    return ""


def another_file(_: str) -> str:
    return '{"kind": "plan"}'


def newer(text: str) -> str:
    return text.replace('"format_version": "1.0"', '"format_version": "2.0"')


def signed(change: Callable[[dict[str, Any]], object]) -> Callable[[str], str]:
    """Change a snapshot and correct its checksum, as somebody may who wants it to be read."""

    def damaged(text: str) -> str:
        content = json.loads(text)
        change(content)
        canonical = canonical_json({name: value for name, value in content.items() if name != "checksum"})
        content["checksum"] = f"sha256:{hashlib.sha256(canonical.encode(errors='surrogatepass')).hexdigest()}"
        return json.dumps(content)

    return damaged


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut, "it is damaged: it is not JSON"),
        (edit, "its checksum is wrong, so it was edited or damaged"),
        (empty, "it is not JSON"),
        (another_file, "its `kind` is not 'snapshot'"),
        (newer, "has format 2.0, and this version of confsync reads formats up to 1"),
        (signed(lambda it: it.update(taken_at="9999-12-31T23:59:59-23:59")), "its time is out of range"),
        (signed(lambda it: it["configuration"].update(digest="\ud800")), "it contains a lone surrogate"),
        (signed(lambda it: it["resources"][0]["fields"].update(friendly_name="\ud800")), "a lone surrogate"),
    ],
)
def test_a_damaged_snapshot_is_an_error(
    damage: Callable[[str], str], said: str, confsync: Confsync, applied: Path
) -> None:
    applied.write_text(damage(applied.read_text("utf-8")), "utf-8")
    result = confsync(*AGAINST)
    assert (result.code, said in result.err) == (11, True), result.err
    assert confsync(*DRIFT).code == 0, "a damaged snapshot is replaced"
    assert confsync(*AGAINST).code == 0


def test_without_a_snapshot_there_is_no_plan(confsync: Confsync) -> None:
    assert confsync(*AGAINST).code == 11
    assert confsync("plan", "--emulator", "--against", "missing.json").code == 11


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize(
    ("environments", "options", "said"),
    [
        (f"dev: {{account_sid: {'AC' + 'b' * 32}}}", ("--emulator",), "The snapshot is of account AC"),
        (f"dev: {{account_sid: {ACCOUNT_SID}}}", ("--emulator",), "The snapshot is of no environment"),
        ("", (), "The snapshot is of an account at 127.0.0.1"),
    ],
)
def test_a_snapshot_of_another_account_environment_or_host_is_refused(
    environments: str, options: tuple[str, ...], said: str, confsync: Confsync, folder: Path, snapshot: Path
) -> None:
    more = f"environments: {{{environments}}}\n" if environments else ""
    (folder / "confsync.yaml").write_text(CONFIGURATION + more, "utf-8")
    result = confsync("plan", *options, "--against", str(snapshot))
    assert (result.code, said in result.err) == (8, True), result.err


@pytest.mark.usefixtures("applied")
def test_a_plan_against_a_snapshot_is_never_saved_and_never_destroys(confsync: Confsync, folder: Path) -> None:
    assert confsync(*AGAINST, "--out", "saved.plan").code == 3
    assert not (folder / "saved.plan").exists()
    assert confsync(*AGAINST, "--destroy").code == 3


def share(clone: Path, text: str = SHARED) -> None:
    (clone / "confsync.yaml").write_text(text, "utf-8")


def test_a_ledger_on_a_ref_has_its_snapshot_there(remote: Remote, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    one, fork = remote.clone("one"), remote.clone("fork")
    share(one)
    share(fork, WITH_CLERK + "ledger: git\n")
    assert run(one, *APPLY).code == 0
    names = git(remote.path, "ls-tree", "-r", "--name-only", LEDGER).split()
    assert sorted(Path(each).name for each in names) == ["confsync.ledger.json", "confsync.snapshot.json"]
    assert git(one, "status", "--porcelain").split() == ["M", "confsync.yaml"]
    tip = remote.refs()[LEDGER]
    assert run(one, "drift").code == 0
    assert remote.refs()[LEDGER] == tip, "an unchanged snapshot is not pushed"
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.delenv(name)
    planned = run(fork, "plan", "--against", "ledger", "--json").document
    assert [each["address"] for each in planned["changes"]] == ["services/support/roles/clerk"]
    (name,) = (each for each in names if "snapshot" in each)
    (fork / "fetched.json").write_text(git(remote.path, "show", f"{LEDGER}:{name}"), "utf-8")
    from_file = run(fork, "plan", "--against", str(fork / "fetched.json"), "--json").document
    assert from_file == planned | {"created_at": from_file["created_at"]}


def test_a_rejected_push_of_the_snapshot_only_warns(remote: Remote, run: Run) -> None:
    one = remote.clone("one")
    share(one)
    assert run(one, *APPLY).code == 0
    before = remote.refs()[LEDGER]
    remote.hook("pre-receive", "exit 1")
    share(one, f"{CONFIGURATION}account: {{webhooks: {{}}}}\nledger: git\n")
    drifted = run(one, "drift")
    assert drifted.code == 0
    assert "Warning: no snapshot was saved. The Git remote 'origin' rejected the push" in drifted.err
    assert remote.refs()[LEDGER] == before
