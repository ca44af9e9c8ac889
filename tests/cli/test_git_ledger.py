"""`ledger: git` in CI, and the merge of two ledgers by Git."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import CONFIGURATION, Confsync
from tests.cli.test_git_lock import APPLY, Run, remote, run, stuck
from tests.clones import LOCK, Remote, git
from tests.harness import Harness

__all__ = ["remote", "run"]

LEDGER = "refs/confsync/ledger"


def share_ledger(clone: Path) -> None:
    (clone / "confsync.yaml").write_text(f"{CONFIGURATION}lock: git\nledger: git\n", "utf-8")


def test_an_always_run_step_pushes_what_a_killed_job_could_not(remote: Remote, run: Run) -> None:
    job, later = remote.clone("job"), remote.clone("later")
    share_ledger(job)
    share_ledger(later)
    with stuck(job) as apply:
        apply.kill()
    assert set(remote.refs()) == {"refs/heads/main", LOCK}
    pushed = run(job, "ledger", "push")
    assert (pushed.code, pushed.err.strip().endswith(f" on {LEDGER} of origin.")) == (0, True), pushed.err
    assert set(remote.refs()) == {"refs/heads/main", LEDGER}
    assert "services/support " in run(later, "ledger", "show").out
    said = run(later, *APPLY, "--json")
    assert said.code == 0, said.err
    entries = json.loads(git(remote.path, "show", f"{LEDGER}:{ledger_in(remote)}"))["entries"]
    assert {each["origin"] for each in entries if each["sid"]} == {"created"}
    assert git(later, "status", "--porcelain").split() == ["M", "confsync.yaml"]


def ledger_in(remote: Remote) -> str:
    """Name the only ledger on the ref: it is named after the emulator's port."""
    names = git(remote.path, "ls-tree", "-r", "--name-only", LEDGER).split()
    (name,) = (each for each in names if "confsync.ledger" in each)
    return name


def test_a_plan_writes_nothing_but_objects(remote: Remote, confsync: Confsync, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = remote.clone("one")
    share_ledger(clone)
    monkeypatch.chdir(clone)
    assert confsync(*APPLY).code == 0
    before = {path: path.read_bytes() for path in clone.rglob("*") if path.is_file() and "objects" not in path.parts}
    for verb in ("plan", "drift", "list", "doctor"):
        assert confsync(verb).code == 0
    after = {path: path.read_bytes() for path in clone.rglob("*") if path.is_file() and "objects" not in path.parts}
    assert after == before
    assert set(remote.refs()) == {"refs/heads/main", LEDGER}


DRIVER = f"{shlex.quote(sys.executable)} -m confsync ledger merge %O %A %B"
AGENT = "agent: {type: conversation, permissions: [sendMessage]}"
CLERK, BOSS, OTHER_AGENT, THIRD_AGENT = (
    AGENT.replace("agent", "clerk"),
    AGENT.replace("agent", "boss"),
    AGENT.replace("sendMessage", "leaveConversation"),
    AGENT.replace("sendMessage", "editOwnMessage"),
)


def diverge(harness: Harness, ours: str, theirs: str) -> None:
    """Let two branches of a repository with the merge driver apply something of their own."""
    harness.write("confsync.yaml\n.confsync/\n", ".gitignore")
    harness.write("confsync.ledger*.json merge=confsync\n", ".gitattributes")
    git(harness.folder, "init", "--quiet")
    git(harness.folder, "config", "merge.confsync.driver", DRIVER)
    commit_apply(harness, AGENT)
    git(harness.folder, "checkout", "--quiet", "-b", "other")
    commit_apply(harness, theirs)
    git(harness.folder, "checkout", "--quiet", "main")
    commit_apply(harness, ours)


def commit_apply(harness: Harness, roles: str) -> None:
    harness.apply(f"version: 1\nservices: {{desk: {{roles: {{{roles}}}}}}}\n")
    git(harness.folder, "add", "--all")
    git(harness.folder, "commit", "--quiet", "--message", "Apply")


def test_git_merges_two_ledgers_with_the_driver(harness: Harness) -> None:
    diverge(harness, f"{AGENT}, {CLERK}", f"{AGENT}, {BOSS}")
    git(harness.folder, "merge", "--quiet", "other")
    assert harness.ledger
    assert {each.address[-1] for each in harness.ledger.entries} == {"desk", "agent", "clerk", "boss"}
    assert harness.ledger.serial == 3
    assert git(harness.folder, "status", "--porcelain") == ""


def test_a_contradiction_is_a_conflict_of_the_merge(harness: Harness) -> None:
    diverge(harness, OTHER_AGENT, THIRD_AGENT)
    before = harness.ledger_path.read_bytes()
    with pytest.raises(subprocess.CalledProcessError) as caught:
        git(harness.folder, "merge", "--quiet", "other")
    assert "both sides changed permissions of services/desk/roles/agent" in caught.value.stderr
    assert "CONFLICT (content): Merge conflict in confsync.ledger.json" in caught.value.stdout
    assert harness.ledger_path.read_bytes() == before
