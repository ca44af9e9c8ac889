"""GitHub, as a job of GitHub Actions sees it: the pull request, the issues, and the artifacts of earlier runs."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from msgspec import MsgspecError, Struct
from msgspec.json import decode

from confsync.ci.forge import ForgeApi, ForgeError, OpenIssue, PostedComment, required

DEFAULT_AUTHOR = "github-actions[bot]"


class _User(Struct):
    login: str


class _Comment(Struct):
    id: int
    user: _User | None = None
    body: str | None = None


class _Issue(Struct):
    number: int
    body: str | None = None
    pull_request: object = None


class GitHubRepository(Struct, frozen=True):
    """A repository, by its full name."""

    full_name: str


class GitHubBranch(Struct, frozen=True):
    """One side of a pull request. The repository of a fork may be gone."""

    ref: str
    sha: str
    repo: GitHubRepository | None = None


class GitHubPull(Struct, frozen=True):
    """A pull request."""

    number: int
    head: GitHubBranch
    base: GitHubBranch
    merged_at: str | None = None
    merge_commit_sha: str | None = None


class GitHubRun(Struct, frozen=True):
    """A run of a workflow."""

    id: int
    head_repository: GitHubRepository | None = None
    conclusion: str | None = None


class _Runs(Struct):
    workflow_runs: list[GitHubRun]


class GitHubArtifact(Struct, frozen=True):
    """A file that a run has uploaded."""

    id: int
    name: str
    expired: bool
    created_at: str


class _Artifacts(Struct):
    artifacts: list[GitHubArtifact]


class _Event(Struct):
    pull_request: GitHubPull | None = None


class GitHub:
    """The repository of this job. The variables of GitHub's runner say which one it is."""

    def __init__(self) -> None:
        self.repository = required("GITHUB_REPOSITORY")
        headers = {
            "Authorization": f"Bearer {required('GH_TOKEN')}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self._api = ForgeApi(os.environ.get("GITHUB_API_URL") or "https://api.github.com", headers)
        self._path = f"/repos/{quote(self.repository)}"

    @property
    def run_url(self) -> str:
        """The page of the run."""
        server = os.environ.get("GITHUB_SERVER_URL") or "https://github.com"
        return f"{server}/{self.repository}/actions/runs/{required('GITHUB_RUN_ID')}"

    def comments(self) -> Iterator[PostedComment]:
        """Yield every comment of the pull request."""
        author = os.environ.get("CONFSYNC_COMMENT_AUTHOR") or DEFAULT_AUTHOR
        for each in self._api.read_pages(f"{self._path}/issues/{pull_of_event().number}/comments", _Comment):
            own = each.user is not None and each.user.login == author
            yield PostedComment(each.id, each.body or "", own)

    def add_comment(self, body: str) -> None:
        """Comment on the pull request."""
        self.comment_on_issue(pull_of_event().number, body)

    def replace_comment(self, comment: PostedComment, body: str) -> None:
        """Replace the text of a comment."""
        self._api.send("PATCH", f"{self._path}/issues/comments/{comment.id}", {"body": body})

    def open_issues(self, label: str) -> Iterator[OpenIssue]:
        """Yield every open issue with a label. GitHub lists pull requests too, which are left out."""
        query = f"state=open&labels={quote(label)}&sort=created&direction=asc"
        for each in self._api.read_pages(f"{self._path}/issues?{query}", _Issue):
            if each.pull_request is None:
                yield OpenIssue(each.number, each.body or "")

    def create_issue(self, title: str, body: str, label: str) -> int:
        """Open an issue. GitHub creates a label that does not exist."""
        written = {"title": title, "body": body, "labels": [label]}
        return self._api.send_for("POST", f"{self._path}/issues", _Issue, written).number

    def replace_issue(self, number: int, body: str) -> None:
        """Replace the text of an issue."""
        self._api.send("PATCH", f"{self._path}/issues/{number}", {"body": body})

    def comment_on_issue(self, number: int, body: str) -> None:
        """Comment on an issue or on a pull request."""
        self._api.send("POST", f"{self._path}/issues/{number}/comments", {"body": body})

    def close_issue(self, number: int) -> None:
        """Close an issue as done."""
        self._api.send("PATCH", f"{self._path}/issues/{number}", {"state": "closed", "state_reason": "completed"})

    def pulls_of(self, commit: str) -> list[GitHubPull]:
        """Return the pull requests that brought a commit to its branch."""
        return self._api.read(f"{self._path}/commits/{quote(commit)}/pulls", list[GitHubPull])

    def runs_of(self, workflow: str, head: str) -> list[GitHubRun]:
        """Return the runs of a workflow file for the head of a pull request, the newest first."""
        path = f"{self._path}/actions/workflows/{quote(workflow, safe='')}/runs"
        return self._api.read(f"{path}?event=pull_request&head_sha={quote(head)}&per_page=100", _Runs).workflow_runs

    def artifact_of(self, run: int, name: str) -> GitHubArtifact | None:
        """Return the newest artifact of a run with this name, unless it has expired."""
        path = f"{self._path}/actions/runs/{run}/artifacts?per_page=100&name={quote(name)}"
        found = [each for each in self._api.read(path, _Artifacts).artifacts if each.name == name and not each.expired]
        return max(found, key=lambda each: (each.created_at, each.id), default=None)

    def download(self, artifact: GitHubArtifact) -> bytes:
        """Return an artifact as a ZIP archive."""
        return self._api.download(f"{self._path}/actions/artifacts/{artifact.id}/zip")


def pull_of_event() -> GitHubPull:
    """Return the pull request that has triggered the job. Raises ForgeError for any other event."""
    path = Path(required("GITHUB_EVENT_PATH"))
    try:
        event = decode(path.read_bytes(), type=_Event)
    except (OSError, MsgspecError) as error:
        raise ForgeError(f"The event of the job cannot be read: {error}.", hint="Run the job again.") from error
    if event.pull_request is None:
        raise ForgeError("No pull request has triggered this job.", hint="Comment only on the event `pull_request`.")
    return event.pull_request
