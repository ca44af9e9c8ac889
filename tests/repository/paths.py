"""Where things lie in the repository, and how a test runs the tool as a user would."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
DOCS = ROOT / "docs"


def tracked(*patterns: str) -> list[Path]:
    """Every file that git knows, or would with the next commit; those that match, where patterns are given."""
    said = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [path for name in said.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def run(
    command: list[str], directory: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command with a clean slate: nothing of confsync's or Twilio's in the environment, and no input."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CONFSYNC_", "TWILIO_"))}
    return subprocess.run(
        command,
        cwd=directory,
        env={**clean, "NO_COLOR": "1", **(variables or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def confsync(
    *arguments: str, directory: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the tool that is installed beside this interpreter."""
    return run([str(Path(sys.executable).with_name("confsync")), *arguments], directory, variables)
