"""What is in flight: each thing that was written since the ledger was, on disk before the next one is written.

A journal is lines of JSON, and only ever grows. Its first line says whose it is, and on which ledger it stands. Each of
the others is a record of one of two types:

* `{"record": "END", "put": ENTRY}` and `{"record": "END", "drop": {"sid": SID}}` (or `{"address": ADDRESS}`): something
  is done, and this is what we own since.
* `{"record": "BEGIN", ...}` is kept for what a later version says before a request that is not safe to repeat. This
  version writes none, and goes no further where it finds one: only who wrote it knows how to settle it.

A last line that is torn was being written when its writer died, and says nothing. Anything else that cannot be read is
an error: what we own would be told wrong.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from confsync.config.pydantic_errors import first_validation_error
from confsync.errors import CorruptLedger, LocalFileError, Refused
from confsync.names import Address, Sid
from confsync.state import ledger as ledgers
from confsync.state.atomic_file import fsync_directory
from confsync.state.ledger import EntryDocument, Ledger, SidText
from confsync.state.replay import Drop, Event, Put, ResourceId
from confsync.strict_json import canonical_json

JOURNAL_FORMAT = 1


class JournalContent(Struct, frozen=True):
    """A journal that somebody left behind: the serial of the ledger that it stands on, and what it tells."""

    serial: int
    events: tuple[Event, ...]


class Journal:
    """A journal that is written. It comes into being with the first thing that is put into it."""

    def __init__(self, path: Path, ledger: Ledger) -> None:
        self.path = path
        self._ledger = ledger
        self._file: int | None = None

    def append(self, events: Iterable[Event]) -> None:
        """Put events on disk, all of them or none. Raises LocalFileError; nothing can be appended after that."""
        try:
            file = self._open()
            _append(file, b"".join(_line(_record(each)) for each in events))
        except OSError as trouble:
            raise LocalFileError(
                f"The journal {self.path} cannot be written: {trouble.strerror}.",
                hint="Make room, or mend the permissions, then run `confsync apply` again.",
            ) from trouble

    def close(self) -> None:
        """Leave the journal as it is, for whoever comes next."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def remove(self) -> None:
        """Take the journal away: the ledger tells what it told."""
        self.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
            self.path.parent.rmdir()  # it goes only where nothing else is in it

    def _open(self) -> int:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            _append(self._file, _line(_header(self._ledger)))
            fsync_directory(self.path.parent)
        return self._file


def read_journal(path: Path, *, account_sid: str, host: str) -> JournalContent | None:
    """Read a journal; None where there is none, or where its first line was never finished.

    Raises CorruptLedger where it cannot be understood, LocalFileError where it cannot be read or is from a newer
    version, Refused where it belongs to another account or host.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as trouble:
        hint = "Mend its permissions, and run it again."
        raise LocalFileError(f"The journal {path} cannot be read: {trouble.strerror}.", hint=hint) from trouble
    lines = list(_lines(path, content))
    if not lines:
        return None
    header = _header_of(path, lines[0])
    if (header.account_sid, header.host) != (account_sid, host):
        raise Refused(
            f"The journal {path} belongs to account {header.account_sid} at {header.host}, "
            f"and this run is for {account_sid} at {host}.",
            hint="Select the environment that the journal belongs to, or move the journal away.",
        )
    return JournalContent(header.serial, tuple(_event(path, number, line) for number, line in enumerate(lines[1:], 2)))


class _Named(BaseModel):
    """The part of a first line that says what it is, before anything else in it is believed."""

    format_version: int = Field(ge=1)


class _Header(BaseModel):
    """The first line."""

    model_config = ConfigDict(extra="forbid", strict=True)

    format_version: int
    account_sid: str
    host: str
    serial: int = Field(ge=0)


class _Dropped(BaseModel):
    """Which thing is not ours any more."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sid: SidText | None = None
    address: Annotated[str, Field(min_length=1)] | None = None


class _End(BaseModel):
    """The record of a write that is done."""

    model_config = ConfigDict(extra="forbid", strict=True)

    record: Literal["END"]
    put: EntryDocument | None = None
    drop: _Dropped | None = None


def _header(ledger: Ledger) -> dict[str, object]:
    return {
        "format_version": JOURNAL_FORMAT,
        "account_sid": ledger.account_sid,
        "host": ledger.host,
        "serial": ledger.serial,
    }


def _record(event: Event) -> dict[str, object]:
    match event:
        case Put(entry):
            return {"record": "END", "put": ledgers.written(entry)}
        case Drop(thing):
            return {"record": "END", "drop": _named(thing)}


def _named(thing: ResourceId) -> dict[str, str]:
    return {"address": str(thing)} if isinstance(thing, Address) else {"sid": thing}


def _line(record: dict[str, object]) -> bytes:
    return canonical_json(record).encode() + b"\n"


def _append(file: int, content: bytes) -> None:
    """Write all of it and wait until it is on disk; what was written of it is taken back where that fails."""
    before = os.fstat(file).st_size
    rest = memoryview(content)
    try:
        while rest:
            rest = rest[os.write(file, rest) :]
        os.fsync(file)
    except OSError:
        with suppress(OSError):
            os.ftruncate(file, before)
        raise


def _lines(path: Path, content: bytes) -> Iterator[object]:
    """Parse each line as strictly as a ledger is; the last one may be torn."""
    *whole, rest = content.split(b"\n")
    lines = [*whole, rest] if rest else whole
    for number, line in enumerate(lines, 1):
        try:
            yield from_json(line)
        except ValueError as wrong:
            if number < len(lines):
                raise _corrupt(path, number, "it is no JSON") from wrong


def _header_of(path: Path, line: object) -> _Header:
    try:
        named = _Named.model_validate(line)
        if named.format_version > JOURNAL_FORMAT:
            raise _from_the_future(path, f"has format {named.format_version}")
        return _Header.model_validate(line)
    except ValidationError as wrong:
        raise _corrupt(path, 1, first_validation_error(wrong)) from wrong


def _event(path: Path, number: int, line: object) -> Event:
    if isinstance(line, dict) and line.get("record") == "BEGIN":
        raise _from_the_future(path, f"tells in line {number} of a request whose end is not known")
    try:
        end = _End.model_validate(line)
    except ValidationError as wrong:
        raise _corrupt(path, number, first_validation_error(wrong)) from wrong
    match end:
        case _End(put=EntryDocument() as entry, drop=None):
            return Put(ledgers.entry(entry))
        case _End(put=None, drop=_Dropped(sid=str(sid), address=None)):
            return Drop(Sid(sid))
        case _End(put=None, drop=_Dropped(sid=None, address=str(address))):
            return Drop(Address.parse(address))
        case _:
            raise _corrupt(path, number, "it tells of no one thing")


def _from_the_future(path: Path, what: str) -> LocalFileError:
    return LocalFileError(
        f"The journal {path} {what}, which this version cannot settle.",
        hint="Use the confsync version that wrote it, or a newer one.",
    )


def _corrupt(path: Path, number: int, why: str) -> CorruptLedger:
    return CorruptLedger(f"The journal {path} is corrupt in line {number}: {why}.", hint=ledgers.REBUILD_HINT)
