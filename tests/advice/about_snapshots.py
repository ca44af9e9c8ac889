"""Scenarios: a snapshot that cannot be planned against, or that cannot be left behind."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

import confsync
from confsync.account.offline import plan_against_sync
from confsync.emulator.emulator import ACCOUNT_SID
from confsync.live.snapshot_file import parse_snapshot, snapshot_text
from confsync.state.snapshot_store import SnapshotStore
from tests.advice.about_guardrails import AGENT, desk_with
from tests.advice.about_remotes import LOCKED, shared_desk
from tests.advice.desk import Desk, snippets
from tests.advice.row import advice
from tests.advice.selection import PLAIN
from tests.clones import git

AGAINST = "plan --against ledger"


def snapshot_of(desk: Desk) -> Path:
    """The only snapshot."""
    (path,) = (desk.folder / ".confsync").rglob("confsync.snapshot*.json")
    return path


def follow(desk: Desk, hint: str) -> None:
    """Run the drift that a hint asks for, and plan against what it leaves."""
    (command,) = snippets(hint)
    assert command.startswith("confsync drift")
    desk.run(command)
    desk.done(AGAINST)


@advice("run `confsync drift` with the credentials of the account: it leaves one there.")
def a_snapshot_that_nobody_took(desk: Desk) -> None:
    desk.write(desk_with(AGENT))
    follow(desk, desk.failed(AGAINST, code=11))


@advice("take a new one: `confsync drift`.")
def a_damaged_snapshot(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    snapshot_of(desk).write_text("{", "utf-8")
    follow(desk, desk.failed(AGAINST, code=11))


@advice("name a file that `confsync drift` or `confsync apply` wrote.")
def a_file_that_is_no_snapshot(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    (desk.folder / "folder").mkdir()
    (desk.folder / "large").write_bytes(b" ")
    for wrong in ("missing.json", "/dev/null"):
        _, written = snippets(desk.failed(f"plan --against {wrong}", code=11))
        assert written.startswith("confsync apply")
    with desk.monkeypatch.context() as patch:
        patch.setattr("confsync.state.snapshot_store.MOST_STATE_BYTES", 0)
        desk.failed("plan --against large", code=11)
    desk.done(f"plan --against {snapshot_of(desk)}")


@advice("run `confsync drift` with the credentials of the account: it takes a new one")
def an_old_snapshot(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    path = snapshot_of(desk)
    saved = parse_snapshot(path, path.read_text("utf-8"))
    path.write_text(snapshot_text(replace(saved, taken_at=datetime.now(UTC) - timedelta(days=30))), "utf-8")
    hint = next(line for line in desk.done(AGAINST).err.splitlines() if "takes a new one" in line)
    follow(desk, hint)
    assert "takes a new one" not in desk.last.err


@advice(
    "name the snapshot of that account, or select the environment of this one with -e.",
    "name the snapshot of that environment, or select the environment of this one with -e.",
    "name a snapshot of that host. That of the embedded emulator needs --emulator.",
)
def a_snapshot_of_something_else(desk: Desk) -> None:
    environments = f"environments: {{dev: {{account_sid: {ACCOUNT_SID}}}, prod: {{account_sid: {'AC' + 'b' * 32}}}}}\n"
    desk.apply(desk_with(AGENT) + environments, "-e", "dev")
    path = snapshot_of(desk)
    assert "-e." in desk.failed(f"plan -e prod --against {path}", code=8)
    desk.done(f"plan -e dev --against {path}")
    desk.write(desk_with(AGENT) + environments.replace("dev", "test"))
    assert "-e." in desk.failed(f"plan -e test --against {path}", code=8)
    desk.write(desk_with(AGENT) + environments)
    desk.done(f"plan -e dev --against {path}")
    assert "--emulator" in desk.failed(f"plan --emulator -e dev --against {path}", code=8)
    desk.run("drift --emulator -e dev")
    desk.done("plan --emulator -e dev --against ledger")


@advice("run `confsync plan --destroy` with the credentials of the account.")
def a_destroy_against_a_snapshot(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    desk.follow(desk.failed(f"{AGAINST} --destroy", code=3))
    assert desk.last.code == 0


@advice(
    "make a plan of the live state: `confsync plan --out FILE`.",
    "make a plan of the live state: `confsync plan`.",
    most=PLAIN,
)
def a_plan_against_a_snapshot_in_a_program(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    config = confsync.load(directory=desk.folder)
    plan = plan_against_sync(config)
    with pytest.raises(confsync.UsageError) as unsaved:
        plan.save(desk.folder / "x.plan")
    with confsync.connect_sync(config) as account, pytest.raises(confsync.Refused) as refused:
        account.apply(plan)
    for error in (unsaved, refused):
        (command,) = snippets(error.value.hint)
        desk.done(command.replace("FILE", "x.plan"))


@advice("{} the folder {}, then run it again.", "move {}, which is not a file, to another place, then run it again.")
def a_snapshot_that_cannot_be_written(desk: Desk) -> None:
    path = desk.folder / "file" / "confsync.snapshot.json"
    (desk.folder / "file").write_text("", "utf-8")
    with pytest.raises(confsync.LocalFileError) as error:
        SnapshotStore(path).write("")
    assert "Remove the file that is in the place of the folder" in error.value.hint
    (desk.folder / "file").unlink()
    path.mkdir(parents=True)
    with pytest.raises(confsync.LocalFileError, match="cannot be written"):
        SnapshotStore(path).write("")
    path.rmdir()
    SnapshotStore(path).write("")
    assert path.exists()


@advice("remove it from {}.")
def a_snapshot_on_a_ref_that_is_too_large(desk: Desk) -> None:
    remote = shared_desk(desk, f"{LOCKED}ledger: git\n")
    desk.apply()
    with desk.monkeypatch.context() as patch:
        patch.setattr("confsync.state.ledger_branch.MOST_STATE_BYTES", 10)
        hint = desk.failed(AGAINST, code=11)
    ref = hint.removeprefix("Remove it from ").partition(" ")[0]
    git(remote.path, "update-ref", "-d", ref)
    follow(desk, desk.failed(AGAINST, code=11))
