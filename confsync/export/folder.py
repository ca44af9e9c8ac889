"""Writes the files of an export into a folder: either all of them, or none."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from confsync.config.sources.folder import SUFFIXES
from confsync.errors import LocalFileError, Refused, fix_for
from confsync.plan.exported import ExportedFile

GITIGNORE = ".gitignore"
_PRIVATE = 0o600
_ORDINARY = 0o666
_FOLDER = 0o777


def write_folder(folder: Path, files: Iterable[ExportedFile], *, force: bool = False) -> tuple[str, ...]:
    """Write files into a folder, and return the paths of those that changed. With `force`, replace different files.

    The files appear one after another, but only once all of them are written; if one cannot take its place, the old
    ones return. Files with secrets are readable only by their owner, and `.gitignore` names them.

    Raises Refused for a file that differs, or for YAML in the folder that is not part of the export, and
    LocalFileError.
    """
    files = tuple(files)
    try:
        _check_folder(folder, files, force=force)
        contents = {each.path.as_posix(): (each.text, each.private) for each in files}
        if ignored := [name for name, (_, private) in contents.items() if private]:
            contents[GITIGNORE] = (with_lines(folder / GITIGNORE, ignored), False)
        changed = replace_files(folder, contents)
    except OSError as error:
        raise LocalFileError(
            f"The folder {folder} cannot be written: {error.strerror}.",
            hint=f"{fix_for(error, str(folder))}, or choose another folder with --output, then run it again.",
        ) from error
    return changed


def _check_folder(folder: Path, files: tuple[ExportedFile, ...], *, force: bool) -> None:
    names = {each.path.as_posix() for each in files}
    strange = sorted(name for name in yaml_in(folder) if name not in names)
    if strange:
        raise Refused(
            f"{folder} has {_listed(strange)}, which this export does not write: "
            "together, they would be one configuration.",
            hint="Remove it, or choose an empty folder with --output.",
        )
    differing = [each.path.as_posix() for each in files if text_of(folder / each.path) not in (None, each.text)]
    if differing and not force:
        raise Refused(
            f"{folder} has {_listed(differing)} with different content.",
            hint="Add --force to replace it, or choose an empty folder with --output.",
        )


def _listed(names: list[str]) -> str:
    more = len(names) - 1
    return names[0] if not more else f"{names[0]} and {more:,} more {'file' if more == 1 else 'files'}"


def yaml_in(folder: Path) -> Iterator[str]:
    """Yield each file that confsync would read as a part of the configuration."""
    for path in folder.rglob("*") if folder.is_dir() else ():
        inside = path.relative_to(folder)
        if path.suffix.lower() in SUFFIXES and not any(part.startswith(".") for part in inside.parts):
            yield inside.as_posix()


def text_of(path: Path) -> str | None:
    """Read a file; None if there is none. A file that is not text differs from every text."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None


def with_lines(path: Path, names: Iterable[str]) -> str:
    """Return the text of a file, extended by the lines that it lacks. The file need not exist."""
    before = text_of(path) or ""
    missing = [name for name in names if name not in before.splitlines()]
    gap = "\n" if before and not before.endswith("\n") else ""
    return before + gap + "".join(f"{name}\n" for name in missing)


def replace_files(folder: Path, contents: Mapping[str, tuple[str, bool]]) -> tuple[str, ...]:
    """Write files into a folder, each with its text and whether it is private; return the paths of those that changed.

    Either all of them appear, or the folder stays as it was. Raises OSError.
    """
    changed = {name: each for name, each in contents.items() if text_of(folder / name) != each[0]}
    if changed:
        _replace(folder, changed)
    return tuple(sorted(changed))


def _replace(folder: Path, contents: Mapping[str, tuple[str, bool]]) -> None:
    """Write all files to a temporary folder in or beside the target, then move them to their places."""
    around = folder if folder.exists() else folder.parent
    around.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", suffix=".tmp", dir=around) as temporary:
        made, replaced = Path(temporary, "new"), Path(temporary, "old")
        mask = _umask()
        for name, (text, private) in contents.items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            _write(made / name, text, _PRIVATE if private else _ORDINARY & ~mask)
        for each in (made, *(path for path in made.rglob("*") if path.is_dir())):
            each.chmod(_FOLDER & ~mask)
        if not folder.exists():
            made.rename(folder)
            return
        _move(folder, made, replaced, list(contents))


def _move(folder: Path, made: Path, replaced: Path, names: list[str]) -> None:
    moved: list[str] = []
    created: list[Path] = []
    try:
        for name in names:
            created += _create_parents(folder / name)
            if (folder / name).exists():
                (replaced / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(folder / name, replaced / name)
            (made / name).replace(folder / name)
            moved.append(name)
    except BaseException:
        for name in moved:
            with suppress(OSError):
                if (replaced / name).exists():
                    (replaced / name).replace(folder / name)
                else:
                    (folder / name).unlink()
        for each in reversed(created):
            with suppress(OSError):
                each.rmdir()
        raise


def _create_parents(path: Path) -> list[Path]:
    """Create the folders above a file that do not exist, and return them."""
    missing = [each for each in reversed(path.parents) if not each.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    return missing


# Without fsync, which takes seconds for a thousand files: after a power failure, export the account again.
def _write(path: Path, text: str, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
