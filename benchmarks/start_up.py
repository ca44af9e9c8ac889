"""Measures how long commands take to start, relative to starting Python alone in the same run (P9).

Every command is a whole process, and the commands take turns, so that a busy moment of the machine affects all of them.
"libraries" imports only what a command that reads a configuration needs from other packages, for comparison. Other
tools are measured if they are installed.
"""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from measurement import PEERS, ROOT, Effort, Figure, missing

QUICKSTART = ROOT / "examples" / "quickstart" / "confsync.yaml"
LIBRARIES = "import click; from pydantic import BaseModel, BeforeValidator, ConfigDict, Field; import yaml.cyaml"
LIMITS = {"version": 5.0, "--help": 6.0, "validate": 12.0}


class Peer(NamedTuple):
    """Another tool: how to run it, where to look for it, and how to install it."""

    name: str
    binary: str
    argument: str
    install: str


OTHER_TOOLS = (
    Peer("Terraform", "terraform", "version", "install it, or name it with `--terraform`"),
    Peer("octoDNS", "octodns-sync", "--help", "`.venv-peers/bin/pip install octodns`"),
    Peer("auth0-deploy-cli", "a0deploy", "--help", "`npm install --prefix .venv-peers auth0-deploy-cli`"),
)


def measure(effort: Effort) -> Iterator[Figure]:
    """Run every command in turn, once to warm up and then as often as needed."""
    commands = dict(commands_of(effort))
    found = {peer: path_of(peer, effort) for peer in (OTHER_TOOLS if effort.peers else ())}
    commands |= {f"{peer.binary} {peer.argument}": (path, peer.argument) for peer, path in found.items() if path}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(QUICKSTART, Path(folder, "confsync.yaml"))
        walls = measured(commands, Path(folder), effort.times(15))
    yield Figure("start-up.bare", "Python alone", "ms", [each * 1000 for each in walls["bare"]])
    bare = statistics.median(walls.pop("bare"))
    for command, times in walls.items():
        limit = LIMITS.get(command)
        ratios = [each / bare for each in times]
        note = f"{statistics.median(times) * 1000:.0f} ms"
        yield Figure(f"start-up.{command}", name_of(command), "x", ratios, "P9" if limit else "", limit, note=note)
    for peer, path in found.items():
        if not path:
            command = f"{peer.binary} {peer.argument}"
            yield missing(f"start-up.{command}", f"`{command}`", f"{peer.name} is not installed: {peer.install}")


def name_of(command: str) -> str:
    """Write what a command is, for people."""
    if command in LIMITS:
        return f"`confsync {command}`"
    return command if command == "libraries" else f"`{command}`"


def commands_of(effort: Effort) -> Iterator[tuple[str, Sequence[str]]]:
    """Name each command of confsync, and what it is compared with."""
    yield "bare", (effort.python, "-c", "pass")
    yield "libraries", (effort.python, "-c", LIBRARIES)
    for command in LIMITS:
        yield command, (*effort.confsync, command)


def path_of(peer: Peer, effort: Effort) -> str | None:
    """Find another tool."""
    if peer.binary == "terraform" and effort.terraform:
        return effort.terraform
    folders = (PEERS / "bin", PEERS / "node_modules" / ".bin", os.environ["PATH"])
    return shutil.which(peer.binary, path=os.pathsep.join(map(str, folders)))


def measured(commands: Mapping[str, Sequence[str]], folder: Path, runs: int) -> dict[str, list[float]]:
    """Return the seconds of each run of each command."""
    # Where bytecode is not written, Python compiles confsync at every start, as no user's Python does.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    walls: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            wall = timed(command, folder, environ)
            if turn:
                walls[name].append(wall)
    return walls


def timed(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> float:
    """Run one process to its end and return the seconds that it took. Raises SystemExit if it fails."""
    began = time.perf_counter()
    ended = subprocess.run(
        command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True
    )
    wall = time.perf_counter() - began
    if ended.returncode:
        raise SystemExit(f"{' '.join(command)} exited with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return wall
