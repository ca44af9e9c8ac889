"""Scenarios: the lock and the ledger on a Git remote."""

import json
import os
import threading
from pathlib import Path

import pytest
from msgspec.structs import replace

from confsync.config.shared_state import RemoteRef
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN
from confsync.errors import GitRemoteError
from confsync.state.git_remote import GitRef, git_ref
from confsync.state.ledger_branch import LedgerBranch
from confsync.state.ledger_file import write_ledger
from confsync.state.state_files import unpushed_path
from tests.advice.about_guardrails import AGENT, desk_with
from tests.advice.desk import Desk, snippets
from tests.advice.row import advice
from tests.advice.selection import ENVIRONMENT, PLAIN
from tests.clones import LOCK, Remote, git, lock_in, take

LOCKED = desk_with(AGENT) + "lock: git\n"


def shared_desk(desk: Desk, text: str = LOCKED) -> Remote:
    """Make the folder of a desk a clone, and write a configuration there."""
    remote = Remote.create(desk.folder.with_name(f"{desk.folder.name}.git"), {".gitignore": ".confsync/\n"})
    git(desk.folder, "init", "--quiet")
    git(desk.folder, "remote", "add", "origin", f"file://{remote.path}")
    desk.write(text)
    return remote


def ref(desk: Desk, name: str) -> str:
    """Name a ref as an environment does that the desk selects."""
    return f"{name}-main" if desk.selects else name


def other_clone(remote: Remote) -> Path:
    return remote.clone(f"{remote.path.stem}-other")


@advice(
    "wait until it is done, or run the same command with a longer wait, such as `--lock-timeout 10m`. "
    "If that process is dead, run `confsync ledger unlock`.",
    "if that process is dead, run `confsync ledger unlock {}`.",
    "run `confsync ledger unlock` again, and answer 'yes'.",
    "run `confsync ledger unlock` to see who holds it.",
    most=ENVIRONMENT,
)
def another_machine_that_holds_the_lock(desk: Desk) -> None:
    remote = shared_desk(desk)
    lock = lock_in(other_clone(remote), ref(desk, LOCK))
    take(lock)
    option, unlock = snippets(desk.failed("apply --auto-approve", code=10))
    threading.Timer(0.5, lock.release).start()
    desk.done(f"apply --auto-approve {option}")
    take(lock)
    (old,) = snippets(desk.failed(unlock, code=8))
    (again,) = snippets(desk.failed(f"{unlock} {'0' * 40}", code=8))
    with desk.monkeypatch.context() as patch:
        patch.setattr("confsync.cli.invocation.Invocation.asks", True)
        assert desk.run(again, answer="no\n").code == 8
        assert "is held by `confsync apply`, process" in desk.last.err
        (again,) = snippets(desk.next)
        assert desk.run(again, answer="yes\n").code == 0
    assert ref(desk, LOCK) not in remote.refs()
    take(lock)
    desk.failed(old, code=8)
    (command,) = snippets(desk.failed(unlock, code=8))
    desk.done(command)
    desk.done("apply --auto-approve")
    assert "Nobody holds the lock" in desk.done(unlock).err


@advice("run the command that was locked out again.")
def a_lock_in_a_file(desk: Desk) -> None:
    desk.write(desk_with(AGENT))
    desk.failed("ledger unlock", code=3)
    desk.apply()


@advice("choose another `ref` for the `lock` in the configuration.")
def a_ref_that_is_not_a_lock(desk: Desk) -> None:
    remote = shared_desk(desk)
    git(remote.path, "update-ref", LOCK, "HEAD")
    desk.failed("apply --auto-approve", code=10)
    desk.failed("ledger unlock", code=8)
    desk.edit("lock: git", "lock: {store: git, ref: refs/confsync/lock-of-desk}")
    desk.apply()
    assert LOCK in remote.refs()


@advice("run confsync in a clone of the repository, or remove `{}` from the configuration.", most=ENVIRONMENT)
def a_lock_outside_of_a_repository(desk: Desk) -> None:
    desk.write(LOCKED)
    desk.failed("apply --auto-approve", code=11)
    desk.edit("lock: git\n", "")
    desk.apply()


@advice("make `{}` work here without a prompt, then run it again.", most=ENVIRONMENT)
def a_remote_that_is_missing(desk: Desk) -> None:
    remote = shared_desk(desk)
    git(desk.folder, "remote", "remove", "origin")
    (command,) = snippets(desk.failed("apply --auto-approve", code=11))
    git(desk.folder, "remote", "add", "origin", str(remote.path))
    git(desk.folder, *command.split()[1:])
    desk.apply()


@advice("allow this push to {}, or choose another `ref` in the configuration, then run it again.")
def a_remote_that_rejects_the_lock(desk: Desk) -> None:
    remote = shared_desk(desk)
    remote.hook("update", f'[ "$1" != {LOCK} ]')
    assert f"Allow this push to {LOCK}" in desk.failed("apply --auto-approve", code=11)
    desk.edit("lock: git", "lock: {store: git, ref: refs/heads/confsync-lock}")
    desk.apply()
    desk.edit("lock: {store: git, ref: refs/heads/confsync-lock}", "lock: git")
    remote.hook("update", "exit 0")
    desk.apply()


@advice(
    "run `confsync ledger unlock` when the remote is available. An apply in this folder can go on.", most=ENVIRONMENT
)
def a_lock_that_cannot_be_released(desk: Desk) -> None:
    remote = shared_desk(desk)
    remote.hook("update", f'[ "$3" != {"0" * 40} ]')
    desk.failed("apply --auto-approve", code=11)
    other = lock_in(other_clone(remote), ref(desk, LOCK))
    assert other.look()
    remote.hook("update", "exit 0")
    desk.apply()
    assert other.look() is None


@advice("check this clone with `git fsck`, then run it again.")
def a_clone_that_cannot_be_written(desk: Desk) -> None:
    remote = shared_desk(desk)
    in_the_way = [desk.folder / ".git" / "objects" / f"{number:02x}" for number in range(256)]
    for each in in_the_way:
        each.write_text("")
    desk.failed("apply --auto-approve", code=11)
    for each in in_the_way:
        each.unlink()
    git(desk.folder, "fsck")
    desk.apply()
    assert LOCK not in remote.refs()


SHARED = desk_with(AGENT) + "ledger: git\n"
LEDGER = "refs/confsync/ledger"


@advice("run `confsync ledger push` here when the remote accepts the push.", most=ENVIRONMENT)
def a_ledger_that_cannot_be_pushed(desk: Desk) -> None:
    remote = shared_desk(desk, SHARED)
    remote.hook("update", "exit 1")
    (command,) = snippets(desk.failed("apply --auto-approve", code=11))
    remote.hook("update", "exit 0")
    desk.done(command)
    assert LEDGER in remote.refs()
    desk.allowed()


def branch_of(desk: Desk) -> LedgerBranch:
    name = os.environ["CONFSYNC_BASE_URL"].removeprefix("http://").replace(":", "-")
    file = "confsync.ledger.main.json" if desk.selects else "confsync.ledger.json"
    path = desk.folder / ".confsync" / name / file
    return LedgerBranch(git_ref(desk.folder, RemoteRef("origin", LEDGER), "ledger"), path)


@advice("run `confsync ledger push`: it merges the two ledgers.", most=PLAIN)
def a_ledger_that_somebody_else_pushed(desk: Desk) -> None:
    shared_desk(desk, SHARED)
    desk.apply()
    branch = branch_of(desk)
    ledger = branch.read_any()
    assert ledger
    with pytest.raises(GitRemoteError) as caught:
        branch.push(ledger, None)
    desk.follow(caught.value.hint)
    assert desk.last.code == 0


@advice(
    "decide which of the two is right, keep that file, and run `confsync plan`: it finds the rest by name.",
    "name the three files: BASE, OURS and THEIRS.",
)
def two_ledgers_that_contradict_each_other(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    for name, digest in (("ours", "x"), ("theirs", "y")):
        ledger = json.loads(desk.ledger.read_text("utf-8"))
        for each in ledger["entries"]:
            each["applied"] = dict.fromkeys(each["applied"], digest)
        desk.write(json.dumps(ledger), f"{name}.json")
    desk.write(desk.ledger.read_text("utf-8"), "base.json")
    desk.failed("ledger merge base.json ours.json nothing.json", code=11)
    desk.failed("ledger merge base.json ours.json theirs.json", code=8)
    desk.write(desk.text("theirs.json"), str(desk.ledger.relative_to(desk.folder)))
    desk.done("plan")


@advice("move {} away, then run `confsync plan`: it finds what that file knew by name.", most=ENVIRONMENT)
def a_ledger_that_contradicts_the_one_on_the_remote(desk: Desk) -> None:
    shared_desk(desk, SHARED)
    desk.apply()
    branch = branch_of(desk)
    ledger = branch.read_any()
    assert ledger
    other = tuple(replace(each, applied=dict.fromkeys(each.applied, "x")) for each in ledger.entries)
    branch.push(replace(ledger, entries=other, serial=2), ledger)
    entries = tuple(replace(each, applied=dict.fromkeys(each.applied, "y")) for each in ledger.entries)
    kept = unpushed_path(branch.path)
    write_ledger(kept, replace(ledger, entries=entries, serial=2))
    assert str(kept) in desk.failed("plan", code=8)
    kept.rename(desk.folder / "away.json")
    desk.done("plan")


@advice("commit the file, or write `ledger: git` in the configuration.")
def a_ledger_in_a_file(desk: Desk) -> None:
    shared_desk(desk, desk_with(AGENT))
    desk.apply()
    _, line = ("", *snippets(desk.failed("ledger push", code=3)))
    desk.add(line)
    desk.done("ledger push")


@advice("set TWILIO_ACCOUNT_SID to the account's SID.")
def an_account_that_is_not_known(desk: Desk) -> None:
    shared_desk(desk, SHARED)
    desk.set("TWILIO_ACCOUNT_SID", None)
    desk.set("TWILIO_API_KEY", ACCOUNT_SID)
    desk.set("TWILIO_API_SECRET", AUTH_TOKEN)
    desk.failed("ledger push", code=3)
    desk.set("TWILIO_ACCOUNT_SID", ACCOUNT_SID)
    desk.done("ledger push")


@advice("run it again.")
def a_ref_that_others_change_all_the_time(desk: Desk) -> None:
    shared_desk(desk, SHARED)
    desk.apply()
    desk.write(desk.text().replace("sendMessage", "leaveConversation"))
    with desk.monkeypatch.context() as patch:
        patch.setattr(GitRef, "replace", lambda *_: False)
        desk.failed("apply --auto-approve", code=11)
        desk.failed("ledger push", code=11)
    desk.done("ledger push")
