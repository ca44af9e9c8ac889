"""A lock on a ref of a Git remote: one clone at a time holds it, and nobody removes another one than he saw."""

import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from confsync.config.shared_state import RemoteRef
from confsync.errors import GitRemoteError, Locked
from confsync.state.git_remote import git_ref
from tests.clones import LOCK, Remote, git, lock_in, take
from tests.forked_python import start_python

JOB = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "team/repo", "GITHUB_RUN_ID": "7"}


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote.create(tmp_path / "remote.git", {"confsync.yaml": "version: 1\n"})


def test_one_clone_at_a_time_holds_the_lock(remote: Remote) -> None:
    one, other = lock_in(remote.clone("one"), environ=JOB), lock_in(remote.clone("other"))
    take(one)
    with pytest.raises(Locked, match=r"`confsync apply`, process \d+ of .+ on .+, since 20\S+Z \(https://github.com/t"):
        take(other)
    one.release()
    assert LOCK not in remote.refs()
    take(other)
    other.release()
    assert list(remote.refs()) == ["refs/heads/main"]


def test_a_lock_leaves_the_clone_as_it_was(remote: Remote) -> None:
    clone = remote.clone("one")
    before = git(clone, "for-each-ref"), (clone / ".git" / "index").read_bytes(), git(clone, "status", "--porcelain")
    lock = lock_in(clone)
    take(lock)
    lock.release()
    (clone / ".confsync").rmdir()
    assert (
        git(clone, "for-each-ref"),
        (clone / ".git" / "index").read_bytes(),
        git(clone, "status", "--porcelain"),
    ) == before
    assert not (clone / ".git" / "FETCH_HEAD").exists()


def test_a_wait_says_who_holds_the_lock_and_ends_when_it_is_released(remote: Remote) -> None:
    one, other = lock_in(remote.clone("one")), lock_in(remote.clone("other"))
    take(one)
    said: list[str] = []
    pauses = other.attempts(60, said.append)
    assert 0 < next(pauses) <= 60
    one.release()
    assert list(pauses) == []
    assert len(said) == 1
    assert said[0].startswith(f"Waiting for the lock {LOCK} of origin, held by `confsync apply`, process ")
    other.release()


def test_the_next_run_in_the_folder_of_a_dead_holder_takes_the_lock_over(remote: Remote) -> None:
    clone, other = remote.clone("one"), lock_in(remote.clone("other"))
    take(lock_in(clone))  # and dies
    with pytest.raises(Locked, match=LOCK):
        take(other)
    again = lock_in(clone)
    take(again)
    again.release()
    take(other)


def test_who_dies_between_the_record_and_the_push_of_a_lock_locks_nobody_out(remote: Remote) -> None:
    clone = remote.clone("one")
    first = lock_in(clone)
    take(first)
    record = clone / ".confsync" / "git.lock"
    record.write_text(f"{record.read_text()}{'0' * 40}\n")  # of a second run, which was about to push
    take(lock_in(clone))
    assert list(record.parent.iterdir()) == [record]


def test_a_lock_that_somebody_removed_is_reported_and_that_of_the_next_holder_stays(remote: Remote) -> None:
    one, other = lock_in(remote.clone("one")), lock_in(remote.clone("other"))
    take(one)
    seen = other.look()
    assert seen
    assert other.remove(seen.commit)
    with pytest.raises(GitRemoteError, match="Somebody removed the lock"):
        one.release()
    take(one)
    seen = other.look()
    assert seen
    assert other.remove(seen.commit)
    take(other)
    before = remote.refs()
    assert not one.remove(seen.commit)
    with pytest.raises(GitRemoteError, match="Somebody removed the lock"):
        one.release()
    assert remote.refs() == before


def test_a_ref_that_is_not_a_lock_locks_everybody_out_and_has_no_holder(remote: Remote) -> None:
    clone = remote.clone("one")
    git(clone, "push", "--quiet", "origin", f"main:{LOCK}")
    lock = lock_in(clone)
    with pytest.raises(Locked, match="somebody who left no name"):
        take(lock)
    seen = lock.look()
    assert seen
    assert seen.holder is None


@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_a_push_that_a_hook_rejects_is_an_error_with_the_reason(hook: str, remote: Remote) -> None:
    remote.hook(hook, "exit 1")
    lock = lock_in(remote.clone("one"))
    with pytest.raises(GitRemoteError, match=rf"'origin' rejected the push to {LOCK}: .*hook declined") as caught:
        take(lock)
    assert f"Allow this push to {LOCK}" in caught.value.hint


def test_a_lock_that_cannot_be_released_says_so(remote: Remote) -> None:
    lock = lock_in(remote.clone("one"))
    take(lock)
    remote.hook("update", f'[ "$3" != {"0" * 40} ]')
    with pytest.raises(GitRemoteError, match="was not released") as caught:
        lock.release()
    assert "confsync ledger unlock" in caught.value.hint


def test_a_remote_that_cannot_be_reached_is_an_error(remote: Remote) -> None:
    lock = lock_in(remote.clone("one"))
    remote.path.rename(remote.path.with_name("moved.git"))
    with pytest.raises(GitRemoteError, match="The Git remote 'origin' cannot be read: git says: ") as caught:
        take(lock)
    assert caught.value.hint.startswith("Make `git ls-remote origin` work here")


def test_a_password_in_the_address_of_the_remote_is_not_shown(remote: Remote) -> None:
    clone = remote.clone("one")
    git(clone, "remote", "set-url", "origin", "http://user:canary@127.0.0.1:9/x.git")
    with pytest.raises(GitRemoteError, match=r"127\.0\.0\.1") as caught:
        take(lock_in(clone))
    assert "canary" not in caught.value.happened


def test_outside_of_a_repository_there_is_no_lock_on_a_remote(tmp_path: Path) -> None:
    with pytest.raises(GitRemoteError, match=r"`lock: git` needs a Git repository"):
        git_ref(tmp_path, RemoteRef("origin", LOCK), "lock")


def test_a_hook_of_the_clone_does_not_run(remote: Remote) -> None:
    clone = remote.clone("one")
    for name in ("pre-push", "reference-transaction"):
        hook = clone / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)
    lock = lock_in(clone)
    take(lock)
    lock.release()


def test_clones_that_take_and_release_the_lock_all_the_time_never_hold_it_together(remote: Remote) -> None:
    locks = [lock_in(remote.clone(name)) for name in ("one", "other")]
    inside: list[int] = []
    most: list[int] = []

    def hold(number: int) -> None:
        for _ in range(4):
            with suppress(Locked):
                take(locks[number])
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)
                locks[number].release()

    with ThreadPoolExecutor() as threads:
        list(threads.map(hold, range(len(locks))))
    assert set(most) == {1}
    assert LOCK not in remote.refs()


RACE = """
import random
import sys
import time
from pathlib import Path
from confsync.config.shared_state import RemoteRef
from confsync.errors import Locked
from confsync.state.git_lock import GitLock
from confsync.state.git_remote import git_ref

clone = Path(sys.argv[1])
lock = GitLock(git_ref(clone, RemoteRef("origin", "refs/confsync/lock"), "lock"), clone / "record.lock", "race", {})
sys.stdin.readline()
time.sleep(random.uniform(0, 0.06))  # copies in step would all read the ref before any of them writes it
try:
    list(lock.attempts(0, print))
except Locked:
    print("locked")
else:
    print("held")
"""


RACERS = 4


@pytest.mark.parametrize("attempt", range(3))
def test_of_several_processes_that_race_for_the_lock_one_gets_it(attempt: int, remote: Remote) -> None:
    clones = [remote.clone(f"clone-{attempt}-{number}") for number in range(RACERS)]
    started = [start_python(["-c", RACE, str(each)], each, stdin=subprocess.PIPE) for each in clones]
    for each in started:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    said = Counter(each.communicate(timeout=60)[0].strip() for each in started)
    assert said == {"held": 1, "locked": RACERS - 1}
