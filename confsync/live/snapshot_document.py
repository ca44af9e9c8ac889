"""The JSON document of a snapshot, declared field by field.

A minor version of the format adds keys and never changes or removes one.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from confsync.live.saved_snapshot import TakenBy
from confsync.names import sid_pattern

FORMAT_VERSION = "1.0"

SidText = Annotated[str, Meta(pattern=f"^{sid_pattern()}$")]
Inside = Annotated[list[SidText], Meta(description="The SIDs of the resources that contain it, outermost first.")]
Plain = str | bool | int | list[str] | None


class SnapshotEntryPart(Struct, frozen=True, kw_only=True):
    """One live resource that confsync owns, without the fingerprints of its secrets."""

    address: str
    sid: SidText | None
    id: str = ""
    inside: Inside = []
    current: bool = True
    origin: Literal["created", "adopted"] = "created"
    protect: bool = False
    applied: Annotated[
        dict[str, str], Meta(description="A digest of each field last applied that is not sensitive.")
    ] = {}
    sensitive: Annotated[list[str], Meta(description="The fields whose value was sensitive when last applied.")] = []
    secret_version: str | None = None
    date_updated: str | None = None


class SnapshotLedgerPart(Struct, frozen=True, kw_only=True):
    """What confsync owned at that time, without spent plans."""

    serial: Annotated[int, Meta(ge=0)]
    lineage: str
    commit: Annotated[str | None, Meta(description="The commit last applied.")] = None
    configuration_digest: str | None = None
    sensitive_variables: list[str] = []
    entries: list[SnapshotEntryPart]


class OtherEnvironmentPart(Struct, frozen=True, kw_only=True):
    """What a different environment of the same account owned."""

    environment: str
    entries: list[SnapshotEntryPart]


class SnapshotConfigurationPart(Struct, frozen=True, kw_only=True):
    """The configuration that named what to read."""

    digest: str
    commit: Annotated[str | None, Meta(description="Null outside of a repository.")] = None


class SnapshotCollectionPart(Struct, frozen=True, kw_only=True):
    """A collection that was read completely: what is not in it did not exist."""

    address: Annotated[str, Meta(description="Such as `services/support/roles`.")]
    inside: Inside = []


class SnapshotResourcePart(Struct, frozen=True, kw_only=True):
    """One live resource."""

    address: Annotated[str, Meta(description="Its address at that time, or the one that its live name would give.")]
    sid: Annotated[SidText | None, Meta(description="Null if Twilio creates it with its parent.")]
    inside: Inside = []
    fields: Annotated[
        dict[str, Plain],
        Meta(description="The values by dotted name. A reference is a SID, and a set is a sorted list."),
    ]
    masked: Annotated[
        dict[str, bool],
        Meta(description="The fields that have a mask in place of their value: whether it was the one last applied."),
    ] = {}
    never_set: Annotated[list[str], Meta(description="The sets that Twilio returned as null.")] = []
    created: str | None = None
    updated: str | None = None


class SnapshotCountPart(Struct, frozen=True, kw_only=True):
    """How many resources of one top-level section nobody managed."""

    section: str
    number: Annotated[int, Meta(ge=0)]
    complete: bool
    by_twilio: Annotated[int, Meta(ge=0, description="How many of them Twilio created by itself.")] = 0


class SnapshotDocument(Struct, frozen=True, kw_only=True):
    """The live state that a plan was made from, without secrets and personal data."""

    kind: Literal["snapshot"] = "snapshot"
    format_version: Annotated[str, Meta(pattern=r"^1\.[0-9]+$")] = FORMAT_VERSION
    confsync_version: str
    checksum: Annotated[str, Meta(description="Of everything else, so that damage is noticed.")]
    taken_at: Annotated[datetime, Meta(tz=True)]
    taken_by: TakenBy
    account_sid: SidText
    host: str
    environment: str | None
    configuration: SnapshotConfigurationPart
    ledger: Annotated[SnapshotLedgerPart | None, Meta(description="Null if there was none.")]
    other_environments: list[OtherEnvironmentPart] = []
    collections: list[SnapshotCollectionPart]
    resources: list[SnapshotResourcePart]
    unmanaged_counts: list[SnapshotCountPart] = []
