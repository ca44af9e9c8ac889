"""The journal: what an apply wrote since the ledger was written. Each event is on disk before the next write is sent.

A journal is lines of JSON that are only appended. The first line names the account and the ledger that the journal
continues. Every other line is a record of one of two types:

* `{"record": "BEGIN", "create": PENDING}`: a create is about to be sent. Until a record ends it, its outcome is not
  known, and the next run looks for the resource.
* `{"record": "BEGIN", "replace": REPLACE}`: a replacement is about to delete a resource. Until a record ends it, the
  next run restores the values in it, which are not declared, or says which values it does not know.
* `{"record": "END", "put": ENTRY}` and `{"record": "END", "drop": {"sid": SID}}` (or `{"address": ADDRESS}`): a write
  is done, and this is what confsync owns since then. `{"record": "END", "abandon": ID}`: the create of the entry with
  this id did not happen. `{"record": "END", "spend": ID}`: all of the saved plan with this id is done.

An incomplete last line is ignored, because its writer died while writing it. Any other line that cannot be read is an
error, because confsync would otherwise lose track of what it owns.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, MsgspecError, Struct, ValidationError, convert, field
from msgspec.json import decode

from confsync.config.sources.file_boundary import FileTooLargeError, NotRegularFileError, read_whole_file
from confsync.errors import CorruptLedger, LocalFileError, Refused, fix_for
from confsync.names import Address, Sid
from confsync.state.atomic_file import fsync_directory, write_atomically
from confsync.state.ledger import Ledger
from confsync.state.ledger_file import (
    REBUILD_HINT,
    AddressText,
    EntryDocument,
    FormatVersion,
    PendingDocument,
    ReplaceDocument,
    SidText,
    entry_document,
    entry_from_document,
    pending_document,
    pending_from_document,
    refuse_link,
    replace_document,
    replace_from_document,
)
from confsync.state.ledger_name import MOST_STATE_BYTES
from confsync.state.replay import (
    Abandon,
    Begin,
    BeginReplace,
    Drop,
    EndReplace,
    Event,
    FieldValues,
    Put,
    ResourceId,
    Spend,
)
from confsync.strict_json import canonical_json
from confsync.twilio.regions import with_edge

JOURNAL_FORMAT = 2
"""Format 1 has no replacements; everything else is the same."""


class JournalContent(Struct, frozen=True):
    """The content of a journal that an apply left behind. `serial` is that of the ledger that it continues."""

    serial: int
    events: tuple[Event, ...]


class Journal:
    """A journal that is being written. The file is created with the first event, or by `restart`."""

    def __init__(self, path: Path, ledger: Ledger) -> None:
        self.path = path
        self._ledger = ledger
        self._file: int | None = None
        self._exists = False

    def append(self, events: Iterable[Event]) -> None:
        """Write events to disk, all of them or none. Raises LocalFileError; nothing can be appended after that."""
        try:
            file = self._open()
            _append(file, b"".join(_line(_event_document(each)) for each in events))
        except OSError as error:
            raise LocalFileError(
                f"The journal {self.path} cannot be written: {error.strerror}.",
                hint=self._hint(error),
            ) from error

    def restart(self, ledger: Ledger, events: Iterable[Event]) -> None:
        """Replace the file, atomically, by one that continues a ledger with these events. Raises OSError."""
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = (_header(ledger), *map(_event_document, events))
        write_atomically(self.path, "".join(_line(each).decode() for each in lines))
        self._ledger, self._exists = ledger, True

    def close(self) -> None:
        """Close the file and leave it in place for the next run."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def remove(self) -> None:
        """Delete the file, once the ledger contains all of it."""
        self.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
            self.path.parent.rmdir()  # succeeds only if the directory is empty

    def _hint(self, error: OSError) -> str:
        if isinstance(error, FileExistsError) and self.path.is_file():
            return "Run `confsync apply` again: it continues with that journal."
        return f"{fix_for(error, str(self.path))}, then run `confsync apply` again."

    def _open(self) -> int:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self._exists:
                self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
                return self._file
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            _append(self._file, _line(_header(self._ledger)))
            fsync_directory(self.path.parent)
        return self._file


def _header(ledger: Ledger) -> dict[str, object]:
    return {
        "format_version": JOURNAL_FORMAT,
        "account_sid": ledger.account_sid,
        "host": ledger.host,
        "serial": ledger.serial,
    }


def _event_document(event: Event) -> dict[str, object]:
    record = "BEGIN" if isinstance(event, Begin | BeginReplace) else "END"
    return {"record": record, **_event_content(event)}


def _event_content(event: Event) -> dict[str, object]:
    content: dict[str, object]
    match event:
        case Put(entry):
            content = {"put": entry_document(entry)}
        case Drop(resource):
            content = {"drop": _id_document(resource)}
        case Begin(pending):
            content = {"create": pending_document(pending)}
        case Abandon(entry_id):
            content = {"abandon": entry_id}
        case Spend(plan_id):
            content = {"spend": plan_id}
        case BeginReplace(pending_replace, values):
            content = {"replace": {**replace_document(pending_replace), "values": _values_document(values)}}
        case EndReplace(sid):
            content = {"replace": sid}
    return content


def _id_document(resource: ResourceId) -> dict[str, str]:
    return {"address": str(resource)} if isinstance(resource, Address) else {"sid": resource}


def _values_document(values: FieldValues) -> dict[str, object]:
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in values.items()}


def _line(record: dict[str, object]) -> bytes:
    return canonical_json(record).encode() + b"\n"


def _append(file: int, content: bytes) -> None:
    """Write all of the content and fsync it, or truncate the file to its old size."""
    rest = memoryview(content)
    try:
        while rest:
            rest = rest[os.write(file, rest) :]
        os.fsync(file)
    except OSError:
        with suppress(OSError):
            os.ftruncate(file, os.fstat(file).st_size - (len(content) - len(rest)))
        raise


# Reading


class _Header(Struct, frozen=True, forbid_unknown_fields=True):
    """The first line."""

    format_version: int
    account_sid: str
    host: str
    serial: Annotated[int, Meta(ge=0)]


class _DropDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """Which resource confsync no longer owns."""

    sid: SidText | None = None
    address: AddressText | None = None


class _End(Struct, frozen=True, forbid_unknown_fields=True):
    """The record of a completed write."""

    type: Literal["END"] = field(name="record")
    put: EntryDocument | None = None
    drop: _DropDocument | None = None
    abandon: str | None = None
    spend: str | None = None
    replace: SidText | None = None


class _ReplaceDocument(ReplaceDocument, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A replacement, with the values that its create restores."""

    values: dict[str, str | bool | int | list[str]]


class _Begin(Struct, frozen=True, forbid_unknown_fields=True):
    """The record of a create, or of the delete of a replacement, that is about to be sent."""

    type: Literal["BEGIN"] = field(name="record")
    create: PendingDocument | None = None
    replace: _ReplaceDocument | None = None


def read_journal(path: Path, *, account_sid: str, host: str) -> JournalContent | None:
    """Read a journal, or return None if there is none or if its first line was never completed.

    Raises CorruptLedger if its content is not a journal, LocalFileError if it cannot be read or is from a newer
    version, and Refused if it belongs to another account or host.
    """
    refuse_link("journal", path)
    try:
        content = read_whole_file(path, MOST_STATE_BYTES)
    except FileNotFoundError:
        return None
    except (NotRegularFileError, FileTooLargeError) as error:
        raise CorruptLedger(f"The journal {path} is corrupt: {error.strerror}.", hint=REBUILD_HINT) from error
    except OSError as error:
        hint = "Fix its permissions, and run the command again."
        raise LocalFileError(f"The journal {path} cannot be read: {error.strerror}.", hint=hint) from error
    lines = list(_lines(path, content))
    if not lines:
        return None
    header = _read_header(path, lines[0])
    if (header.account_sid, with_edge(header.host)) != (account_sid, host):
        raise Refused(
            f"The journal {path} belongs to account {header.account_sid} at {header.host}, "
            f"and this run is for {account_sid} at {host}.",
            hint="Select the environment that the journal belongs to, or move the journal away.",
        )
    return JournalContent(header.serial, tuple(_event(path, number, line) for number, line in enumerate(lines[1:], 2)))


def _lines(path: Path, content: bytes) -> Iterator[object]:
    """Parse each line as JSON; ignore the last one if it is incomplete."""
    *complete, rest = content.split(b"\n")
    lines = [*complete, rest] if rest else complete
    for number, line in enumerate(lines, 1):
        try:
            yield decode(line)
        except (MsgspecError, ValueError, RecursionError) as error:
            if number < len(lines):
                raise _corrupt(path, number, "it is not JSON") from error


def _read_header(path: Path, line: object) -> _Header:
    try:
        version = convert(line, FormatVersion).format_version
        if version > JOURNAL_FORMAT:
            raise _too_new(path, f"has format {version}")
        return convert(line, _Header)
    except ValidationError as error:
        raise _corrupt(path, 1, str(error)) from error


def _event(path: Path, number: int, line: object) -> Event:
    try:
        is_begin = isinstance(line, dict) and line.get("record") == "BEGIN"
        event = _begin_event(convert(line, _Begin)) if is_begin else _end_event(convert(line, _End))
    except ValidationError as error:
        raise _corrupt(path, number, str(error)) from error
    if event is None:
        raise _corrupt(path, number, "it does not name exactly one resource")
    return event


def _begin_event(begin: _Begin) -> Event | None:
    """Return the event of a record that names exactly one thing."""
    match begin:
        case _Begin(create=PendingDocument() as create, replace=None):
            return Begin(pending_from_document(create))
        case _Begin(create=None, replace=_ReplaceDocument(values=values) as pending):
            known = {name: frozenset(value) if isinstance(value, list) else value for name, value in values.items()}
            return BeginReplace(replace_from_document(pending), known)
    return None


def _end_event(end: _End) -> Event | None:
    """Return the event of a record that names exactly one thing."""
    named = [each for each in (end.put, end.drop, end.abandon, end.spend, end.replace) if each is not None]
    event: Event | None = None
    match end:
        case _End(put=EntryDocument() as entry):
            event = Put(entry_from_document(entry))
        case _End(drop=_DropDocument(sid=str(sid), address=None)):
            event = Drop(Sid(sid))
        case _End(drop=_DropDocument(sid=None, address=str(address))):
            event = Drop(Address.parse(address))
        case _End(abandon=str(entry_id)):
            event = Abandon(entry_id)
        case _End(spend=str(plan_id)):
            event = Spend(plan_id)
        case _End(replace=str(sid)):
            event = EndReplace(Sid(sid))
    return event if len(named) == 1 else None


def _too_new(path: Path, what: str) -> LocalFileError:
    return LocalFileError(
        f"The journal {path} {what}, which this version of confsync cannot handle.",
        hint="Use the confsync version that wrote it, or a newer one.",
    )


def _corrupt(path: Path, number: int, reason: str) -> CorruptLedger:
    return CorruptLedger(f"The journal {path} is corrupt in line {number}: {reason}.", hint=REBUILD_HINT)
