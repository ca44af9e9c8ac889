"""The bill of materials: what a release installs, in the format of CycloneDX."""

import json
import sys
from pathlib import Path

from scripts.releasing.errors import ReleaseError, run
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
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--pyproject"]
    run(
        [*command, tree / "pyproject.toml", "--output-file", target, python],
        work,
        {"SOURCE_DATE_EPOCH": str(tag.time), "PATH": ""},
    )
    names = {each["name"] for each in json.loads(target.read_text("utf-8"))["components"]}
    if not names:
        raise ReleaseError("The bill of materials is empty.")
    return target
