"""The bill of materials: what a release installs, in the format of CycloneDX."""

import json
import sys
from pathlib import Path

from scripts.releasing.errors import ReleaseError, check_equal, run
from scripts.releasing.tag import Tag

LOCK = Path("scripts", "releasing", "runtime.txt")
"""The run-time dependencies with their digests, in the repository."""


def write_sbom(wheel: Path, tree: Path, tag: Tag, work: Path, output: Path) -> Path:
    """Install a wheel with its locked dependencies into an empty environment, and list what is there.

    Raises ReleaseError if a dependency is missing from the lock.
    """
    environment = work / "materials"
    python = environment / "bin" / "python"
    run([sys.executable, "-m", "venv", "--without-pip", environment], work)
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python, "--quiet"]
    run([*pip, "install", "--require-hashes", "--requirement", tree / LOCK], work)
    run([*pip, "install", "--no-deps", wheel], work)
    run([*pip, "check"], work)
    target = output / f"confsync-{tag.version}.cdx.json"
    project = work / "pyproject.toml"
    project.write_text(with_static_version((tree / "pyproject.toml").read_text("utf-8"), tag.version), "utf-8")
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"]
    variables = {"SOURCE_DATE_EPOCH": str(tag.time), "PATH": ""}
    run([*command, "--pyproject", project, "--output-file", target, python], work, variables)
    check_materials(target.read_text("utf-8"), tag.version)
    return target


def with_static_version(project: str, version: str) -> str:
    """Write the version into a `pyproject.toml`: the tool for the list does not know where the build reads it."""
    return project.replace('dynamic = ["version"]', f'version = "{version}"')


def check_materials(text: str, version: str) -> None:
    """Raise ReleaseError if the list is not that of a version, or is empty."""
    materials = json.loads(text)
    check_equal(str(materials["metadata"]["component"].get("version")), version)
    if not materials["components"]:
        raise ReleaseError("The bill of materials is empty.")
