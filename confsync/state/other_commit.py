"""Loads the configuration of another commit from a copy of its files, in a temporary folder."""

import os
import posixpath
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from confsync.config.config import Config
from confsync.config.load import load_other_version
from confsync.config.references.secret_sources import MAX_FILE_BYTES
from confsync.config.sources.file_boundary import absolute_path
from confsync.config.sources.files import FILE_NAME, FOLDER_NAME
from confsync.config.sources.folder import SUFFIXES
from confsync.config.yaml import MAX_BYTES
from confsync.errors import ConfsyncError, InvalidConfiguration
from confsync.state.git import GitRepository

_MOST_FILES = 10_000
_LINK = "120000"
_FILE_REFERENCE = re.compile(rb"\$\{\{\s*file\.([^}\r\n]+?)\s*\}\}")


class UnloadableCommitError(Exception):
    """The configuration of a commit cannot be loaded; the text says why."""


class _Blob(Struct, frozen=True):
    """One file of a commit; `path` is relative to the top of the repository."""

    path: str
    mode: str
    name: str
    size: int


def load_commit(repository: GitRepository, commit: str, config: Config, base: str) -> Config:
    """Load a configuration as it is in another commit, for the same environment.

    A file that was renamed since the base, a common ancestor, may have its old name there.

    Raises UnloadableCommitError.
    """
    try:
        with TemporaryDirectory(prefix="confsync-") as folder:
            return _load_copy(repository, commit, config, base, Path(folder).resolve())
    except OSError as error:
        raise UnloadableCommitError(f"its files cannot be copied: {error.strerror}") from error


def _load_copy(repository: GitRepository, commit: str, config: Config, base: str, copy: Path) -> Config:
    (copy / ".git").touch()  # it marks the top, which no path may lead out of
    start, layers = _requested(repository, commit, config, base)
    _extract(repository, commit, copy, (start, layers))
    variable_files = tuple(_copy_other_file(repository, commit, copy, each) for each in config.options.variable_files)
    directory = copy / start
    directory.mkdir(parents=True, exist_ok=True)
    try:
        return load_other_version(config, directory, tuple(copy / each for each in layers), variable_files)
    except ConfsyncError as error:
        raise UnloadableCommitError(_reason(error, copy)) from error


def _reason(error: ConfsyncError, copy: Path) -> str:
    """Say what is wrong with the first line that is wrong, or with all of it."""
    summary = error.happened
    if isinstance(error, InvalidConfiguration):
        first = next(each for each in error.diagnostics if each.severity == "error")
        summary = f"{first.code}: {first.summary}"
    return summary.replace(f"{copy}{os.sep}", "").replace(str(copy), "the repository").rstrip(".")


def _requested(repository: GitRepository, commit: str, config: Config, base: str) -> tuple[str, tuple[str, ...]]:
    """Return the folder of the search, and the layers; a file that was renamed since has its old name there."""
    options = config.options
    start = _inside(repository, options.directory.resolve())
    layers = tuple(_inside(repository, _with_real_parent(each)) for each in options.files)
    searched = layers or tuple(_candidates(start))
    present = [each for each in searched if _blobs(repository, commit, (each,))]
    if len(present) == len(layers) or (present and not layers):
        return start, layers
    renamed = _renames(repository, base)
    read = config.files[: len(config.files) - len(config.variable_files)]
    files = layers or tuple(_inside(repository, Path(each).resolve()) for each in read)
    former = tuple(each if each in present else renamed.get(each, "") for each in files)
    if not all(former):
        missing = next(each for each, old in zip(files, former, strict=True) if not old)
        raise UnloadableCommitError(f"it does not contain {missing}, nor a file that was renamed to it")
    return start, former


def _with_real_parent(path: Path) -> Path:
    """Resolve the links on the way to a file, but not the file itself, which git knows as a link."""
    path = absolute_path(path)
    return path.parent.resolve() / path.name


def _inside(repository: GitRepository, path: Path) -> str:
    """Return a path as git names it. Raises UnloadableCommitError if it is outside the repository."""
    if not path.is_relative_to(repository.top):
        raise UnloadableCommitError(f"{path} is outside the repository")
    return path.relative_to(repository.top).as_posix()


def _candidates(start: str) -> Iterator[str]:
    """Yield where a search that begins in a folder looks for a configuration."""
    folder = "" if start == "." else start
    while True:
        yield from (posixpath.join(folder, name) for name in (FILE_NAME, FOLDER_NAME))
        if not folder:
            return
        folder = posixpath.dirname(folder)


def _renames(repository: GitRepository, base: str) -> dict[str, str]:
    """Return the new name of each file that was renamed since a commit, with its old one."""
    listed = repository.run("diff", "--name-status", "--find-renames", "--diff-filter=R", "-z", base, "HEAD") or ""
    fields = listed.split("\0")
    return {new: old for _, old, new in zip(fields[::3], fields[1::3], fields[2::3], strict=False)}


def _extract(repository: GitRepository, commit: str, copy: Path, requested: tuple[str, tuple[str, ...]]) -> None:
    """Copy the configuration, then the files that its secrets refer to."""
    start, layers = requested
    listed = _blobs(repository, commit, layers or tuple(_candidates(start)))
    chosen = [each for each in listed if each.mode == _LINK or each.path in layers or _is_yaml(each.path)]
    contents = _copy(repository, chosen, copy, MAX_BYTES + 1)
    named = {
        posixpath.normpath(posixpath.join(posixpath.dirname(path), os.fsdecode(reference)))
        for path, content in contents
        for reference in _FILE_REFERENCE.findall(content)
    }
    references = sorted(each for each in named if not each.startswith(("..", "/")))
    _copy(repository, _blobs(repository, commit, references), copy, MAX_FILE_BYTES + 1)


def _copy_other_file(repository: GitRepository, commit: str, copy: Path, path: Path) -> Path:
    """Copy a file that is not a layer, as the commit has it; return its path here if the commit does not contain it."""
    real = _with_real_parent(path)
    if not real.is_relative_to(repository.top):
        return real
    inside = _inside(repository, real)
    _copy(repository, _blobs(repository, commit, (inside,)), copy, MAX_BYTES + 1)
    return copy / inside if (copy / inside).exists() else real


def _is_yaml(path: str) -> bool:
    return path.lower().endswith(SUFFIXES)


def _blobs(repository: GitRepository, commit: str, paths: Iterable[str]) -> list[_Blob]:
    """List the files of a commit at or below some paths. Raises UnloadableCommitError."""
    asked = tuple(each for each in paths if each)
    whole = ("--",) if "." in asked else ("--", *asked)
    if not asked:
        return []
    listed = repository.run("ls-tree", "-r", "-l", "-z", "--full-tree", commit, *whole)
    if listed is None:
        raise UnloadableCommitError(repository.error)
    return [_blob(each) for each in listed.split("\0") if " blob " in each.partition("\t")[0]]


def _blob(line: str) -> _Blob:
    head, _, path = line.partition("\t")
    mode, _, name, size = head.split()
    return _Blob(path, mode, name, int(size))


def _copy(repository: GitRepository, blobs: list[_Blob], copy: Path, largest: int) -> list[tuple[str, bytes]]:
    """Write files of a commit to the copy; return their contents by path. One that is too large is left out."""
    fitting = [each for each in blobs if each.size <= largest]
    if len(fitting) > _MOST_FILES:
        raise UnloadableCommitError(f"it has more than {_MOST_FILES:,} files")
    asked = b"".join(each.name.encode() + b"\n" for each in fitting)
    output = repository.run_bytes("cat-file", "--batch", stdin=asked)
    if output is None:
        raise UnloadableCommitError(repository.error)
    contents = list(zip(fitting, _batch(output), strict=True))
    for blob, content in sorted(contents, key=lambda each: each[0].mode == _LINK):
        _write(copy, blob, content)
    return [(blob.path, content) for blob, content in contents]


def _batch(output: bytes) -> Iterator[bytes]:
    """Split the output of `cat-file --batch`: for each object a line with its size, its content, and a line end."""
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        size = int(output[at:end].rsplit(b" ", 1)[1])
        yield output[end + 1 : end + 1 + size]
        at = end + size + 2


def _write(copy: Path, blob: _Blob, content: bytes) -> None:
    """Write a file, unless it is there already; never follow a link out of the copy."""
    path = copy / blob.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if ".." in path.parts or not path.parent.resolve().is_relative_to(copy):
        raise UnloadableCommitError(f"{blob.path} leads out of the repository")
    if os.path.lexists(path):
        return
    if blob.mode == _LINK:
        path.symlink_to(os.fsdecode(content))
    else:
        path.write_bytes(content)
