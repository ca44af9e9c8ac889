"""GitLab, as a job of GitLab CI sees it: the notes of the merge request, and the issues of the project."""

from collections.abc import Iterator
from urllib.parse import quote

from msgspec import Struct

from confsync.ci.forge import ForgeApi, OpenIssue, PostedComment, required

TOKEN = "CONFSYNC_GITLAB_TOKEN"  # noqa: S105 — the name of a variable
"""The job token cannot write notes or issues, so a token of the project does."""


class _User(Struct):
    username: str


class _Note(Struct):
    id: int
    body: str
    author: _User


class _Issue(Struct):
    iid: int
    description: str | None = None


class GitLab:
    """The project of this job. The variables of GitLab's runner say which one it is."""

    def __init__(self) -> None:
        self._api = ForgeApi(required("CI_API_V4_URL"), {"PRIVATE-TOKEN": required(TOKEN)})
        self._path = f"/projects/{quote(required('CI_PROJECT_ID'), safe='')}"

    @property
    def run_url(self) -> str:
        """The page of the job."""
        return required("CI_JOB_URL")

    @property
    def _notes(self) -> str:
        return f"{self._path}/merge_requests/{quote(required('CI_MERGE_REQUEST_IID'), safe='')}/notes"

    def comments(self) -> Iterator[PostedComment]:
        """Yield every note of the merge request."""
        author = self._api.read("/user", _User).username
        for each in self._api.read_pages(f"{self._notes}?sort=asc&order_by=created_at", _Note):
            yield PostedComment(each.id, each.body, each.author.username == author)

    def add_comment(self, body: str) -> None:
        """Add a note to the merge request."""
        self._api.send("POST", self._notes, {"body": body})

    def replace_comment(self, comment: PostedComment, body: str) -> None:
        """Replace the text of a note."""
        self._api.send("PUT", f"{self._notes}/{comment.id}", {"body": body})

    def open_issues(self, label: str) -> Iterator[OpenIssue]:
        """Yield every open issue with a label."""
        query = f"state=opened&labels={quote(label)}&order_by=created_at&sort=asc"
        for each in self._api.read_pages(f"{self._path}/issues?{query}", _Issue):
            yield OpenIssue(each.iid, each.description or "")

    def create_issue(self, title: str, body: str, label: str) -> int:
        """Open an issue. GitLab creates a label that does not exist."""
        written = {"title": title, "description": body, "labels": label}
        return self._api.send_for("POST", f"{self._path}/issues", _Issue, written).iid

    def replace_issue(self, number: int, body: str) -> None:
        """Replace the text of an issue."""
        self._api.send("PUT", f"{self._path}/issues/{number}", {"description": body})

    def comment_on_issue(self, number: int, body: str) -> None:
        """Add a note to an issue."""
        self._api.send("POST", f"{self._path}/issues/{number}/notes", {"body": body})

    def close_issue(self, number: int) -> None:
        """Close an issue."""
        self._api.send("PUT", f"{self._path}/issues/{number}", {"state_event": "close"})
