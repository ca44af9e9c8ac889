"""`--destroy`: what must be read before everything of ours is deleted, and what must point elsewhere first."""

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
from confsync.planning.selection import SelectionScope
from confsync.resources import children_of, kind_of
from confsync.state.ledger import Ledger


def scope_of_destroy(config: Config, ledger: Ledger) -> Config:
    """Give the configuration by which everything of ours is read, whether it is declared or not.

    In whatever may stay, the singletons are read that may point at something that goes, and all that they may point at.
    """
    owned = {(parent_of(kind, each.address), kind) for each in ledger.entries if (kind := kind_of(each.address))}
    pointing = {
        each.address: each for desired in config.resources.values() for each in _pointing_below(desired, config)
    }
    aims = {
        (parent_of(each.kind, each.address), field.ref.kind)
        for each in pointing.values()
        for field in each.kind.refs
        if field.ref
    }
    collections = {place for place in (*owned, *aims) if not place[1].created_by_twilio}
    resources = {**config.resources, **pointing}
    return replace(config, resources=resources, collections=config.collections | collections)


class Destruction(Struct, frozen=True):
    """Plans that nothing of what we made is left: first what stays is pointed elsewhere, then everything is deleted."""

    config: Config
    snapshot: Snapshot
    scope: SelectionScope

    def changes(self) -> Iterator[Change]:
        """Give every change, in an order that can be followed."""
        doomed = tuple(Deletions(self.config, self.snapshot).destroyed(self.scope))
        yield from self._pointed_back(doomed)
        yield from referenced_last(reversed(doomed))

    def _pointed_back(self, doomed: tuple[Change, ...]) -> Iterator[Change]:
        """Point what stays, and names something that goes, at what came with its parent."""
        going = {each.sid for each in doomed if each.sid}
        homes = tuple(each.address for each in doomed)
        for address, match in self.snapshot.matches.items():
            stays = not any(address.within(each) for each in homes)
            aims = {each.name: self._aim(address, match, each, going) for each in match.found.kind.refs if stays}
            send = {name: aim for name, aim in aims.items() if aim}
            if send:
                yield self._pointing(address, match, send)

    def _aim(self, address: Address, match: Match, field: Field, going: set[Sid]) -> Address | None:
        """Give what came with the parent and a reference had at first, if what it names now is to go."""
        if field.ref is None or not field.server_default or match.found.fields.get(field.name) not in going:
            return None
        target, home = field.ref.kind, parent_of(match.found.kind, address)
        for at, sid in self.snapshot.known.items():
            found = self.snapshot.by_sid.get(sid)
            beside = at[:-1] == (*home, target.section) and sid not in going
            if (
                found
                and beside
                and found.name == field.server_default
                and holds(_which(field), found.fields, if_unset=False)
            ):
                return at
        return None

    def _pointing(self, address: Address, match: Match, send: dict[str, Address]) -> Change:
        declared = self.config.resources[address]
        kind, before = declared.kind, self.snapshot.masked_fields(declared, match.found)
        return Change(
            desired=replace(declared, fields=send, lifecycle=NO_LIFECYCLE, nodes={}),
            actions=(Action.UPDATE,),
            match=match,
            before=before,
            differences=tuple(
                describe_difference(kind.by_name[name], before.get(name), aim) for name, aim in send.items()
            ),
            send=send,
            reason="what it names now is to be deleted",
        )


def _which(field: Field) -> Condition:
    return tuple((name, (value,)) for name, value in field.ref.where) if field.ref else ()


def _pointing_below(desired: Desired, config: Config) -> Iterator[Desired]:
    """Give the singletons in a thing that are not declared and may point at something in it."""
    for kind in children_of(desired.kind):
        address = desired.address / kind.section
        if kind.singleton and _may_point(kind) and address not in config.resources:
            yield Desired(address, kind, {}, NO_LIFECYCLE, desired.written, {})


def _may_point(kind: Kind) -> bool:
    return any(each.ref and each.ref.kind.built_in for each in kind.refs)
