"""Finds the files of a configuration on this machine, and reads them."""

import os
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Environ
from contextlib import suppress
from itertools import islice
from pathlib import Path

from msgspec import Struct

from confsync.config.codes import Code
from confsync.config.sources.file_boundary import (
    FileBoundary,
    NotRegularFileError,
    absolute_path,
    boundary_around,
    chosen_root,
    holds_repository,
    read_regular_file,
    real_path,
)
from confsync.config.sources.folder import (
    SUFFIXES,
    dangling_link,
    display_path,
    file_error,
    file_warning,
    files_below,
    not_regular,
)
from confsync.config.tree import File
from confsync.config.yaml import MAX_BYTES
from confsync.diagnostics import Diagnostic
from confsync.errors import ConfigurationNotFound, LocalFileError, UsageError

FILE_NAME = "confsync.yaml"
FOLDER_NAME = "confsync.d"

MOST_BYTES_TOGETHER = 16 * 1024 * 1024
"""What all files of a configuration may contain together: about 100,000 resources."""

_MOST_FILES = 10_000


class Source(Struct, frozen=True):
    """The files or folders of a configuration (several are layers), and the folder of its ledger and `.confsync/`.

    If it exists only in memory, `loaded` are its files.
    """

    paths: tuple[Path, ...]
    folder: Path
    warnings: tuple[Diagnostic, ...] = ()
    loaded: tuple[File, ...] = ()


class Layer(Struct, frozen=True):
    """The files of one layer, and what is wrong with the others."""

    files: tuple[File, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def discover_files(start: Path) -> Source:
    """Find the configuration in a folder or its parents, up to the one with `.git`.

    Raises ConfigurationNotFound, and UsageError.
    """
    folders = _up_to_repository(start.resolve())
    similar: list[Path] = []
    for folder in folders:
        similar += _similar_names_in(folder)
        found = _configuration_in(folder)
        if found:
            return Source((found,), folder, tuple(_not_the_configuration(each, found) for each in similar))
    first = f"Rename {display_path(similar[0])} to {_right_name(similar[0])}" if similar else f"Write {FILE_NAME} here"
    raise ConfigurationNotFound(
        f"There is no {FILE_NAME} and no folder {FOLDER_NAME} in {_searched(folders)}.",
        hint=f"{first}, or name a file or a folder with -f.",
    )


def named_files(paths: Iterable[Path]) -> Source:
    """Use the files or folders that the user named, in that order; raises UsageError if one does not exist.

    The ledger is in the first folder itself, except for `confsync.d`, which discovery finds from its parent.
    """
    chosen = tuple(paths)
    for path in chosen:
        _require(path)
    return Source(chosen, _home_of(real_path(chosen[0])))


def read_layers(paths: Iterable[Path], environ: Environ[str, str]) -> Iterator[Layer]:
    """Read each layer of a configuration, as `read_layer` does."""
    budget = MOST_BYTES_TOGETHER
    for path in paths:
        layer = read_layer(path, environ, budget)
        budget -= sum(len(file.raw) for file in layer.files)
        yield layer


def read_layer(path: Path, environ: Environ[str, str], budget: int = MOST_BYTES_TOGETHER) -> Layer:
    """Read a file, or all files below a folder in a fixed order; raises UsageError and LocalFileError.

    Every file must be a regular one, in the repository that the path leads to. `budget` is how many bytes they may have
    together.
    """
    _require(path)
    path = absolute_path(path)
    boundary = boundary_around(_home_of(path), environ)
    read: list[File | Diagnostic] = []
    for each in _files_below(path) if path.is_dir() else [path]:
        read.append(each if isinstance(each, Diagnostic) else _read(each, boundary))
        budget -= len(read[-1].raw) if isinstance(read[-1], File) else 0
        if budget < 0:
            raise UsageError(
                f"The configuration is larger than {MOST_BYTES_TOGETHER // 1024 // 1024} MiB.",
                hint="Name only the files of one account with -f, or split it into several configurations.",
            )
    return Layer(
        tuple(each for each in read if isinstance(each, File)),
        tuple(each for each in read if isinstance(each, Diagnostic)),
    )


def file_reference_root(source: Source, environ: Environ[str, str]) -> Path:
    """Return the folder that `file.` references cannot leave.

    It is the nearest parent with `.git`, else the folder of the configuration; `CONFSYNC_FILE_ROOT` overrides it.
    """
    folder = source.folder.resolve()
    repository = next((parent for parent in (folder, *folder.parents) if holds_repository(parent)), folder)
    return chosen_root(environ) or repository


def _up_to_repository(start: Path) -> tuple[Path, ...]:
    folders = (start, *start.parents)
    top = next((index for index, folder in enumerate(folders) if holds_repository(folder)), 0)
    return folders[: top + 1]


def _home_of(path: Path) -> Path:
    """Return the folder of a configuration: the named one, else the one that contains what is named."""
    return path if path.is_dir() and path.name != FOLDER_NAME else path.parent


def _configuration_in(folder: Path) -> Path | None:
    """Return the configuration in a folder, even if it is a link that leads nowhere; reading it reports that."""
    file, many = folder / FILE_NAME, folder / FOLDER_NAME
    found = [path for path in (file, many) if os.path.lexists(path)]
    if len(found) > 1:
        raise UsageError(
            f"Both {display_path(file)} and {display_path(many)} exist, but only one can be the configuration.",
            hint="Move the file into the folder, or name one of them with -f.",
        )
    if file.is_dir() or (many in found and many.exists() and not many.is_dir()):
        what = "a folder, and should be a file" if file in found else "a file, and should be a folder"
        raise UsageError(f"{display_path(found[0])} is {what}.", hint="Rename it, or name it with -f.")
    return found[0] if found else None


def _searched(folders: tuple[Path, ...]) -> str:
    here = os.fsencode(folders[0]).decode(errors="backslashreplace")
    return here if len(folders) == 1 else f"{here} or its parents up to the repository's"


def _similar_names_in(folder: Path) -> Iterator[Path]:
    """Yield what was probably meant to be the configuration: `confsync.yml`, or another case."""
    names: list[str] = []
    with suppress(OSError):
        names = os.listdir(folder)  # noqa: PTH208 — faster than a path for each of a thousand names
    for name in sorted(names):
        right = _right_name(Path(name))
        if name != right and name.lower() in _SIMILAR and not _is_same(folder / name, folder / right):
            yield folder / name


_SIMILAR = (FILE_NAME, Path(FILE_NAME).with_suffix(".yml").name, FOLDER_NAME)


def _right_name(path: Path) -> str:
    return FOLDER_NAME if path.name.lower() == FOLDER_NAME else FILE_NAME


def _is_same(one: Path, other: Path) -> bool:
    """Whether two names are the same file, as `A` and `a` are on some disks."""
    return other.exists() and one.exists() and one.samefile(other)


def _not_the_configuration(path: Path, found: Path) -> Diagnostic:
    summary = f"{display_path(path)} is not read: the configuration is {display_path(found)}"
    return file_warning(path, summary, "remove it, or move what it contains")


def _require(path: Path) -> None:
    try:
        absolute_path(path).lstat()
    except (FileNotFoundError, NotADirectoryError) as error:
        hint = "Name one that exists with -f."
        raise UsageError(f"There is no file or folder {display_path(path)}.", hint=hint) from error


def _files_below(folder: Path) -> list[Path | Diagnostic]:
    try:
        entries = list(islice(files_below(folder), _MOST_FILES + 1))
    except OSError as error:
        raise _cannot_read(Path(os.fsdecode(error.filename or folder)), error) from error
    if len(entries) > _MOST_FILES:
        raise UsageError(
            f"The folder {display_path(folder)} contains more than {_MOST_FILES:,} YAML files.",
            hint="Name the folder of one configuration with -f.",
        )
    paths = sorted(each for each in entries if isinstance(each, Path))
    diagnostics = [each for each in entries if isinstance(each, Diagnostic)]
    if not paths and not any(each.severity == "error" for each in diagnostics):
        raise UsageError(
            f"The folder {display_path(folder)} contains no *.yaml file.", hint="Write one, or name another folder."
        )
    return [*paths, *diagnostics]


def _read(path: Path, boundary: FileBoundary) -> File | Diagnostic:
    """Read up to one byte more than is allowed, so that the parser can detect a file that is too large."""
    real = real_path(path)
    wrong = _why_not_read(path, real, boundary)
    if wrong:
        return wrong
    try:
        return File(display_path(path), read_regular_file(real, MAX_BYTES + 1), path)
    except NotRegularFileError:
        return not_regular(path)
    except OSError as error:
        raise _cannot_read(path, error) from error


def _why_not_read(path: Path, real: Path, boundary: FileBoundary) -> Diagnostic | None:
    if path.is_symlink() and not path.exists():
        return dangling_link(path)
    if outside := boundary.why_outside(real):
        hint = f"copy it into the repository, outside `.git`, or set CONFSYNC_FILE_ROOT to {display_path(real.parent)}"
        return file_error(path, Code.LINK, f"this file {outside}", hint)
    if path.is_symlink() and real.suffix not in SUFFIXES:  # such as a file with a token, which an error would quote
        return file_error(
            path, Code.LINK, "this symbolic link leads to a file that is not *.yaml or *.yml", "rename that file"
        )
    return None


def _cannot_read(path: Path, error: OSError) -> LocalFileError:
    return LocalFileError(
        f"{display_path(path)} cannot be read: {error.strerror}.",
        hint="Check that the file exists and that you may read it, then run the command again.",
    )
