"""Writes a snapshot as the text of a file, and reads it again. A reader skips the keys that it does not know."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

from msgspec import MsgspecError, convert, to_builtins
from msgspec.json import format as format_json

from confsync.codecs import Value
from confsync.errors import LocalFileError
from confsync.live.saved_snapshot import RecordedCollection, RecordedResource, SavedSnapshot
from confsync.live.snapshot_document import (
    FORMAT_VERSION,
    OtherEnvironmentPart,
    Plain,
    SnapshotCollectionPart,
    SnapshotConfigurationPart,
    SnapshotCountPart,
    SnapshotDocument,
    SnapshotEntryPart,
    SnapshotLedgerPart,
    SnapshotResourcePart,
)
from confsync.model import Kind
from confsync.names import Address, Sid
from confsync.plan.match import LiveResource
from confsync.plan.plan import UnmanagedCount
from confsync.resources import kind_of
from confsync.secret import MASK
from confsync.state.ledger import Entry, Ledger
from confsync.state.other_environments import OtherEnvironments, OtherLedger
from confsync.strict_json import StrictJsonError, canonical_json, parse_strict_json
from confsync.version import __version__

KIND = "snapshot"
_MAJOR = int(FORMAT_VERSION.partition(".")[0])


def snapshot_text(saved: SavedSnapshot) -> str:
    """Write a snapshot as its file contains it."""
    content = to_builtins(_document(saved))
    text = json.dumps({**content, "checksum": checksum_of(content)})
    return format_json(text, indent=1) + "\n"  # `json` itself indents ten times as slowly


def parse_snapshot(source: object, text: str) -> SavedSnapshot:
    """Read a snapshot. `source` names it in errors. Raises LocalFileError if it is damaged, or of a newer format."""
    content = _parsed(source, text)
    try:
        if content.get("checksum") != checksum_of(content):
            raise _corrupt(source, "its checksum is wrong, so it was edited or damaged")
        return _saved(convert(content, SnapshotDocument))
    except UnicodeEncodeError as error:
        raise _corrupt(source, "it contains a lone surrogate") from error
    except RecursionError as error:
        raise _corrupt(source, "it is nested too deeply") from error
    except OverflowError as error:
        raise _corrupt(source, "its time is out of range") from error
    except (MsgspecError, ValueError) as error:
        raise _corrupt(source, str(error)) from error


def _parsed(source: object, text: str) -> dict[str, Any]:
    try:
        content = parse_strict_json(text)
    except StrictJsonError as error:
        raise _corrupt(source, f"it {error}") from error
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise _corrupt(source, f"its `kind` is not '{KIND}'")
    version = content.get("format_version")
    major = version.partition(".")[0] if isinstance(version, str) else ""
    if major.isdecimal() and int(major) > _MAJOR:
        raise LocalFileError(
            f"The snapshot {source} has format {version}, and this version of confsync reads formats up to {_MAJOR}.",
            hint="Use the confsync version that wrote it, or a newer one.",
        )
    return content


def _corrupt(source: object, why: str) -> LocalFileError:
    return LocalFileError(
        f"The file {source} is not a snapshot, or it is damaged: {why}.",
        hint="Take a new one: `confsync drift`.",
    )


def checksum_of(content: Mapping[str, object]) -> str:
    """Take SHA-256 over the canonical JSON of everything but the checksum.

    Raises UnicodeEncodeError for a lone surrogate, which no response of Twilio may contain.
    """
    canonical = canonical_json({name: value for name, value in content.items() if name != "checksum"})
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


# Encoding


def _document(saved: SavedSnapshot) -> SnapshotDocument:
    return SnapshotDocument(
        confsync_version=__version__,
        checksum="",
        taken_at=saved.taken_at.astimezone(UTC).replace(microsecond=0),
        taken_by=saved.taken_by,
        account_sid=saved.account_sid,
        host=saved.host,
        environment=saved.environment,
        configuration=SnapshotConfigurationPart(digest=saved.digest, commit=saved.commit),
        ledger=_ledger_part(saved.ledger) if saved.ledger else None,
        other_environments=[
            OtherEnvironmentPart(environment=each.environment, entries=list(_entry_parts(each.ledger)))
            for each in saved.others.ledgers
        ],
        collections=[
            SnapshotCollectionPart(address=str(each.address), inside=list(each.inside)) for each in saved.collections
        ],
        resources=list(map(_resource_part, saved.resources)),
        unmanaged_counts=[
            SnapshotCountPart(
                section=each.section, number=each.number, complete=each.complete, by_twilio=each.by_twilio
            )
            for each in saved.unmanaged_counts
        ],
    )


def _ledger_part(ledger: Ledger) -> SnapshotLedgerPart:
    return SnapshotLedgerPart(
        serial=ledger.serial,
        lineage=ledger.lineage,
        commit=ledger.commit,
        configuration_digest=ledger.configuration_digest,
        sensitive_variables=sorted(ledger.sensitive_variables),
        entries=list(_entry_parts(ledger)),
    )


def _entry_parts(ledger: Ledger) -> Iterator[SnapshotEntryPart]:
    for each in sorted(ledger.entries, key=lambda each: (each.address, not each.current, each.sid or "")):
        yield SnapshotEntryPart(
            address=str(each.address),
            sid=each.sid,
            id=each.id,
            inside=list(each.inside),
            current=each.current,
            origin=each.origin,
            protect=each.protect,
            applied=dict(sorted(each.applied.items())),
            sensitive=sorted(each.fingerprints),
            secret_version=each.secret_version,
            date_updated=each.date_updated,
        )


def _resource_part(recorded: RecordedResource) -> SnapshotResourcePart:
    found = recorded.found
    return SnapshotResourcePart(
        address=str(recorded.address),
        sid=found.sid,
        inside=list(recorded.inside),
        fields={name: _plain(value) for name, value in found.fields.items()},
        masked={name: same for name, same in found.masked.items() if same is not None},
        never_set=sorted(found.never_set),
        created=found.date_created,
        updated=found.date_updated,
    )


def _plain(value: Value) -> Plain:
    if isinstance(value, frozenset):
        return sorted(value)
    if value is None or isinstance(value, str | bool | int):
        return value
    raise TypeError(f"a value of Twilio is never {type(value).__name__}")


# Decoding


def _saved(document: SnapshotDocument) -> SavedSnapshot:
    return SavedSnapshot(
        taken_at=document.taken_at.astimezone(UTC),
        taken_by=document.taken_by,
        account_sid=document.account_sid,
        host=document.host,
        environment=document.environment,
        digest=document.configuration.digest,
        commit=document.configuration.commit,
        ledger=_ledger(document.ledger, document) if document.ledger else None,
        others=OtherEnvironments(tuple(_other_ledger(each, document) for each in document.other_environments)),
        collections=tuple(_collections(document)),
        resources=tuple(_resources(document)),
        unmanaged_counts=tuple(
            UnmanagedCount(each.section, each.number, each.complete, each.by_twilio)
            for each in document.unmanaged_counts
        ),
    )


def _ledger(part: SnapshotLedgerPart, document: SnapshotDocument) -> Ledger:
    return Ledger(
        document.account_sid,
        document.host,
        serial=part.serial,
        lineage=part.lineage,
        commit=part.commit,
        configuration_digest=part.configuration_digest,
        sensitive_variables=tuple(part.sensitive_variables),
        entries=tuple(map(_entry, part.entries)),
    )


def _other_ledger(part: OtherEnvironmentPart, document: SnapshotDocument) -> OtherLedger:
    entries = tuple(map(_entry, part.entries))
    return OtherLedger(part.environment, Ledger(document.account_sid, document.host, entries=entries))


def _entry(part: SnapshotEntryPart) -> Entry:
    return Entry(
        address=_address(part.address),
        sid=Sid(part.sid) if part.sid else None,
        id=part.id,
        inside=tuple(map(Sid, part.inside)),
        current=part.current,
        origin=part.origin,
        protect=part.protect,
        applied=part.applied,
        fingerprints=dict.fromkeys(part.sensitive, ""),
        secret_version=part.secret_version,
        date_updated=part.date_updated,
    )


def _collections(document: SnapshotDocument) -> Iterator[RecordedCollection]:
    for each in document.collections:
        address = _address(each.address)
        if kind := kind_of(address / "a member"):  # a newer version may know more kinds
            yield RecordedCollection(address, kind, tuple(map(Sid, each.inside)))


def _resources(document: SnapshotDocument) -> Iterator[RecordedResource]:
    for each in document.resources:
        address = _address(each.address)
        if kind := kind_of(address):
            yield RecordedResource(address, tuple(map(Sid, each.inside)), _live_resource(kind, each))


def _live_resource(kind: Kind, part: SnapshotResourcePart) -> LiveResource:
    # an older version may not have known a field that this one reads
    unread = [each.name for each in kind.fields if not each.write_only and each.name not in part.fields]
    values = {name: frozenset(value) if isinstance(value, list) else value for name, value in part.fields.items()}
    return LiveResource(
        kind=kind,
        sid=Sid(part.sid) if part.sid else None,
        fields={**values, **dict.fromkeys(unread, MASK)},
        date_updated=part.updated,
        date_created=part.created,
        never_set=frozenset(part.never_set),
        masked={**part.masked, **dict.fromkeys(unread)},
    )


def _address(text: str) -> Address:
    if not text:
        raise ValueError("an address is empty")
    return Address.parse(text)
