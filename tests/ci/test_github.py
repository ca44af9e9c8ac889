"""The workflow for GitHub, run step by step: what docs/ci-github.md promises of each event."""

import pytest

from confsync.emulator.emulator import ACCOUNT_SID
from tests.ci.conftest import SECRETS, write_starter_files
from tests.ci.expressions import UnknownExpression, evaluate
from tests.ci.repository import Repository
from tests.ci.runner import Runner
from tests.harness import Harness

SETTINGS = f"version: 1\nlock: git\nledger: git\nenvironments: {{main: {{account_sid: {ACCOUNT_SID}}}}}\n"
DESK = SETTINGS + "services: {desk: {configuration: {reachability_enabled: true}}}\n"


@pytest.mark.campaign
def test_a_pull_request_is_planned_applied_after_a_squash_merge_and_watched_at_night(
    repository: Repository, harness: Harness
) -> None:
    github = repository.runner.github
    repository.write(DESK)
    pull = repository.open_pull(7, "desk")

    planned = repository.check_pull(pull)
    assert list(planned) == ["plan", "check"]
    assert not planned["check"].failed
    assert not planned["plan"].failed, planned["plan"].log
    (comment,) = github.comments[7]
    assert "**Plan: 1 to create, 1 to update" in comment["body"]
    assert comment["body"].strip() in planned["plan"].summary
    repository.check_pull(pull)
    assert len(github.comments[7]) == 1
    assert harness.writes == []

    applied = repository.merge(pull)["apply"]
    assert not applied.failed, applied.log
    assert "refs/confsync/ledger" in repository.runner.remote.refs()
    assert harness.live("/Services/desk/Configuration")["reachability_enabled"] is True

    harness.emulator.log.clear()
    repository.write(DESK.replace("true", "false"))
    forked = repository.check_pull(repository.open_pull(8, "fork", repository="someone/settings"))["fork"]
    assert not forked.failed, forked.log
    assert "- reachability_enabled: true\n+ reachability_enabled: false" in forked.summary
    assert len(harness.emulator.log) == 0
    assert not repository.night().failed
    assert github.issues == []
    assert harness.writes == []

    configuration = harness.path("/Services/desk/Configuration")
    harness.client.post(configuration, {"ReachabilityEnabled": "false"})
    assert not repository.night().failed
    (issue,) = github.open_issues
    assert "reachability" in issue["body"]
    assert repository.night().log.count("is up to date") == 1
    assert github.comments.get(issue["number"]) is None

    harness.client.post(configuration, {"ReachabilityEnabled": "true"})
    repository.night()
    repository.night()
    assert github.open_issues == []
    assert len(github.issues) == 1
    assert len(github.comments[issue["number"]]) == 1
    assert github.blob_headers
    assert [each for headers in github.blob_headers for each in headers if each.lower() == "authorization"] == []


@pytest.mark.campaign
def test_without_an_account_the_jobs_use_an_emulator_whose_state_a_cache_keeps(
    runner: Runner, harness: Harness
) -> None:
    runner.secrets = {"CONFSYNC_PLAN_KEY": SECRETS["CONFSYNC_PLAN_KEY"]}
    repository = Repository(runner)
    write_starter_files(repository.clone, "github", emulator=True)
    repository.commit_to_main("Begin")
    repository.write(DESK)
    pull = repository.open_pull(7, "desk")
    planned = repository.check_pull(pull)["plan"]
    assert not planned.failed, planned.log
    assert "**Plan: 1 to create, 1 to update" in planned.summary
    assert runner.cached == []
    applied = repository.merge(pull)["apply"]
    assert not applied.failed, applied.log
    assert len(runner.cached) == 1
    assert "There is no drift and no issue." in repository.night().log
    repository.write(DESK.replace("true", "false"))
    forked = repository.check_pull(repository.open_pull(8, "fork", repository="someone/settings"))
    assert [each.failed for each in forked.values()] == [False, False], forked["fork"].log
    assert "- reachability_enabled: true\n+ reachability_enabled: false" in forked["fork"].summary
    assert len(harness.emulator.log) == 0


@pytest.mark.campaign
def test_a_mistake_in_the_configuration_becomes_the_comment(repository: Repository) -> None:
    repository.write(DESK.replace("configuration", "configuratoin"))
    results = repository.check_pull(repository.open_pull(7, "mistake"))
    planned = results["plan"]
    assert planned.failed
    assert results["check"].failed
    assert planned.outputs["exit-code"] == "3"
    (comment,) = repository.runner.github.comments[7]
    assert "configuratoin" in comment["body"]
    assert repository.runner.github.artifacts == []


@pytest.mark.campaign
def test_a_push_without_a_pull_request_is_applied_by_hand(repository: Repository, harness: Harness) -> None:
    repository.write(DESK)
    pushed = repository.push("No pull request")
    assert list(pushed) == ["apply"]
    assert pushed["apply"].failed
    assert "::error title=Nothing was applied::No merged pull request contains commit" in pushed["apply"].log
    assert harness.writes == []

    by_hand = repository.dispatch("apply")
    assert list(by_hand) == ["plan", "apply"]
    assert not by_hand["apply"].failed, by_hand["apply"].log
    assert repository.runner.github.comments == {}
    assert harness.live("/Services/desk/Configuration")["reachability_enabled"] is True

    again = repository.push("Nothing to apply")
    assert not again["apply"].failed, again["apply"].log


@pytest.mark.parametrize("expression", ["github.unknown()", "hashFiles('x')", "vars.X", "github.ref =~ 'x'", "1 +"])
def test_the_runner_knows_no_other_expressions(expression: str) -> None:
    with pytest.raises(UnknownExpression):
        evaluate(expression, {"github": {"ref": "x"}, "status": {"failed": False}})
