"""What happens to one resource."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from confsync.config.desired import Desired, MissingSecret, Wanted
from confsync.diagnostics import Position
from confsync.engine.diff import Difference
from confsync.engine.identity import Match
from confsync.engine.ownership.fingerprints import SecretState
from confsync.engine.safety.blast_radius import BlastRadius
from confsync.engine.safety.risk import Risk
from confsync.engine.snapshot import Told
from confsync.model import Kind
from confsync.names import Address, Sid
from confsync.shapes import Edit


class Action(StrEnum):
    """What a change does. The last two do not write to Twilio."""

    CREATE = "create"
    RECREATE = "recreate"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    MOVE = "move"


MADE = frozenset({Action.CREATE, Action.RECREATE, Action.REPLACE})
"""Actions after which there is a thing of ours that was not there before."""

LOST = frozenset({Action.REPLACE, Action.DELETE})
"""Actions after which a thing that was there is there no longer."""

WRITES = MADE | LOST | {Action.UPDATE}


Key = tuple[Address, Sid | None]
"""What tells a change from every other of its plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to one resource; without actions, nothing does.

    What is deleted and declared nowhere has a `desired` that asks for nothing, and stands where its deletion is asked
    for. `lost` are the other things of ours that go with it, `radius` is what else does; `alike` are the live SIDs that
    carried its natural key when the plan was made. `unresolved` names the references whose SID is not known yet.

    `send` are the fields to write, references still as addresses. `untold` is what is known of each managed field that
    Twilio never tells back. `built_in` says that the thing does not exist yet and comes with its parent, to be updated
    then. `ended` says that Twilio takes no more changes here, whatever differs. `too_late` names fields that can be
    said only when a thing is made, and of which Twilio has nothing. `precondition` is the digest of the live thing
    where it was not kept, as in a saved plan.
    """

    desired: Desired
    actions: tuple[Action, ...] = ()
    match: Match | None = None
    before: Mapping[str, Told] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    send: Mapping[str, Wanted] = field(default_factory=dict)
    untold: Mapping[str, SecretState] = field(default_factory=dict)
    reason: str = ""
    built_in: bool = False
    ended: bool = False
    too_late: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    alike: tuple[Sid, ...] = ()
    lost: tuple[Address, ...] = ()
    radius: BlastRadius | None = None
    risks: tuple[Risk, ...] = ()
    precondition: str | None = None

    @property
    def address(self) -> Address:
        """Which resource."""
        return self.desired.address

    @property
    def key(self) -> Key:
        """What tells it from every other change of a plan: what is superseded has the address of its successor."""
        return self.address, self.sid if self.deletes else None

    @property
    def source(self) -> Position:
        """Where it is asked for."""
        return self.desired.source

    @property
    def kind(self) -> Kind:
        """Of which type."""
        return self.desired.kind

    @property
    def sid(self) -> Sid | None:
        """The live thing's SID, where it exists and has one."""
        return self.match.found.sid if self.match else None

    @property
    def previous(self) -> Address | None:
        """The address that it moved from."""
        return self.match.previous if self.match else None

    @property
    def writes(self) -> bool:
        """Whether Twilio is written to."""
        return bool(WRITES.intersection(self.actions))

    @property
    def deletes(self) -> bool:
        """Whether the thing is to be gone, with nothing in its place."""
        return Action.DELETE in self.actions

    @property
    def edits(self) -> bool:
        """Whether what is to be sent depends on what is there at that moment."""
        return any(isinstance(value, Edit) for value in self.send.values())

    @property
    def forgone(self) -> bool:
        """Whether it differs from what is asked for, and always will."""
        differs = self.match is None or self.differences or SecretState.CHANGED in self.untold.values()
        return bool(self.too_late) or (self.ended and bool(differs))

    @property
    def missing_secrets(self) -> tuple[MissingSecret, ...]:
        """The secrets that would be sent and cannot be resolved here."""
        return tuple(value for value in self.send.values() if isinstance(value, MissingSecret))


ENDED = "it has ended at Twilio, and can never be changed again"
ENDING = "it is in something that this configuration ends, which takes no more changes then"
"""Why nothing happens to something although it differs."""
