"""How Twilio and the configuration differ, and which of them changed, as a JSON document."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, field
from msgspec.structs import replace

from confsync.diagnostics import Diagnostic
from confsync.history.run import DriftFinding, StateChange
from confsync.names import Sid
from confsync.plan.drift import AddedOutside, DeletedOutside, Drift, DriftedField, ExpiringCertificate, Side
from confsync.plan.plan import Target
from confsync.views.advice import Advice
from confsync.views.documents import Part, Plain, SourcePart, part_of, timestamp
from confsync.views.drift.hints import (
    ActionOnWhole,
    action_word,
    added_hint,
    deleted_hint,
    difference_hint,
    expiring_hint,
)
from confsync.views.escaping import utf8_safe
from confsync.views.plan_builder import (
    difference_part,
    is_sensitive,
    left_alone_parts,
    secret_text,
    unmanaged_count_part,
    unmanaged_part,
)
from confsync.views.plan_document import JsonDifferencePart, LeftAloneDocument, UnmanagedPart, ValueType

SideWord = Literal["live", "configuration", "both", "unknown"]


class ChangedByPart(Part, frozen=True, kw_only=True):
    """Who last changed a resource, according to Twilio."""

    actor: Annotated[str | None, Meta(description="The SID of the user, API key or account that made the change.")]
    actor_type: Annotated[
        str | None, Meta(description="The type of the actor as reported by Twilio, such as `user` or `account`.")
    ]
    source: Annotated[
        str | None,
        Meta(description="Where the change was made, as reported by Twilio, such as `web` (the Console) or `api`."),
    ]
    at: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class DriftedPart(Part, frozen=True, kw_only=True):
    """One difference between Twilio and the configuration."""

    address: str
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    sid: str | None
    path: Annotated[
        str | None,
        Meta(description="The field; null if the whole resource differs."),
    ]
    action: Annotated[
        ActionOnWhole | None,
        Meta(
            description="What an apply would do to the resource as a whole; null if the difference is about a single "
            "field, or if no apply can remove it."
        ),
    ]
    side: Annotated[SideWord, Meta(description="Which side changed since the last apply.")]
    last_applied_equals: Annotated[
        Literal["live", "desired", "neither", "unknown"],
        Meta(
            description="Which of `live` and `desired` equals the value that confsync last applied; `unknown` if the "
            "ledger does not contain that value."
        ),
    ]
    live: Plain
    desired: Plain
    added: Annotated[list[str], Meta(description="For a set, the items that are only in the configuration.")]
    removed: Annotated[list[str], Meta(description="For a set, the items that are only in Twilio.")]
    parts: Annotated[
        list[JsonDifferencePart],
        Meta(description="For a JSON value, the paths inside it that differ. `before` is the value in Twilio."),
    ]
    value_type: ValueType
    sensitive: bool
    source: SourcePart
    hint: Annotated[Advice, Meta(description="What you can do about the finding.")]
    changed_by: ChangedByPart | None = None
    unconvergeable: Annotated[bool, Meta(description="True if no apply can remove the difference.")] = False


class DeletedPart(Part, frozen=True, kw_only=True):
    """An owned resource that somebody deleted in Twilio."""

    address: str
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    sid: str
    contained: Annotated[
        int, Meta(description="The number of other owned resources that were deleted together with this one.")
    ]
    replaced_by: Annotated[
        str | None, Meta(description="The SID of a new resource with the same name, if there is one.")
    ]
    hint: Advice
    changed_by: ChangedByPart | None = None


class AddedPart(UnmanagedPart, frozen=True, kw_only=True):
    """An undeclared resource in a section that is listed in `lifecycle.exclusive`."""

    source: Annotated[SourcePart, Meta(description="Where the parent of the resource is declared.")]
    hint: Annotated[Advice, Meta(description="What you can do about the finding.")]
    changed_by: ChangedByPart | None = None


class ExpiringPart(Part, frozen=True, kw_only=True):
    """A declared certificate that expires within 30 days or has already expired."""

    address: str
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    sid: str | None
    path: Annotated[str, Meta(description="The field that contains the certificate.")]
    expires_at: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    days: Annotated[
        int, Meta(description="The number of full days until the certificate expires; negative if it has expired.")
    ]
    source: SourcePart
    hint: Annotated[Advice, Meta(description="What you can do about the finding.")]


class UncheckedCertificatePart(Part, frozen=True, kw_only=True):
    """A declared certificate whose expiry date confsync could not check."""

    address: str
    path: Annotated[str, Meta(description="The field that contains the certificate.")]
    reason: str


class CoveragePart(Part, frozen=True, kw_only=True):
    """How many live resources in a section are declared, not counting those that Twilio creates itself."""

    managed: int
    live: int
    complete: Annotated[bool, Meta(description="False if there may be more live resources than `live` says.")]


class DriftSummaryPart(Part, frozen=True, kw_only=True):
    """The number of findings of each sort."""

    live: int
    configuration: int
    both: int
    unknown: int
    deleted_outside: int
    added_outside: int
    probable_duplicates: int
    unmanaged: int
    orphaned: int
    expiring: int


class FindingPart(Part, frozen=True, kw_only=True):
    """The data that identifies a finding."""

    finding: Annotated[str, Meta(description="The sort of the finding, as in `--fail-on`.")]
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    address: str
    path: Annotated[str | None, Meta(description="The field; null if the finding is about the whole resource.")]
    sid: str | None


class DriftDocument(LeftAloneDocument, frozen=True, kw_only=True):
    """How Twilio and the configuration differ, and which side changed."""

    kind: Literal["drift"] = "drift"
    seconds: Annotated[
        float | None, Meta(description="How many seconds confsync took to read the resources and compare them.")
    ] = None
    last_run_at: Annotated[
        str | None,
        Meta(
            description="The time of the previous complete run in the history (see docs/drift-history.md).",
            extra_json_schema={"format": "date-time"},
        ),
    ] = None
    new_since_last_run: Annotated[
        list[FindingPart] | None,
        Meta(description="Findings that have appeared since `last_run_at`."),
    ] = None
    edited_since_last_run: Annotated[
        list[FindingPart] | None,
        Meta(description="Findings whose values or `side` have changed since `last_run_at`."),
    ] = None
    repaired_since_last_run: Annotated[
        list[FindingPart] | None,
        Meta(description="Findings that have been repaired since `last_run_at`; empty for a partial run."),
    ] = None
    differences: list[DriftedPart]
    deleted_outside: list[DeletedPart]
    added_outside: list[AddedPart] = field(default_factory=list)
    expiring: list[ExpiringPart] = field(default_factory=list)
    unchecked_certificates: list[UncheckedCertificatePart] = field(default_factory=list)
    coverage: Annotated[
        dict[str, CoveragePart],
        Meta(
            description="For each section whose resources confsync fetched as a list, how many of these "
            "resources are declared."
        ),
    ]
    summary: DriftSummaryPart


def drift_document(
    drift: Drift, exit_code: int, *, created_at: datetime, also: Iterable[Diagnostic] = (), seconds: float | None = None
) -> DriftDocument:
    """Build the document. `also` are diagnostics of the run, beside those of the plan. The run took `seconds`."""
    counts = drift.counts
    content = left_alone_parts(drift.plan, exit_code, created_at, also)
    content["unmanaged"] = list(map(unmanaged_part, drift.unmanaged))
    content["unmanaged_counts"] = list(map(unmanaged_count_part, drift.unmanaged_counts))
    return DriftDocument(
        **content,
        seconds=None if seconds is None else round(seconds, 3),
        differences=[_drifted_part(each, drift) for each in drift.fields],
        deleted_outside=[_deleted_part(each, drift) for each in drift.deleted_outside],
        added_outside=[_added_part(each, drift) for each in drift.added_outside],
        expiring=[_expiring_part(each, drift.plan.target) for each in drift.expiring],
        unchecked_certificates=[
            part_of(each, UncheckedCertificatePart, reason=utf8_safe(each.reason))
            for each in drift.unchecked_certificates
        ],
        coverage={section: part_of(each, CoveragePart) for section, each in drift.coverage.items()},
        summary=DriftSummaryPart(
            **{side.value: counts[side] for side in Side},
            deleted_outside=counts["deleted"],
            added_outside=counts["added"],
            probable_duplicates=counts["duplicates"],
            unmanaged=counts["unmanaged"],
            orphaned=counts["orphaned"],
            expiring=counts["expiring"],
        ),
    )


def with_change(document: DriftDocument, change: StateChange | None) -> DriftDocument:
    """Add what changed since the previous complete run; None if there is none."""
    if change is None or change.since is None:
        return document
    return replace(
        document,
        last_run_at=timestamp(change.since),
        new_since_last_run=[part_of(each, FindingPart, **_sort_of(each)) for each in change.new],
        edited_since_last_run=[part_of(each, FindingPart, **_sort_of(each)) for each in change.edited],
        repaired_since_last_run=[part_of(each, FindingPart, **_sort_of(each)) for each in change.repaired],
    )


def _sort_of(finding: DriftFinding) -> dict[str, str]:
    return {"finding": finding.sort, "kind": finding.section}


def _drifted_part(drifted: DriftedField, drift: Drift) -> DriftedPart:
    change = drifted.change
    shown = difference_part(change, drifted.difference) if drifted.difference else None
    declared = change.desired.fields.get(drifted.path) if drifted.path else None
    sensitive = (shown is None and drifted.path is not None) or is_sensitive(declared)
    node = change.desired.nodes.get(drifted.path or "")
    hidden = secret_text(change, drifted.path) if sensitive and drifted.path else None
    return DriftedPart(
        address=utf8_safe(str(change.address)),
        kind=change.kind.section,
        sid=change.sid,
        path=drifted.path,
        action=action_word(drifted),
        side=drifted.side.value,
        last_applied_equals=drifted.last_applied.value,
        live=shown.before if shown else None,
        desired=shown.after if shown else hidden,
        added=shown.added if shown else [],
        removed=shown.removed if shown else [],
        parts=shown.parts if shown and not sensitive else [],
        value_type=shown.value_type if shown else "value",
        sensitive=sensitive,
        source=part_of(node.position if node else change.source, SourcePart),
        hint=utf8_safe(difference_hint(drifted, drift.plan.target)),
        changed_by=_changed_by(change.sid, drift) if drifted.side in (Side.LIVE, Side.BOTH) else None,
        unconvergeable=drifted.unconvergeable,
    )


def _changed_by(sid: Sid | None, drift: Drift) -> ChangedByPart | None:
    found = drift.changed_by.get(sid) if sid else None
    if found is None:
        return None
    words = {name: getattr(found, name) or None for name in ("actor", "actor_type", "source")}
    return ChangedByPart(at=timestamp(found.at), **words)


def _deleted_part(deleted: DeletedOutside, drift: Drift) -> DeletedPart:
    hint = utf8_safe(deleted_hint(deleted, drift.plan.target))
    return part_of(deleted, DeletedPart, hint=hint, changed_by=_changed_by(deleted.sid, drift))


def _added_part(added: AddedOutside, drift: Drift) -> AddedPart:
    return part_of(
        unmanaged_part(added.resource),
        AddedPart,
        source=part_of(added.parent.source, SourcePart),
        changed_by=_changed_by(added.resource.found.sid, drift),
        hint=utf8_safe(added_hint(added, drift.plan.target)),
    )


def _expiring_part(expiring: ExpiringCertificate, target: Target) -> ExpiringPart:
    desired = expiring.desired
    node = desired.nodes.get(expiring.path)
    return part_of(
        expiring,
        ExpiringPart,
        address=utf8_safe(str(desired.address)),
        kind=desired.kind.section,
        expires_at=timestamp(expiring.expires_at),
        source=part_of(node.position if node else desired.source, SourcePart),
        hint=utf8_safe(expiring_hint(target)),
    )
