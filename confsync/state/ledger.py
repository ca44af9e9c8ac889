"""What we own: which live thing each address is, and what was last applied to it.

The ledger is a hint with one power: only what it says we own may be deleted. A missing one costs adoptions and one
sending of secrets; a corrupt one is an error, never empty. Secrets have no part in it, only their fingerprints.
"""

import json
import secrets
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Struct, field
from msgspec.structs import asdict, replace
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from confsync.config.pydantic_errors import first_validation_error
from confsync.errors import CorruptLedger, LocalFileError, Refused
from confsync.names import Address, Sid, sid_pattern
from confsync.state import atomic_file

LEDGER_FORMAT = 1


class Entry(Struct, frozen=True, kw_only=True):
    """One live thing that we own.

    Several entries may carry one address, one of them current: one that an immutable change superseded stays until it
    is dealt with. `id` is kept when the thing moves; fingerprints are bound to it. `applied` holds a digest of each
    field last applied, `fingerprints` those of write-only ones.
    """

    address: Address
    sid: Sid | None
    id: str
    current: bool = True
    origin: Literal["created", "adopted"]
    protect: bool = False
    applied: Mapping[str, str] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    secret_version: str | None = None
    date_updated: str | None = None


class Ledger(Struct, frozen=True, dict=True):
    """All entries of one account at one host; `serial` counts the times it was written, 0 for none yet.

    `lineage` tells it from every other ledger that the same account has had; it has one once it was written.
    """

    account_sid: str
    host: str
    serial: int = 0
    entries: tuple[Entry, ...] = ()
    configuration_digest: str | None = None
    commit: str | None = None
    spent_plans: Mapping[str, str] = field(default_factory=dict)
    lineage: str = ""

    @cached_property
    def current(self) -> Mapping[Address, Entry]:
        """The current entry of each address."""
        return {each.address: each for each in self.entries if each.current}

    @cached_property
    def owner(self) -> Mapping[Sid, Entry]:
        """The entry of each SID that we own."""
        return {each.sid: each for each in self.entries if each.sid is not None}

    def after(self, serial: int) -> "Ledger":
        """Give the ledger that is written after the one of a serial; the first one begins a lineage."""
        return replace(self, serial=serial + 1, lineage=self.lineage or secrets.token_hex(8))

    def moved(self, moves: Mapping[Address, Address]) -> "Ledger":
        """Re-address what stood at each old address, and everything in it; what stood at a new one is superseded."""
        if not moves:
            return self
        return replace(self, entries=tuple(_moved(each, moves) for each in self.entries))

    def without(self, sids: Iterable[Sid]) -> "Ledger":
        """Drop the entries of things that are gone, and of what was in them."""
        gone = frozenset(sids)
        if not gone:
            return self
        homes = tuple(each.address for each in self.entries if each.sid in gone and each.current)
        return replace(self, entries=tuple(each for each in self.entries if not _is_gone(each, gone, homes)))


def read_ledger(path: Path, *, account_sid: str, host: str) -> Ledger | None:
    """Read a ledger; None where there is none yet.

    Raises LocalFileError where it cannot be read or understood, Refused where it belongs to another account or host.
    """
    ledger = read_any_ledger(path)
    if ledger and (ledger.account_sid, ledger.host) != (account_sid, host):
        raise Refused(
            f"The ledger {path} belongs to account {ledger.account_sid} at {ledger.host}, "
            f"and this run is for {account_sid} at {host}.",
            hint="Select the environment that the ledger belongs to, or move the ledger away.",
        )
    return ledger


def read_any_ledger(path: Path) -> Ledger | None:
    """Read a ledger, whichever account it belongs to; None where there is none yet. Raises LocalFileError."""
    try:
        if path.exists() and not path.is_file():
            raise CorruptLedger(f"The ledger {path} is not a file.", hint=REBUILD_HINT)
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except PermissionError as trouble:
        raise LocalFileError(f"The ledger {path} may not be read.", hint=_AGAIN) from trouble
    except UnicodeDecodeError as trouble:
        raise CorruptLedger(f"The ledger {path} cannot be read: {trouble}.", hint=REBUILD_HINT) from trouble
    except OSError as trouble:
        raise LocalFileError(f"The ledger {path} cannot be read: {trouble}.", hint=_AGAIN) from trouble
    return _understood(path, text)


def write_ledger(path: Path, ledger: Ledger) -> None:
    """Write a ledger all at once: temp file, fsync, rename, fsync of the folder.

    Raises LocalFileError where the disk or the permissions do not allow it.
    """
    text = json.dumps(_document(ledger), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_file.write_atomically(path, text)
    except OSError as trouble:
        raise LocalFileError(
            f"The ledger {path} cannot be written: {trouble}.",
            changed="What was applied stays applied; only the ledger does not know of it yet.",
            hint="Make room, or mend the permissions, then run `confsync apply` again: nothing is made twice.",
        ) from trouble


_AGAIN = "Mend its permissions, or the disk, and run it again."
REBUILD_HINT = "Restore it from version control, or run `confsync ledger rebuild`: it adopts what exists."


class _Named(BaseModel):
    """The part of a ledger file that says what it is, before anything else in it is believed."""

    format_version: int = Field(ge=1)


SidText = Annotated[str, Field(pattern=f"^{sid_pattern()}$")]


class EntryDocument(BaseModel):
    """One entry in a ledger file, or in a journal."""

    model_config = ConfigDict(extra="forbid", strict=True)

    address: str = Field(min_length=1)
    sid: SidText | None
    id: str
    current: bool
    origin: Literal["created", "adopted"]
    protect: bool
    applied: dict[str, str]
    fingerprints: dict[str, str]
    secret_version: str | None
    date_updated: str | None


class _Written(BaseModel):
    """A ledger file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    format_version: int
    serial: int = Field(ge=0)
    lineage: str = ""
    account_sid: str
    host: str
    configuration_digest: str | None
    commit: str | None
    spent_plans: dict[str, str]
    entries: list[EntryDocument]


def _understood(path: Path, text: str) -> Ledger:
    try:
        named = _Named.model_validate_json(text)
        if named.format_version > LEDGER_FORMAT:
            raise LocalFileError(
                f"The ledger {path} has format {named.format_version}, and this version knows up to {LEDGER_FORMAT}.",
                hint="Use the confsync version that wrote it, or a newer one.",
            )
        written = _Written.model_validate_json(text)
    except ValidationError as wrong:
        why = _MERGE if _is_half_merged(text) else first_validation_error(wrong)
        raise CorruptLedger(f"The ledger {path} is corrupt: {why}.", hint=REBUILD_HINT) from wrong
    known = tuple(entry(each) for each in written.entries)
    _check_unique(path, known)
    return Ledger(
        account_sid=written.account_sid,
        host=written.host,
        serial=written.serial,
        lineage=written.lineage,
        entries=known,
        configuration_digest=written.configuration_digest,
        commit=written.commit,
        spent_plans=written.spent_plans,
    )


_MERGE = "it holds the conflict markers of a Git merge"


def _is_half_merged(text: str) -> bool:
    return any(line.startswith(("<<<<<<< ", ">>>>>>> ")) for line in text.splitlines())


def _check_unique(path: Path, entries: tuple[Entry, ...]) -> None:
    """Refuse a ledger that merged two histories: one address twice current, or one SID twice owned."""
    current = [each.address for each in entries if each.current]
    sids = [each.sid for each in entries if each.sid is not None]
    for what, named in (("address", current), ("SID", sids)):
        if len(set(named)) != len(named):
            raise CorruptLedger(f"The ledger {path} is corrupt: it names one {what} twice.", hint=REBUILD_HINT)


def entry(written: EntryDocument) -> Entry:
    """Give an entry as it was written."""
    said = written.model_dump()
    return Entry(
        **{**said, "address": Address.parse(written.address), "sid": Sid(written.sid) if written.sid else None}
    )


def written(entry: Entry) -> dict[str, object]:
    """Give an entry as it is written."""
    return {**asdict(entry), "address": str(entry.address)}


def _document(ledger: Ledger) -> dict[str, object]:
    entries = sorted(ledger.entries, key=lambda each: (each.address, not each.current, each.sid or ""))
    return {
        "format_version": LEDGER_FORMAT,
        "serial": ledger.serial,
        "lineage": ledger.lineage,
        "account_sid": ledger.account_sid,
        "host": ledger.host,
        "configuration_digest": ledger.configuration_digest,
        "commit": ledger.commit,
        "spent_plans": dict(ledger.spent_plans),
        "entries": [written(each) for each in entries],
    }


def _is_gone(entry: Entry, gone: frozenset[Sid], homes: tuple[Address, ...]) -> bool:
    inside = any(entry.address != home and entry.address.within(home) for home in homes)
    return entry.sid in gone or inside


def _moved(entry: Entry, moves: Mapping[Address, Address]) -> Entry:
    for old, new in moves.items():
        if entry.address.within(old):
            return replace(entry, address=entry.address.moved(old, new))
    if any(entry.address.within(new) for new in moves.values()):
        return replace(entry, current=False)
    return entry
