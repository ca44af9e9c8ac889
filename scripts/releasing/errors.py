"""Why there is no release, and how the commands of a release are run."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class ReleaseError(Exception):
    """There is no release, for the reason that the message gives."""


def run(
    command: Sequence[str | Path], folder: Path, variables: Mapping[str, str] | None = None, umask: int = -1
) -> str:
    """Run a command without input, and return what it prints. Raises ReleaseError if it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=variables,
        umask=umask,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode:
        line = " ".join(map(str, command))
        raise ReleaseError(f"`{line}` exited with code {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def check_equal(found: str, expected: str) -> None:
    """Raise ReleaseError if two texts differ."""
    if found != expected:
        raise ReleaseError(f"Expected {expected!r}, and found {found!r}.")
