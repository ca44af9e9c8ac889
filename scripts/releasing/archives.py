"""The wheel, the source archive and the schemas: the same bytes from the same tag, wherever they are built."""

import gzip
import io
import os
import sys
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from scripts.releasing.errors import ReleaseError, run


class BuildEnvironment(NamedTuple):
    """What may differ between two builds, and must not change the result."""

    locale: str
    zone: str
    hash_seed: str
    umask: int


OURS = BuildEnvironment("C.UTF-8", "UTC", "0", 0o022)
OTHERS = BuildEnvironment("C", "XXX-9", "1", 0o077)


class Archives(NamedTuple):
    """What is built from a tag."""

    wheel: Path
    sdist: Path


def build_archives(tree: Path, output: Path, time: int, environment: BuildEnvironment = OURS) -> Archives:
    """Build the wheel and the source archive of a tree. `time` is that of every file in them, in seconds since 1970.

    Raises ReleaseError if the build fails.
    """
    variables = {
        "PATH": os.defpath,
        "SOURCE_DATE_EPOCH": str(time),
        "LC_ALL": environment.locale,
        "TZ": environment.zone,
        "PYTHONHASHSEED": environment.hash_seed,
    }
    command: list[str | Path] = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", output]
    run(command, tree, variables, environment.umask)
    (wheel,), (sdist,) = output.glob("*.whl"), output.glob("*.tar.gz")
    return Archives(wheel, sdist)


def build_reproducibly(export: Callable[[Path], Path], work: Path, time: int) -> Archives:
    """Build the archives of a tag, build them again elsewhere, and build the wheel from the source archive.

    `export` writes the files of the tag to a folder. Raises ReleaseError if the results differ.
    """
    first = build_archives(export(work / "tree"), work / "first", time)
    again = build_archives(export(work / "elsewhere" / "tree"), work / "again", time, OTHERS)
    with tarfile.open(first.sdist) as opened:
        opened.extractall(work / "unpacked", filter="data")
    (unpacked,) = (work / "unpacked").iterdir()
    derived = build_archives(unpacked, work / "derived", time, OTHERS)
    check_same(first.wheel, again.wheel, "A second build")
    check_same(first.sdist, again.sdist, "A second build")
    check_same(first.wheel, derived.wheel, "A build from the source archive")
    return first


def check_same(first: Path, other: Path, what: str) -> None:
    """Raise ReleaseError if two files differ."""
    if digest_of(first) != digest_of(other):
        raise ReleaseError(f"{what} gives a different {first.name}: {digest_of(first)} and {digest_of(other)}.")


def digest_of(path: Path) -> str:
    """Return the SHA-256 digest of a file, in hexadecimal."""
    return sha256(path.read_bytes()).hexdigest()


def pack_schemas(tree: Path, version: str, time: int, output: Path) -> Path:
    """Pack the JSON Schemas into an archive that is always the same, and return it."""
    name = f"confsync-{version}-schemas"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted((tree / "schemas").iterdir()):
            entry = tarfile.TarInfo(f"{name}/{path.name}")
            entry.size, entry.mtime, entry.mode = path.stat().st_size, time, 0o644
            archive.addfile(entry, io.BytesIO(path.read_bytes()))
    target = output / f"{name}.tar.gz"
    target.write_bytes(gzip.compress(packed.getvalue(), mtime=time))
    return target


def write_digests(output: Path) -> None:
    """Write the digest of every file of a folder to SHA256SUMS, as `sha256sum --check` reads it."""
    lines = [f"{digest_of(path)}  {path.name}\n" for path in sorted(output.iterdir())]
    (output / "SHA256SUMS").write_text("".join(lines), "utf-8")
