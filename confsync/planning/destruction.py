"""Plans `--destroy`: what to read before deleting everything, and which references to change first."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from confsync.annotations import Condition, holds
from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.lifecycle import NO_LIFECYCLE
from confsync.live.snapshot import Snapshot
from confsync.model import Field, Kind
from confsync.names import Address, Sid, parent_of
from confsync.plan.change import Action, Change
from confsync.plan.match import Match
from confsync.planning.deletions import Deletions, referenced_last
from confsync.planning.diff import describe_difference
from confsync.planning.planner import sent_along
from confsync.planning.selection import SelectionScope
from confsync.resources import children_of, kind_of
from confsync.state.ledger import Ledger


def scope_of_destroy(config: Config, ledger: Ledger) -> Config:
    """Extend a configuration so that everything owned is read, whether it is declared or not.

    Resources that stay may have singletons that refer to something that is deleted. Those are read too, with all that
    they may refer to.
    """
    owned = {(parent_of(kind, each.address), kind) for each in ledger.entries if (kind := kind_of(each.address))}
    referring = {
        each.address: each for desired in config.resources.values() for each in _referring_singletons(desired, config)
    }
    targets = {
        (parent_of(each.kind, each.address), field.ref.kind)
        for each in referring.values()
        for field in each.kind.refs
        if field.ref
    }
    collections = {place for place in (*owned, *targets) if not place[1].created_by_twilio}
    resources = {**config.resources, **referring}
    return replace(config, resources=resources, collections=config.collections | collections)


class Destruction(Struct, frozen=True):
    """Plans the deletion of everything that confsync created, after changing the references of what stays."""

    config: Config
    snapshot: Snapshot
    scope: SelectionScope

    def changes(self) -> Iterator[Change]:
        """Yield every change, in an order that can be executed."""
        deleted = tuple(Deletions(self.config, self.snapshot).destroyed(self.scope))
        yield from self._restored_references(deleted)
        yield from referenced_last(reversed(deleted))

    def _restored_references(self, deleted: tuple[Change, ...]) -> Iterator[Change]:
        """Change references from a resource that is deleted to the one that Twilio created with its parent."""
        sids = {each.sid for each in deleted if each.sid}
        addresses = {each.address for each in deleted}
        # `adopt` may give a SID to an address that only looks it up
        addresses |= {address for address, match in self.snapshot.matches.items() if match.found.sid in sids}
        for address, match in self.snapshot.matches.items():
            stays = not any(address.within(each) for each in addresses)
            defaults = {
                each.name: self._default_target(address, match, each, sids) for each in match.found.kind.refs if stays
            }
            send = {name: target for name, target in defaults.items() if target}
            if send:
                yield self._reference_update(address, match, send)

    def _default_target(self, address: Address, match: Match, field: Field, deleted: set[Sid]) -> Address | None:
        """Return the target that a reference had when its parent was created, if its current target is deleted."""
        if field.ref is None or not field.server_default or match.found.fields.get(field.name) not in deleted:
            return None
        target, home = field.ref.kind, parent_of(match.found.kind, address)
        for at, sid in self.snapshot.known_sids.items():
            found = self.snapshot.by_sid.get(sid)
            if found is None or at[:-1] != (*home, target.section) or sid in deleted:
                continue
            if found.name == field.server_default and holds(_condition(field), found.fields, if_unset=False):
                return at
        return None

    def _reference_update(self, address: Address, match: Match, send: dict[str, Address]) -> Change:
        declared = self.config.resources[address]
        kind, before = declared.kind, self.snapshot.masked_fields(declared, match.found)
        change = Change(
            desired=replace(declared, fields=send, lifecycle=NO_LIFECYCLE, nodes={}),
            actions=(Action.UPDATE,),
            match=match,
            before=before,
            differences=tuple(
                describe_difference(kind.by_name[name], before.get(name), target) for name, target in send.items()
            ),
            send=send,
            reason="the resource that it refers to is deleted",
        )
        return replace(change, send=send | sent_along(change, send))


def _condition(field: Field) -> Condition:
    return tuple((name, (value,)) for name, value in field.ref.where) if field.ref else ()


def _referring_singletons(desired: Desired, config: Config) -> Iterator[Desired]:
    """Yield the singletons of a resource that are not declared and may refer to something in it."""
    for kind in children_of(desired.kind):
        address = desired.address / kind.section
        if kind.singleton and _may_refer(kind) and address not in config.resources:
            yield Desired(address, kind, {}, NO_LIFECYCLE, desired.written, {})


def _may_refer(kind: Kind) -> bool:
    return any(each.ref and each.ref.kind.built_in for each in kind.refs)
