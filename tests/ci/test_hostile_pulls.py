"""A pull request that attacks: it obtains no secret, and nothing that it brings is applied."""

# An ordinary run makes the two strongest attacks, and `scripts/test -m campaign` the others.

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.canaries import found_below, found_in
from tests.ci.conftest import SECRETS
from tests.ci.repository import Repository
from tests.ci.runner import ACTION, WORKFLOW, JobResult
from tests.ci.test_github import DESK, SETTINGS
from tests.harness import Harness

FORK = "mallory/settings"
BRANCH = "x$(touch${IFS}pwned)`touch${IFS}pwned`;touch${IFS}pwned"
TITLE = (
    "'; touch pwned #\n::set-env name=PATH::/tmp\n::add-mask::a\n<!-- confsync plan: main -->\n@everyone ![x](//evil)"
)
CANARIES = [value for name, value in SECRETS.items() if name not in ("TWILIO_ACCOUNT_SID", "TWILIO_API_KEY")]
NAMES = (
    '"$(touch pwned)`touch pwned`"',
    '"::set-env name=PATH::/tmp"',
    '"##[set-output name=x]y"',
    '"<img src=x onerror=alert(1)> @team [x](javascript:alert(1))"',
)
READING = (
    "${{ env.TWILIO_API_SECRET }}",
    "${{ env.CONFSYNC_PLAN_KEY }}",
    "${{ file.../../proc/self/environ }}",
    "${{ file./proc/self/environ }}",
    "${{ secrets.TWILIO_API_SECRET }}",
)


def hostile_roles() -> str:
    """Declare roles whose names are commands, in every language that a job speaks."""
    roles = "".join(f"      {each}: {{type: service, permissions: [sendMessage]}}\n" for each in NAMES)
    return f"{SETTINGS}services:\n  desk:\n    roles:\n{roles}"


def reading_secrets() -> str:
    """Declare push credentials and names that contain every secret that a job might have."""
    keys = "".join(
        f'  key{number}: {{type: fcm, friendly_name: key{number}, secret: "{each}"}}\n'
        for number, each in enumerate(READING)
    )
    roles = f'roles: {{r: {{type: service, permissions: ["{READING[0]}"]}}}}'
    return f"{SETTINGS}services: {{desk: {{{roles}}}}}\ncredentials:\n{keys}"


def everything_shown(repository: Repository, results: list[JobResult]) -> bytes:
    """Return all that anybody may see: logs, summaries, comments, issues and the contents of artifacts."""
    github = repository.runner.github
    shown: list[Any] = [[each.log, each.summary] for each in results]
    shown += [github.comments, github.issues, [each["content"].decode("latin-1") for each in github.artifacts]]
    return json.dumps(shown).encode()


def assert_unharmed(repository: Repository, results: list[JobResult], harness: Harness) -> None:
    """Nothing was written, no command of the attacker ran, and no secret shows anywhere."""
    scratch = repository.runner.scratch
    assert harness.writes == []
    assert [*scratch.rglob("pwned"), *Path.cwd().rglob("pwned")] == []
    assert found_in(everything_shown(repository, results), CANARIES) == []
    assert found_below(scratch, CANARIES) == []
    for line in (line for each in results for line in each.log.splitlines()):
        assert not line.startswith(("::set-", "::add-path", "::save-state", "##[set-", "::stop-commands"))


def attack(repository: Repository, text: str, number: int = 66) -> dict[str, Any]:
    """Open a pull request from a fork, with hostile names for everything that it names."""
    repository.write(text)
    return repository.open_pull(number, f"fork{number}", repository=FORK) | {
        "title": TITLE,
        "body": TITLE,
        "user": {"login": BRANCH},
        "head": {**repository.last_head, "ref": BRANCH, "repo": {"full_name": FORK}},
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(hostile_roles(), id="names", marks=pytest.mark.campaign),
        pytest.param(reading_secrets(), id="references", marks=pytest.mark.campaign),
    ],
)
def test_the_job_for_a_fork_has_no_secret_and_can_write_nothing(
    text: str, repository: Repository, harness: Harness
) -> None:
    pull = attack(repository, text)
    results = repository.check_pull(pull)
    assert list(results) == ["fork", "check"]
    assert results["check"].failed == results["fork"].failed
    job = results["fork"]
    assert job.failed == (text == reading_secrets())
    assert not set(SECRETS.values()) & {value for environ in job.environs for value in environ.values()}
    assert not [name for environ in job.environs for name in environ if "SECRET" in name or name.endswith("_KEY")]
    assert [each for each in repository.runner.github.requests if not each.startswith("GET")] == []
    assert_unharmed(repository, [job], harness)


def test_a_workflow_and_an_action_that_a_fork_has_edited_still_get_no_secret(
    repository: Repository, harness: Harness
) -> None:
    workflow, action = (repository.clone / each for each in (WORKFLOW, ACTION))
    edited = yaml.safe_load(workflow.read_text("utf-8"))
    del edited["jobs"]["check"]
    for job in edited["jobs"].values():
        job["if"] = "always()"
        job["steps"][-1]["with"] = {"command": "plan", "args": "--allow-rollback"}
        job["steps"][-1]["env"] = {name: f"${{{{ secrets.{name} }}}}" for name in SECRETS} | {"CONFSYNC_PLAN_KEY": "x"}
    workflow.write_text(yaml.safe_dump(edited), "utf-8")
    prying = yaml.safe_load(action.read_text("utf-8"))
    show = 'env\ngit config --list\ncat /proc/self/environ .git/config "$GITHUB_EVENT_PATH" || true\nfalse'
    prying["runs"]["steps"].insert(3, {"name": "Pry", "shell": "bash", "run": show})
    action.write_text(yaml.safe_dump(prying), "utf-8")
    results = repository.check_pull(attack(repository, DESK))
    assert sorted(results) == ["apply", "drift", "fork", "plan"]
    assert all(each.failed and "GITHUB_SHA=" in each.log for each in results.values())
    assert_unharmed(repository, list(results.values()), harness)


@pytest.mark.campaign
def test_a_plan_of_a_fork_is_never_applied(repository: Repository, harness: Harness) -> None:
    pull = attack(repository, DESK)
    repository.check_pull(pull)
    github = repository.runner.github
    github.upload(repository.runs, "confsync-plan-default", b'{"kind": "saved plan"}')
    github.runs[-1]["conclusion"] = "success"
    applied = repository.merge(pull)["apply"]
    assert applied.failed
    assert "::error title=Nothing was applied::The branch of pull request #66 is in a fork" in applied.log
    assert_unharmed(repository, [applied], harness)


@pytest.mark.parametrize(
    ("forged", "code"),
    [
        ("unsigned", 8),
        pytest.param("edited", 8, marks=pytest.mark.campaign),
        pytest.param("other key", 8, marks=pytest.mark.campaign),
        pytest.param("no plan", 11, marks=pytest.mark.campaign),
    ],
)
def test_a_plan_without_the_signature_of_the_key_is_refused(
    forged: str, code: int, repository: Repository, harness: Harness
) -> None:
    github = repository.runner.github
    repository.write(DESK)
    pull = repository.open_pull(7, "desk")
    if forged == "other key":
        repository.runner.secrets["CONFSYNC_PLAN_KEY"] = "another0key0that0somebody0made0up"
    repository.check_pull(pull)
    repository.runner.secrets["CONFSYNC_PLAN_KEY"] = SECRETS["CONFSYNC_PLAN_KEY"]
    (plan,) = repository.saved_plans()
    if forged == "unsigned":
        plan = json.dumps({**json.loads(plan), "signature": None}).encode()
    elif forged == "edited":
        plan = plan.replace(b'"desk"', b'"duck"')
    elif forged == "no plan":
        plan = b"#!/bin/sh\ntouch pwned\n"
    github.artifacts.clear()
    github.upload(repository.runs, "confsync-plan-default", plan)
    applied = repository.merge(pull)["apply"]
    assert f"exit {code}\n== Push the ledger" in applied.log
    assert_unharmed(repository, [applied], harness)


@pytest.mark.campaign
def test_without_the_key_that_signs_plans_no_job_plans_or_applies(repository: Repository, harness: Harness) -> None:
    del repository.runner.secrets["CONFSYNC_PLAN_KEY"]
    repository.write(DESK)
    pull = repository.open_pull(7, "desk")
    results = [repository.check_pull(pull)["plan"], repository.merge(pull)["apply"]]
    for each in results:
        assert "exit 3\n" in each.log
        assert "::error::Set the secret CONFSYNC_PLAN_KEY." in each.log
    assert repository.runner.github.artifacts == []
    assert_unharmed(repository, results, harness)


@pytest.mark.campaign
def test_a_branch_of_this_repository_cannot_run_commands_by_its_names(repository: Repository, harness: Harness) -> None:
    repository.write(hostile_roles())
    pull = repository.open_pull(8, "names") | {"title": TITLE, "body": TITLE}
    planned = repository.check_pull({**pull, "head": {**pull["head"], "ref": BRANCH}})["plan"]
    assert not planned.failed, planned.log
    (comment,) = repository.runner.github.comments[8]
    assert comment["body"].startswith("<!-- confsync plan: main -->\n")
    assert_unharmed(repository, [planned], harness)
