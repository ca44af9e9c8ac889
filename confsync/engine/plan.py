"""What would be done, and why: the object that is shown is the object that is applied."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from confsync.config.codes import Code
from confsync.config.config import Config
from confsync.config.desired import Desired, MissingSecret, Wanted
from confsync.config.digest import digest
from confsync.config.tree import warning
from confsync.diagnostics import Diagnostic
from confsync.engine.diff import Difference, difference, differences, settled
from confsync.engine.fingerprints import Fingerprinter, SecretPlace, SecretState
from confsync.engine.identity import How, Match, Stray, immutable_changes
from confsync.engine.ledger import Entry, Ledger
from confsync.engine.order import in_order
from confsync.engine.rails import Rail, rails
from confsync.engine.snapshot import Snapshot, Told, comes_with_parent
from confsync.marks import holds
from confsync.model import Field, Kind
from confsync.names import Address, Sid, linked, parent_of
from confsync.secret import Secret
from confsync.shapes import Edit, Value


class Action(StrEnum):
    """What a change does. The last two do not write to Twilio."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    ADOPT = "adopt"
    MOVE = "move"


MADE = frozenset({Action.CREATE, Action.REPLACE})
"""Actions after which there is a thing of ours that was not there before."""

WRITES = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to one configured resource; without actions, nothing does.

    `send` are the fields to write, references still as addresses. `untold` is what is known of each managed field that
    Twilio never tells back. `built_in` says that the thing does not exist yet and comes with its parent, to be updated
    then. `ended` says that Twilio takes no more changes here, whatever differs.
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

    @property
    def address(self) -> Address:
        """Which resource."""
        return self.desired.address

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
    def missing_secrets(self) -> tuple[MissingSecret, ...]:
        """The secrets that would be sent and cannot be resolved here."""
        return tuple(value for value in self.send.values() if isinstance(value, MissingSecret))


@dataclass(frozen=True, slots=True)
class Orphan:
    """Something that we own and that the configuration no longer declares. It is left as it is.

    `name` is its live name, or its key where it was not read.
    """

    address: Address
    sid: Sid
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whom a plan is for. `ledger` is the serial, none without a ledger."""

    account_sid: str
    environment: str | None
    base_url: str
    emulator: bool
    ledger: int | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Plan:
    """Every configured resource and what happens to it, in an order that can be followed, and what is left alone.

    `ledger` is as it was read. It has no repr of its own: asyncio takes one of every result, and that of a large plan
    would cost seconds.
    """

    config: Config
    target: Target
    ledger: Ledger
    snapshot: Snapshot
    changes: tuple[Change, ...]
    unmanaged: tuple[Stray, ...]
    orphaned: tuple[Orphan, ...]
    rails: tuple[Rail, ...]
    warnings: tuple[Diagnostic, ...]
    reads: int

    @cached_property
    def summary(self) -> Counter[Action]:
        """How many changes of each kind."""
        return Counter(action for change in self.changes for action in change.actions)

    @property
    def writes(self) -> int:
        """How many writes would be sent."""
        return sum(change.writes for change in self.changes)

    @property
    def empty(self) -> bool:
        """Whether no write would be sent."""
        return self.writes == 0

    @property
    def missing_secrets(self) -> tuple[MissingSecret, ...]:
        """The secrets that would be sent and cannot be resolved here."""
        return tuple(missing for change in self.changes for missing in change.missing_secrets)

    @property
    def applyable(self) -> bool:
        """Whether nothing stands in the way of an apply."""
        return not self.rails and not self.missing_secrets

    @property
    def differs(self) -> bool:
        """Whether a write would be sent, or a managed thing moved."""
        return not self.empty or Action.MOVE in self.summary


def make(
    config: Config,
    snapshot: Snapshot,
    target: Target,
    *,
    ledger: Ledger,
    fingerprinter: Fingerprinter,
    allow_recreate: frozenset[Address] = frozenset(),
    reads: int = 0,
) -> Plan:
    """Decide what to do about every configured resource. Raises InvalidConfiguration where they form a circle."""
    planner = _Planner(config, snapshot, fingerprinter)
    orphaned = tuple(_orphans(config, snapshot))
    changes = tuple(planner.changes(orphaned))
    return Plan(
        config=config,
        target=target,
        ledger=ledger,
        snapshot=snapshot,
        changes=changes,
        unmanaged=tuple(each for each in snapshot.strays if each.found.sid not in snapshot.ledger.owner),
        orphaned=orphaned,
        rails=tuple(rails(config, snapshot, allow_recreate)),
        warnings=(*config.warnings, *_doubts(config, snapshot), *_ended(changes)),
        reads=reads,
    )


@dataclass(frozen=True, slots=True)
class _Planner:
    config: Config
    snapshot: Snapshot
    fingerprinter: Fingerprinter

    def changes(self, orphaned: tuple[Orphan, ...]) -> Iterator[Change]:
        unclear = tuple(self.snapshot.identity.ambiguous)
        for desired in in_order(self.config):
            if any(desired.address.within(each) for each in unclear):
                continue
            if not desired.lifecycle.lookup:
                match = self.snapshot.matches.get(desired.address)
                yield self._for_match(desired, match) if match else self._for_absence(desired, orphaned)
            elif comes_with_parent(desired, self.snapshot):
                yield Change(desired=desired, built_in=True)

    def _for_match(self, desired: Desired, match: Match) -> Change:
        live = _masked(desired, self.snapshot.told(match.found), self.snapshot.ledger.current.get(desired.address))
        differing = tuple(differences(desired, live))
        untold = dict(self._untold(desired, match))
        change = Change(
            desired=desired,
            match=match,
            before=live,
            differences=differing,
            untold=untold,
            ended=self._has_ended(desired),
        )
        if change.ended:
            return replace(change, actions=tuple(_actions(match)), reason=_ENDED)
        if desired.kind.replaced and match.ours and any(immutable_changes(desired, match.found)):
            return self._for_replacement(change)
        # an immutable field that differs is a rail's matter, or superseded the thing already; it is never sent
        differing = tuple(each for each in differing if not each.field.immutable)
        send = {each.path: each.after for each in differing}
        send |= {name: desired.fields[name] for name, state in untold.items() if state in _TO_SEND}
        send |= _sent_along(desired, send)
        return replace(
            change,
            actions=(*_actions(match), *((Action.UPDATE,) if send else ())),
            differences=differing,
            send=send,
            reason=_recognised(desired, match),
        )

    def _for_replacement(self, change: Change) -> Change:
        """Plan to delete a thing and make it anew, where there is no room for a second one."""
        names = " and ".join(immutable_changes(change.desired, change.match.found)) if change.match else ""
        return replace(
            change,
            actions=(*_actions(change.match), Action.REPLACE) if change.match else (Action.REPLACE,),
            send=_created_with(change.desired),
            untold={},
            reason=f"{names} cannot be changed in place: {change.sid} is deleted, and then made anew",
        )

    def _for_absence(self, desired: Desired, orphaned: tuple[Orphan, ...]) -> Change:
        """Plan what does not exist yet; a singleton, or what is built in, comes with its parent and is then updated."""
        if self._has_ended(desired):
            return Change(desired=desired, reason=_ENDED, ended=True)
        built_in = comes_with_parent(desired, self.snapshot)
        update = built_in or desired.kind.given
        send = _first_update(desired, ignored=built_in) if update else _created_with(desired)
        return Change(
            desired=desired,
            actions=(Action.UPDATE if update else Action.CREATE,) if send else (),
            differences=tuple(difference(desired.kind.by_name[name], None, value) for name, value in send.items()),
            send=send,
            reason=self._why_absent(desired, orphaned, built_in=built_in),
            built_in=built_in,
        )

    def _has_ended(self, desired: Desired) -> bool:
        """Whether a resource, or something that it stands in or leads to, is past all changes at Twilio.

        What stands in something that is to end in this very plan is past them too: it would come too late.
        """
        match = self.snapshot.matches.get(desired.address)
        if match and match.found.ended:
            return True
        above = [self.config.resources.get(parent_of(desired.kind, desired.address))]
        if desired.kind.other and match is None:
            above.append(self.config.resources.get(linked(desired.kind, desired.address)))
        return any(each is not None and (_ends(each) or self._has_ended(each)) for each in above)

    def _untold(self, desired: Desired, match: Match) -> Iterator[tuple[str, SecretState]]:
        entry = self.snapshot.ledger.owner.get(match.found.sid) if match.found.sid else None
        for each in desired.kind.untold:
            if desired.wants(each):
                yield each.name, self._state(each, desired.fields[each.name], entry)

    def _state(self, field: Field, value: Wanted, entry: Entry | None) -> SecretState:
        """Tell whether a value that is never told back is the one that was sent."""
        if not field.secret:
            known = entry.applied.get(field.name) if entry else None
            return _same(known, digest(value)) if known else SecretState.UNKNOWN
        if not isinstance(value, Secret):
            return SecretState.NOT_CHECKED
        if entry is None:
            return SecretState.UNKNOWN
        place = SecretPlace(self.snapshot.ledger.account_sid, entry.id, field.name)
        return self.fingerprinter.compare(value, place, entry.fingerprints.get(field.name))

    def _why_absent(self, desired: Desired, orphaned: tuple[Orphan, ...], *, built_in: bool) -> str:
        if built_in:
            return f"comes with its {desired.kind.parent.title}" if desired.kind.parent else ""
        if found := self.snapshot.identity.superseded.get(desired.address):
            names = " and ".join(immutable_changes(desired, found))
            made = f"a new {desired.kind.title} is made"
            return f"{names} cannot be changed in place: {made}, and {found.sid} is left as it is"
        if old := self.snapshot.identity.vanished.get(desired.address):
            return f"{old} was deleted outside"
        if desired.kind.irreplaceable:
            return _not_a_rename(desired, orphaned)
        return ""


def _masked(desired: Desired, live: Mapping[str, Told], entry: Entry | None) -> Mapping[str, Told]:
    """Hide the live value of a field whose desired one is sensitive, or was when it was last applied."""
    once = entry.fingerprints if entry else {}
    if not once and not any(isinstance(value, Secret) for value in desired.fields.values()):
        return live
    return {
        name: Secret(value) if isinstance(value, str) and _is_hidden(desired, name, value, once) else value
        for name, value in live.items()
    }


def _is_hidden(desired: Desired, name: str, value: str, once: Mapping[str, str]) -> bool:
    wanted = desired.fields.get(name)
    return isinstance(wanted, Secret) or (name in once and wanted != value)


_TO_SEND = frozenset({SecretState.CHANGED, SecretState.UNKNOWN})
_ENDED = "it has ended at Twilio, and can never be changed again"


def _ends(desired: Desired) -> bool:
    return bool(desired.kind.ended) and holds(desired.kind.ended, desired.fields, unsaid=False)


def _same(known: str, now: str) -> SecretState:
    return SecretState.UNCHANGED if known == now else SecretState.CHANGED


def _actions(match: Match) -> Iterator[Action]:
    """Say what becomes known of a thing that exists, whether or not it is changed."""
    if match.how is How.MOVED:
        yield Action.MOVE
    if match.how is How.ADOPTED and not match.found.kind.given:
        yield Action.ADOPT


def _created_with(desired: Desired) -> dict[str, Wanted]:
    """Give what a create carries: there is nothing to clear yet, and an edit adds to nothing."""
    settled_fields = {name: settled(value, None) for name, value in desired.fields.items()}
    return {name: value for name, value in settled_fields.items() if value is not None}


def _first_update(desired: Desired, *, ignored: bool) -> dict[str, Wanted]:
    """Give what is said to something that comes with its parent; what is ignored too, unless it has a value by then."""
    fields = (desired.kind.by_name[name] for name in desired.fields)
    return {
        each.name: desired.fields[each.name]
        for each in fields
        if not each.immutable and not (ignored and each.name in desired.lifecycle.ignore)
    }


def _sent_along(desired: Desired, send: Mapping[str, Wanted]) -> dict[str, Wanted]:
    """Give what is the same and is sent all the same, because Twilio wants a block whole."""
    return {
        field.name: desired.fields[field.name]
        for block in desired.kind.whole
        if any(desired.kind.by_name[name].path[: len(block)] == block for name in send)
        for field in desired.kind.fields
        if field.path[: len(block)] == block and field.name not in send and _updatable(desired, field)
    }


def _recognised(desired: Desired, match: Match) -> str:
    if match.how is How.MOVED:
        return f"was {match.previous}"
    if match.how is How.ADOPTED and not desired.kind.given:
        return f"{match.found.sid} exists already, found by its {' and '.join(desired.recognised_by)}"
    return ""


def _updatable(desired: Desired, field: Field) -> bool:
    return desired.wants(field) and not field.immutable


def _not_a_rename(desired: Desired, orphaned: tuple[Orphan, ...]) -> str:
    """Tell whoever changed a YAML key that this is no rename."""
    old = next((each for each in orphaned if each.address[:-1] == desired.address[:-1]), None)
    if old is None:
        return ""
    return (
        f"v1 cannot rename a {desired.kind.title}: a new one is made. If it is {old.address} under a new key, "
        f"write the live name under `{desired.kind.key_fields[0].name}`"
    )


def _orphans(config: Config, snapshot: Snapshot) -> Iterator[Orphan]:
    matched = {match.found.sid for match in snapshot.matches.values()}
    superseded = {found.sid for found in snapshot.identity.superseded.values()}
    names = {stray.found.sid: stray.found.name for stray in snapshot.strays}
    for entry in snapshot.ledger.entries:
        if entry.sid is None or entry.sid in matched:
            continue
        if not entry.current or entry.sid in superseded:
            reason = "superseded by a change of what cannot be changed in place"
        elif entry.address not in config.resources:
            reason = "no longer in the configuration"
        else:
            continue
        yield Orphan(entry.address, entry.sid, names.get(entry.sid) or entry.address.key, reason)


def _doubts(config: Config, snapshot: Snapshot) -> Iterator[Diagnostic]:
    """Say what Twilio told that we do not know, and that the configuration does not say as well."""
    for address, match in snapshot.matches.items():
        desired, fields = config.resources[address], match.found.fields
        for each in match.found.kind.doubtful:
            if not each.applies(fields):
                continue
            value = _beyond(fields.get(each.name), desired.fields.get(each.name))
            for doubt in each.doubts_about(value, fields):
                yield Diagnostic("warning", Code.UNKNOWN_AT_TWILIO, f"{address}#{each.name} at Twilio: {doubt}")


def _beyond(theirs: Value, written: Wanted) -> Value:
    """Give what Twilio has and nobody here wrote."""
    ours = written.add if isinstance(written, Edit) else written
    if isinstance(theirs, frozenset):
        return theirs - ours if isinstance(ours, frozenset) else theirs
    return None if theirs == ours else theirs


def _ended(changes: Iterable[Change]) -> Iterator[Diagnostic]:
    """Warn of what the configuration asks for and can never be had again."""
    for change in changes:
        differs = change.differences or SecretState.CHANGED in change.untold.values()
        if change.ended and (differs or change.match is None):
            summary = f"{change.address} differs, and {_ENDED}"
            yield warning(change.desired.written, Code.ENDED, summary, "give it another unique name, or remove it here")
