"""The folders of the repository, and how its tests run the tool and other commands."""

import os
import subprocess
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from confsync.cli.main import main

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
    """Run a command without input, and without the variables of confsync and Twilio in its environment."""
    return subprocess.run(
        command,
        cwd=directory,
        env=environment(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def confsync(
    *arguments: str, directory: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command line in this process, with the environment and without the input that `run` gives."""
    printed, noted = StringIO(), StringIO()
    with (
        chdir(directory),
        patch.dict(os.environ, environment(variables), clear=True),
        redirect_stdout(printed),
        redirect_stderr(noted),
    ):
        code = main(list(arguments))
    return subprocess.CompletedProcess(arguments, code, printed.getvalue(), noted.getvalue())


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give this environment without the variables of confsync and Twilio, and with some others."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CONFSYNC_", "TWILIO_"))}
    return {**clean, "NO_COLOR": "1", **(variables or {})}
