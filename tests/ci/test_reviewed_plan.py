"""Which plan a job applies: the one that the merged pull request got at its last commit, or none, with the reason."""

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from confsync.ci import forge
from confsync.ci.forge import ForgeError
from confsync.ci.github import GitHub, GitHubArtifact
from confsync.ci.reviewed_plan import ReviewedPlan, find_reviewed_plan
from tests.ci.github_server import REPOSITORY, GitHubState, serving_github

COMMIT, HEAD, NAME = "c" * 40, "d" * 40, "confsync-plan-default"
OWN, FORK = {"full_name": REPOSITORY}, {"full_name": "mallory/settings"}


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubState]:
    """GitHub, where pull request 7 was merged as the commit of this job, after run 3 had made its plan."""
    head = {"ref": "desk", "sha": HEAD, "repo": OWN}
    base = {"ref": "main", "sha": "", "repo": OWN}
    pull = {"number": 7, "head": head, "base": base, "merged_at": "2026-11-01T00:00:00Z", "merge_commit_sha": COMMIT}
    run = {"id": 3, "event": "pull_request", "head_sha": HEAD, "head_repository": OWN, "conclusion": "success"}
    state = GitHubState(permissions={"token": {"actions": "read", "pull-requests": "read"}})
    state.pulls[COMMIT] = [pull]
    state.runs.append(run)
    state.upload(3, NAME, b"the plan")
    with serving_github(state) as url:
        for name, value in {
            "GH_TOKEN": "token",
            "GITHUB_API_URL": url,
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_REF_NAME": "main",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "9",
            "GITHUB_SHA": COMMIT,
            "GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/confsync.yaml@refs/heads/main",
        }.items():
            monkeypatch.setenv(name, value)
        yield state


def found() -> ReviewedPlan:
    return find_reviewed_plan(GitHub(), NAME)


def pull_of(github: GitHubState) -> dict[str, Any]:
    return github.pulls[COMMIT][0]


def test_it_is_the_plan_of_the_pull_request(github: GitHubState) -> None:
    assert found() == ReviewedPlan(content=b"the plan", source="pull request #7, run 3")
    assert [each for headers in github.blob_headers for each in headers if each.lower() == "authorization"] == []
    assert len(github.blob_headers) == 1


def test_the_last_run_counts(github: GitHubState) -> None:
    github.runs.append({**github.runs[0], "id": 5})
    github.upload(5, NAME, b"a newer plan")
    github.upload(5, NAME, b"the newest plan")
    assert found().content == b"the newest plan"


def test_started_by_hand_it_is_the_plan_of_the_same_run(github: GitHubState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_EVENT_NAME", "workflow_dispatch")
    assert found().missing == f"The artifact {NAME} of this run does not exist any more."
    github.upload(9, NAME, b"the plan of the main branch")
    assert found().content == b"the plan of the main branch"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda it: it.pulls.clear(), "No merged pull request contains commit cccccccccccc"),
        (lambda it: pull_of(it).update(merged_at=None), "No merged pull request contains commit"),
        (lambda it: pull_of(it)["base"].update(ref="release"), "No merged pull request contains commit"),
        (lambda it: pull_of(it)["head"].update(repo=FORK), "The branch of pull request #7 is in a fork"),
        (lambda it: pull_of(it)["head"].update(repo=None), "The branch of pull request #7 is in a fork"),
        (lambda it: it.runs[0].update(head_repository=FORK), "No run of this workflow succeeded"),
        (lambda it: it.runs[0].update(head_repository=None), "No run of this workflow succeeded"),
        (lambda it: it.runs[0].update(conclusion="failure"), "No run of this workflow succeeded"),
        (lambda it: it.runs[0].update(head_sha="e" * 40), "No run of this workflow succeeded"),
        (lambda it: it.runs[0].update(event="push"), "No run of this workflow succeeded"),
        (lambda it: it.artifacts[0].update(expired=True), f"The artifact {NAME} of pull request #7 does not exist"),
        (lambda it: it.artifacts[0].update(name="other"), f"The artifact {NAME} of pull request #7 does not exist"),
    ],
)
def test_without_such_a_plan_there_is_a_reason(change: Any, reason: str, github: GitHubState) -> None:  # noqa: ANN401
    change(github)
    assert found().content == b""
    assert found().missing.startswith(reason)


def archive(*names: str, size: int = 1) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened:
        for name in names:
            opened.writestr(name, b"0" * size)
    return made.getvalue()


def damaged(archive: bytes) -> bytes:
    """Change the compressed content of an archive's first file."""
    start = archive.index(b"a") + 1
    return archive[:start] + b"\xff" * 8 + archive[start + 8 :]


@pytest.mark.parametrize(
    "content",
    [
        lambda: b"",
        lambda: b"no archive",
        archive,
        lambda: archive("a", "b"),
        lambda: archive("a", size=(64 << 20) + 1),
        lambda: damaged(archive("a", size=99)),
    ],
    ids=["empty", "no archive", "no file", "two files", "too large", "damaged"],
)
def test_an_archive_that_is_no_plan_is_refused(content: Callable[[], bytes], github: GitHubState) -> None:
    github.artifacts[0]["content"] = content()
    with pytest.raises(ForgeError, match="not an archive with one plan"):
        found()


@pytest.mark.usefixtures("github")
def test_a_response_that_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forge, "MOST_BYTES", 10)
    with pytest.raises(ForgeError, match="failed: DecodingError"):
        GitHub().download(GitHubArtifact(1, NAME, expired=False, created_at=""))


def test_the_name_in_the_archive_does_not_matter(github: GitHubState) -> None:
    github.artifacts[0]["content"] = archive("../../etc/passwd")
    assert found().content == b"0"


@pytest.mark.parametrize(("permissions", "status"), [({}, 403), (None, 401)])
def test_a_missing_permission_is_named(permissions: dict[str, str] | None, status: int, github: GitHubState) -> None:
    github.permissions = {} if permissions is None else {"token": permissions}
    with pytest.raises(ForgeError, match=f"GET /repos/{REPOSITORY}/commits/{COMMIT}/pulls failed with status {status}"):
        found()
