"""Entries written into a user's configuration, once it is sure that it is valid with them."""

from collections.abc import Iterable, Mapping
from difflib import unified_diff
from pathlib import Path

from msgspec.structs import replace

from confsync.config import editing
from confsync.config.config import Config
from confsync.config.tree import File
from confsync.config.tree import Mapping as Tree
from confsync.errors import LocalFileError, UsageError
from confsync.names import Address
from confsync.request import Request, read
from confsync.state import atomic_file


def edit_config(request: Request, word: str, entries: Mapping[str, str | None]) -> tuple[str, ...]:
    """Write entries into the section of the chosen environment, or at the top where there is none.

    Gives the lines of the diff. Raises UsageError where they cannot be written, and what `read` raises.
    """
    config = read(request)
    name = config.environment.name
    path = ("environments", name, word) if name else (word,)
    before = _home(config, path)
    tied = {key: value for key, value in entries.items() if value and config.adopt.get(Address.parse(key)) != value}
    listed = [key for key, value in entries.items() if value is None]
    text = editing.set_entry(before, path, tied) if tied else before.raw.decode()
    for each in listed:
        text = editing.append_item(replace(before, raw=text.encode()), path, each)
    after = replace(before, raw=text.encode())
    _check_meaning(config, read(request, after), tied, listed)
    _replace(before.location.resolve(), text)
    old, new = (each.raw.decode("utf-8-sig").splitlines() for each in (before, after))
    return tuple(unified_diff(old, new, before.path, before.path, lineterm=""))


def _home(config: Config, path: Iterable[str]) -> File:
    """Give the file in which a section stands, or what it would stand in."""
    home = config.top
    for step in path:
        below = home.node.items.get(step) if isinstance(home.node, Tree) else None
        home = below or home
    return home.node.file if home is config.top else home.file


def _check_meaning(before: Config, after: Config, tied: Mapping[str, str], listed: Iterable[str]) -> None:
    """Refuse where another layer, or another spelling of an address, makes something else of what would be written."""
    adopted = {Address.parse(key): value for key, value in tied.items()}
    forgotten = set(map(Address.parse, listed))
    if after.adopt != {**before.adopt, **adopted} or set(after.forget) != {*before.forget, *forgotten}:
        raise UsageError(
            "What would be written does not mean what it should: another file has the last word.",
            hint="Write the line yourself, into the last of the files that are named with -f.",
        )


def _replace(path: Path, text: str) -> None:
    """Write a file of the configuration anew, all at once, for the same people to read."""
    try:
        mode = path.stat().st_mode
        atomic_file.write(path, text)
        path.chmod(mode)
    except OSError as trouble:
        raise LocalFileError(
            f"{path} cannot be written: {trouble.strerror}.", hint="Mend its permissions, then run it again."
        ) from trouble
