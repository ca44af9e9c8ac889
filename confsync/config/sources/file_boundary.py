"""Which files a configuration may read: regular files in its repository, wherever a path or a symbolic link leads.

Anyone who can change a repository can put links into it, and an error quotes lines of the files that it is about.
"""

import errno
import os
import stat
from collections.abc import Mapping as Environ
from pathlib import Path

from msgspec import Struct

FILE_ROOT = "CONFSYNC_FILE_ROOT"


class FileBoundary(Struct, frozen=True):
    """A file must be in all of these folders or, if it is set, in `also`."""

    folders: tuple[Path, ...]
    also: Path | None = None

    def why_outside(self, real: Path) -> str:
        """Say why a file must not be read, given its path without links; return an empty text if it may be."""
        roots = self.folders[:1] if all(map(real.is_relative_to, self.folders)) else ()
        roots += (self.also,) if self.also and real.is_relative_to(self.also) else ()
        if not roots:
            return "is outside the repository"
        return "is in `.git`" if all(_is_in_git(real.relative_to(root)) for root in roots) else ""


def boundary_around(folder: Path, environ: Environ[str, str]) -> FileBoundary:
    """Find the boundary of the files that are named by way of a folder, which is the nearest repository.

    If the path to the folder leads through several repositories, a link must not lead out of any of them.
    """
    here = absolute_path(folder)
    holders = tuple(each for each in (here, *here.parents) if holds_repository(each))
    chosen = chosen_root(environ)
    return FileBoundary(tuple(map(real_path, holders or (here,))), chosen)


def chosen_root(environ: Environ[str, str]) -> Path | None:
    """Return the folder that `CONFSYNC_FILE_ROOT` names, if it is set."""
    chosen = environ.get(FILE_ROOT)
    return real_path(Path(chosen)) if chosen else None


def holds_repository(folder: Path) -> bool:
    """Whether a folder is the top of a Git repository. In a work tree or a submodule, `.git` is a file."""
    return (folder / ".git").exists()


def _is_in_git(path: Path) -> bool:
    """Whether a path leads into `.git`, in whose settings CI systems keep a token."""
    return ".git" in (part.lower() for part in path.parts)


def absolute_path(path: Path) -> Path:
    """Return the absolute path of a file, with its links; `a/..` is left out, even if `a` is a link."""
    return Path(os.path.abspath(path))  # noqa: PTH100 — `resolve` follows the links, which are still to be checked


def real_path(path: Path) -> Path:
    """Return the absolute path of a file without links."""
    return Path(os.path.realpath(absolute_path(path)))


def read_regular_file(path: Path, limit: int) -> bytes:
    """Read up to a number of bytes of a regular file. Raises NotRegularFileError, and OSError as `open` does.

    A pipe would block, and a device never ends.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotRegularFileError(errno.EINVAL, "It is not a regular file", str(path))
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            return stream.read(limit)
    finally:
        os.close(descriptor)


def read_whole_file(path: Path, limit: int) -> bytes:
    """Read a regular file. Raises FileTooLargeError without reading one with more bytes than the limit.

    Raises what `read_regular_file` raises, too.
    """
    content = b"" if path.stat().st_size > limit else read_regular_file(path, limit + 1)
    if len(content) > limit or path.stat().st_size > limit:
        raise FileTooLargeError(errno.EFBIG, f"It is larger than {limit // 1024 // 1024} MiB", str(path))
    return content


class FileTooLargeError(OSError):
    """A file that is larger than any that confsync writes."""


class NotRegularFileError(OSError):
    """A pipe, a socket, a device or a folder in place of a file."""
