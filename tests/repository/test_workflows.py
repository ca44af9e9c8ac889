"""The workflows of this repository run only actions whose commit is fixed, with as few permissions as possible."""

import re
from pathlib import Path

import pytest
import yaml

from tests.repository.paths import ROOT, tracked

WORKFLOWS = ROOT / ".github" / "workflows"


@pytest.mark.parametrize("workflow", sorted(WORKFLOWS.glob("*.yaml")), ids=lambda path: path.name)
def test_a_workflow_pins_its_actions_and_has_few_permissions(workflow: Path) -> None:
    text = workflow.read_text("utf-8")
    jobs = yaml.safe_load(text)["jobs"]

    assert yaml.safe_load(text)["permissions"] == {}
    assert re.findall(r"uses: (?!\S+@[0-9a-f]{40} # v\d)", text) == []
    assert "secrets." not in text
    assert all("${{" not in step.get("run", "") for job in jobs.values() for step in job["steps"])
    writing = {
        (name, permission)
        for name, job in jobs.items()
        for permission, level in job["permissions"].items()
        if level == "write"
    }
    assert writing == (
        {("publish", "attestations"), ("publish", "id-token"), ("announce", "contents")}
        if workflow.name == "release.yaml"
        else set()
    )


def test_every_workflow_is_tracked() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    assert {path.name for path in tracked(".github/workflows")} == {"ci.yaml", "release.yaml"}
