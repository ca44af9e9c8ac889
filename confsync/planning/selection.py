"""Selects a part of a configuration for a partial plan: what the options match, and everything that this requires.

A required resource is planned as if an option had named it, as Terraform does with its targets. If it is excluded, it
stays as it is, and a guardrail blocks the plan if it would have to be created.
"""

import shlex
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from confsync.config.config import Config
from confsync.config.glob import Glob
from confsync.errors import UsageError
from confsync.live.snapshot import Snapshot, comes_with_parent
from confsync.model import Kind
from confsync.names import Address, linked_address, parent_of
from confsync.plan.change import Change
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.intent import Selection
from confsync.plan.match import How
from confsync.plan.plan import Guardrail
from confsync.planning.order import required_addresses
from confsync.resources import KINDS, kind_of
from confsync.state.ledger import Entry, Ledger


def check_selection(selection: Selection) -> None:
    """Raise UsageError for an invalid glob or an unknown section."""
    for each in (*selection.targets, *selection.excludes):
        Glob.parse(each)
    known = sorted({kind.section for kind in KINDS})
    for section in selection.kinds:
        if section not in known:
            raise UsageError.unknown_name(f"--kind {section}: there is no such section.", section, known)


def limit_forget(config: Config, selection: Selection) -> Config:
    """Return the configuration with `forget` limited to addresses that the selection may match, or match inside."""
    if not config.forget:
        return config
    scope = SelectionScope(config, selection)
    return replace(config, forget=frozenset(filter(scope.may_include, config.forget)))


class SelectionScope(Struct, frozen=True, dict=True):
    """What a selection covers in one configuration."""

    config: Config
    selection: Selection
    destroys: bool = False

    @cached_property
    def selected(self) -> frozenset[Address]:
        """The declared addresses that are selected or required, without the excluded ones."""
        if not self.selection:
            return frozenset(self.config.resources)
        return frozenset(each for each in self.required if not self._excludes(each))

    @cached_property
    def required(self) -> frozenset[Address]:
        """The declared addresses that are selected, and all that they require, even if it is excluded."""
        return _with_required(self.config, (each for each in self.config.resources if self.matches(each)))

    def matches(self, address: Address) -> bool:
        """Whether the options match an address, whatever it requires."""
        targeted = not self._targets or any(each.matches(address) for each in self._targets)
        if not targeted or self._excludes(address):
            return False
        if not self.selection.kinds:
            return True
        kind = kind_of(address)
        return kind is not None and self._is_selected_kind(kind)

    def includes(self, address: Address) -> bool:
        """Whether an address is part of the plan: it is selected, or it is not declared and the options match it."""
        return not self.selection or address in self.selected or self.matches(address)

    def may_include(self, address: Address) -> bool:
        """Whether the globs match an address, or may match something in it, whatever its kind."""
        targeted = not self._targets or any(each.may_match_inside(address) for each in self._targets)
        return targeted and not self._excludes(address)

    def view(self, config: Config) -> Config:
        """Return the part of a configuration to read: collections with something selected, and their parents.

        If a collection is listed, the list also returns the other members. If its members are read one by one, the
        others are not read.
        """
        if not self.selection:
            return config
        collections = frozenset(self._collections(config))
        read = {at: each for at, each in config.resources.items() if self._is_read(at, each.kind, collections)}
        return replace(config, resources=read, collections=collections)

    def owned(self, ledger: Ledger) -> tuple[Entry, ...]:
        """Return the entries whose resources must be found again.

        In a collection that is listed, these are all. In one whose members are read one by one, these are the selected
        ones, and those in a parent that may have moved, because they may be selected at their new address.
        """
        if not self.selection:
            return ledger.entries
        return tuple(each for each in ledger.entries if self._must_be_found(each.address))

    def is_destroyed(self, address: Address, snapshot: Snapshot) -> bool:
        """Whether `--destroy` deletes a resource. It does not delete what a selected resource requires."""
        return not self.selection or (self.matches(address) and not self.contains_excluded(address, snapshot))

    def contains_excluded(self, address: Address, snapshot: Snapshot) -> bool:
        """Whether something in a resource is excluded, so that the resource must not be deleted either."""
        if not self.selection.excludes:
            return False
        owned = (each.address for each in snapshot.ledger.entries)
        known = (*self.config.resources, *owned, *(each.address for each in snapshot.unmanaged))
        return any(each.within(address) and self._excludes(each) for each in known)

    def narrow_snapshot(self, snapshot: Snapshot, ledger: Ledger) -> Snapshot:
        """Undo what the snapshot found about resources that are not selected: that they moved, or no longer exist."""
        if not self.selection:
            return snapshot
        identity = snapshot.identity
        moved = tuple(at for at, each in identity.matches.items() if each.how is How.MOVED and at in self.selected)
        before = {each.id: each for each in ledger.entries}  # what a killed run created is only in the new one
        pairs = ((before.get(new.id, new), new) for new in identity.ledger.entries)
        entries = tuple(new if _is_moved(old, new, moved) else old for old, new in pairs)
        narrowed = replace(identity.ledger, entries=entries)
        gone = frozenset(each for each in snapshot.gone if self.includes(narrowed.owner[each].address))
        return replace(snapshot, identity=replace(identity, ledger=narrowed), gone=gone)

    def check_found(self, snapshot: Snapshot, ledger: Ledger) -> None:
        """Raise UsageError for a glob that matches nothing that is declared, owned or live."""
        ours = dict.fromkeys((*self.config.resources, *(each.address for each in ledger.entries)))
        self.check_known(ours, (*ours, *(each.address for each in snapshot.unmanaged)))

    def check_known(self, ours: Iterable[Address], known: Collection[Address]) -> None:
        """Raise UsageError for a glob that matches none of the known addresses; it may suggest one of ours."""
        for flag, globs in (("--target", self._targets), ("--exclude", self._excluded)):
            for glob in globs:
                if not any(map(glob.matches, known)):
                    happened = f"{flag} {glob.text}: no address matches."
                    instead = f"Run it without {flag}."
                    raise UsageError.unknown_name(happened, glob.text, map(str, ours), none_known=instead)

    def guardrails(
        self, snapshot: Snapshot, changes: Iterable[Change], found: Iterable[Guardrail]
    ) -> Iterator[Guardrail]:
        """Keep the guardrails for what is planned, and add those for what would happen outside the selection."""
        planned = {each.address: each for each in changes}
        if not self.selection:
            yield from found
            return
        for each in found:  # a guardrail without addresses is about the whole plan
            if not each.addresses or any(at in planned or at in self.selected for at in each.addresses):
                yield each
        if not self.destroys:
            yield from self._missing_requirements(snapshot)
        yield from self._split_changes(planned.values(), snapshot)

    def _missing_requirements(self, snapshot: Snapshot) -> Iterator[Guardrail]:
        for address in self.required - self.selected:
            desired = self.config.resources[address]
            if address in snapshot.matches or comes_with_parent(desired, snapshot):
                continue
            text = f"the plan requires {address}, which does not exist, but --exclude leaves it out"
            yield Guardrail(GuardrailRule.NARROWED, (address,), text, "include it, or create it first")

    def _split_changes(self, changes: Iterable[Change], snapshot: Snapshot) -> Iterator[Guardrail]:
        for change in changes:
            previous = change.match.previous if change.match else None
            if previous and previous in self.config.resources and previous not in self.selected:
                text = f"{change.address} takes over the resource of {previous}, but only one of them is selected"
                yield Guardrail(
                    GuardrailRule.NARROWED,
                    (change.address, previous),
                    text,
                    f"add --target {shlex.quote(str(previous))}",
                )
            if change.deletes and self.contains_excluded(change.address, snapshot):
                text = f"deleting {change.address} would also delete a resource that --exclude leaves out"
                yield Guardrail(GuardrailRule.NARROWED, (change.address,), text, "exclude all of it, or nothing in it")

    def _must_be_found(self, address: Address) -> bool:
        kind = kind_of(address)
        if kind is None or not kind.read_by_name or self.includes(address) or address in self._previous_addresses:
            return True
        return parent_of(kind, address) not in self.config.resources

    @cached_property
    def _previous_addresses(self) -> frozenset[Address]:
        """The previous addresses of what is selected."""
        chosen = (self.config.resources[each] for each in self.selected)
        return frozenset(Address.parse(previous) for each in chosen for previous in each.lifecycle.previously)

    def _collections(self, config: Config) -> Iterator[tuple[Address, Kind]]:
        required = (config.resources[each] for each in self.required)
        of_required = {(parent_of(each.kind, each.address), each.kind) for each in required}
        selected = {each for each in config.collections if each in of_required or self._is_selected(each)}
        above = {each for parent, _ in selected for each in _collections_above(parent)}
        around = {each for address in self.required for each in _collections_above(address)}
        collections = selected | above | around
        parents = {parent for parent, _ in collections if parent and self.destroys}
        siblings = {each for each in config.collections if each[0] in parents}
        return iter((collections & config.collections) | siblings)

    def _is_selected(self, collection: tuple[Address, Kind]) -> bool:
        parent, kind = collection
        return self._is_selected_kind(kind) and self.may_include(parent / kind.section)

    def _is_read(self, address: Address, kind: Kind, collections: frozenset[tuple[Address, Kind]]) -> bool:
        if address in self.required:
            return True
        if kind.singleton:
            return self.destroys and any(parent == parent_of(kind, address) for parent, _ in collections)
        listed = not kind.read_by_name and kind.linked_kind is None
        return listed and (parent_of(kind, address), kind) in collections

    def _is_selected_kind(self, kind: Kind) -> bool:
        return not self.selection.kinds or kind.section in self.selection.kinds

    def _excludes(self, address: Address) -> bool:
        return any(each.matches(address) for each in self._excluded)

    @cached_property
    def _targets(self) -> tuple[Glob, ...]:
        return tuple(map(Glob.parse, self.selection.targets))

    @cached_property
    def _excluded(self) -> tuple[Glob, ...]:
        return tuple(map(Glob.parse, self.selection.excludes))


def _with_required(config: Config, selected: Iterable[Address]) -> frozenset[Address]:
    required: set[Address] = set()
    waiting = list(selected)
    while waiting:
        address = waiting.pop()
        desired = config.resources.get(address)
        if desired is None or address in required:
            continue
        required.add(address)
        waiting.extend(required_addresses(desired, config))
        if desired.kind.linked_kind is not None:
            waiting.append(linked_address(desired.kind, address))
    return frozenset(required)


def _collections_above(address: Address) -> Iterator[tuple[Address, Kind]]:
    """Yield the collection of a resource, and those of all its parents."""
    while kind := kind_of(address):
        parent = parent_of(kind, address)
        yield parent, kind
        address = parent


def _is_moved(old: Entry, new: Entry, moved: Iterable[Address]) -> bool:
    """Whether an entry changed because a selected resource moved."""
    return old == new or any(new.address.within(each) or old.address.within(each) for each in moved)
