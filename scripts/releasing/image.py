"""The container image: built from the wheel of the release, where a container tool can."""

import re
import shutil
import subprocess
from pathlib import Path

from scripts.releasing.errors import check_equal, run
from scripts.releasing.tag import Tag

TOOLS = ("docker", "podman")
CONTAINERFILE = "Containerfile"
_BASE = re.compile(r"^FROM (?:--\S+ )*(\S+)", re.MULTILINE)


class NoImage(Exception):
    """No image can be built here, for the reason that the message gives."""


def build_image(wheel: Path, tree: Path, tag: Tag, output: Path) -> Path:
    """Build the image of a wheel, save it to a file, and return the file.

    The build sees the files of the tag, and the wheel in `dist`. Raises NoImage, and ReleaseError if the build fails.
    """
    containerfile = tree / CONTAINERFILE
    if not containerfile.exists():
        raise NoImage(f"{tag.name} has no {CONTAINERFILE}")
    tool = find_tool()
    for base in base_images(containerfile.read_text("utf-8")):
        _pull(tool, base)
    (tree / "dist").mkdir()
    shutil.copy(wheel, tree / "dist")
    name, target = f"confsync:{tag.version}", output / f"confsync-{tag.version}-image.tar"
    options = ["--file", CONTAINERFILE, "--build-arg", f"VERSION={tag.version}", "--tag", name]
    run([tool, "build", *options, "."], tree)
    _check(tool, name, tag)
    run([tool, "save", "--output", target, name], tree)
    return target


def find_tool() -> str:
    """Return the first container tool that works. Raises NoImage with what each of them says."""
    reasons = []
    for name in TOOLS:
        if shutil.which(name) is None:
            reasons.append(f"{name} is not installed")
        elif reason := _failure([name, "info"]):
            reasons.append(f"{name}: {reason}")
        else:
            return name
    raise NoImage("; ".join(reasons))


def base_images(containerfile: str) -> list[str]:
    """Return the images that a Containerfile starts from, apart from its own stages."""
    stages = set(re.findall(r"^FROM .* AS (\S+)", containerfile, re.MULTILINE | re.IGNORECASE))
    return [each for each in _BASE.findall(containerfile) if each not in stages | {"scratch"}]


def _pull(tool: str, base: str) -> None:
    present = not _failure([tool, "image", "inspect", base])
    if not present and (reason := _failure([tool, "pull", base])):
        raise NoImage(f"{tool} cannot pull {base}: {reason}")


def _check(tool: str, name: str, tag: Tag) -> None:
    """Run the image with a read-only file system. Raises ReleaseError if it does not name its version."""
    said = run([tool, "run", "--rm", "--read-only", "--network=none", name, "version"], Path.cwd())
    check_equal(said.strip(), f"confsync {tag.version}")


def _failure(command: list[str]) -> str:
    """Return the last line that a failing command says; empty if it succeeds."""
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    lines = (done.stderr.strip() or done.stdout.strip() or "it failed").splitlines()
    return lines[-1] if done.returncode else ""
