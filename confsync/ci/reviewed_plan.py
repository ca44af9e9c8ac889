"""The saved plan that somebody reviewed: an artifact of the pull request's run."""

import os
import zipfile
import zlib
from io import BytesIO

from msgspec import Struct

from confsync.ci.forge import ForgeError, required
from confsync.ci.github import GitHub, GitHubPull

MOST_PLAN_BYTES = 64 * 1024 * 1024


class ReviewedPlan(Struct, frozen=True):
    """A saved plan, or the reason why there is none."""

    content: bytes = b""
    source: str = ""
    missing: str = ""


def find_reviewed_plan(github: GitHub, artifact: str) -> ReviewedPlan:
    """Find the plan for the commit of this job.

    If somebody started the workflow by hand, that is the plan that an earlier job of the same run made. Otherwise it is
    the plan that the pull request of the commit got at its last commit. A run of a fork counts for nothing: it had no
    credentials, and anybody can edit its workflow. Raises ForgeError.
    """
    if os.environ.get("GITHUB_EVENT_NAME") == "workflow_dispatch":
        run = int(required("GITHUB_RUN_ID"))
        return _plan_of(github, run, artifact, "this run", "this run")
    commit = required("GITHUB_SHA")
    pull = _merged_pull(github, commit)
    if pull is None:
        return ReviewedPlan(missing=f"No merged pull request contains commit {commit[:12]}, so nobody reviewed a plan.")
    named = f"pull request #{pull.number}"
    if pull.head.repo is None or pull.head.repo.full_name != github.repository:
        return ReviewedPlan(missing=f"The branch of {named} is in a fork, which gets no credentials for a plan.")
    run_id = _last_run(github, pull)
    if run_id is None:
        return ReviewedPlan(missing=f"No run of this workflow succeeded for the last commit of {named}.")
    return _plan_of(github, run_id, artifact, f"{named}, run {run_id}", named)


def _merged_pull(github: GitHub, commit: str) -> GitHubPull | None:
    """Return the pull request that was merged as this commit; else one that contains it and was merged."""
    branch = required("GITHUB_REF_NAME")
    merged = [each for each in github.pulls_of(commit) if each.merged_at and each.base.ref == branch]
    merged.sort(key=lambda each: (each.merge_commit_sha == commit, each.merged_at), reverse=True)
    return next(iter(merged), None)


def _last_run(github: GitHub, pull: GitHubPull) -> int | None:
    runs = [
        each.id
        for each in github.runs_of(_workflow_file(), pull.head.sha)
        if each.conclusion == "success"
        and each.head_repository is not None
        and each.head_repository.full_name == github.repository
    ]
    return max(runs, default=None)


def _workflow_file() -> str:
    """Return the file name of this workflow: `OWNER/NAME/.github/workflows/FILE@REF` is what GitHub passes."""
    return required("GITHUB_WORKFLOW_REF").partition("@")[0].rpartition("/")[2]


def _plan_of(github: GitHub, run: int, name: str, source: str, named: str) -> ReviewedPlan:
    artifact = github.artifact_of(run, name)
    if artifact is None:
        return ReviewedPlan(missing=f"The artifact {name} of {named} does not exist any more.")
    return ReviewedPlan(content=_only_file(github.download(artifact)), source=source)


def _only_file(archive: bytes) -> bytes:
    """Return the one file in a ZIP archive. Its name does not matter, and nothing is unpacked to disk."""
    wrong = "The artifact with the plan is not an archive with one plan in it."
    hint = "Run the job `plan` again."
    try:
        with zipfile.ZipFile(BytesIO(archive)) as opened:
            members = opened.infolist()
            if len(members) != 1 or members[0].file_size > MOST_PLAN_BYTES:
                raise ForgeError(wrong, hint=hint)
            with opened.open(members[0]) as file:
                return file.read(MOST_PLAN_BYTES)
    except _UNREADABLE as error:
        raise ForgeError(wrong, hint=hint) from error


_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What `zipfile` raises for an archive that is damaged, encrypted or compressed in another way."""
