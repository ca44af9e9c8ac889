"""Which files a run reads, so that no output replaces one of them."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path

from msgspec import Struct

from confsync.account.configuration import LoadOptions
from confsync.config.sources.file_boundary import real_path
from confsync.config.sources.files import Source, discover_files, named_files, read_layer
from confsync.config.sources.folder import SUFFIXES
from confsync.config.tree import File
from confsync.errors import ConfsyncError, UsageError
from confsync.state.state_files import STATE_DIRECTORY

CONFIGURATION = "a file of the configuration"
REFERENCED = "a file that the configuration refers to"
STATE = "the ledger, the journal or their lock"
SNAPSHOT = "the snapshot next to the ledger"
NAMED = "a file that this command reads"


class InputFiles(Struct, frozen=True):
    """The files that a run reads, each with what it is, and the folders in which it looks for more.

    `state_folders` have the ledger and the journal, which need not exist yet.
    """

    files: tuple[tuple[str, Path], ...] = ()
    layers: tuple[Path, ...] = ()
    state_folders: tuple[Path, ...] = ()

    def conflict(self, path: Path) -> str:
        """Say why a file must not be written; return an empty text if it may be."""
        for what, each in self.files:
            if is_same_file(path, each):
                return f"would overwrite {what}"
        real = real_path(path)
        if (state := _state_in(real)) and any(_is_inside(real, each) for each in self.state_folders):
            return f"would overwrite {state}"
        folder = next((each for each in self.layers if _is_read_from(real, each)), None)
        return f"would become a part of the configuration in {folder}" if folder else ""


def find_input_files(options: LoadOptions, *, read: Iterable[str] = (), emulator_db: str | None = None) -> InputFiles:
    """Find what a run with these options reads, even if the configuration is not valid, or if there is none.

    `read` are other files that the command line names; `emulator_db` has a ledger of its own next to it.
    """
    named = [(NAMED, path) for path in (*map(Path, read), *options.variable_files)]
    if emulator_db:
        named.append((STATE, Path(f"{emulator_db}.ledger.json")))
        named.append((SNAPSHOT, Path(f"{emulator_db}.snapshot.json")))
    try:
        source = named_files(options.files) if options.files else discover_files(options.directory)
    except (ConfsyncError, OSError, RuntimeError):
        return InputFiles(files=tuple(named))
    files = tuple(_files_of(source, options.environ))
    written = ((CONFIGURATION, path) for path in source.paths if not path.is_dir())
    found = ((CONFIGURATION, each.location) for each in files)
    referenced = ((REFERENCED, path) for each in files for path in _references_in(each, options.environ))
    folder = source.folder
    present = (*folder.glob("*"), *(folder / STATE_DIRECTORY).rglob("*"))
    state = ((what, path) for path in present if (what := _state_in(path)))
    return InputFiles(
        files=(*named, *written, *found, *referenced, *state),
        layers=tuple(real_path(each) for each in source.paths if each.is_dir()),
        state_folders=(folder, folder / STATE_DIRECTORY),
    )


def check_other_file(path: Path, inputs: InputFiles, called: str = "") -> None:
    """Raise UsageError if writing a file would replace one that is read."""
    if conflict := inputs.conflict(path):
        raise UsageError(f"{called}{path} {conflict}.", hint="Name another file.")


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two paths are one file: by a link, a hard link, or on some disks in another case."""
    if one.exists() and other.exists():
        return one.samefile(other)
    first, second = real_path(one), real_path(other)
    return first.parent == second.parent and first.name.casefold() == second.name.casefold()


_STATE_NAMES = {
    **dict.fromkeys(("confsync.ledger*", "journal*.jsonl*", "ledger*.lock", "git*.lock"), STATE),
    "confsync.snapshot*.json": SNAPSHOT,
}
_REFERENCE = re.compile(rb"\$\{\{[ \t]*(file|envfile)\.([^}\r\n]*?)[ \t]*\}\}")


def _files_of(source: Source, environ: Mapping[str, str]) -> Iterator[File]:
    for path in source.paths:
        try:
            yield from read_layer(path, environ).files
        except (ConfsyncError, OSError):
            continue


def _references_in(file: File, environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the files that a file refers to. It may not be valid YAML, so only its text is searched."""
    for kind, name in _REFERENCE.findall(file.raw):
        text = os.fsdecode(name)
        if kind == b"file":
            yield file.location.parent / text
        elif path := environ.get(text):
            yield Path(path)


def _state_in(path: Path) -> str:
    """Say what state a file with this name has; return an empty text if it has none."""
    found = (what for name, what in _STATE_NAMES.items() if fnmatch(path.name.casefold(), name))
    return next(found, "")


def _is_inside(real: Path, folder: Path) -> bool:
    home = real_path(folder)
    return real.parent == home or (home.name == STATE_DIRECTORY and real.is_relative_to(home))


def _is_read_from(real: Path, folder: Path) -> bool:
    if not real.is_relative_to(folder) or real.suffix.lower() not in SUFFIXES:
        return False
    return not any(part.startswith(".") for part in real.relative_to(folder).parts)


def inputs_of(files: Iterable[str], ledger: Path) -> InputFiles:
    """Return the files of a configuration that is loaded, and its ledger."""
    return InputFiles(files=(*((CONFIGURATION, Path(each)) for each in files), (STATE, ledger)))
