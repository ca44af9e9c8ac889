"""How Twilio and the configuration differ, and which of the two changed since the last apply."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from msgspec import Struct, field

from confsync.config.desired import Desired
from confsync.names import Address, Sid
from confsync.plan.attribution import ChangedBy
from confsync.plan.change import Action, Change
from confsync.plan.difference import Difference
from confsync.plan.plan import Plan, UnmanagedCount, UnmanagedResource


class Side(StrEnum):
    """What changed since the last apply: Twilio, the configuration or both; unknown if it was never applied."""

    LIVE = "live"
    CONFIGURATION = "configuration"
    BOTH = "both"
    UNKNOWN = "unknown"


class LastApplied(StrEnum):
    """Which of the two current values the value last applied equals."""

    LIVE = "live"
    DESIRED = "desired"
    NEITHER = "neither"
    UNKNOWN = "unknown"


class DriftedField(Struct, frozen=True):
    """One difference of a resource. Without a path, the whole resource is only on one side, or has to move.

    Without a `difference`, a field is write-only, and a fingerprint shows that the declared value changed.
    """

    change: Change
    side: Side
    last_applied: LastApplied
    path: str | None = None
    difference: Difference | None = None

    @property
    def unconvergeable(self) -> bool:
        """Whether no apply can remove it."""
        moves = self.path is None and Action.MOVE in self.change.actions
        return self.change.terminal and not moves


class DeletedOutside(Struct, frozen=True):
    """An owned resource that no longer exists in Twilio, with the number of owned resources that were in it.

    `replaced_by` is a resource with its name that somebody created afterwards. `still_declared` says whether the
    configuration still asks for it, and `needs_permission` whether only `--allow-recreate` creates it again. `change`
    is what the plan does about it if no apply can create it again.
    """

    address: Address
    kind: str
    sid: Sid
    contained: int
    replaced_by: Sid | None = None
    still_declared: bool = True
    needs_permission: bool = False
    change: Change | None = None


class AddedOutside(Struct, frozen=True):
    """A resource that nobody declares, in a section that its parent declares `exclusive`. `parent` is that parent."""

    resource: UnmanagedResource
    parent: Desired


class ExpiringCertificate(Struct, frozen=True):
    """A declared certificate that expires soon or has expired. `days` are the full days left, and may be negative."""

    desired: Desired
    path: str
    sid: Sid | None
    expires_at: datetime
    days: int


class UncheckedCertificate(Struct, frozen=True):
    """A declared certificate whose expiry date is not known here, and why."""

    address: Address
    path: str
    reason: str


class Coverage(Struct, frozen=True):
    """How many live resources of a section are declared, and how many there are."""

    managed: int
    live: int
    complete: bool = True


class Drift(Struct, frozen=True, kw_only=True, dict=True):
    """The plan that would remove the differences, and what each of them is due to.

    `unmanaged` and `unmanaged_counts` have no resource that Twilio creates by itself. `coverage` is by section.
    `changed_by` tells of some resources who changed, deleted or added them last.
    """

    plan: Plan
    fields: tuple[DriftedField, ...]
    deleted_outside: tuple[DeletedOutside, ...] = ()
    added_outside: tuple[AddedOutside, ...] = ()
    unmanaged: tuple[UnmanagedResource, ...] = ()
    unmanaged_counts: tuple[UnmanagedCount, ...] = ()
    expiring: tuple[ExpiringCertificate, ...] = ()
    unchecked_certificates: tuple[UncheckedCertificate, ...] = ()
    coverage: Mapping[str, Coverage] = field(default_factory=dict)
    changed_by: Mapping[Sid, ChangedBy] = field(default_factory=dict)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """The number of findings of each sort, by its word in `--fail-on`."""
        sides = Counter(each.side for each in self.fields)
        return {
            **{side.value: sides[side] for side in Side},
            "deleted": len(self.deleted_outside),
            "added": len(self.added_outside),
            "duplicates": len(self.plan.probable_duplicates),
            "unmanaged": len(self.unmanaged),
            "orphaned": len(self.plan.orphaned),
            "expiring": len(self.expiring),
        }
