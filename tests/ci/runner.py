"""Runs the jobs of a GitHub workflow as GitHub does: its conditions, its expressions, and each step with bash."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.ci.expressions import as_text, holds, interpolate
from tests.ci.github_server import REPOSITORY, GitHubState
from tests.clones import Remote, git

WORKFLOW = Path(".github/workflows/confsync.yaml")
ACTION = Path(".github/actions/confsync/action.yml")
PLAIN_ACTIONS = {"actions/setup-python", "actions/cache"}
"""Actions that change nothing that a test looks at."""


@dataclass
class JobResult:
    """How a job ended, and everything that it has shown."""

    failed: bool = False
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    environs: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Event:
    """What has triggered a workflow. `commit` is checked out; `workflow` is where its files come from."""

    name: str
    commit: str
    ref: str = "refs/heads/main"
    pull_request: Mapping[str, Any] | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    run: int = 1


@dataclass
class Runner:
    """A runner with a Python of its own, next to GitHub's API, the Git remote and the emulator."""

    scratch: Path
    github: GitHubState
    api_url: str
    remote: Remote
    twilio_url: str
    python: Path
    secrets: dict[str, str]
    checkouts: int = 0
    cached: list[str] = field(default_factory=list)

    def run(self, event: Event) -> dict[str, JobResult]:
        """Run every job of the workflow whose condition holds, once for each member of its matrix."""
        results: dict[str, JobResult] = {}
        workflow = git(self.remote.path, "show", f"{event.commit}:{WORKFLOW}")
        for name, job in yaml.safe_load(workflow)["jobs"].items():
            for matrix in _matrices(job):
                context = self._context(event, matrix)
                context["needs"] = {each: {"result": _result_of(each, results)} for each in _needs(job)}
                if holds(job["if"], context):
                    label = " ".join((name, *matrix.values()))
                    results[label] = self._run_job(label, job, event, context)
        return results

    def _context(self, event: Event, matrix: Mapping[str, str]) -> dict[str, Any]:
        payload = {"repository": {"default_branch": "main"}, "pull_request": event.pull_request}
        github = {
            "event_name": event.name,
            "event": payload,
            "repository": REPOSITORY,
            "ref": event.ref,
            "run_id": event.run,
            "run_attempt": 1,
            "sha": event.commit,
        }
        runner = {"temp": str(self.scratch / "temp"), "os": "Linux", "arch": "X64"}
        is_fork = event.pull_request is not None and event.pull_request["head"]["repo"]["full_name"] != REPOSITORY
        return {
            "github": github,
            "matrix": matrix,
            "inputs": event.inputs,
            "runner": runner,
            "secrets": {} if is_fork else self.secrets,
            "status": {"failed": False},
            "steps": {},
        }

    def _run_job(self, name: str, job: Mapping[str, Any], event: Event, context: dict[str, Any]) -> JobResult:
        """Run the steps of a job in a new clone, with a token that can do what `permissions` say."""
        token = f"ghs_canaryOfTheTokenOf{name.replace(' ', '')}{event.run}"
        # whatever a workflow of a fork asks for, its token can only read
        levels = {name: level if context["secrets"] else "read" for name, level in job["permissions"].items()}
        self.github.permissions[token] = levels
        context["github"]["token"] = token
        workspace = self._check_out(event, writable=levels.get("contents") == "write")
        result = JobResult()
        for step in job["steps"]:
            inputs = {key: interpolate(as_text(each), context) for key, each in step.get("with", {}).items()}
            environ = {key: interpolate(each, context) for key, each in step.get("env", {}).items()}
            if "run" in step:
                if holds(step["if"], context):
                    result.failed |= self._run_script(step, workspace, environ, event, context, result) != 0
            elif step["uses"].startswith("actions/checkout@"):
                assert inputs == {"fetch-depth": "0", "persist-credentials": "false"}
            else:
                self._run_action(workspace / step["uses"], workspace, inputs, environ, event, context, result)
        return result

    def _run_action(
        self,
        folder: Path,
        workspace: Path,
        inputs: Mapping[str, str],
        environ: Mapping[str, str],
        event: Event,
        context: dict[str, Any],
        result: JobResult,
    ) -> None:
        action = yaml.safe_load((folder / "action.yml").read_text("utf-8"))
        assert set(inputs) <= set(action["inputs"])
        defaults = {name: interpolate(each.get("default", ""), context) for name, each in action["inputs"].items()}
        inner = {**context, "inputs": {**defaults, **inputs}, "steps": {}, "status": {"failed": False}}
        del inner["secrets"], inner["matrix"]  # an action sees neither
        for step in action["runs"]["steps"]:
            if not holds(step.get("if", "success()"), inner):
                continue
            if "run" in step:
                code = self._run_script(step, workspace, environ, event, inner, result)
                inner["status"]["failed"] |= code != 0
            else:
                self._use(step, event, inner, workspace)
        result.failed |= inner["status"]["failed"]
        for output, declared in action["outputs"].items():
            result.outputs[output] = interpolate(declared["value"], inner)

    def _use(self, step: Mapping[str, Any], event: Event, context: Mapping[str, Any], workspace: Path) -> None:
        name, _, _ = step["uses"].partition("@")
        inputs = {key: interpolate(as_text(each), context) for key, each in step["with"].items()}
        if name == "actions/upload-artifact":
            self.github.upload(event.run, inputs["name"], Path(inputs["path"]).read_bytes())
        elif name == "actions/cache/save":
            shutil.copytree(workspace / inputs["path"], self.scratch / "caches" / inputs["key"])
            self.cached.append(inputs["key"])
        elif name == "actions/cache/restore":
            newest = [each for each in self.cached if each.startswith(inputs["restore-keys"])][-1:]
            for key in newest:
                shutil.copytree(self.scratch / "caches" / key, workspace / inputs["path"])
        else:
            assert name in PLAIN_ACTIONS

    def _run_script(
        self,
        step: Mapping[str, Any],
        workspace: Path,
        environ: Mapping[str, str],
        event: Event,
        context: dict[str, Any],
        result: JobResult,
    ) -> int:
        files = {name: self.scratch / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH")}
        for path in files.values():
            path.write_text("", "utf-8")
        files["GITHUB_EVENT_PATH"].write_text(json.dumps(context["github"]["event"]), "utf-8")
        own = {key: interpolate(as_text(each), context) for key, each in step.get("env", {}).items()}
        variables = {**self._variables(event, workspace), **environ, **own, **{k: str(v) for k, v in files.items()}}
        script = self.scratch / "step.sh"
        script.write_text(interpolate(step["run"], context), "utf-8")
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=workspace / interpolate(step.get("working-directory", "."), context),
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        result.environs.append(variables)
        result.log += f"== {step['name']}\n{ran.stdout}exit {ran.returncode}\n"
        result.summary += files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
        lines = files["GITHUB_OUTPUT"].read_text("utf-8").splitlines()
        context["steps"][step.get("id", "")] = {"outputs": dict(line.split("=", 1) for line in lines)}
        return ran.returncode

    def _variables(self, event: Event, workspace: Path) -> dict[str, str]:
        temp = self.scratch / "temp"
        temp.mkdir(exist_ok=True)
        return {
            "PATH": f"{self.python.parent}:{os.environ['PATH']}",
            "HOME": str(self.scratch),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.api_url,
            "GITHUB_EVENT_NAME": event.name,
            "GITHUB_REF_NAME": event.ref.removeprefix("refs/heads/"),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": str(event.run),
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_SHA": event.commit,
            "GITHUB_WORKFLOW_REF": f"{REPOSITORY}/{WORKFLOW}@{event.ref}",
            "GITHUB_WORKSPACE": str(workspace),
            "RUNNER_TEMP": str(temp),
            "CONFSYNC_BASE_URL": self.twilio_url,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
        }

    def _check_out(self, event: Event, *, writable: bool) -> Path:
        """Clone the remote. Without the permission to write, a push fails."""
        self.checkouts += 1
        workspace = self.remote.clone(f"checkout {self.checkouts}", "--no-checkout")
        git(workspace, "fetch", "--quiet", "origin", event.commit)
        git(workspace, "checkout", "--quiet", "--detach", event.commit)
        if not writable:
            git(workspace, "remote", "set-url", "--push", "origin", str(self.scratch / "no permission"))
        return workspace


def _needs(job: Mapping[str, Any]) -> list[str]:
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else needs


def _result_of(name: str, results: Mapping[str, JobResult]) -> str:
    """Say how a job ended: with a matrix, it succeeds if each of its runs does."""
    found = [each for label, each in results.items() if label.split()[0] == name]
    if not found:
        return "skipped"
    return "failure" if any(each.failed for each in found) else "success"


def _matrices(job: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for environment in job.get("strategy", {}).get("matrix", {}).get("environment", [None]):
        yield {} if environment is None else {"environment": environment}
