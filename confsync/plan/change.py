"""What happens to one resource."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Never

from msgspec import Struct

from confsync.codecs import AnyEdit
from confsync.config.desired import Desired, DesiredValue
from confsync.config.tree import MissingSecret
from confsync.diagnostics import Position
from confsync.model import Kind
from confsync.names import Address, Sid
from confsync.plan.difference import Difference, LiveValue
from confsync.plan.match import Match
from confsync.plan.risk import BlastRadius, Risk


class SecretState(StrEnum):
    """What is known about a secret that cannot be read back.

    NOT_CHECKED has no value here. NOT_COMPARABLE has none either, and another key made its fingerprint, so that nobody
    knows whether it has to be sent. MODIFIED_OUTSIDE is the value last sent, but somebody else changed the resource.
    NOT_RECORDED is a value that the snapshot does not contain.
    """

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    UNKNOWN = "unknown"
    NOT_CHECKED = "not checked"
    NOT_COMPARABLE = "not comparable"
    MODIFIED_OUTSIDE = "modified outside"
    NOT_RECORDED = "not recorded"


class Action(StrEnum):
    """What a change does. The last two do not write to Twilio."""

    CREATE = "create"
    RECREATE = "recreate"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    MOVE = "move"


CREATES = frozenset({Action.CREATE, Action.RECREATE, Action.REPLACE})
"""Actions that create a resource."""

DESTROYS = frozenset({Action.REPLACE, Action.DELETE})
"""Actions that delete a live resource."""

WRITES = CREATES | DESTROYS | {Action.UPDATE}


IS_TERMINAL = "{} is closed in Twilio, which allows no further change"
BECOMES_TERMINAL = "this configuration closes the resource that contains it, which allows no further change"
"""Why confsync leaves a resource alone although it differs."""

Key = tuple[Address, Sid | None]
"""What identifies a change within its plan."""


_NOTHING: Mapping[str, Never] = MappingProxyType({})
"""What most changes of a large plan send, and what they had before, is empty: they share this."""


class Unchecked(Struct, frozen=True):
    """A declared value that was compared with nothing. `name` is what its reference names, if it has one."""

    path: str
    name: str
    why: str


class Change(Struct, frozen=True, kw_only=True, gc=False):
    """What happens to one resource. Without actions, nothing does.

    A resource that is deleted without being declared has a `desired` without fields, whose source asks for the
    deletion. `also_deleted` are the owned resources deleted with it; `radius` counts everything else. `same_name` are
    the live SIDs that had its natural key when the plan was made. `unresolved` names references without a known SID.

    `send` holds the fields to write, with references as addresses. `write_only` says what is known about each managed
    field that Twilio never returns, and about a sensitive one that is not available here. `built_in` means that
    Twilio creates the resource with its parent, and confsync then updates it. `terminal` means that Twilio accepts no
    further change. `create_only_unset` names fields that only a create can set and that are unset in Twilio.
    `undeclared_secrets` are those that a create needs and that are not written. `precondition` is the digest of the
    live resource if a saved plan kept only that.
    """

    desired: Desired
    actions: tuple[Action, ...] = ()
    match: Match | None = None
    before: Mapping[str, LiveValue] = _NOTHING
    differences: tuple[Difference, ...] = ()
    send: Mapping[str, DesiredValue] = _NOTHING
    write_only: Mapping[str, SecretState] = _NOTHING
    reason: str = ""
    built_in: bool = False
    terminal: bool = False
    create_only_unset: tuple[str, ...] = ()
    undeclared_secrets: tuple[MissingSecret, ...] = ()
    unresolved: tuple[str, ...] = ()
    same_name: tuple[Sid, ...] = ()
    also_deleted: tuple[Address, ...] = ()
    radius: BlastRadius | None = None
    risks: tuple[Risk, ...] = ()
    precondition: str | None = None

    @property
    def address(self) -> Address:
        """The resource's address."""
        return self.desired.address

    @property
    def key(self) -> Key:
        """What identifies the change within its plan: a superseded resource shares the address of its successor."""
        return self.address, self.sid if self.deletes else None

    @property
    def source(self) -> Position:
        """The line that asks for it."""
        return self.desired.source

    @property
    def kind(self) -> Kind:
        """The resource's type."""
        return self.desired.kind

    @property
    def sid(self) -> Sid | None:
        """The live resource's SID, if it exists and has one."""
        return self.match.found.sid if self.match else None

    @property
    def previous(self) -> Address | None:
        """The address that it moved from."""
        return self.match.previous if self.match else None

    @property
    def writes(self) -> bool:
        """Whether it sends a write."""
        return bool(self.actions) and not WRITES.isdisjoint(self.actions)

    @property
    def copied(self) -> Mapping[str, DesiredValue]:
        """The values that a replacement copies from the resource that it deletes, because they are not declared."""
        return {name: value for name, value in self.send.items() if name not in self.desired.fields}

    @property
    def deletes(self) -> bool:
        """Whether it deletes the resource without replacing it."""
        return Action.DELETE in self.actions

    @property
    def edits(self) -> bool:
        """Whether the values to send depend on the live values right before the write."""
        return any(isinstance(value, AnyEdit) for value in self.send.values())

    @property
    def unconvergeable(self) -> bool:
        """Whether the resource differs from its declaration and no apply can change that."""
        differs = self.match is None or self.differences or SecretState.CHANGED in self.write_only.values()
        return bool(self.create_only_unset) or (self.terminal and bool(differs))

    @property
    def why_unconvergeable(self) -> str:
        """Why no apply can change what differs."""
        if self.create_only_unset:
            return f"only a create can set {' and '.join(self.create_only_unset)}: Twilio has no value there"
        return self.reason

    @property
    def remedy(self) -> str:
        """What to do about a difference that no apply can change."""
        if self.create_only_unset:
            return "remove it, or delete the resource in Twilio, so that the next apply creates it again"
        name, remove = self.kind.name_field, "remove this" if self.match else "remove its block"
        return f"write another {name.name}, or {remove}" if self.kind.terminal and name else remove

    @property
    def missing_secrets(self) -> tuple[MissingSecret, ...]:
        """The secrets that it would send, or may have to send, and that have no value here."""
        if not self.send and not self.write_only:
            return self.undeclared_secrets
        unclear = {name for name, state in self.write_only.items() if state is SecretState.NOT_COMPARABLE}
        values = [*self.send.values(), *(self.desired.fields[name] for name in unclear - self.send.keys())]
        return (*(value for value in values if isinstance(value, MissingSecret)), *self.undeclared_secrets)

    @property
    def unchecked(self) -> tuple[Unchecked, ...]:
        """The declared values that it neither compares with anything nor sends."""
        return tuple(
            Unchecked(name, *_why_unchecked(state, self.desired.fields[name]))
            for name, state in self.write_only.items()
            if state in _UNCHECKED and name not in self.send
        )


_UNCHECKED = {
    SecretState.NOT_CHECKED: "it has no value here",
    SecretState.NOT_COMPARABLE: "it has no value here",
    SecretState.UNKNOWN: "Twilio never returns it, and the value sent before is not known",
    SecretState.MODIFIED_OUTSIDE: "somebody else changed the resource after confsync sent the value",
    SecretState.NOT_RECORDED: "the snapshot does not contain it",
}


def _why_unchecked(state: SecretState, value: DesiredValue) -> tuple[str, str]:
    if isinstance(value, MissingSecret):
        return value.name, value.why or _UNCHECKED[state]
    return "", _UNCHECKED[state]
