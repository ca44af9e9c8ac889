"""Scenarios: the lock and the ledger on a Git remote."""

import threading
from pathlib import Path

from tests.advice.about_guardrails import AGENT, desk_with
from tests.advice.desk import Desk, snippets
from tests.advice.row import advice
from tests.clones import LOCK, Remote, git, lock_in, take

LOCKED = desk_with(AGENT) + "lock: git\n"


def shared_desk(desk: Desk, text: str = LOCKED) -> Remote:
    """Make the folder of a desk a clone, and write a configuration there."""
    remote = Remote.create(desk.folder.with_name(f"{desk.folder.name}.git"), {".gitignore": ".confsync/\n"})
    git(desk.folder, "init", "--quiet")
    git(desk.folder, "remote", "add", "origin", f"file://{remote.path}")
    desk.write(text)
    return remote


def other_clone(remote: Remote) -> Path:
    return remote.clone(f"{remote.path.stem}-other")


@advice(
    "wait until it is done, or run the same command with a longer wait, such as `--lock-timeout 10m`. "
    "If that process is dead, run `confsync ledger unlock`.",
    "if that process is dead, run `confsync ledger unlock {}`.",
    "run `confsync ledger unlock` again, and answer 'yes'.",
    "run `confsync ledger unlock` to see who holds it.",
)
def another_machine_that_holds_the_lock(desk: Desk) -> None:
    remote = shared_desk(desk)
    lock = lock_in(other_clone(remote))
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
        (again,) = snippets(desk.last.err.splitlines()[-1])
        assert desk.run(again, answer="yes\n").code == 0
    assert LOCK not in remote.refs()
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


@advice("run confsync in a clone of the repository, or remove `{}` from the configuration.")
def a_lock_outside_of_a_repository(desk: Desk) -> None:
    desk.write(LOCKED)
    desk.failed("apply --auto-approve", code=11)
    desk.edit("lock: git\n", "")
    desk.apply()


@advice("make `{}` work here without a prompt, then run it again.")
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


@advice("run `confsync ledger unlock` when the remote is available. An apply in this folder can go on.")
def a_lock_that_cannot_be_released(desk: Desk) -> None:
    remote = shared_desk(desk)
    remote.hook("update", f'[ "$3" != {"0" * 40} ]')
    desk.failed("apply --auto-approve", code=11)
    other = lock_in(other_clone(remote))
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
