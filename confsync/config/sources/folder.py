"""Which files of a folder belong to a configuration, and which look as if they were meant to.

What a file declares counts as no longer declared if the file is passed over, and `prune` deletes it. So nothing that
looks intended is passed over silently.
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from confsync.config.codes import Code
from confsync.diagnostics import Diagnostic, Position, Range

SUFFIXES = (".yaml", ".yml")


def files_below(folder: Path) -> Iterator[Path | Diagnostic]:
    """Yield every file to read, and a diagnostic for each entry that is not one. Hidden entries are skipped.

    Raises OSError if a folder cannot be read.
    """
    for inner, folders, files in os.walk(folder, onerror=_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (linked_folder(Path(inner, name)) for name in folders if Path(inner, name).is_symlink())
        for name in files:
            if not name.startswith("."):
                yield from _judged(Path(inner, name))


def display_path(path: Path) -> str:
    """Return the path as people see it: relative to the current directory if it is inside."""
    whole, here = path.absolute(), Path.cwd()
    name = whole.relative_to(here) if whole.is_relative_to(here) else whole
    return os.fsencode(name).decode(errors="backslashreplace")


def file_error(path: Path, code: Code, summary: str, detail: str) -> Diagnostic:
    """Create an error about a whole file, none of which is quoted."""
    return Diagnostic("error", code, summary, detail, _beginning(path))


def file_warning(path: Path, summary: str, detail: str) -> Diagnostic:
    """Create a warning about a file that is not read."""
    return Diagnostic("warning", Code.UNREAD_FILE, summary, detail, _beginning(path))


def dangling_link(path: Path) -> Diagnostic:
    """Report a link whose target does not exist."""
    return file_error(
        path, Code.LINK, "this symbolic link leads nowhere", "restore the file that it names, or remove it"
    )


def linked_folder(path: Path) -> Diagnostic:
    """Report a link to a folder within a folder: it could lead back, and its files would be read twice."""
    summary = "this symbolic link leads to a folder, and confsync does not follow it"
    return file_error(path, Code.LINK, summary, "put the folder itself here, or remove the link")


_NAME_OF_YAML = re.compile(r"\.ya?ml", re.IGNORECASE)


def _judged(path: Path) -> Iterator[Path | Diagnostic]:
    if not path.exists():
        # a link that is removed between the listing and now was not there
        yield from (dangling_link(path),) if path.is_symlink() else ()
    elif path.suffix in SUFFIXES:
        yield path if stat.S_ISREG(path.stat().st_mode) else not_regular(path)
    elif path.suffix.lower() in SUFFIXES:
        right = path.with_suffix(path.suffix.lower()).name
        summary = f"confsync reads only *.yaml and *.yml, in lower case, so it does not read {display_path(path)}"
        yield file_error(path, Code.UNREAD_FILE, summary, f"rename it to {right}, or remove it")
    elif _NAME_OF_YAML.search(path.name):
        summary = f"{display_path(path)} is not read, because its name ends in neither .yaml nor .yml"
        yield file_warning(path, summary, "remove it, move it out of this folder, or rename it")


def not_regular(path: Path) -> Diagnostic:
    """Report a pipe, a socket or a device."""
    return file_error(
        path, Code.NOT_REGULAR, "this is not a regular file", "write its content to a file, and use that instead"
    )


def _beginning(path: Path) -> Range:
    return Range(Position(display_path(path), 1, 1), 1, 1)


def _unreadable(error: OSError) -> None:
    raise error
