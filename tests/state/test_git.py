"""What Git knows about a configuration, and the guardrail against applying an older commit."""

import dataclasses
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from confsync.errors import Stale
from confsync.names import Address
from confsync.plan.intent import Intent, Overrides, Selection
from confsync.plan.plan import Plan
from confsync.state.git import GitRepository, revision_of
from tests.harness import Harness, plan_lines

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")

ONE = "version: 1\nservices: {desk: {roles: {agent: {type: conversation, permissions: [sendMessage]}}}}\n"
TWO = ONE.replace("sendMessage", "leaveConversation")
THREE = ONE.replace("sendMessage", "editOwnMessage")
ALLOWED = Intent(overrides=Overrides(allow_rollback=True))


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    ended = subprocess.run(
        ["git", *who, "-C", str(folder), *arguments], env=clean, capture_output=True, text=True, check=True
    )
    return ended.stdout.strip()


@pytest.fixture
def repository(harness: Harness) -> Harness:
    """A harness whose folder is a Git repository; the ledger is in none, so that it stays while commits change."""
    git(harness.folder, "init", "-q", "-b", "main")
    (harness.folder / ".gitignore").write_text("confsync.ledger*\n.confsync/\n", "utf-8")
    return harness


def commit(harness: Harness, text: str) -> str:
    """Write a configuration and commit it."""
    harness.write(text)
    git(harness.folder, "add", "-A")
    git(harness.folder, "commit", "-q", "--allow-empty", "-m", "a change")
    return git(harness.folder, "rev-parse", "HEAD")


def guardrail(plan: Plan) -> str:
    """What the guardrail says, if it stands."""
    return "; ".join(each.text for each in plan.guardrails if each.rule == "rollback")


def recorded(harness: Harness) -> str | None:
    assert harness.ledger
    return harness.ledger.commit


def test_an_apply_records_its_commit_and_a_plan_shows_it(repository: Harness) -> None:
    first = commit(repository, ONE)
    plan = repository.plan()
    assert (plan.revision.commit, plan.revision.dirty) == (first, False)
    repository.apply()
    assert recorded(repository) == first


def test_an_older_commit_is_shown_and_not_applied_after_a_newer_one(repository: Harness) -> None:
    first, second = commit(repository, ONE), commit(repository, TWO)
    repository.apply()
    git(repository.folder, "checkout", "-q", first)
    plan = repository.plan()
    assert not plan.applyable
    assert plan_lines(plan)[0].startswith("update services/desk/roles/agent")
    assert [(each.rule, each.override) for each in plan.guardrails] == [("rollback", "`--allow-rollback`")]
    assert guardrail(plan) == (
        f"commit {second[:12]} was applied last, and the configuration is at commit {first[:12]}, which is older"
    )
    with pytest.raises(Stale, match="which is older") as stale:
        repository.apply()
    assert "--allow-rollback" in stale.value.hint
    assert repository.writes == []

    repository.intent = ALLOWED
    assert repository.plan().guardrails == ()
    repository.apply()
    assert len(repository.writes) == 1
    assert recorded(repository) == first


def test_a_newer_commit_passes_and_one_that_changes_nothing_leaves_the_ledger_alone(repository: Harness) -> None:
    commit(repository, ONE)
    repository.apply()
    second = commit(repository, TWO)
    repository.apply()
    assert recorded(repository) == second
    before = repository.ledger_path.stat()
    commit(repository, TWO)
    repository.apply()
    assert repository.ledger_path.stat() == before
    assert recorded(repository) == second


def test_a_squash_merge_triggers_no_guardrail(repository: Harness) -> None:
    commit(repository, ONE)
    git(repository.folder, "checkout", "-q", "-b", "topic")
    commit(repository, TWO)
    commit(repository, THREE)
    repository.apply()
    git(repository.folder, "checkout", "-q", "main")
    git(repository.folder, "merge", "-q", "--squash", "topic")
    git(repository.folder, "commit", "-q", "-m", "all of it")
    assert guardrail(repository.plan()) == ""


def test_without_a_recorded_commit_nothing_is_blocked(repository: Harness) -> None:
    first = commit(repository, ONE)
    repository.apply()
    assert repository.ledger
    repository.ledger_path.write_text(repository.ledger_path.read_text().replace(f'"{first}"', "null"), "utf-8")
    commit(repository, TWO)
    git(repository.folder, "checkout", "-q", first)
    assert guardrail(repository.plan()) == ""


def test_git_runs_once_if_it_knows_the_applied_commit(repository: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repository, ONE)
    repository.apply()
    asked: list[str] = []
    ask = GitRepository.run

    def watched(self: GitRepository, *question: str) -> str | None:
        asked.append(question[0])
        return ask(self, *question)

    monkeypatch.setattr(GitRepository, "run", watched)
    repository.plan()
    assert asked == ["status"]


def test_a_shallow_clone_names_its_depth(repository: Harness) -> None:
    first = commit(repository, ONE)
    repository.apply()
    commit(repository, TWO)
    commit(repository, THREE)
    clone = repository.folder / "clone"
    git(repository.folder, "clone", "-q", "--depth", "2", f"file://{repository.folder}", str(clone))
    shallow = dataclasses.replace(repository, folder=clone)
    shutil.copy(repository.ledger_path, shallow.ledger_path)
    said = guardrail(shallow.plan())
    assert said.startswith(f"commit {first[:12]} was applied last")
    assert "this clone is shallow (depth 2; run `git fetch --unshallow`)" in said
    git(clone, "fetch", "-q", "--unshallow")
    assert guardrail(shallow.plan()) == ""


def test_a_shallow_clone_that_has_both_commits_knows_that_one_is_newer(repository: Harness) -> None:
    commit(repository, ONE)
    commit(repository, TWO)
    repository.apply()
    commit(repository, THREE)
    clone = repository.folder / "clone"
    git(repository.folder, "clone", "-q", "--depth", "2", f"file://{repository.folder}", str(clone))
    shutil.copy(repository.ledger_path, clone / repository.ledger_path.name)
    assert guardrail(dataclasses.replace(repository, folder=clone).plan()) == ""


def test_an_unknown_commit_cannot_be_compared(repository: Harness) -> None:
    first = commit(repository, ONE)
    repository.apply()
    repository.ledger_path.write_text(repository.ledger_path.read_text().replace(first, "f" * 40), "utf-8")
    assert guardrail(repository.plan()).endswith(
        "this clone does not have the former, so confsync cannot tell which is newer"
    )


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("no repository", "the configuration is not in a Git repository here"),
        ("nothing committed", "nothing is committed here"),
        ("no git", "git is not installed here"),
        ("a broken repository", "git says: "),
    ],
)
def test_without_an_answer_from_git_a_recorded_commit_is_a_guardrail(
    what: str, said: str, repository: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository, ONE)
    repository.apply()
    if what == "no git":
        monkeypatch.setenv("PATH", str(repository.folder))
    elif what == "a broken repository":
        (repository.folder / ".git" / "HEAD").unlink()
    else:
        shutil.rmtree(repository.folder / ".git")
    if what == "nothing committed":
        git(repository.folder, "init", "-q")
    plan = repository.plan()
    assert plan.revision.commit is None
    assert said in guardrail(plan)
    before = recorded(repository)
    repository.intent = ALLOWED
    repository.apply(TWO)
    assert recorded(repository) == before


def dirty(harness: Harness) -> bool:
    return revision_of(harness.config()).dirty


def test_only_uncommitted_configuration_files_make_it_dirty(repository: Harness) -> None:
    commit(repository, ONE)
    (repository.folder / "notes.txt").write_text("anything", "utf-8")
    assert not dirty(repository)
    repository.write(TWO)
    assert dirty(repository)
    git(repository.folder, "add", "confsync.yaml")
    assert dirty(repository)
    git(repository.folder, "rm", "-q", "-f", "--cached", "confsync.yaml")
    assert dirty(repository)


def test_a_file_that_is_new_ignored_or_removed_in_a_folder_makes_it_dirty(repository: Harness) -> None:
    repository.write(ONE, "confsync.d/desk.yaml")
    repository.write("version: 1\n", "confsync.d/version.yaml")
    git(repository.folder, "add", "-A")
    git(repository.folder, "commit", "-q", "-m", "a folder")
    assert not dirty(repository)
    (repository.folder / "confsync.d" / "version.yaml").unlink()
    assert dirty(repository)
    git(repository.folder, "checkout", "-q", ".")
    repository.write("version: 1\n", "confsync.d/more.yaml")
    assert dirty(repository)
    (repository.folder / ".gitignore").write_text("more.yaml\n", "utf-8")
    git(repository.folder, "commit", "-q", "-a", "-m", "ignored")
    assert dirty(repository)


DESK = Address.parse("services/desk")
PARTS = {
    "narrowed": Intent(selection=Selection(kinds=("roles",))),
    "destroy": Intent(destroy=True, overrides=Overrides(allow_delete=frozenset({DESK}), max_deletes=9)),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_partial_apply_records_no_commit(part: str, repository: Harness) -> None:
    first = commit(repository, ONE)
    repository.apply()
    commit(repository, TWO)
    repository.intent = PARTS[part]
    repository.apply()
    assert repository.writes
    assert recorded(repository) == first


def test_the_variables_of_a_git_hook_do_not_select_another_repository(
    repository: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = commit(repository, ONE)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert repository.plan().revision.commit == first
    assert repository.account(repository.config()).plan().live.revision.dirty is False


REPORTING_GIT = """#!/bin/sh
/usr/bin/env >> "$HOME/seen"
exec {git} "$@"
"""
EXPECTED_VARIABLES = {"PATH", "HOME", "LANG", "LC_ALL", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0"}
ALWAYS_SET = {"GIT_OPTIONAL_LOCKS", "GIT_TERMINAL_PROMPT", "GIT_NO_LAZY_FETCH"}
MADE_BY_THE_SHELL = {"PWD", "OLDPWD", "SHLVL", "_"}


def test_git_receives_a_fixed_list_of_variables_and_no_credential(
    repository: Harness, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / "git").write_text(REPORTING_GIT.format(git=shutil.which("git")), "utf-8")
    (home / "git").chmod(0o700)
    first = commit(repository, ONE)
    for name in list(os.environ):
        if name.startswith(("GIT_", "LC_", "XDG_")) or name in ("LANGUAGE", "TMPDIR", "SUDO_UID"):
            monkeypatch.delenv(name)
    settings = {"http.extraHeader": "canary-header", "safe.directory": "*"}
    for number, (name, value) in enumerate(settings.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", name)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)
    secrets = (
        "TWILIO_AUTH_TOKEN",
        "APN_KEY",
        "CONFSYNC_VAR_hook",
        "GITHUB_TOKEN",
        "GIT_ASKPASS",
        "GIT_CONFIG_PARAMETERS",
    )
    for name in secrets:
        monkeypatch.setenv(name, "canary")
    here = {"HOME": str(home), "PATH": f"{home}:{os.environ['PATH']}", "LANG": "C", "GIT_CONFIG_COUNT": "2"}
    for name, value in here.items():
        monkeypatch.setenv(name, value)
    assert repository.plan().revision.commit == first
    seen = (home / "seen").read_text("utf-8")
    assert {line.partition("=")[0] for line in seen.splitlines()} - MADE_BY_THE_SHELL == EXPECTED_VARIABLES | ALWAYS_SET
    assert "GIT_CONFIG_KEY_0=safe.directory" in seen
    assert "canary" not in seen
