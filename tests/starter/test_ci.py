"""The jobs for each CI system: they parse, ask for few permissions, and run as written."""

from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from confsync.account.configuration import LoadOptions
from confsync.account.starting import start_folder
from confsync.config.config import Config
from confsync.plan.exported import ExportedAccount, ExportScope
from confsync.plan.starter import StarterChoices, WrittenStarter
from confsync.starter.ci import ci_files
from confsync.starter.place import StarterPlace
from tests.acceptance.conftest import command_line
from tests.ci.expressions import holds

__all__ = ["command_line"]

GITHUB, GITLAB, INCLUDING = ".github/workflows/confsync.yaml", ".gitlab/confsync.yaml", ".gitlab-ci.yml"
JOBS = ("plan", "fork", "apply", "drift")


def start(folder: Path, ci: str) -> WrittenStarter:
    """Write a starter folder without a live account."""

    def not_read(_: Config, __: ExportScope) -> ExportedAccount:
        raise AssertionError

    return start_folder(StarterChoices(environment="main", ci=ci), LoadOptions(environ={}, directory=folder), not_read)


def jobs(top: Path) -> dict[str, Any]:
    """Return the jobs for GitHub by name."""
    found: dict[str, Any] = yaml.safe_load((top / GITHUB).read_text("utf-8"))["jobs"]
    return found


def acting(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the jobs that use the action."""
    return [found[name] for name in JOBS]


def included(top: Path) -> list[dict[str, Any]]:
    """Return what GitLab includes."""
    found: list[dict[str, Any]] = yaml.safe_load((top / INCLUDING).read_text("utf-8"))["include"]
    return found


def test_each_job_on_github_has_only_the_permissions_that_it_needs(tmp_path: Path) -> None:
    start(tmp_path, "github")
    workflow = yaml.safe_load((tmp_path / GITHUB).read_text("utf-8"))
    assert workflow["permissions"] == {}
    assert {name: each["permissions"] for name, each in workflow["jobs"].items()} == {
        "plan": {"contents": "read", "pull-requests": "write"},
        "fork": {"contents": "read"},
        "apply": {"actions": "read", "contents": "write", "pull-requests": "read"},
        "drift": {"contents": "read", "issues": "write"},
        "check": {},
    }


def test_a_pull_request_from_a_fork_gets_no_secret_and_applies_do_not_overlap(tmp_path: Path) -> None:
    start(tmp_path, "github")
    found = jobs(tmp_path)
    assert "github.event.pull_request.head.repo.full_name == github.repository" in found["plan"]["if"]
    assert "secrets" not in str(found["fork"])
    assert "github.event_name == 'push'" in found["apply"]["if"]
    assert found["apply"]["environment"] == "main"
    assert found["apply"]["concurrency"] == {"group": "confsync-apply", "cancel-in-progress": False, "queue": "max"}


def test_several_environments_are_a_matrix_of_protected_environments(tmp_path: Path) -> None:
    (workflow, _) = ci_files("github", StarterPlace(tmp_path, PurePosixPath(".")), ("prod", "staging"))
    found = yaml.safe_load(workflow.text)["jobs"]
    for name in JOBS:
        job = found[name]
        assert job["strategy"] == {"fail-fast": False, "matrix": {"environment": ["prod", "staging"]}}
        assert job["steps"][-1]["with"]["environment"] == "${{ matrix.environment }}"
        assert job["concurrency"]["group"].endswith("-${{ matrix.environment }}"), name
    reading = {"name": "${{ matrix.environment }}-plan", "deployment": False}
    assert [found[name].get("environment") for name in JOBS] == [
        reading,
        None,
        "${{ matrix.environment }}",
        reading,
    ]


@pytest.mark.parametrize("environments", [("main",), ("prod", "staging")])
@pytest.mark.parametrize(
    ("plan", "fork", "fails"),
    [
        ("success", "skipped", False),
        ("skipped", "success", False),
        ("failure", "skipped", True),
        ("cancelled", "skipped", True),
        ("skipped", "failure", True),
        ("skipped", "skipped", True),
    ],
)
def test_the_check_to_require_has_one_name_and_fails_unless_a_plan_or_a_validation_succeeded(
    plan: str, fork: str, *, fails: bool, environments: tuple[str, ...], tmp_path: Path
) -> None:
    workflow, _ = ci_files("github", StarterPlace(tmp_path, PurePosixPath(".")), environments)
    check = yaml.safe_load(workflow.text)["jobs"]["check"]
    assert (check["name"], check["needs"], check.get("strategy")) == ("confsync", ["plan", "fork"], None)
    needs = {"plan": {"result": plan}, "fork": {"result": fork}}
    (step,) = check["steps"]
    assert step["run"] == "exit 1"
    context = {"needs": needs, "status": {"failed": False}, "github": {"event_name": "pull_request"}}
    assert holds(check["if"], context)
    assert holds(step["if"], context) == fails


@pytest.mark.parametrize("ci", ["github", "gitlab"])
@pytest.mark.parametrize(("inside", "folder"), [(".", "."), ("twilio/a b", "twilio/a b")])
def test_the_jobs_are_at_the_top_of_the_repository_and_work_in_the_folder(
    ci: str, inside: str, folder: str, tmp_path: Path
) -> None:
    (tmp_path / ".git").mkdir()
    home = tmp_path / inside
    home.mkdir(parents=True, exist_ok=True)
    start(home, ci)
    assert (home / "confsync.yaml").exists()
    if ci == "github":
        found = [job["steps"][-1]["with"].get("working-directory", ".") for job in acting(jobs(tmp_path))]
        assert set(found) == {folder}
    else:
        assert included(tmp_path)[0]["inputs"].get("folder", ".") == folder


@given(st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="/") | st.just(" "), min_size=1))
def test_the_jobs_find_a_folder_of_any_name(name: str) -> None:
    assume(name not in (".", "..") and name.isprintable())
    place = StarterPlace(Path("/nowhere"), PurePosixPath(name))
    github, _ = ci_files("github", place, ("main",))
    steps = [job["steps"][-1] for job in acting(yaml.safe_load(github.text)["jobs"])]
    assert {each["with"]["working-directory"] for each in steps} == {name}
    _, including = ci_files("gitlab", place, ("main",))
    (only,) = yaml.safe_load(including.text)["include"]
    assert only["inputs"]["folder"] == name.replace("$", "$$")


def test_an_existing_file_of_gitlab_has_to_include_the_jobs(tmp_path: Path) -> None:
    first = start(tmp_path, "gitlab")
    assert included(tmp_path) == [{"local": f"/{GITLAB}", "inputs": {"gitlab-environment": "main"}}]
    assert not any("Add this" in each for each in (*first.notes, *start(tmp_path, "gitlab").notes))
    (tmp_path / INCLUDING).write_text("stages: [test]\n", "utf-8")
    (note,) = (each for each in start(tmp_path, "gitlab").notes if each.startswith("Add this"))
    assert note.startswith(f"Add this to {INCLUDING}, which exists already:\n")
    assert yaml.safe_load(note.partition("\n")[2])["include"][0]["local"] == f"/{GITLAB}"
    assert (tmp_path / INCLUDING).read_text("utf-8") == "stages: [test]\n"
