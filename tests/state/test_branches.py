"""A branch that lacks the commit last applied undoes nothing of it unnoticed."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from confsync.account.configuration import LoadOptions, load_configuration
from confsync.emulator.emulator import ACCOUNT_SID, Emulator
from confsync.errors import Stale
from confsync.plan.intent import Intent, Selection
from confsync.plan.plan import Plan
from tests.harness import Harness
from tests.state.test_git import ALLOWED, commit, git, guardrail

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")

PERMISSIONS = {"agent": "sendMessage", "clerk": "sendMessage"}


def desk(lifecycle: str = "{}", **permissions: str) -> str:
    """Write a configuration with roles; `agent` and `clerk` are there unless another permission is given or none."""
    chosen = {name: text for name, text in (PERMISSIONS | permissions).items() if text}
    roles = ", ".join(f"{name}: {{type: conversation, permissions: [{text}]}}" for name, text in chosen.items())
    return f"version: 1\nservices: {{desk: {{lifecycle: {lifecycle}, roles: {{{roles}}}}}}}\n"


@pytest.fixture(scope="module")
def applied_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A repository whose first commit is applied, and the account."""
    with Emulator() as emulator:
        harness = Harness(tmp_path_factory.mktemp("applied"), emulator)
        git(harness.folder, "init", "-q", "-b", "main")
        (harness.folder / ".gitignore").write_text("confsync.ledger*\n.confsync/\n", "utf-8")
        commit(harness, desk())
        harness.apply()
        return harness.folder, emulator.dump()


@pytest.fixture
def repository(harness: Harness, applied_once: tuple[Path, bytes]) -> Harness:
    """A repository whose first commit is applied; the ledger is in none, so that it stays while commits change."""
    folder, state = applied_once
    shutil.copytree(folder, harness.folder, dirs_exist_ok=True)
    harness.emulator.load(state)
    return harness


def branch(repository: Harness, text: str, name: str = "topic") -> str:
    """Commit a configuration on a new branch that starts at the first commit."""
    root = git(repository.folder, "rev-list", "--max-parents=0", "HEAD")
    git(repository.folder, "checkout", "-q", "-b", name, root)
    return commit(repository, text)


def diverged(repository: Harness, applied: str, here: str) -> str:
    """Apply one branch, check out another one, and say what the guardrail says."""
    branch(repository, applied, "applied")
    repository.apply()
    branch(repository, here, "here")
    return guardrail(repository.plan())


LEAVE = "leaveConversation"


@pytest.mark.parametrize(
    ("applied", "here", "undone"),
    [
        pytest.param(desk(agent=LEAVE), desk(clerk=LEAVE), "services/desk/roles/agent#permissions", id="siblings"),
        pytest.param(desk(agent=LEAVE), desk(), "services/desk/roles/agent#permissions", id="nothing here"),
        pytest.param(desk(agent=LEAVE), desk(agent="editOwnMessage"), "", id="both touched the field"),
        pytest.param(desk(agent=LEAVE), desk(agent=LEAVE, clerk=LEAVE), "", id="both made the same change"),
        pytest.param(desk(lead=LEAVE), desk(clerk=LEAVE), "", id="a new resource is left alone"),
        pytest.param(desk(lead=LEAVE), desk("{prune: [roles]}"), "services/desk/roles/lead", id="a new one is pruned"),
        pytest.param(
            desk("{prune: [roles]}", clerk=""),
            desk(agent=LEAVE),
            "services/desk/roles/clerk",
            id="a deleted one returns",
        ),
        pytest.param(
            desk(clerk="").replace("roles: {", "roles: {clerk: {lifecycle: {absent: true}}, "),
            desk(),
            "services/desk/roles/clerk",
            id="an absent one returns",
        ),
        pytest.param(
            desk(lead=LEAVE),
            "version: 1\nservices: {desk: {lifecycle: {absent: true}}}\n",
            "services/desk/roles/lead",
            id="its parent is deleted",
        ),
        pytest.param(desk(clerk=""), desk(agent=LEAVE), "", id="one that is no longer managed is left alone"),
        pytest.param(
            desk(agent=LEAVE),
            desk(agent="", chief="sendMessage").replace(
                "chief: {type",
                "chief: {lifecycle: {previously: [services/desk/roles/agent]}, friendly_name: agent, type",
            ),
            "services/desk/roles/chief#permissions",
            id="renamed here",
        ),
        pytest.param(
            desk(agent="", chief=LEAVE).replace("chief: {type", "chief: {friendly_name: agent, type"),
            desk(),
            "services/desk/roles/agent#permissions",
            id="renamed there",
        ),
        pytest.param(
            "variables: {text: sendMessage}\n" + desk(agent="'${{ var.text }}'"),
            desk(clerk=LEAVE),
            "",
            id="another way to write the same",
        ),
    ],
)
def test_what_a_branch_would_undo_is_named(applied: str, here: str, undone: str, repository: Harness) -> None:
    said = diverged(repository, applied, here)
    assert said.partition("undo what it changed: ")[2] == undone
    if not undone:
        assert said == ""
        return
    newest, head = (git(repository.folder, "rev-parse", name)[:12] for name in ("applied", "here"))
    assert said.startswith(f"commit {newest} was applied last, and commit {head} does not contain it, so this apply")
    [stands] = [each for each in repository.plan().guardrails if each.rule == "rollback"]
    assert list(map(str, stands.addresses)) == [undone.partition("#")[0]]
    assert stands.override == "`--allow-rollback`"


def test_a_blocked_branch_is_applied_with_the_override_or_after_a_merge(repository: Harness) -> None:
    diverged(repository, desk(agent=LEAVE), desk(clerk=LEAVE))
    with pytest.raises(Stale, match="would undo what it changed"):
        repository.apply()
    assert repository.writes == []
    git(repository.folder, "merge", "-q", "--no-edit", "-X", "ours", "applied")
    repository.write(desk(agent=LEAVE, clerk=LEAVE))
    assert guardrail(repository.plan()) == ""
    git(repository.folder, "checkout", "-q", "-f", "here~0")
    git(repository.folder, "reset", "-q", "--hard", "HEAD~1")
    repository.intent = ALLOWED
    assert repository.plan().guardrails == ()
    repository.apply()
    assert len(repository.writes) == 2


def test_a_partial_plan_that_does_not_touch_what_changed_is_not_blocked(repository: Harness) -> None:
    diverged(repository, desk(agent=LEAVE), desk(clerk=LEAVE))
    repository.intent = Intent(selection=Selection(targets=("services/desk/roles/clerk",)))
    assert guardrail(repository.plan()) == ""
    repository.intent = Intent(selection=Selection(targets=("services/desk/roles/agent",)))
    assert "services/desk/roles/agent#permissions" in guardrail(repository.plan())


def test_a_squash_merge_of_the_applied_branch_is_no_rollback(repository: Harness) -> None:
    branch(repository, desk(agent=LEAVE))
    commit(repository, desk(agent=LEAVE, clerk=LEAVE))
    repository.apply()
    git(repository.folder, "checkout", "-q", "main")
    git(repository.folder, "merge", "-q", "--squash", "topic")
    git(repository.folder, "commit", "-q", "-m", "all of it")
    assert guardrail(repository.plan()) == ""
    commit(repository, desk(agent="editOwnMessage", clerk=LEAVE))
    assert guardrail(repository.plan()) == ""
    commit(repository, desk(clerk=LEAVE))
    assert "services/desk/roles/agent#permissions" in guardrail(repository.plan())


def test_a_rebased_branch_is_no_rollback(repository: Harness) -> None:
    branch(repository, desk(agent=LEAVE))
    repository.apply()
    git(repository.folder, "checkout", "-q", "main")
    repository.write("Meanwhile.", "README")
    commit(repository, desk())
    git(repository.folder, "checkout", "-q", "topic")
    git(repository.folder, "rebase", "-q", "main")
    assert guardrail(repository.plan()) == ""


def test_a_revert_on_top_of_the_applied_commit_is_no_rollback(repository: Harness) -> None:
    commit(repository, desk(agent=LEAVE))
    repository.apply()
    git(repository.folder, "revert", "--no-edit", "HEAD")
    assert guardrail(repository.plan()) == ""
    repository.apply()
    assert len(repository.writes) == 1


def test_an_uncommitted_change_counts_as_a_change_of_this_branch(repository: Harness) -> None:
    diverged(repository, desk(agent=LEAVE), desk(clerk=LEAVE))
    repository.write(desk(agent="editOwnMessage", clerk=LEAVE))
    assert guardrail(repository.plan()) == ""
    repository.write(desk(agent=LEAVE, clerk=LEAVE))
    assert guardrail(repository.plan()) == ""


def test_branches_without_a_common_commit_cannot_be_compared(repository: Harness) -> None:
    commit(repository, desk(agent=LEAVE))
    repository.apply()
    git(repository.folder, "checkout", "-q", "--orphan", "unrelated")
    commit(repository, desk(agent=LEAVE))
    assert guardrail(repository.plan()).endswith(
        "and they have no common commit, so confsync cannot tell what this apply would undo"
    )


def test_a_shallow_clone_of_another_branch_cannot_be_compared(repository: Harness) -> None:
    diverged(repository, desk(agent=LEAVE), desk(clerk=LEAVE))
    clone = repository.folder / "clone"
    source = f"file://{repository.folder}"
    git(repository.folder, "clone", "-q", "--depth", "1", "--no-single-branch", source, str(clone))
    shallow = dataclasses.replace(repository, folder=clone)
    shutil.copy(repository.ledger_path, shallow.ledger_path)
    assert "this clone is shallow" in guardrail(shallow.plan())
    git(clone, "fetch", "-q", "--unshallow")
    assert "services/desk/roles/agent#permissions" in guardrail(shallow.plan())


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (("version: 1", "version: 2"), "CS"),
        (("version: 1", "version: 1\nrequires: '>=99'"), "CS"),
        (("services:", "servcies:"), "unknown key 'servcies' at the top"),
        (("services:", "services: ["), "CS"),
    ],
)
def test_a_commit_that_cannot_be_loaded_blocks_with_the_reason(
    damage: tuple[str, str], why: str, repository: Harness
) -> None:
    branch(repository, desk(agent=LEAVE), "applied")
    repository.apply()
    newest = commit(repository, desk(agent=LEAVE).replace(*damage))
    ledger = repository.ledger_path.read_text("utf-8")
    former = git(repository.folder, "rev-parse", "HEAD~1")
    repository.ledger_path.write_text(ledger.replace(former, newest), "utf-8")
    branch(repository, desk(clerk=LEAVE), "here")
    said = guardrail(repository.plan())
    assert f"the configuration of commit {newest[:12]} cannot be loaded: " in said
    assert why in said
    assert said.endswith("so confsync cannot tell what this apply would undo")
    assert "/confsync-" not in said


def test_a_link_of_another_commit_that_leads_out_of_the_repository_is_not_followed(
    repository: Harness, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "token.yaml"
    outside.write_text("a token\n", "utf-8")
    branch(repository, desk(agent=LEAVE), "applied")
    repository.apply()
    former = git(repository.folder, "rev-parse", "HEAD")
    (repository.folder / "confsync.yaml").unlink()
    (repository.folder / "confsync.yaml").symlink_to(outside)
    git(repository.folder, "add", "-A")
    git(repository.folder, "commit", "-q", "-m", "a link")
    newest = git(repository.folder, "rev-parse", "HEAD")
    ledger = repository.ledger_path.read_text("utf-8")
    repository.ledger_path.write_text(ledger.replace(former, newest), "utf-8")
    branch(repository, desk(clerk=LEAVE), "here")
    said = guardrail(repository.plan())
    assert "cannot be loaded: " in said
    assert "outside the repository" in said
    assert "a token" not in said


def rearrange(repository: Harness, text: str, name: str) -> None:
    """Commit a configuration under another name in place of confsync.yaml."""
    (repository.folder / "confsync.yaml").unlink()
    repository.write(text, name)
    git(repository.folder, "add", "-A")
    git(repository.folder, "commit", "-q", "-m", "another file")


@pytest.mark.parametrize("name", ["confsync.d/desk.yaml", "confsync.d/inner/desk.yml"])
def test_a_configuration_that_moved_into_a_folder_is_compared(name: str, repository: Harness) -> None:
    branch(repository, desk(agent=LEAVE), "applied")
    repository.apply()
    branch(repository, desk(), "here")
    rearrange(repository, desk(clerk=LEAVE), name)
    assert "services/desk/roles/agent#permissions" in guardrail(repository.plan())


def test_a_named_file_that_was_renamed_is_compared_under_its_old_name(repository: Harness) -> None:
    branch(repository, desk(agent=LEAVE), "applied")
    repository.apply()
    branch(repository, desk(), "here")
    rearrange(repository, desk(clerk=LEAVE), "live.yaml")
    assert "services/desk/roles/agent#permissions" in guardrail(named(repository, "live.yaml"))


def test_a_named_file_that_another_commit_does_not_have_blocks(repository: Harness) -> None:
    branch(repository, desk(agent=LEAVE), "applied")
    repository.apply()
    branch(repository, desk(), "here")
    repository.write("# nothing\n" * 50 + desk(agent="editOwnMessage"), "new.yaml")
    git(repository.folder, "add", "-A")
    git(repository.folder, "commit", "-q", "-m", "one more")
    assert "it does not contain new.yaml, nor a file that was renamed to it" in guardrail(named(repository, "new.yaml"))


def named(repository: Harness, name: str, **variables: str) -> Plan:
    """Plan a configuration that is named with -f, with variables as from --var."""
    options = LoadOptions(environ=repository.environ, files=(repository.folder / name,), variables=variables)
    return repository.account(load_configuration(options)).plan(repository.intent).live


def with_variable(value: str, **permissions: str) -> str:
    """Write a configuration in which a variable holds the permission of the agent."""
    return f"variables: {{text: {value}}}\n" + desk(agent="'${{ var.text }}'", **permissions)


def test_a_changed_variable_is_a_change_of_every_field_that_uses_it(harness: Harness) -> None:
    git(harness.folder, "init", "-q", "-b", "main")
    (harness.folder / ".gitignore").write_text("confsync.ledger*\n.confsync/\n", "utf-8")
    commit(harness, with_variable("sendMessage"))
    harness.apply()
    assert diverged(harness, with_variable(LEAVE), with_variable("sendMessage", clerk=LEAVE)).endswith(
        "services/desk/roles/agent#permissions"
    )
    assert guardrail(named(harness, "confsync.yaml", text="editMessage")) == ""


def test_a_variable_that_only_this_branch_declares_does_not_hinder_the_comparison(repository: Harness) -> None:
    diverged(repository, desk(agent=LEAVE), with_variable("sendMessage"))
    assert guardrail(named(repository, "confsync.yaml", text="sendMessage")).endswith("agent#permissions")


def test_a_file_of_variables_is_compared_as_each_commit_has_it(harness: Harness) -> None:
    def plan() -> str:
        files = (harness.folder / "values.yaml",)
        options = LoadOptions(environ=harness.environ, directory=harness.folder, variable_files=files)
        return guardrail(harness.account(load_configuration(options)).plan(harness.intent).live)

    git(harness.folder, "init", "-q", "-b", "main")
    (harness.folder / ".gitignore").write_text("confsync.ledger*\n.confsync/\n", "utf-8")
    harness.write("text: sendMessage\n", "values.yaml")
    commit(harness, with_variable("editMessage"))
    git(harness.folder, "checkout", "-q", "-b", "applied")
    harness.write(f"text: {LEAVE}\n", "values.yaml")
    commit(harness, with_variable("editMessage"))
    options = LoadOptions(
        environ=harness.environ, directory=harness.folder, variable_files=(harness.folder / "values.yaml",)
    )
    account = harness.account(load_configuration(options))
    account.apply(account.plan(harness.intent))
    git(harness.folder, "checkout", "-q", "-b", "here", "main")
    commit(harness, with_variable("editMessage", clerk=LEAVE))
    assert plan().endswith("services/desk/roles/agent#permissions")


def test_each_environment_is_compared_on_its_own(harness: Harness) -> None:
    def text(live: str, clerk: str = "sendMessage") -> str:
        accounts = (
            f"dev: {{account_sid: AC{'b' * 32}}}, live: {{account_sid: {ACCOUNT_SID}, variables: {{text: {live}}}}}"
        )
        return f"environments: {{{accounts}}}\n" + with_variable("sendMessage", clerk=clerk)

    harness.environment = "live"
    git(harness.folder, "init", "-q", "-b", "main")
    (harness.folder / ".gitignore").write_text("confsync.ledger*\n.confsync/\n", "utf-8")
    commit(harness, text("sendMessage"))
    harness.apply()
    said = diverged(harness, text(LEAVE), text("sendMessage", clerk=LEAVE))
    assert said.endswith("services/desk/roles/agent#permissions")


PUSH = (
    "version: 1\ncredentials: {push: {type: fcm, secret: '${{ file.keys/fcm.txt }}', lifecycle: {secret_version: 1}}}\n"
)


def test_a_secret_in_a_committed_file_is_compared(harness: Harness) -> None:
    git(harness.folder, "init", "-q", "-b", "main")
    (harness.folder / ".gitignore").write_text("confsync.ledger*\n.confsync/\n", "utf-8")
    harness.write("the first key", "keys/fcm.txt")
    commit(harness, PUSH)
    harness.apply()
    harness.write("the second key", "keys/fcm.txt")
    branch(harness, PUSH, "applied")
    harness.apply()
    branch(harness, PUSH + "services: {desk: {}}\n", "here")
    harness.write("the first key", "keys/fcm.txt")
    assert guardrail(harness.plan()).endswith("undo what it changed: credentials/push#secret")


def test_a_changed_version_of_secrets_is_compared(harness: Harness) -> None:
    git(harness.folder, "init", "-q", "-b", "main")
    (harness.folder / ".gitignore").write_text("confsync.ledger*\n.confsync/\n", "utf-8")
    harness.write("the only key", "keys/fcm.txt")
    commit(harness, PUSH)
    harness.apply()
    said = diverged(harness, PUSH.replace("secret_version: 1", "secret_version: 2"), PUSH + "services: {desk: {}}\n")
    assert said.endswith("undo what it changed: credentials/push#lifecycle.secret_version")
