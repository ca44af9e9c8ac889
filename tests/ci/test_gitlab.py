"""The component for GitLab, run step by step."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from confsync.emulator import server
from tests.ci.conftest import SECRETS, write_starter_files
from tests.ci.gitlab import GitLabProject, GitLabRunner, jobs_of, rule_of, serving_gitlab
from tests.ci.test_github import DESK
from tests.clones import Remote, git
from tests.harness import Harness
from tests.repository.paths import ROOT

COMPONENT = ROOT / "templates" / "confsync.yml"
MERGE_REQUEST = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_MERGE_REQUEST_IID": "7",
    "CI_MERGE_REQUEST_PROJECT_ID": "42",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "42",
}
MAIN = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}
NIGHT = {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}
TOKEN = "glpat_canary"


@pytest.fixture
def gitlab() -> GitLabProject:
    return GitLabProject()


@pytest.fixture
def gitlab_runner(
    harness: Harness, gitlab: GitLabProject, python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GitLabRunner]:
    scratch = tmp_path_factory.mktemp("gitlab")
    (python.parent / "confsync").unlink(missing_ok=True)
    (python.parent / "confsync").write_text(f'#!/bin/sh\nexec {python} -P -m confsync "$@"\n', "utf-8")
    (python.parent / "confsync").chmod(0o755)
    remote = Remote.create(scratch / "remote.git", {"README": ""})
    with server.running(harness.emulator) as twilio, serving_gitlab(gitlab, TOKEN) as api:
        variables = {**SECRETS, "CONFSYNC_BASE_URL": twilio, "CI_API_V4_URL": api}
        yield GitLabRunner(scratch, remote, python, variables)


def commit_files(remote: Remote) -> str:
    """Commit what `init` writes, and a configuration, to the main branch."""
    clone = remote.clone("work")
    write_starter_files(clone, "gitlab")
    (clone / "confsync.yaml").write_text(DESK, "utf-8")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "Begin")
    git(clone, "push", "--quiet", "origin", "main")
    return git(clone, "rev-parse", "HEAD").strip()


@pytest.mark.parametrize(
    ("pipeline", "jobs"),
    [
        (MERGE_REQUEST, ["plan"]),
        ({**MERGE_REQUEST, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "43"}, ["validate"]),
        (MAIN, ["plan", "apply"]),
        ({**MAIN, "CI_COMMIT_BRANCH": "other"}, []),
        (NIGHT, ["drift"]),
    ],
)
def test_each_pipeline_has_the_jobs_that_the_guide_lists(pipeline: dict[str, str], jobs: list[str]) -> None:
    found = jobs_of(COMPONENT, {"name": "settings"})
    assert [name for name, job in found.items() if rule_of(job, pipeline)] == [f"settings {each}" for each in jobs]


def test_an_apply_waits_for_a_person_and_runs_alone() -> None:
    apply = jobs_of(COMPONENT, {"gitlab-environment": "prod"})["confsync apply"]
    rule = rule_of(apply, MAIN)
    assert rule
    assert rule["when"] == "manual"
    assert (apply["resource_group"], apply["environment"]) == ("confsync", {"name": "prod"})


@pytest.mark.campaign
def test_a_merge_request_is_planned_applied_and_watched_at_night(
    gitlab_runner: GitLabRunner, gitlab: GitLabProject, harness: Harness
) -> None:
    commit = commit_files(gitlab_runner.remote)
    jobs = jobs_of(COMPONENT, {})

    for _ in range(2):
        code, log = gitlab_runner.run(jobs["confsync plan"], commit, CONFSYNC_GITLAB_TOKEN=TOKEN, **MERGE_REQUEST)
        assert code == 0, log
    (note,) = gitlab.notes
    assert "**Plan: 1 to create, 1 to update" in note["body"]
    widget = json.loads(gitlab_runner.artifacts["confsync-plan/widget.json"])
    assert widget == {"create": 1, "update": 1, "delete": 0}
    assert b"services/desk" in gitlab_runner.artifacts["confsync-plan/junit.xml"]
    assert harness.writes == []

    code, log = gitlab_runner.run(jobs["confsync apply"], commit, **MAIN)
    assert code == 0, log
    assert "refs/confsync/ledger" in gitlab_runner.remote.refs()

    configuration = harness.path("/Services/desk/Configuration")
    harness.client.post(configuration, {"ReachabilityEnabled": "false"})
    assert gitlab_runner.run(jobs["confsync drift"], commit, **NIGHT)[0] == 2
    assert gitlab_runner.run(jobs["confsync drift"], commit, CONFSYNC_GITLAB_TOKEN=TOKEN, **NIGHT)[0] == 0
    (issue,) = gitlab.issues
    assert "reachability" in issue["description"]

    harness.client.post(configuration, {"ReachabilityEnabled": "true"})
    assert gitlab_runner.run(jobs["confsync drift"], commit, CONFSYNC_GITLAB_TOKEN=TOKEN, **NIGHT)[0] == 0
    assert issue["state"] == "closed"
    assert [number for number, _ in gitlab.issue_notes] == [1]


@pytest.mark.campaign
def test_without_an_account_the_jobs_use_an_emulator_whose_state_a_cache_keeps(
    gitlab_runner: GitLabRunner, harness: Harness
) -> None:
    commit = commit_files(gitlab_runner.remote)
    jobs = jobs_of(COMPONENT, {"emulator": "true"})
    for name in [each for each in gitlab_runner.variables if each.startswith("TWILIO_")]:
        del gitlab_runner.variables[name]
    for name, pipeline in (("plan", MERGE_REQUEST), ("plan", MAIN), ("apply", MAIN), ("drift", NIGHT)):
        code, log = gitlab_runner.run(jobs[f"confsync {name}"], commit, **pipeline)
        assert code == 0, log
    assert "No changes. Twilio matches the configuration." in log
    code, log = gitlab_runner.run(jobs["confsync plan"], commit, **MERGE_REQUEST)
    assert json.loads(gitlab_runner.artifacts["confsync-plan/widget.json"]) == {"create": 0, "update": 0, "delete": 0}
    assert len(harness.emulator.log) == 0


def test_no_job_works_without_the_key_that_signs_plans(gitlab_runner: GitLabRunner, harness: Harness) -> None:
    commit = commit_files(gitlab_runner.remote)
    jobs = jobs_of(COMPONENT, {})
    for name, pipeline in (("plan", MERGE_REQUEST), ("apply", MAIN)):
        code, log = gitlab_runner.run(jobs[f"confsync {name}"], commit, CONFSYNC_PLAN_KEY="", **pipeline)
        assert code != 0
        assert "anybody could replace the plan" in log
    assert harness.writes == []
