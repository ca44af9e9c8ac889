"""Scenarios: the commands for the jobs of a CI system."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from confsync.ci.__main__ import main
from confsync.ci.forge import ForgeError
from confsync.ci.github import GitHub, pull_of_event
from confsync.ci.posting import post_comment, update_issue
from confsync.ci.reviewed_plan import find_reviewed_plan
from tests.advice.desk import Desk
from tests.advice.row import advice
from tests.ci.github_server import REPOSITORY, GitHubState, serving_github

REPORT = "<!-- confsync drift: main -->\n\n**Drift: 1 changed in Twilio.**\n"


@contextmanager
def job(state: GitHubState) -> Iterator[str]:
    """Set the variables of a job on GitHub."""
    state.permissions["token"] = {"issues": "write", "pull-requests": "read", "actions": "read"}
    with serving_github(state) as url:
        variables = {
            "GH_TOKEN": "token",
            "GITHUB_API_URL": url,
            "GITHUB_EVENT_NAME": "workflow_dispatch",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "9",
        }
        with patch.dict(os.environ, variables):
            yield url


@advice("run this command in a job of the CI system.")
def a_command_outside_of_a_job(desk: Desk) -> None:
    del desk
    with patch.dict(os.environ):
        os.environ.pop("GITHUB_REPOSITORY", None)
        with pytest.raises(ForgeError):
            GitHub()
    with job(GitHubState()):
        assert GitHub().repository == REPOSITORY


@advice(
    "check the token of the job.",
    "give the job the permission that docs/ci.md lists for it.",
    "switch on the issues of the repository, or do not ask for an issue.",
    "run the job again.",
)
def a_job_that_may_open_no_issue(desk: Desk) -> None:
    del desk
    state = GitHubState(issues_disabled=True)
    with job(state) as url:
        for variables, permissions in (
            ({"GH_TOKEN": "expired"}, {"issues": "write"}),
            ({}, {"issues": "read"}),
            ({}, {"issues": "write"}),
            ({"GITHUB_API_URL": url.rpartition(":")[0] + ":1"}, {"issues": "write"}),
        ):
            state.permissions["token"] = permissions
            with patch.dict(os.environ, variables), pytest.raises(ForgeError):
                update_issue(GitHub(), "Drift", 2, REPORT)
        state.issues_disabled = False
        assert update_issue(GitHub(), "Drift", 2, REPORT) == "Opened issue 100."


@advice("comment only on the event `pull_request`.")
def a_comment_without_a_pull_request(desk: Desk) -> None:
    event = desk.folder / "event.json"
    with patch.dict(os.environ, {"GITHUB_EVENT_PATH": str(event)}):
        event.write_text('{"ref": "refs/heads/main"}', "utf-8")
        with pytest.raises(ForgeError):
            pull_of_event()
        branch = '{"ref": "x", "sha": "1", "repo": null}'
        event.write_text(f'{{"pull_request": {{"number": 7, "head": {branch}, "base": {branch}}}}}', "utf-8")
        assert pull_of_event().number == 7


@advice(
    "pass the exit code of `drift` if it is 0 or 2. After any other code, let the job fail.",
    "write it with `--format github --output FILE`.",
)
def a_report_that_is_no_report(desk: Desk) -> None:
    desk.write("version: 1\nservices: {desk: {}}\n")
    state = GitHubState()
    with job(state):
        with pytest.raises(ForgeError):
            update_issue(GitHub(), "Drift", 3, REPORT)
        with pytest.raises(ForgeError):
            post_comment(GitHub(), "No plan at all")
        desk.run("drift --format github --output drift.md")
        report = Path(desk.folder / "drift.md").read_text("utf-8")
        assert update_issue(GitHub(), "Drift", desk.last.code, report) == "Opened issue 100."


@advice("run the job `plan` again.")
def an_artifact_that_is_no_plan(desk: Desk) -> None:
    del desk
    state = GitHubState()
    with job(state):
        state.upload(9, "confsync-plan-default", b"plan")
        state.artifacts[0]["content"] = b"no archive"
        with pytest.raises(ForgeError):
            find_reviewed_plan(GitHub(), "confsync-plan-default")
        state.upload(9, "confsync-plan-default", b"plan")
        assert find_reviewed_plan(GitHub(), "confsync-plan-default").content == b"plan"


@advice("write one: `confsync plan --json --output {}`.", "name the file that confsync wrote.")
def numbers_of_what_is_no_plan(desk: Desk) -> None:
    desk.write("version: 1\n")
    for wrong in ("plan.json", "confsync.yaml"):
        with pytest.raises(ForgeError):
            main(["widget", wrong], standalone_mode=False)
    desk.done("plan --json --output plan.json")
    main(["widget", "plan.json"], standalone_mode=False)
