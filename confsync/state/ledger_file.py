"""Reads and writes the ledger file."""

import json
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, MsgspecError, Raw, Struct
from msgspec.json import Decoder, decode
from msgspec.json import format as format_json
from msgspec.structs import asdict

from confsync.config.sources.file_boundary import FileTooLargeError, NotRegularFileError, read_whole_file
from confsync.errors import CorruptLedger, LocalFileError, Refused, fix_for
from confsync.interning import Interner
from confsync.names import Address, Sid, sid_pattern
from confsync.state.atomic_file import write_atomically
from confsync.state.ledger import Entry, Ledger, PendingCreate, PendingReplace
from confsync.state.ledger_name import MOST_STATE_BYTES
from confsync.twilio.regions import with_edge

LEDGER_FORMAT = 2
_WITHOUT_REPLACES = 1
"""The format of a ledger without a pending replace, which earlier versions read, too."""

_MOST_EXPLAINED = 1024 * 1024
REBUILD_HINT = "Restore it from version control, or run `confsync ledger rebuild`, which adopts what exists."
_RETRY = "Fix its permissions, or the disk, and run the command again."


def read_ledger(path: Path, *, account_sid: str, host: str) -> Ledger | None:
    """Read a ledger, or return None if there is none yet.

    Raises LocalFileError if it cannot be read, CorruptLedger if its content is not a ledger, and Refused if it belongs
    to another account or host.
    """
    ledger = read_any_ledger(path)
    if ledger:
        check_ledger_owner(path, ledger, account_sid=account_sid, host=host)
    return ledger


class LedgerOfOtherAccount(Refused):
    """The ledger belongs to a different account."""


def check_ledger_owner(source: object, ledger: Ledger, *, account_sid: str, host: str) -> None:
    """Raise Refused for the ledger of another host, and LedgerOfOtherAccount for that of another account."""
    if (ledger.account_sid, ledger.host) != (account_sid, host):
        refusal = Refused if ledger.account_sid == account_sid else LedgerOfOtherAccount
        raise refusal(
            f"The ledger {source} belongs to account {ledger.account_sid} at {ledger.host}, "
            f"and this run is for {account_sid} at {host}.",
            hint="Select the environment that the ledger belongs to, or move the ledger away.",
        )


def read_any_ledger(path: Path) -> Ledger | None:
    """Read the ledger of any account, or return None if there is none yet. Raises LocalFileError, CorruptLedger."""
    refuse_link("ledger", path)
    try:
        content = read_whole_file(path, MOST_STATE_BYTES)
        text = content if content.isascii() else content.decode()  # two copies of a large one take too much memory
    except FileNotFoundError:
        return None
    except NotRegularFileError as error:
        raise CorruptLedger(f"The ledger {path} is not a file.", hint=REBUILD_HINT) from error
    except FileTooLargeError as error:
        raise CorruptLedger(f"The ledger {path} is corrupt: {error.strerror}.", hint=REBUILD_HINT) from error
    except PermissionError as error:
        raise LocalFileError(f"confsync has no permission to read the ledger {path}.", hint=_RETRY) from error
    except UnicodeDecodeError as error:
        raise CorruptLedger(f"The ledger {path} cannot be read: {error}.", hint=REBUILD_HINT) from error
    except OSError as error:
        raise LocalFileError(f"The ledger {path} cannot be read: {error}.", hint=_RETRY) from error
    return parse_ledger(path, text)


def refuse_link(what: str, path: Path) -> None:
    """Refuse a file of the state that is a symbolic link: an error would quote what it leads to."""
    if path.is_symlink():
        raise LocalFileError(
            f"The {what} {path} is a symbolic link, and confsync would replace the link with a file.",
            hint="Put the file itself there, then run the command again.",
        )


def write_ledger(path: Path, ledger: Ledger) -> None:
    """Write a ledger atomically. Raises LocalFileError if the disk or the permissions prevent it."""
    text = ledger_text(ledger)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
    except OSError as error:
        raise LocalFileError(
            f"The ledger {path} cannot be written: {error.strerror or error}.",
            changed="What was applied stays applied, but the ledger does not record it yet.",
            hint=f"{fix_for(error, str(path))}, then run `confsync apply` again: nothing is created twice.",
        ) from error


def ledger_text(ledger: Ledger) -> str:
    """Return a ledger as its file holds it."""
    text = json.dumps(_document(ledger), sort_keys=True, ensure_ascii=False)
    return format_json(text, indent=2) + "\n"  # `json` itself indents ten times as slowly


# The file


class FormatVersion(Struct):
    """The one field that is read before anything else in the file is trusted."""

    format_version: Annotated[int, Meta(ge=1)]


SidText = Annotated[str, Meta(pattern=f"^{sid_pattern()}$")]
AddressText = Annotated[str, Meta(min_length=1)]


class EntryDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry, as the ledger file and the journal hold it."""

    address: AddressText
    sid: SidText | None
    id: str
    current: bool
    origin: Literal["created", "adopted"]
    protect: bool
    applied: dict[str, str]
    fingerprints: dict[str, str]
    secret_version: str | None
    date_updated: str | None
    inside: list[SidText] = []


class PendingDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A create with an unknown outcome, as the ledger file and the journal hold it."""

    entry: EntryDocument
    existing: list[SidText]
    sent: dict[str, str]
    begun: str


class ReplaceDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A replacement whose create is not done, as the ledger file and the journal hold it."""

    address: AddressText
    sid: SidText
    inside: list[SidText]
    fields: list[str]


class _LedgerDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format_version: int
    serial: Annotated[int, Meta(ge=0)]
    lineage: str = ""
    account_sid: str
    host: str
    configuration_digest: str | None
    commit: str | None
    spent_plans: dict[str, str]
    entries: list[Raw]
    pending_creates: list[PendingDocument] = []
    sensitive_variables: list[str] = []
    pending_replaces: list[ReplaceDocument] = []


class _FullDocument(_LedgerDocument, frozen=True, kw_only=True, forbid_unknown_fields=True):
    entries: list[EntryDocument]  # type: ignore[assignment]  # the same entries, decoded


def entry_from_document(document: EntryDocument, interner: Interner | None = None) -> Entry:
    """Convert an entry from the form in a file. With an interner, entries share the texts that are equal."""
    shared = interner or Interner()
    return Entry(
        address=Address(map(shared.text, Address.parse(document.address))),
        sid=Sid(shared.text(document.sid)) if document.sid else None,
        id=document.id,
        inside=tuple([Sid(shared.text(each)) for each in document.inside]),
        current=document.current,
        origin=document.origin,
        protect=document.protect,
        applied=shared.mapping(document.applied),
        fingerprints=shared.mapping(document.fingerprints),
        secret_version=document.secret_version,
        date_updated=document.date_updated,
    )


def entry_document(entry: Entry) -> dict[str, object]:
    """Convert an entry to the form in a file."""
    return {**asdict(entry), "address": str(entry.address)}


def pending_from_document(document: PendingDocument) -> PendingCreate:
    """Convert a create with an unknown outcome from the form in a file."""
    return PendingCreate(
        entry=entry_from_document(document.entry),
        existing=tuple(map(Sid, document.existing)),
        sent=document.sent,
        begun=document.begun,
    )


def pending_document(pending: PendingCreate) -> dict[str, object]:
    """Convert a create with an unknown outcome to the form in a file."""
    return {**asdict(pending), "entry": entry_document(pending.entry), "existing": sorted(pending.existing)}


def replace_from_document(document: ReplaceDocument) -> PendingReplace:
    """Convert a replacement whose create is not done from the form in a file."""
    return PendingReplace(
        address=Address.parse(document.address),
        sid=Sid(document.sid),
        inside=tuple(map(Sid, document.inside)),
        fields=tuple(document.fields),
    )


def replace_document(pending: PendingReplace) -> dict[str, object]:
    """Convert a replacement whose create is not done to the form in a file."""
    return {**asdict(pending), "address": str(pending.address)}


def parse_ledger(source: object, text: str | bytes) -> Ledger:
    """Parse the text of a ledger. `source` names it in errors. Raises CorruptLedger, LocalFileError."""
    try:
        version = decode(text, type=FormatVersion).format_version
        if version > LEDGER_FORMAT:
            raise LocalFileError(
                f"The ledger {source} has format {version}, "
                f"and this version of confsync reads formats up to {LEDGER_FORMAT}.",
                hint="Use the confsync version that wrote it, or a newer one.",
            )
        document = decode(text, type=_LedgerDocument)
        entries = _entries(document, text)
    except (MsgspecError, RecursionError) as error:
        raise CorruptLedger(
            f"The ledger {source} is corrupt: {_reason(_as_text(text), error)}.", hint=REBUILD_HINT
        ) from error
    _check_unique(source, entries)
    return Ledger(
        account_sid=document.account_sid,
        host=with_edge(document.host),
        serial=document.serial,
        lineage=document.lineage,
        entries=entries,
        configuration_digest=document.configuration_digest,
        commit=document.commit,
        spent_plans=document.spent_plans,
        pending=tuple(map(pending_from_document, document.pending_creates)),
        sensitive_variables=tuple(document.sensitive_variables),
        pending_replaces=tuple(map(replace_from_document, document.pending_replaces)),
    )


def _as_text(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode()


def _entries(head: _LedgerDocument, text: str | bytes) -> tuple[Entry, ...]:
    """Decode one entry after another: all documents at once take as much memory as the entries made from them."""
    decoder, interner = Decoder(EntryDocument), Interner(most=None)
    try:
        return tuple([entry_from_document(decoder.decode(each), interner) for each in head.entries])
    except MsgspecError:
        decode(text, type=_FullDocument)  # raises an error that also says in which entry
        raise


_MERGE_CONFLICT = "it contains the conflict markers of a Git merge"


def _reason(text: str, error: Exception) -> str:
    """Say what is wrong with a ledger, and in which line if it is not JSON at all."""
    if _has_merge_markers(text):
        return _MERGE_CONFLICT
    if len(text) > _MOST_EXPLAINED:  # this parser takes ten times the memory
        return str(error)
    try:
        json.loads(text)
    except json.JSONDecodeError as syntax:
        return str(syntax)
    except RecursionError:
        return "it is nested too deeply"
    return str(error)


def _has_merge_markers(text: str) -> bool:
    return any(line.startswith(("<<<<<<< ", ">>>>>>> ")) for line in text.splitlines())


def _check_unique(source: object, entries: tuple[Entry, ...]) -> None:
    """Refuse a ledger that merged two histories: an address that is current twice, or a SID that is owned twice."""
    current = [each.address for each in entries if each.current]
    sids = [each.sid for each in entries if each.sid is not None]
    for noun, names in (("address", current), ("SID", sids)):
        if len(set(names)) != len(names):
            raise CorruptLedger(
                f"The ledger {source} is corrupt: it contains the same {noun} twice.", hint=REBUILD_HINT
            )


def _document(ledger: Ledger) -> dict[str, object]:
    entries = sorted(ledger.entries, key=lambda each: (each.address, not each.current, each.sid or ""))
    return {
        "format_version": LEDGER_FORMAT if ledger.pending_replaces else _WITHOUT_REPLACES,
        "serial": ledger.serial,
        "lineage": ledger.lineage,
        "account_sid": ledger.account_sid,
        "host": ledger.host,
        "configuration_digest": ledger.configuration_digest,
        "commit": ledger.commit,
        "spent_plans": dict(ledger.spent_plans),
        "entries": [entry_document(each) for each in entries],
        **({"sensitive_variables": list(ledger.sensitive_variables)} if ledger.sensitive_variables else {}),
        **({"pending_creates": [pending_document(each) for each in ledger.pending]} if ledger.pending else {}),
        **({"pending_replaces": _in_order(ledger.pending_replaces)} if ledger.pending_replaces else {}),
    }


def _in_order(replaces: tuple[PendingReplace, ...]) -> list[dict[str, object]]:
    return [replace_document(each) for each in sorted(replaces, key=lambda each: (each.address, each.sid))]
