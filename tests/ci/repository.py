"""A team at work on GitHub: it opens pull requests and merges them."""

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ci.github_server import REPOSITORY
from tests.ci.runner import Event, JobResult, Runner
from tests.clones import git


@dataclass
class Repository:
    """A clone in which somebody works, and the runs of the workflow so far."""

    runner: Runner
    clone: Path = field(init=False)
    runs: int = 0
    results: list[JobResult] = field(default_factory=list)
    last_head: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clone = self.runner.remote.clone("work")

    def write(self, text: str, name: str = "confsync.yaml") -> None:
        (self.clone / name).parent.mkdir(parents=True, exist_ok=True)
        (self.clone / name).write_text(text, "utf-8")

    def commit_to_main(self, message: str) -> str:
        """Commit everything to the main branch, and push it."""
        git(self.clone, "checkout", "--quiet", "main")
        commit = self._commit(message)
        git(self.clone, "push", "--quiet", "origin", "main")
        return commit

    def open_pull(self, number: int, branch: str, *, repository: str = REPOSITORY) -> dict[str, Any]:
        """Commit everything to a branch, push it, and open a pull request."""
        git(self.clone, "checkout", "--quiet", "-b", branch)
        sha = self._commit(f"Change of {number}")
        git(self.clone, "push", "--quiet", "origin", f"HEAD:refs/pull/{number}/head")
        git(self.clone, "checkout", "--quiet", "main")
        self.last_head = {"ref": branch, "sha": sha, "repo": {"full_name": repository}}
        return {"number": number, "head": self.last_head, "base": {"ref": "main", "sha": "", "repo": None}}

    def saved_plans(self) -> list[bytes]:
        """Return the plan in each artifact."""
        archives = (zipfile.ZipFile(io.BytesIO(each["content"])) for each in self.runner.github.artifacts)
        return [archive.read("plan.json") for archive in archives]

    def check_pull(self, pull: dict[str, Any]) -> dict[str, JobResult]:
        """Run the workflow for a pull request, on the merge of its branch."""
        git(self.clone, "checkout", "--quiet", "--detach", "main")
        git(self.clone, "merge", "--quiet", "--no-ff", "-m", "Merge", pull["head"]["sha"])
        merge = git(self.clone, "rev-parse", "HEAD").strip()
        git(self.clone, "push", "--quiet", "--force", "origin", f"HEAD:refs/pull/{pull['number']}/merge")
        git(self.clone, "checkout", "--quiet", "main")
        results = self._run("pull_request", merge, f"refs/pull/{pull['number']}/merge", pull)
        failed = any(each.failed for each in results.values())
        found = {"id": self.runs, "event": "pull_request", "head_sha": pull["head"]["sha"]}
        source = {"head_repository": pull["head"]["repo"], "conclusion": "failure" if failed else "success"}
        self.runner.github.runs.append({**found, **source})
        return results

    def merge(self, pull: dict[str, Any], *, squash: bool = True) -> dict[str, JobResult]:
        """Merge a pull request into the main branch, and run the workflow there."""
        git(self.clone, "checkout", "--quiet", "main")
        if squash:
            git(self.clone, "merge", "--quiet", "--squash", pull["head"]["sha"])
            commit = self.commit_to_main(f"Change of {pull['number']} (#{pull['number']})")
        else:
            git(self.clone, "merge", "--quiet", "--no-ff", "-m", "Merge", pull["head"]["sha"])
            git(self.clone, "push", "--quiet", "origin", "main")
            commit = git(self.clone, "rev-parse", "HEAD").strip()
        merged = {**pull, "merged_at": f"2026-11-01T00:00:{pull['number']:02}Z", "merge_commit_sha": commit}
        self.runner.github.pulls[commit] = [merged]
        return self._run("push", commit)

    def push(self, message: str) -> dict[str, JobResult]:
        """Push to the main branch without a pull request, and run the workflow."""
        return self._run("push", self.commit_to_main(message))

    def dispatch(self, command: str) -> dict[str, JobResult]:
        """Start the workflow by hand on the main branch."""
        return self._run("workflow_dispatch", self._main(), inputs={"command": command})

    def night(self) -> JobResult:
        """Run the workflow as its schedule does."""
        results = self._run("schedule", self._main())
        assert list(results) == ["drift"]
        return results["drift"]

    def _run(
        self,
        name: str,
        commit: str,
        ref: str = "refs/heads/main",
        pull: dict[str, Any] | None = None,
        **more: Any,  # noqa: ANN401
    ) -> dict[str, JobResult]:
        self.runs += 1
        results = self.runner.run(Event(name, commit, ref, pull, run=self.runs, **more))
        self.results += results.values()
        return results

    def _main(self) -> str:
        return git(self.clone, "rev-parse", "origin/main").strip()

    def _commit(self, message: str) -> str:
        git(self.clone, "add", "--all")
        git(self.clone, "commit", "--quiet", "--allow-empty", "--message", message)
        return git(self.clone, "rev-parse", "HEAD").strip()
