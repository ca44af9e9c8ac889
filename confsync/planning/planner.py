"""Decides what to do about each configured resource, and why."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from confsync.annotations import holds
from confsync.codecs import AnyEdit
from confsync.config.config import Config
from confsync.config.desired import Desired, DesiredValue, value_digest
from confsync.live.identity import immutable_changes
from confsync.live.snapshot import Snapshot, comes_with_parent
from confsync.model import Field, Kind
from confsync.names import linked_address, parent_of
from confsync.plan.change import BECOMES_TERMINAL, IS_TERMINAL, Action, Change, SecretState
from confsync.plan.difference import Difference, LiveValue
from confsync.plan.match import How, LiveResource, Match
from confsync.plan.plan import OrphanedResource
from confsync.planning.deletions import Deletions, referenced_last
from confsync.planning.diff import describe_difference, field_differences, resolve_edit
from confsync.planning.masked_values import comparable, masked_states, unknown_states
from confsync.planning.order import creation_order
from confsync.planning.pending_replaces import replace_to_complete, restored_values, why_restored
from confsync.planning.secret_states import TO_SEND, unavailable_states, undeclared_secrets, write_only_states
from confsync.secret import Secret
from confsync.state.fingerprints import Fingerprinter
from confsync.state.ledger import PendingReplace
from confsync.state.replay import RecordedValues


class Planner(Struct, frozen=True):
    """Plans the changes of a configuration, in an order that can be executed."""

    config: Config
    snapshot: Snapshot
    fingerprinter: Fingerprinter
    recorded: RecordedValues = {}

    def changes(self, orphaned: tuple[OrphanedResource, ...]) -> Iterator[Change]:
        """Plan every resource, deletions last. Raises InvalidConfiguration if resources form a cycle."""
        identity = self.snapshot.identity
        unclear = (*identity.ambiguous, *identity.missing_adoptions, *identity.elsewhere)
        deletions = Deletions(self.config, self.snapshot)
        deletes: list[Change] = []
        for desired in creation_order(self.config):
            if any(desired.address.within(each) for each in unclear):
                continue
            match = self.snapshot.matches.get(desired.address)
            if desired.lifecycle.absent:
                deletes.append(deletions.absent(desired, match))
            elif not desired.lifecycle.lookup:
                yield self._for_match(desired, match) if match else self._for_missing(desired, orphaned)
            elif comes_with_parent(desired, self.snapshot):
                yield Change(desired=desired, built_in=True)
        yield from referenced_last((*reversed(deletes), *deletions.pruned()))

    def _for_match(self, desired: Desired, match: Match) -> Change:
        live = self.snapshot.masked_fields(desired, match.found)
        if _is_in_sync(desired, match, live):
            reason = _why_matched(desired, match, self.config)
            return Change(desired=desired, match=match, before=live, actions=tuple(_actions(match)), reason=reason)
        return self.plan_in_detail(desired, match, live)

    def plan_in_detail(self, desired: Desired, match: Match, live: Mapping[str, LiveValue]) -> Change:
        """Plan a resource whose live values are not all the declared ones, or may not be changed."""
        masked = masked_states(desired, match, self.snapshot)
        differing = tuple(comparable(field_differences(desired, live), masked))
        states = unavailable_states(desired, match, self.snapshot, self.fingerprinter)
        unavailable = {name: state for name, state in states if name not in masked}
        differing += tuple(_changed_outside(desired, live, unavailable))
        write_only = dict(write_only_states(desired, match, self.snapshot, self.fingerprinter)) | unavailable
        write_only |= unknown_states(masked)
        change = Change(desired=desired, match=match, before=live, differences=differing, write_only=write_only)
        if reason := self._why_terminal(desired):
            return replace(change, actions=tuple(_actions(match)), reason=reason, terminal=True)
        if (
            desired.kind.on_immutable_change == "replace"
            and self._is_created_here(match)
            and any(immutable_changes(desired, match.found))
        ):
            return self._for_replacement(change)
        # An immutable field is never sent: either a guardrail blocks it, or the resource was superseded already.
        create_only_unset = self._create_only_unset(match, differing)
        differing = tuple(each for each in differing if not each.field.immutable)
        send = {each.path: _to_send(desired, each) for each in differing}
        send |= {name: desired.fields[name] for name, state in write_only.items() if state in TO_SEND}
        send |= sent_along(change, send)
        return replace(
            change,
            actions=(*_actions(match), *((Action.UPDATE,) if send else ())),
            differences=differing,
            send=send,
            reason=_why_matched(desired, match, self.config),
            create_only_unset=create_only_unset,
        )

    def _create_only_unset(self, match: Match, differing: Iterable[Difference]) -> tuple[str, ...]:
        """Return the differing fields that only a create can set and that have no value in Twilio."""
        entry = self.snapshot.ledger.owner.get(match.found.sid) if match.found.sid else None
        applied = entry.applied if entry else {}
        unset = (each for each in differing if each.field.immutable and each.before is None)
        return tuple(each.path for each in unset if applied.get(each.path) != value_digest(each.after))

    def _is_created_here(self, match: Match) -> bool:
        entry = self.snapshot.ledger.owner.get(match.found.sid) if match.found.sid else None
        return entry is not None and entry.origin == "created"

    def _for_replacement(self, change: Change) -> Change:
        """Plan to delete a resource and create it again with its undeclared values, if no second one is possible."""
        names = " and ".join(immutable_changes(change.desired, change.match.found)) if change.match else ""
        return replace(
            change,
            actions=(*_actions(change.match), Action.REPLACE) if change.match else (Action.REPLACE,),
            send=_undeclared_values(change) | _created_with(change.desired),
            write_only={},
            reason=f"{names} cannot be changed in place: {change.sid} is deleted and created again",
        )

    def _for_missing(self, desired: Desired, orphaned: tuple[OrphanedResource, ...]) -> Change:
        """Plan a resource that does not exist yet. If Twilio creates it with its parent, it is updated then."""
        if reason := self._why_terminal(desired):
            return Change(desired=desired, reason=reason, terminal=True)
        built_in = comes_with_parent(desired, self.snapshot)
        update = built_in or desired.kind.created_by_twilio
        send = _first_update(desired, ignored=built_in) if update else _created_with(desired)
        made = Change(
            desired=desired,
            actions=(Action.UPDATE if update else self._create_action(desired),) if send else (),
            differences=tuple(
                describe_difference(desired.kind.by_name[name], None, value) for name, value in send.items()
            ),
            send=send,
            reason=self._why_absent(desired, orphaned, built_in=built_in),
            built_in=built_in,
            undeclared_secrets=() if update else tuple(undeclared_secrets(desired)),
        )
        pending = None if update else replace_to_complete(desired, self.snapshot)
        return self._with_restored_values(made, pending) if pending else made

    def _with_restored_values(self, change: Change, pending: PendingReplace) -> Change:
        restored = restored_values(pending, change.desired, self.recorded)
        return replace(change, send={**restored, **change.send}, reason=why_restored(pending, restored))

    def _create_action(self, desired: Desired) -> Action:
        """Distinguish the creation of a new resource from that of one whose SID other systems used."""
        again = desired.address in self.snapshot.identity.vanished and desired.kind.recreate_impact
        return Action.RECREATE if again else Action.CREATE

    def _why_terminal(self, desired: Desired) -> str:
        """Say why a resource, its parent or its linked resource accepts no more changes; empty if it does.

        A resource in one that this plan closes accepts none either, because its change would come too late.
        """
        if self._is_terminal(desired):
            return IS_TERMINAL.format("it")
        above = [self.config.resources.get(parent_of(desired.kind, desired.address))]
        if desired.kind.linked_kind and desired.address not in self.snapshot.matches:
            above.append(self.config.resources.get(linked_address(desired.kind, desired.address)))
        present = [each for each in above if each is not None]
        if closed := next(filter(self._is_terminal, present), None):
            return IS_TERMINAL.format(closed.address)
        inherited = next(filter(None, map(self._why_terminal, present)), "")
        return inherited or (BECOMES_TERMINAL if any(map(_is_declared_terminal, present)) else "")

    def _is_terminal(self, desired: Desired) -> bool:
        match = self.snapshot.matches.get(desired.address)
        return match is not None and match.found.terminal

    def _why_absent(self, desired: Desired, orphaned: tuple[OrphanedResource, ...], *, built_in: bool) -> str:
        if built_in:
            return f"Twilio creates it with its {desired.kind.parent.title}" if desired.kind.parent else ""
        if found := self.snapshot.identity.superseded.get(desired.address):
            new = f"a new {desired.kind.title} is created, and {found.sid} is {self._fate(found)}"
            return f"{_why_superseded(desired, found)}: {new}"
        if old := self.snapshot.identity.vanished.get(desired.address):
            return f"{old} was deleted outside confsync"
        if desired.kind.on_immutable_change == "refuse":
            return _not_a_rename(desired, orphaned)
        return ""

    def _fate(self, superseded: LiveResource) -> str:
        entry = self.snapshot.ledger.owner.get(superseded.sid) if superseded.sid else None
        pruned = entry is not None and Deletions(self.config, self.snapshot).prunes(entry, superseded)
        return "deleted last" if pruned else "left as it is"


def _is_in_sync(desired: Desired, match: Match, live: Mapping[str, LiveValue]) -> bool:
    """Whether every written value, sensitive or not, is the live one, and nothing else could need a change.

    A large plan hardly has other resources, so this is decided before anything that takes longer.
    """
    kind = desired.kind
    # A value that Twilio never returns, that is not available here, or that is an edit, equals no live value.
    equal = desired.fields.items() <= live.items()
    return equal and not match.found.masked and kind.on_immutable_change != "replace" and not _can_be_terminal(kind)


@cache
def _can_be_terminal(kind: Kind) -> bool:
    """Whether a resource of a kind, or one that contains it or is linked by it, can accept no more changes."""
    others = (kind.parent, kind.linked_kind)
    return bool(kind.terminal) or any(_can_be_terminal(each) for each in others if each)


def sent_along(change: Change, send: Mapping[str, DesiredValue]) -> dict[str, DesiredValue]:
    """Return unchanged fields that an update must have too: the rest of its blocks, and what every update requires.

    A required field that is ignored keeps its live value.
    """
    desired = change.desired
    blocks = {desired.kind.by_name[name].atomic_block for name in send} - {()}
    fields = [
        each
        for each in desired.kind.fields
        if each.name not in send and not each.immutable
        if each.atomic_block in blocks or (send and each.required_on_update)
    ]
    live = {
        each.name: _hidden_as_shown(change, each, change.before.get(each.name))
        for each in fields
        if _is_required(each, desired)
    }
    declared = {each.name: desired.fields[each.name] for each in fields if desired.wants(each)}
    return {name: value for name, value in live.items() if value is not None} | declared


def _is_declared_terminal(desired: Desired) -> bool:
    managed = {name: value for name, value in desired.fields.items() if name not in desired.lifecycle.ignore}
    return bool(desired.kind.terminal) and holds(desired.kind.terminal, managed, if_unset=False)


def _actions(match: Match) -> Iterator[Action]:
    """Yield the actions that record a live resource, whether or not it is changed."""
    if match.how is How.MOVED:
        yield Action.MOVE
    if match.how is How.ADOPTED and not match.found.kind.created_by_twilio:
        yield Action.ADOPT


def _created_with(desired: Desired) -> dict[str, DesiredValue]:
    """Return the fields to create a resource with: nothing to clear, and edits of empty sets."""
    resolved = {name: resolve_edit(value, None) for name, value in desired.fields.items()}
    return {name: value for name, value in resolved.items() if value is not None}


def _first_update(desired: Desired, *, ignored: bool) -> dict[str, DesiredValue]:
    """Return the fields to update once Twilio has created a resource; skip ignored ones if they have a value then."""
    fields = (desired.kind.by_name[name] for name in desired.fields)
    return {
        each.name: desired.fields[each.name]
        for each in fields
        if not each.immutable and not (ignored and each.name in desired.lifecycle.ignore)
    }


def _hidden_as_shown(change: Change, field: Field, value: DesiredValue) -> DesiredValue:
    """Return a live value to send again: as a secret, if the plan shows only the host of a URL, or nothing."""
    live = change.match.found.fields.get(field.name) if change.match else None
    shown = change.before.get(field.name)
    hidden = isinstance(shown, Secret) or (field.receives_data and shown != live)
    return Secret(live) if hidden and isinstance(live, str) else value


def _undeclared_values(change: Change) -> dict[str, DesiredValue]:
    """Return live values that are not declared, so that the replacement keeps them."""
    live = change.match.found.fields if change.match else {}
    combined = {**live, **change.desired.fields}
    return {
        each.name: _hidden_as_shown(change, each, live[each.name])
        for each in change.kind.fields
        if live.get(each.name) and each.name not in change.desired.fields
        if not each.immutable and not each.in_natural_key and each.applies(combined)
    }


def _why_superseded(desired: Desired, found: LiveResource) -> str:
    names = " and ".join(immutable_changes(desired, found))
    if names:
        return f"{names} cannot be changed in place"
    return "it is closed in Twilio" if found.terminal else "another resource has its name"


def _changed_outside(
    desired: Desired, live: Mapping[str, LiveValue], states: Mapping[str, SecretState]
) -> Iterator[Difference]:
    """Describe the sensitive values that are not available here and that somebody changed in Twilio."""
    for name, state in states.items():
        if state is SecretState.CHANGED:
            yield Difference(desired.kind.by_name[name], live.get(name), desired.fields[name])


def _to_send(desired: Desired, difference: Difference) -> DesiredValue:
    """Return the value to send; an edit stays an edit until the write."""
    value = desired.fields[difference.path]
    return value if isinstance(value, AnyEdit) else difference.after


def _is_required(field: Field, desired: Desired) -> bool:
    conditional = bool(field.required_if) and holds(field.required_if, desired.fields, if_unset=False)
    return conditional or field.required_on_update


def _why_matched(desired: Desired, match: Match, config: Config) -> str:
    if match.how is How.MOVED:
        return f"was {match.previous}"
    if match.how is How.ADOPTED and not desired.kind.created_by_twilio:
        adopted = config.adopt.get(desired.address) == match.found.sid
        how = "named under `adopt`" if adopted else f"found by its {' and '.join(desired.recognised_by)}"
        return f"{match.found.sid} exists already, {how}"
    return ""


def _not_a_rename(desired: Desired, orphaned: tuple[OrphanedResource, ...]) -> str:
    """Warn a user who changed a YAML key that this does not rename a resource."""
    old = next((each for each in orphaned if each.address[:-1] == desired.address[:-1]), None)
    if old is None:
        return ""
    return (
        f"v1 cannot rename {desired.kind.a_title}, so a new one is created. If this is {old.address} under a new key, "
        f"write the live name under `{desired.kind.key_fields[0].name}`"
    )
