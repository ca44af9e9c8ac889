"""Installs a release the way users do, each time into an empty environment, and tries it there."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from scripts.docs.walkthrough import follow, problems
from scripts.releasing.errors import ReleaseError, check_equal, run

DEMO = """
```sh
confsync init --example support-desk
confsync plan -e dev --emulator
confsync apply -e dev --emulator --auto-approve
confsync plan -e dev --emulator --detailed-exitcode
```
"""
"""What `scripts/demo` runs."""

CONVERGED = "No changes. Twilio matches the configuration."


class Place(NamedTuple):
    """An empty home, with a folder for executables and one to work in. Nothing there leads to the repository."""

    home: Path

    @classmethod
    def create(cls, home: Path) -> "Place":
        """Create the folders."""
        for name in ("bin", "work"):
            (home / name).mkdir(parents=True)
        return cls(home)

    @property
    def work(self) -> Path:
        """Where commands run."""
        return self.home / "work"

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment of a command: of this process, it gets only what reaches the package index."""
        kept = {name: text for name, text in os.environ.items() if name.lower() in _NETWORK}
        home = str(self.home)
        return {
            **kept,
            "HOME": home,
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
            "PATH": f"{self.home / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "PIPX_BIN_DIR": f"{home}/bin",
            "PIPX_HOME": f"{home}/pipx",
            "TMPDIR": str(self.work.parent),
            "UV_CACHE_DIR": f"{home}/uv/cache",
            "UV_PYTHON": sys.executable,
            "UV_TOOL_BIN_DIR": f"{home}/bin",
            "UV_TOOL_DIR": f"{home}/uv/tools",
        }


_NETWORK = {
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "pip_cert",
    "pip_config_file",
    "pip_index_url",
    "requests_ca_bundle",
    "ssl_cert_file",
    "uv_index_url",
    "uv_default_index",
}


def install_with_pip(archive: Path, place: Place) -> None:
    """Install into a virtual environment of which only `confsync` is on the path."""
    environment = place.home / "venv"
    run([sys.executable, "-m", "venv", environment], place.work, place.variables)
    run([environment / "bin" / "python", "-m", "pip", "install", "--quiet", archive], place.work, place.variables)
    (place.home / "bin" / "confsync").symlink_to(environment / "bin" / "confsync")


def install_with_pipx(archive: Path, place: Place) -> None:
    """Install with pipx."""
    tool = [sys.executable, "-m", "pipx"]
    run([*tool, "install", "--python", sys.executable, archive], place.work, place.variables)
    ran = run(
        [*tool, "run", "--python", sys.executable, "--spec", archive, "confsync", "version"],
        place.work,
        place.variables,
    )
    check_equal(ran, run(["confsync", "version"], place.work, place.variables))


def install_with_uv(archive: Path, place: Place) -> None:
    """Install with `uv tool`."""
    run([Path(sys.executable).with_name("uv"), "tool", "install", archive], place.work, place.variables)


INSTALLERS: Mapping[str, Callable[[Path, Place], None]] = {
    "pip": install_with_pip,
    "pipx": install_with_pipx,
    "uv tool": install_with_uv,
}


def try_installed(place: Place, version: str, pages: Mapping[str, str]) -> None:
    """Check the version, and follow each page in a folder of its own. Raises ReleaseError."""
    check_equal(run(["confsync", "version"], place.work, place.variables).strip(), f"confsync {version}")
    for name, text in pages.items():
        folder = place.work / name
        folder.mkdir()
        steps, shown = follow(text, folder, place.home / "bin")
        found = "\n".join(problems(steps, shown))
        if found:
            raise ReleaseError(f"{name}: {found}")
        if CONVERGED not in steps[-1].output:
            raise ReleaseError(f"{name} does not end with an empty plan:\n{steps[-1].output}")
