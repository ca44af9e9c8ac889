"""The guides name every key and every permission that the code declares."""

import re
from pathlib import Path

import pytest
import yaml

from confsync.config.environments import WrittenEnvironment
from confsync.config.lifecycle import Lifecycle
from confsync.config.policy import Policy
from tests.ci.conftest import write_starter_files
from tests.repository.paths import DOCS


def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


@pytest.mark.parametrize("key", Lifecycle.keys())
def test_each_key_of_lifecycle_has_a_section_and_a_line_in_the_table(key: str) -> None:
    page = text_of("lifecycle.md")

    assert f"\n## {key}\n" in page
    assert re.search(rf"^\| \[`{key}: [^|]*\]\(#{key}\) \|", page, re.MULTILINE)


@pytest.mark.parametrize("key", [*WrittenEnvironment.keys(), *Policy.keys(), "variables", "patch"])
def test_each_key_of_an_environment_is_in_the_table_of_settings(key: str) -> None:
    table = re.findall(r"^\| (.*?) \| environment(?: or top level)? \|", text_of("settings.md"), re.MULTILINE)

    assert any(re.search(rf"`{key}\b", cell) for cell in table)


def test_the_page_on_ci_lists_the_permissions_of_each_job_on_github(tmp_path: Path) -> None:
    """A hint of confsync sends people to that table when a job lacks a permission."""
    write_starter_files(tmp_path, "github")
    jobs = yaml.safe_load((tmp_path / ".github/workflows/confsync.yaml").read_text("utf-8"))["jobs"]
    needed = {
        job["name"].lower(): {f"{name}: {level}" for name, level in job["permissions"].items()}
        for job in jobs.values()
        if job["permissions"]
    }

    table = text_of("ci.md").partition("| job on GitHub | permissions |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (\w+) \| (.*) \|$", table, re.MULTILINE)
    listed = {name: set(re.findall(r"`(.*?)`", row)) for name, row in rows}

    assert listed == needed
