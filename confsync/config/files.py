"""Finds the files of a configuration on this machine, and reads them."""

import os
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Environ
from pathlib import Path

from msgspec import Struct

from confsync.config.tree import File
from confsync.config.yaml import MAX_BYTES
from confsync.errors import LocalFileError, UsageError

FILE_NAME = "confsync.yaml"
FOLDER_NAME = "confsync.d"


class Source(Struct, frozen=True):
    """The files or folders of a configuration (several are layers), and the folder of its ledger and `.confsync/`."""

    paths: tuple[Path, ...]
    folder: Path


def discover_files(start: Path) -> Source:
    """Find the configuration in a folder or its parents, up to the one with `.git`; raises UsageError."""
    folders = _up_to_repository(start.resolve())
    found = next((path for folder in folders for path in _configuration_in(folder)), None)
    if found is None:
        raise UsageError(
            f"There is no {FILE_NAME} and no folder {FOLDER_NAME} in {_searched(folders)}.",
            hint=f"Write {FILE_NAME} here, or name a file or a folder with -f.",
        )
    return Source((found,), found.parent)


def named_files(paths: Iterable[Path]) -> Source:
    """Use the files or folders that the user named, in that order; raises UsageError if one does not exist.

    The ledger is in the first folder itself, except for `confsync.d`, which discovery finds from its parent.
    """
    chosen = tuple(paths)
    for path in chosen:
        if not path.exists():
            raise UsageError(f"There is no file or folder {display_path(path)}.", hint="Name one that exists with -f.")
    first = chosen[0].resolve()
    inside = first.is_dir() and first.name != FOLDER_NAME
    return Source(chosen, first if inside else first.parent)


def read_configuration_files(paths: Iterable[Path]) -> tuple[File, ...]:
    """Read files, and all files below folders, in a fixed order; raises UsageError and LocalFileError."""
    return tuple(_read(path) for named_path in paths for path in _files_of(named_path))


def file_reference_root(source: Source, environ: Environ[str, str]) -> Path:
    """Return the folder that `file.` references cannot leave.

    It is the nearest parent with `.git`, else the folder of the configuration; `CONFSYNC_FILE_ROOT` overrides it.
    """
    chosen = environ.get("CONFSYNC_FILE_ROOT")
    if chosen:
        return Path(chosen).resolve()
    folder = source.folder.resolve()
    return next((parent for parent in (folder, *folder.parents) if _holds_repository(parent)), folder)


def display_path(path: Path) -> str:
    """Return the path as people see it: relative to the current directory if it is inside."""
    whole, here = path.absolute(), Path.cwd()
    name = whole.relative_to(here) if whole.is_relative_to(here) else whole
    return os.fsencode(name).decode(errors="backslashreplace")


def _up_to_repository(start: Path) -> tuple[Path, ...]:
    folders = (start, *start.parents)
    top = next((index for index, folder in enumerate(folders) if _holds_repository(folder)), 0)
    return folders[: top + 1]


def _holds_repository(folder: Path) -> bool:
    return (folder / ".git").exists()


def _configuration_in(folder: Path) -> tuple[Path, ...]:
    file, many = folder / FILE_NAME, folder / FOLDER_NAME
    if file.is_file() and many.is_dir():
        raise UsageError(
            f"Both {display_path(file)} and {display_path(many)} exist, but only one can be the configuration.",
            hint="Move the file into the folder, or name one of them with -f.",
        )
    return tuple(path for path, there in ((file, file.is_file()), (many, many.is_dir())) if there)


def _searched(folders: tuple[Path, ...]) -> str:
    here = os.fsencode(folders[0]).decode(errors="backslashreplace")
    return here if len(folders) == 1 else f"{here} or its parents up to the repository's"


def _files_of(path: Path) -> tuple[Path, ...]:
    if not path.exists():
        raise UsageError(f"There is no file or folder {display_path(path)}.", hint="Name one that exists with -f.")
    if not path.is_dir():
        return (path,)
    files = tuple(sorted(_yaml_below(path)))
    if not files:
        raise UsageError(
            f"The folder {display_path(path)} contains no *.yaml file.", hint="Write one, or name another folder."
        )
    return files


def _yaml_below(folder: Path) -> Iterator[Path]:
    for inner, folders, files in os.walk(folder, onerror=_unreadable_folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(inner, name)
            if not name.startswith(".") and path.suffix in (".yaml", ".yml") and path.is_file():
                yield path


def _unreadable_folder(error: OSError) -> None:
    raise _cannot_read(Path(os.fsdecode(error.filename)), error) from error


def _read(path: Path) -> File:
    """Read up to one byte more than is allowed, so that the parser can detect a file that is too large."""
    try:
        with path.open("rb") as stream:
            return File(display_path(path), stream.read(MAX_BYTES + 1), path.absolute())
    except OSError as error:
        raise _cannot_read(path, error) from error


def _cannot_read(path: Path, error: OSError) -> LocalFileError:
    return LocalFileError(
        f"{display_path(path)} cannot be read: {error.strerror}.",
        hint="Check that the file exists and that you may read it, then run the command again.",
    )
