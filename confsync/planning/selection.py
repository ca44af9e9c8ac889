"""Which part of a configuration a plan is about: what is meant, and whatever that needs.

A needed thing is planned as if it had been named, as Terraform does with its targets: it is made or changed with what
needs it. What is needed and excluded stays as it is, and the plan is refused where it would have to be made.
"""

import shlex
from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from confsync.config.config import Config
from confsync.errors import UsageError
from confsync.live.snapshot import Snapshot, comes_with_parent
from confsync.model import Kind
from confsync.names import Address, linked, parent_of
from confsync.plan.change import Change
from confsync.plan.guardrail import Guardrail
from confsync.plan.guardrail_rules import GuardrailRule
from confsync.plan.intent import Selection
from confsync.plan.match import How
from confsync.planning.glob import Glob
from confsync.planning.order import required_addresses
from confsync.resources import KINDS, kind_of
from confsync.state.ledger import Entry, Ledger


def check_selection(selection: Selection) -> None:
    """Raise UsageError for a glob that cannot be read, or a kind that does not exist."""
    for each in (*selection.targets, *selection.excludes):
        Glob.parse(each)
    known = sorted({kind.section for kind in KINDS})
    for section in selection.kinds:
        if section not in known:
            raise UsageError.unknown_name(f"--kind {section}: there is no such section.", section, known)


def selected_to_forget(config: Config, selection: Selection) -> Config:
    """Give a configuration that lets go of what is meant, or has something in it that may be meant, and of no more."""
    if not config.forget:
        return config
    scope = SelectionScope(config, selection)
    return replace(config, forget=frozenset(filter(scope.reaches, config.forget)))


class SelectionScope(Struct, frozen=True, dict=True):
    """What a selection comes to in a configuration: what is declared and meant, and what else is covered by it."""

    config: Config
    selection: Selection
    destroys: bool = False

    @cached_property
    def selected(self) -> frozenset[Address]:
        """What is declared and meant, and everything that it needs, but for what is excluded."""
        if not self.selection:
            return frozenset(self.config.resources)
        return frozenset(each for each in self.needed if not self._excludes(each))

    @cached_property
    def needed(self) -> frozenset[Address]:
        """What is declared and meant, and everything that it needs; only what is not declared here is left out."""
        return _with_needs(self.config, (each for each in self.config.resources if self._covers(each)))

    def means(self, address: Address) -> bool:
        """Whether an address is planned for: it is selected, or nothing declares it and the globs cover it."""
        return not self.selection or address in self.selected or self._covers(address)

    def reaches(self, address: Address) -> bool:
        """Whether the globs cover an address, or may cover something in it; kinds are not asked."""
        targeted = not self._targets or any(each.reaches(address) for each in self._targets)
        return targeted and not self._excludes(address)

    def view(self, config: Config) -> Config:
        """Give what must be read of a configuration: the collections in which something is meant, and what is above.

        Where things are listed, those beside it are known by the same list; where each is read by itself, they are not
        read at all.
        """
        if not self.selection:
            return config
        places = frozenset(self._places(config))
        kept = {at: each for at, each in config.resources.items() if self._is_read(at, each.kind, places)}
        return replace(config, resources=kept, collections=places)

    def owned(self, ledger: Ledger) -> tuple[Entry, ...]:
        """Give what we own and must find again: all where things are listed, what is meant where each is read itself.

        What stands under something that has moved may be meant under its new address.
        """
        if not self.selection:
            return ledger.entries
        return tuple(each for each in ledger.entries if self._is_to_be_found(each.address))

    def goes(self, address: Address, snapshot: Snapshot) -> bool:
        """Whether something goes where everything that is meant is destroyed: what it needs is not meant by that."""
        return not self.selection or (self._covers(address) and not self.spares(address, snapshot))

    def spares(self, address: Address, snapshot: Snapshot) -> bool:
        """Whether something in a thing is excluded, so that the thing cannot go either: whoever made it."""
        if not self.selection.excludes:
            return False
        owned = (each.address for each in snapshot.ledger.entries)
        known = (*self.config.resources, *owned, *(each.address for each in snapshot.unmanaged))
        return any(each.within(address) and self._excludes(each) for each in known)

    def narrowed(self, snapshot: Snapshot, ledger: Ledger) -> Snapshot:
        """Take back what was noticed of things that are not meant: that they moved, or that they are gone."""
        if not self.selection:
            return snapshot
        identity = snapshot.identity
        moved = tuple(at for at, each in identity.matches.items() if each.how is How.MOVED and at in self.selected)
        pairs = zip(ledger.entries, identity.ledger.entries, strict=True)
        entries = tuple(new if _is_moved(old, new, moved) else old for old, new in pairs)
        known = replace(identity.ledger, entries=entries)
        gone = frozenset(each for each in snapshot.gone if self.means(known.owner[each].address))
        return replace(snapshot, identity=replace(identity, ledger=known), gone=gone)

    def check_found(self, snapshot: Snapshot, ledger: Ledger) -> None:
        """Raise UsageError for a glob that means nothing: neither declared, nor owned, nor seen at Twilio."""
        owned = (each.address for each in ledger.entries)
        known = (*self.config.resources, *owned, *(each.address for each in snapshot.unmanaged))
        for flag, globs in (("--target", self._targets), ("--exclude", self._excluded)):
            for glob in globs:
                if not any(map(glob.matches, known)):
                    happened = f"{flag} {glob.text}: nothing has such an address."
                    raise UsageError.unknown_name(happened, glob.text, map(str, known))

    def guardrails(
        self, snapshot: Snapshot, changes: Iterable[Change], found: Iterable[Guardrail]
    ) -> Iterator[Guardrail]:
        """Keep the guardrails over what is planned, and add those over what would be done outside of the selection."""
        planned = {each.address: each for each in changes}
        if not self.selection:
            yield from found
            return
        yield from (each for each in found if any(at in planned or at in self.selected for at in each.addresses))
        if not self.destroys:
            yield from self._missing(snapshot)
        yield from self._entangled(planned.values(), snapshot)

    def _missing(self, snapshot: Snapshot) -> Iterator[Guardrail]:
        for address in self.needed - self.selected:
            desired = self.config.resources[address]
            if address in snapshot.matches or comes_with_parent(desired, snapshot):
                continue
            text = f"{address} is needed, and would have to be made, and --exclude leaves it out"
            yield Guardrail(GuardrailRule.NARROWED, (address,), text, "leave it in, or make it first")

    def _entangled(self, changes: Iterable[Change], snapshot: Snapshot) -> Iterator[Guardrail]:
        for change in changes:
            previous = change.match.previous if change.match else None
            if previous and previous in self.config.resources and previous not in self.selected:
                text = f"{change.address} is what {previous} was, and only one of them is planned"
                yield Guardrail(
                    GuardrailRule.NARROWED,
                    (change.address, previous),
                    text,
                    f"--target {shlex.quote(str(previous))} as well",
                )
            if change.deletes and self.spares(change.address, snapshot):
                text = f"{change.address} would be deleted with something in it that --exclude leaves out"
                yield Guardrail(
                    GuardrailRule.NARROWED, (change.address,), text, "leave out the whole of it, or nothing in it"
                )

    def _is_to_be_found(self, address: Address) -> bool:
        kind = kind_of(address)
        if kind is None or not kind.read_by_name or self.means(address) or address in self._before:
            return True
        return parent_of(kind, address) not in self.config.resources

    @cached_property
    def _before(self) -> frozenset[Address]:
        """Where what is selected was before."""
        chosen = (self.config.resources[each] for each in self.selected)
        return frozenset(Address.parse(previous) for each in chosen for previous in each.lifecycle.previously)

    def _places(self, config: Config) -> Iterator[tuple[Address, Kind]]:
        needed = (config.resources[each] for each in self.needed)
        homes = {(parent_of(each.kind, each.address), each.kind) for each in needed}
        meant = {place for place in config.collections if place in homes or self._is_meant(place)}
        above = {each for parent, _ in meant for each in _above(parent)}
        inside = {place for each in self.needed for place in _above(each)}
        places = meant | above | inside
        parents = {parent for parent, _ in places if parent and self.destroys}
        beside = {place for place in config.collections if place[0] in parents}
        return iter((places & config.collections) | beside)

    def _is_meant(self, place: tuple[Address, Kind]) -> bool:
        parent, kind = place
        return self._is_asked_for(kind) and self.reaches(parent / kind.section)

    def _is_read(self, address: Address, kind: Kind, places: frozenset[tuple[Address, Kind]]) -> bool:
        if address in self.needed:
            return True
        if kind.singleton:
            return self.destroys and any(parent == parent_of(kind, address) for parent, _ in places)
        listed = not kind.read_by_name and kind.linked_kind is None
        return listed and (parent_of(kind, address), kind) in places

    def _covers(self, address: Address) -> bool:
        targeted = not self._targets or any(each.matches(address) for each in self._targets)
        if not targeted or self._excludes(address):
            return False
        if not self.selection.kinds:
            return True
        kind = kind_of(address)
        return kind is not None and self._is_asked_for(kind)

    def _is_asked_for(self, kind: Kind) -> bool:
        return not self.selection.kinds or kind.section in self.selection.kinds

    def _excludes(self, address: Address) -> bool:
        return any(each.matches(address) for each in self._excluded)

    @cached_property
    def _targets(self) -> tuple[Glob, ...]:
        return tuple(map(Glob.parse, self.selection.targets))

    @cached_property
    def _excluded(self) -> tuple[Glob, ...]:
        return tuple(map(Glob.parse, self.selection.excludes))


def _with_needs(config: Config, meant: Iterable[Address]) -> frozenset[Address]:
    found: set[Address] = set()
    waiting = list(meant)
    while waiting:
        address = waiting.pop()
        desired = config.resources.get(address)
        if desired is None or address in found:
            continue
        found.add(address)
        waiting.extend(required_addresses(desired, config))
        if desired.kind.linked_kind is not None:
            waiting.append(linked(desired.kind, address))
    return frozenset(found)


def _above(address: Address) -> Iterator[tuple[Address, Kind]]:
    """Give the places in which a thing stands, and in which what it is in stands."""
    while kind := kind_of(address):
        parent = parent_of(kind, address)
        yield parent, kind
        address = parent


def _is_moved(old: Entry, new: Entry, moved: Iterable[Address]) -> bool:
    """Whether something that is meant moved there, or took the place of what was there, or took it along."""
    return old == new or any(new.address.within(each) or old.address.within(each) for each in moved)
