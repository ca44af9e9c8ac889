"""Runs jobs as GitLab does: inputs, `extends`, `rules`, and each script with bash. Also its API on a local port."""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from tests.clones import Remote, git
from tests.harness import HERE

KEYWORDS = {
    *("image", "variables", "cache", "before_script", "extends", "stage", "rules", "script", "artifacts", "needs"),
    *("environment", "resource_group", "after_script"),
}
"""What the jobs are made of. A keyword that this runner does not know fails the test."""


@dataclass
class GitLabProject:
    """What GitLab holds: the notes of merge requests, and issues with their notes."""

    notes: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    issue_notes: list[tuple[int, str]] = field(default_factory=list)


@contextmanager
def serving_gitlab(project: GitLabProject, token: str) -> Iterator[str]:
    """Serve the API for the merge request 7 of the project 42, and yield its URL."""

    class Handler(_Handler):
        gitlab = project
        accepted = token

    server = ThreadingHTTPServer((HERE, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    try:
        yield f"http://{HERE}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    gitlab: GitLabProject
    accepted: str

    def _respond(self) -> None:
        url = urlsplit(self.path)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        found = self._answer(f"{self.command} {url.path}", parse_qs(url.query), body)
        content = json.dumps(found).encode()
        self.send_response(200 if found is not None and self.headers["PRIVATE-TOKEN"] == self.accepted else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = _respond  # noqa: N815 — the base class looks for these names

    def _answer(self, request: str, query: Mapping[str, list[str]], body: Any) -> Any:  # noqa: ANN401 — JSON
        notes, issues = self.gitlab.notes, self.gitlab.issues
        project = "/projects/42"
        if request == "GET /user":
            return {"username": "project_42_bot"}
        if request == f"GET {project}/merge_requests/7/notes":
            return notes
        if request == f"POST {project}/merge_requests/7/notes":
            notes.append({"id": len(notes) + 1, "author": {"username": "project_42_bot"}, **body})
            return notes[-1]
        if request == f"GET {project}/issues":
            return [each for each in issues if each["state"] == "opened" and each["labels"] in query["labels"]]
        if request == f"POST {project}/issues":
            issues.append({"iid": len(issues) + 1, "state": "opened", **body})
            return issues[-1]
        return self._change(request, body)

    def _change(self, request: str, body: Any) -> Any:  # noqa: ANN401 — JSON
        if note := re.fullmatch(r"PUT /projects/42/merge_requests/7/notes/(\d+)", request):
            self.gitlab.notes[int(note[1]) - 1].update(body)
            return body
        if issue := re.fullmatch(r"POST /projects/42/issues/(\d+)/notes", request):
            self.gitlab.issue_notes.append((int(issue[1]), body["body"]))
            return body
        if issue := re.fullmatch(r"PUT /projects/42/issues/(\d+)", request):
            closed = {"state": "closed"} if body.pop("state_event", "") == "close" else {}
            self.gitlab.issues[int(issue[1]) - 1].update(body, **closed)
            return body
        return None

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def jobs_of(path: Path, inputs: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Read a component as GitLab does: with its inputs in place, and what a job extends merged into it."""
    header, _, body = path.read_text("utf-8").partition("\n---\n")
    declared = yaml.safe_load(header)["spec"]["inputs"]
    assert set(inputs) <= set(declared)
    values = {name: inputs.get(name, each.get("default")) for name, each in declared.items()}

    def filled(node: Any) -> Any:  # noqa: ANN401 — YAML
        if isinstance(node, dict):
            return {filled(name): filled(each) for name, each in node.items()}
        if isinstance(node, list):
            return [filled(each) for each in node]
        return re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda m: values[m[1]], node) if isinstance(node, str) else node

    parsed = filled(yaml.safe_load(body))
    found = {name: _extended(parsed, job) for name, job in parsed.items() if name[0] != "."}
    assert {keyword for job in found.values() for keyword in job} <= KEYWORDS
    return found


def _extended(parsed: Mapping[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    """Merge what a job extends into it: variable by variable, and other keywords as a unit."""
    base = parsed.get(job.get("extends", ""), {})
    return {**base, **job, "variables": {**base.get("variables", {}), **job.get("variables", {})}}


def rule_of(job: Mapping[str, Any], variables: Mapping[str, str]) -> Mapping[str, Any] | None:
    """Return the first rule that applies to a pipeline; None if the job is not part of it."""
    return next((rule for rule in job["rules"] if all(map_terms(rule["if"], variables))), None)


def map_terms(condition: str, variables: Mapping[str, str]) -> Iterator[bool]:
    """Evaluate each comparison of a condition, which joins them with `&&`."""
    for term in condition.split(" && "):
        match = re.fullmatch(r'\$(\w+) (==|!=) (?:"(\w+)"|\$(\w+))', term)
        assert match, term
        same = variables.get(match[1]) == (match[3] or variables.get(match[4]))
        yield same == (match[2] == "==")


@dataclass
class GitLabRunner:
    """A runner for one project. Artifacts stay between the jobs of a pipeline."""

    scratch: Path
    remote: Remote
    python: Path
    variables: dict[str, str]
    artifacts: dict[str, bytes] = field(default_factory=dict)
    pipelines: int = 0

    def run(self, job: Mapping[str, Any], commit: str, **variables: str) -> tuple[int, str]:
        """Run a job, and return its exit code and its log."""
        self.pipelines += 1
        workspace = self.remote.clone(f"build {self.pipelines}")
        git(workspace, "checkout", "--quiet", "--detach", commit)
        for name, content in self.artifacts.items():
            (workspace / name).parent.mkdir(parents=True, exist_ok=True)
            (workspace / name).write_bytes(content)
        environ = {**self._variables(workspace), **self.variables, **variables}
        for name, value in job["variables"].items():
            environ[name] = re.sub(r"\$(\$|\w+)", lambda m: "$" if m[1] == "$" else environ.get(m[1], ""), value)
        self._restore(job, workspace, environ)
        code, log = self._bash([*job["before_script"], *job["script"]], workspace, environ)
        after, more = self._bash(job.get("after_script", []), workspace, environ)
        del after  # GitLab ignores how `after_script` ends
        self._save(job, workspace, environ)
        paths = [*job.get("artifacts", {}).get("paths", ()), *job.get("artifacts", {}).get("reports", {}).values()]
        self.artifacts |= {each: (workspace / each).read_bytes() for each in paths if (workspace / each).exists()}
        return code, log + more

    def _caches(self, job: Mapping[str, Any], workspace: Path, environ: Mapping[str, str]) -> Iterator[Any]:
        """Yield each cached folder with its copy, and whether the job saves it."""
        for cache in job["cache"]:
            (path,) = cache["paths"]
            policy = cache.get("policy", "pull-push")
            saves = environ[policy[1:]] if policy[0] == "$" else policy
            yield workspace / path, self.scratch / "caches" / cache["key"], "push" in saves

    def _restore(self, job: Mapping[str, Any], workspace: Path, environ: Mapping[str, str]) -> None:
        for folder, copy, _ in self._caches(job, workspace, environ):
            if copy.exists():
                shutil.copytree(copy, folder)

    def _save(self, job: Mapping[str, Any], workspace: Path, environ: Mapping[str, str]) -> None:
        for folder, copy, saves in self._caches(job, workspace, environ):
            if saves and folder.exists():
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(folder, copy)

    def _bash(self, lines: list[str], workspace: Path, environ: Mapping[str, str]) -> tuple[int, str]:
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", "\n".join(lines)],
            cwd=workspace,
            env=dict(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        return ran.returncode, ran.stdout

    def _variables(self, workspace: Path) -> dict[str, str]:
        return {
            "PATH": f"{self.python.parent}:{os.environ['PATH']}",
            "HOME": str(self.scratch),
            "CI": "true",
            "CI_DEFAULT_BRANCH": "main",
            "CI_JOB_URL": "https://gitlab.example/team/settings/-/jobs/1",
            "CI_MERGE_REQUEST_PROJECT_ID": "42",
            "CI_PROJECT_DIR": str(workspace),
            "CI_PROJECT_ID": "42",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
        }
