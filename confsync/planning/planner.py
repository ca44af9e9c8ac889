"""What is to be done about each configured resource, and why."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from confsync.annotations import holds
from confsync.codecs import Edit
from confsync.config.config import Config
from confsync.config.desired import Desired, DesiredValue, value_digest
from confsync.live.identity import immutable_changes
from confsync.live.snapshot import Snapshot, comes_with_parent
from confsync.model import Field
from confsync.names import linked, parent_of
from confsync.plan.change import BECOMES_TERMINAL, IS_TERMINAL, Action, Change, SecretState
from confsync.plan.difference import Difference
from confsync.plan.match import How, LiveResource, Match
from confsync.plan.plan import OrphanedResource
from confsync.planning.deletions import Deletions, referenced_last
from confsync.planning.diff import describe_difference, field_differences, resolve_edit
from confsync.planning.order import creation_order
from confsync.secret import Secret
from confsync.state.fingerprints import Fingerprinter, SecretPlace
from confsync.state.ledger import Entry


class Planner(Struct, frozen=True):
    """Decides about each configured resource, in an order that can be followed."""

    config: Config
    snapshot: Snapshot
    fingerprinter: Fingerprinter

    def changes(self, orphaned: tuple[OrphanedResource, ...]) -> Iterator[Change]:
        """Decide about all of them, deletes last. Raises InvalidConfiguration where they form a circle."""
        identity = self.snapshot.identity
        unclear = (*identity.ambiguous, *identity.missing_adoptions)
        deletions = Deletions(self.config, self.snapshot)
        doomed: list[Change] = []
        for desired in creation_order(self.config):
            if any(desired.address.within(each) for each in unclear):
                continue
            match = self.snapshot.matches.get(desired.address)
            if desired.lifecycle.absent:
                doomed.append(deletions.absent(desired, match))
            elif not desired.lifecycle.lookup:
                yield self._for_match(desired, match) if match else self._for_missing(desired, orphaned)
            elif comes_with_parent(desired, self.snapshot):
                yield Change(desired=desired, built_in=True)
        yield from referenced_last((*reversed(doomed), *deletions.pruned()))

    def _for_match(self, desired: Desired, match: Match) -> Change:
        live = self.snapshot.masked_fields(desired, match.found)
        differing = tuple(field_differences(desired, live))
        untold = dict(self._untold(desired, match))
        change = Change(desired=desired, match=match, before=live, differences=differing, write_only=untold)
        if ended := self._why_ended(desired):
            return replace(change, actions=tuple(_actions(match)), reason=ended, terminal=True)
        if (
            desired.kind.on_immutable_change == "replace"
            and self._is_made_by_us(match)
            and any(immutable_changes(desired, match.found))
        ):
            return self._for_replacement(change)
        # an immutable field that differs is a guardrail's matter, or superseded the thing already; it is never sent
        create_only_unset = self._too_late(match, differing)
        differing = tuple(each for each in differing if not each.field.immutable)
        send = {each.path: _to_send(desired, each) for each in differing}
        send |= {name: desired.fields[name] for name, state in untold.items() if state in _TO_SEND}
        send |= _sent_along(desired, send)
        return replace(
            change,
            actions=(*_actions(match), *((Action.UPDATE,) if send else ())),
            differences=differing,
            send=send,
            reason=_recognised(desired, match, self.config),
            create_only_unset=create_only_unset,
        )

    def _too_late(self, match: Match, differing: Iterable[Difference]) -> tuple[str, ...]:
        """Name what can be said only when a thing is made, where Twilio tells nothing, and nothing was said then."""
        entry = self.snapshot.ledger.owner.get(match.found.sid) if match.found.sid else None
        said = entry.applied if entry else {}
        unset = (each for each in differing if each.field.immutable and each.before is None)
        return tuple(each.path for each in unset if said.get(each.path) != value_digest(each.after))

    def _is_made_by_us(self, match: Match) -> bool:
        entry = self.snapshot.ledger.owner.get(match.found.sid) if match.found.sid else None
        return entry is not None and entry.origin == "created"

    def _for_replacement(self, change: Change) -> Change:
        """Plan to delete a thing and make it anew, where there is no room for a second one; the rest of it is kept."""
        names = " and ".join(immutable_changes(change.desired, change.match.found)) if change.match else ""
        return replace(
            change,
            actions=(*_actions(change.match), Action.REPLACE) if change.match else (Action.REPLACE,),
            send=_kept(change) | _created_with(change.desired),
            write_only={},
            reason=f"{names} cannot be changed in place: {change.sid} is deleted, and then made anew",
        )

    def _for_missing(self, desired: Desired, orphaned: tuple[OrphanedResource, ...]) -> Change:
        """Plan what does not exist yet; what comes with its parent is updated then."""
        if ended := self._why_ended(desired):
            return Change(desired=desired, reason=ended, terminal=True)
        built_in = comes_with_parent(desired, self.snapshot)
        update = built_in or desired.kind.created_by_twilio
        send = _first_update(desired, ignored=built_in) if update else _created_with(desired)
        return Change(
            desired=desired,
            actions=(Action.UPDATE if update else self._making(desired),) if send else (),
            differences=tuple(
                describe_difference(desired.kind.by_name[name], None, value) for name, value in send.items()
            ),
            send=send,
            reason=self._why_absent(desired, orphaned, built_in=built_in),
            built_in=built_in,
        )

    def _making(self, desired: Desired) -> Action:
        """Say whether something new is made, or something on whose SID others hang is made again."""
        again = desired.address in self.snapshot.identity.vanished and desired.kind.recreate_impact
        return Action.RECREATE if again else Action.CREATE

    def _why_ended(self, desired: Desired) -> str:
        """Say why a resource, or something that it stands in or leads to, is past all changes; nothing where it is not.

        What stands in something that is to end in this very plan is past them too: it would come too late.
        """
        match = self.snapshot.matches.get(desired.address)
        if match and match.found.terminal:
            return IS_TERMINAL
        above = [self.config.resources.get(parent_of(desired.kind, desired.address))]
        if desired.kind.linked_kind and match is None:
            above.append(self.config.resources.get(linked(desired.kind, desired.address)))
        present = [each for each in above if each is not None]
        inherited = next(filter(None, map(self._why_ended, present)), "")
        return inherited or (BECOMES_TERMINAL if any(map(_ends, present)) else "")

    def _untold(self, desired: Desired, match: Match) -> Iterator[tuple[str, SecretState]]:
        entry = self.snapshot.ledger.owner.get(match.found.sid) if match.found.sid else None
        for each in desired.kind.write_only:
            if desired.wants(each):
                yield each.name, self._state(desired, each, entry)

    def _state(self, desired: Desired, field: Field, entry: Entry | None) -> SecretState:
        """Tell whether a value that is never told back is the one that was sent."""
        value = desired.fields[field.name]
        if not field.secret:
            known = entry.applied.get(field.name) if entry else None
            return _same(known, value_digest(value)) if known else SecretState.UNKNOWN
        if entry is not None and desired.secret_version not in (None, entry.secret_version):
            return SecretState.CHANGED
        if not isinstance(value, Secret):
            return SecretState.NOT_CHECKED
        if entry is None:
            return SecretState.UNKNOWN
        place = SecretPlace(self.snapshot.ledger.account_sid, entry.id, field.name)
        return self.fingerprinter.compare(value, place, entry.fingerprints.get(field.name))

    def _why_absent(self, desired: Desired, orphaned: tuple[OrphanedResource, ...], *, built_in: bool) -> str:
        if built_in:
            return f"comes with its {desired.kind.parent.title}" if desired.kind.parent else ""
        if found := self.snapshot.identity.superseded.get(desired.address):
            made = f"a new {desired.kind.title} is made, and {found.sid} is {self._fate(found)}"
            return f"{_why_superseded(desired, found)}: {made}"
        if old := self.snapshot.identity.vanished.get(desired.address):
            return f"{old} was deleted outside"
        if desired.kind.on_immutable_change == "refuse":
            return _not_a_rename(desired, orphaned)
        return ""

    def _fate(self, superseded: LiveResource) -> str:
        entry = self.snapshot.ledger.owner.get(superseded.sid) if superseded.sid else None
        goes = entry is not None and Deletions(self.config, self.snapshot).prunes(entry, superseded)
        return "deleted last" if goes else "left as it is"


_TO_SEND = frozenset({SecretState.CHANGED, SecretState.UNKNOWN})


def _ends(desired: Desired) -> bool:
    wanted = {name: value for name, value in desired.fields.items() if name not in desired.lifecycle.ignore}
    return bool(desired.kind.terminal) and holds(desired.kind.terminal, wanted, if_unset=False)


def _same(known: str, now: str) -> SecretState:
    return SecretState.UNCHANGED if known == now else SecretState.CHANGED


def _actions(match: Match) -> Iterator[Action]:
    """Say what becomes known of a thing that exists, whether or not it is changed."""
    if match.how is How.MOVED:
        yield Action.MOVE
    if match.how is How.ADOPTED and not match.found.kind.created_by_twilio:
        yield Action.ADOPT


def _created_with(desired: Desired) -> dict[str, DesiredValue]:
    """Give what a create carries: there is nothing to clear yet, and an edit adds to nothing."""
    settled_fields = {name: resolve_edit(value, None) for name, value in desired.fields.items()}
    return {name: value for name, value in settled_fields.items() if value is not None}


def _first_update(desired: Desired, *, ignored: bool) -> dict[str, DesiredValue]:
    """Give what is said to something that comes with its parent; what is ignored too, unless it has a value by then."""
    fields = (desired.kind.by_name[name] for name in desired.fields)
    return {
        each.name: desired.fields[each.name]
        for each in fields
        if not each.immutable and not (ignored and each.name in desired.lifecycle.ignore)
    }


def _kept(change: Change) -> dict[str, DesiredValue]:
    """Give what a live thing has and nobody declares: its successor is to have it, too, where there is room for it."""
    live = change.match.found.fields if change.match else {}
    beside = {**live, **change.desired.fields}
    return {
        each.name: live[each.name]
        for each in change.kind.fields
        if live.get(each.name) and each.name not in change.desired.fields
        if not each.immutable and not each.in_natural_key and each.applies(beside)
    }


def _why_superseded(desired: Desired, found: LiveResource) -> str:
    names = " and ".join(immutable_changes(desired, found))
    if names:
        return f"{names} cannot be changed in place"
    return "it has ended" if found.terminal else "something else has its name"


def _to_send(desired: Desired, difference: Difference) -> DesiredValue:
    """Give what is sent: what an edit comes to is seen only then."""
    wanted = desired.fields[difference.path]
    return wanted if isinstance(wanted, Edit) else difference.after


def _sent_along(desired: Desired, send: Mapping[str, DesiredValue]) -> dict[str, DesiredValue]:
    """Give what is the same and is sent all the same, because Twilio wants a block whole."""
    return {
        field.name: desired.fields[field.name]
        for block in desired.kind.atomic_blocks
        if any(desired.kind.by_name[name].path[: len(block)] == block for name in send)
        for field in desired.kind.fields
        if field.path[: len(block)] == block and field.name not in send and _updatable(desired, field)
    }


def _recognised(desired: Desired, match: Match, config: Config) -> str:
    if match.how is How.MOVED:
        return f"was {match.previous}"
    if match.how is How.ADOPTED and not desired.kind.created_by_twilio:
        tied = config.adopt.get(desired.address) == match.found.sid
        how = "named under `adopt`" if tied else f"found by its {' and '.join(desired.recognised_by)}"
        return f"{match.found.sid} exists already, {how}"
    return ""


def _updatable(desired: Desired, field: Field) -> bool:
    return desired.wants(field) and not field.immutable


def _not_a_rename(desired: Desired, orphaned: tuple[OrphanedResource, ...]) -> str:
    """Tell whoever changed a YAML key that this is no rename."""
    old = next((each for each in orphaned if each.address[:-1] == desired.address[:-1]), None)
    if old is None:
        return ""
    return (
        f"v1 cannot rename {desired.kind.a_title}: a new one is made. If it is {old.address} under a new key, "
        f"write the live name under `{desired.kind.key_fields[0].name}`"
    )
