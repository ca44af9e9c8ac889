"""GitHub's API on a local port, as far as the jobs use it. A token can do only what its job's permissions allow."""

import io
import json
import re
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.harness import HERE

REPOSITORY = "team/settings"
BOT = "github-actions[bot]"
Answer = tuple[int, Any]


@dataclass
class GitHubState:
    """What GitHub holds: comments, issues, pull requests, runs and artifacts. `permissions` are those of each token."""

    permissions: dict[str, Mapping[str, str]] = field(default_factory=dict)
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)
    pulls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    issues_disabled: bool = False
    blob_headers: list[dict[str, str]] = field(default_factory=list)

    def comment(self, number: int, body: str, author: str) -> dict[str, Any]:
        written = {"id": 1 + sum(map(len, self.comments.values())), "body": body, "user": {"login": author}}
        self.comments.setdefault(number, []).append(written)
        return written

    def upload(self, run: int, name: str, content: bytes) -> None:
        """Keep an artifact as GitHub does: as a ZIP archive."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as opened:
            opened.writestr("plan.json", content)
        number = len(self.artifacts) + 1
        known = {
            "id": number,
            "run": run,
            "name": name,
            "expired": False,
            "created_at": f"2026-11-01T00:00:{number:02}Z",
        }
        self.artifacts.append({**known, "content": archive.getvalue()})

    @property
    def open_issues(self) -> list[dict[str, Any]]:
        return [each for each in self.issues if each["state"] == "open"]


ROUTES: list[tuple[str, str, str, Callable[..., Answer]]] = []


def route(method: str, path: str, permission: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Answer requests for a path, if the token has one of the permissions."""

    def register(answer: Callable[..., Answer]) -> Callable[..., Answer]:
        ROUTES.append((method, path, permission, answer))
        return answer

    return register


@route("GET", r"/issues/(\d+)/comments", "issues:read pull-requests:read")
def list_comments(state: GitHubState, _query: Any, _body: Any, number: str) -> Answer:  # noqa: ANN401
    return 200, state.comments.get(int(number), [])


@route("POST", r"/issues/(\d+)/comments", "issues:write pull-requests:write")
def add_comment(state: GitHubState, _query: Any, body: Any, number: str) -> Answer:  # noqa: ANN401
    return 201, state.comment(int(number), body["body"], BOT)


@route("PATCH", r"/issues/comments/(\d+)", "issues:write pull-requests:write")
def edit_comment(state: GitHubState, _query: Any, body: Any, number: str) -> Answer:  # noqa: ANN401
    (found,) = (each for written in state.comments.values() for each in written if each["id"] == int(number))
    found["body"] = body["body"]
    return 200, found


@route("GET", r"/issues", "issues:read")
def list_issues(state: GitHubState, query: Any, _body: Any) -> Answer:  # noqa: ANN401
    label = query["labels"][0]
    return 200, [each for each in state.open_issues if label in each["labels"]]


@route("POST", r"/issues", "issues:write")
def create_issue(state: GitHubState, _query: Any, body: Any) -> Answer:  # noqa: ANN401
    if state.issues_disabled:
        return 410, {"message": "Issues has been disabled in this repository."}
    state.issues.append({"number": 100 + len(state.issues), "state": "open", "comments": 0, **body})
    return 201, state.issues[-1]


@route("PATCH", r"/issues/(\d+)", "issues:write")
def edit_issue(state: GitHubState, _query: Any, body: Any, number: str) -> Answer:  # noqa: ANN401
    (found,) = (each for each in state.issues if each["number"] == int(number))
    found.update(body)
    return 200, found


@route("GET", r"/commits/(\w+)/pulls", "pull-requests:read")
def pulls_of_commit(state: GitHubState, _query: Any, _body: Any, commit: str) -> Answer:  # noqa: ANN401
    return 200, state.pulls.get(commit, [])


@route("GET", r"/actions/workflows/confsync.yaml/runs", "actions:read")
def list_runs(state: GitHubState, query: Any, _body: Any) -> Answer:  # noqa: ANN401
    found = [each for each in state.runs if each["head_sha"] == query["head_sha"][0]]
    return 200, {"workflow_runs": [each for each in found if each["event"] == query["event"][0]]}


@route("GET", r"/actions/runs/(\d+)/artifacts", "actions:read")
def list_artifacts(state: GitHubState, query: Any, _body: Any, run: str) -> Answer:  # noqa: ANN401
    found = [each for each in state.artifacts if each["run"] == int(run) and each["name"] == query["name"][0]]
    return 200, {"artifacts": [{name: value for name, value in each.items() if name != "content"} for each in found]}


@route("GET", r"/actions/artifacts/(\d+)/zip", "actions:read")
def download_artifact(_state: GitHubState, _query: Any, _body: Any, number: str) -> Answer:  # noqa: ANN401
    return 302, f"/blob/{number}"


@contextmanager
def serving_github(state: GitHubState) -> Iterator[str]:
    """Serve the API, and yield its URL."""

    class Handler(_Handler):
        github = state

    server = ThreadingHTTPServer((HERE, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    try:
        yield f"http://{HERE}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    github: GitHubState
    server: ThreadingHTTPServer

    def _respond(self) -> None:
        url = urlsplit(self.path)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        if url.path.startswith("/blob/"):
            self.github.blob_headers.append(dict(self.headers))
            artifact = self.github.artifacts[int(url.path.rpartition("/")[2]) - 1]
            self._send(200, artifact["content"])
            return
        self.github.requests.append(f"{self.command} {url.path}")
        status, answer = self._answer(url.path, parse_qs(url.query), body)
        if status == 302:
            # another host: a client must not send it the token
            self._send(status, b"", {"Location": f"http://localhost:{self.server.server_port}{answer}"})
        else:
            self._send(status, json.dumps(answer).encode())

    do_GET = do_POST = do_PATCH = _respond  # noqa: N815 — the base class looks for these names

    def _answer(self, path: str, query: Mapping[str, list[str]], body: Any) -> Answer:  # noqa: ANN401 — JSON
        allowed = self.github.permissions.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
        if allowed is None:
            return 401, {"message": "Bad credentials"}
        for method, pattern, permissions, answer in ROUTES:
            match = re.fullmatch(f"/repos/{REPOSITORY}{pattern}", path)
            if match and method == self.command:
                if any(_includes(allowed, each) for each in permissions.split()):
                    return answer(self.github, query, body, *match.groups())
                return 403, {"message": "Resource not accessible by integration"}
        return 404, {"message": "Not Found"}

    def _send(self, status: int, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def _includes(allowed: Mapping[str, str], permission: str) -> bool:
    name, _, level = permission.partition(":")
    return allowed.get(name) in {level, "write"}
