"""What a user can do about each orphaned resource: stop managing it, delete it, or say that it has a new address."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.yaml import quote_yaml
from confsync.live.identity import immutable_changes
from confsync.live.snapshot import Snapshot
from confsync.model import Kind
from confsync.names import Address, Sid, parent_of
from confsync.plan.intent import Overrides
from confsync.plan.plan import OrphanedResource
from confsync.planning.deletions import Deletions
from confsync.planning.guardrails.deletion_checks import max_deletes_needed
from confsync.planning.guardrails.protection import how_to_unprotect
from confsync.planning.orphans import SUPERSEDED, UNDECLARED, Leftover, find_leftovers
from confsync.planning.renames import likely_renames
from confsync.resources import kind_of


def find_orphans(config: Config, snapshot: Snapshot, overrides: Overrides) -> Iterator[OrphanedResource]:
    """Find every orphaned resource, with advice on what to do about it."""
    advisor = _Advisor(config, snapshot, overrides, tuple(find_leftovers(config, snapshot)))
    for each in advisor.leftovers:
        name = _live_name(each, snapshot) or each.address.key
        yield OrphanedResource(each.address, each.sid, name, each.reason, "; ".join(advisor.options(each)))


def _live_name(leftover: Leftover, snapshot: Snapshot) -> str | None:
    found = snapshot.by_sid.get(leftover.sid)
    return found.name if found else None


class _Advisor(Struct, frozen=True, dict=True):
    """Says what to write about each leftover, with every override that it needs."""

    config: Config
    snapshot: Snapshot
    overrides: Overrides
    leftovers: tuple[Leftover, ...]
    by_section: dict[tuple[Address, Kind], "_Pruned"] = field(default_factory=dict)

    def options(self, leftover: Leftover) -> Iterator[str]:
        """Yield everything that a user can do about one."""
        kind, protected = kind_of(leftover.address), self._protected(leftover)
        if protected:
            yield how_to_unprotect(protected)
        elif leftover.reason == SUPERSEDED:
            yield f"`adopt` {leftover.sid} at a new address with `lifecycle.absent: true` to delete it"
        else:
            address = str(leftover.address)
            yield f"`forget: [{quote_yaml(address)}]` to stop managing it"
            yield f"declare it with `lifecycle.absent: true`{_permission(kind, address)} to delete it"
        if kind and not protected:
            yield from self._prune(kind, leftover)
        if leftover.address in self._renamed:
            yield from self._rename(leftover, self._renamed[leftover.address])

    def _protected(self, leftover: Leftover) -> list[Address]:
        """Return what the ledger protects: the resource, and everything in it."""
        inside = self.snapshot.ledger.contents(leftover.sid)
        return [each.address for each in (leftover.entry, *inside) if each.protect]

    def _prune(self, kind: Kind, leftover: Leftover) -> Iterator[str]:
        """Advise to prune, if that deletes it; with the number to allow, if it deletes many at once."""
        parent = self.config.resources.get(parent_of(kind, leftover.address))
        if parent is None or leftover.entry.origin != "created":
            return
        pruned = self._pruned(parent, kind)
        if leftover.sid not in pruned.sids:
            return
        sections = ", ".join(sorted({*parent.lifecycle.prune, kind.section}))
        others = f" and {len(pruned.sids) - 1} more" if len(pruned.sids) > 1 else ""
        where = f"`lifecycle.prune: [{sections}]` on {parent.address}"
        if pruned.max_deletes is None:
            yield f"{where} deletes it{others}"
        else:
            yield f"{where} and `--max-deletes {pruned.max_deletes}` delete it{others}"

    def _pruned(self, parent: Desired, kind: Kind) -> "_Pruned":
        """Find what a plan would delete if a parent pruned one more section."""
        if (parent.address, kind) not in self.by_section:
            lifecycle = replace(parent.lifecycle, prune=parent.lifecycle.prune | {kind.section})
            resources = {**self.config.resources, parent.address: replace(parent, lifecycle=lifecycle)}
            deleted = tuple(Deletions(replace(self.config, resources=resources), self.snapshot).pruned())
            here = (each.sid for each in deleted if each.kind is kind and each.address.within(parent.address))
            given = self.overrides.max_deletes
            limit = self.config.environment.max_deletes if given is None else given
            needed = max_deletes_needed(self.snapshot, deleted, limit)
            self.by_section[parent.address, kind] = _Pruned(frozenset(filter(None, here)), needed)
        return self.by_section[parent.address, kind]

    def _rename(self, leftover: Leftover, new: Desired) -> Iterator[str]:
        """Say how to keep the resource at its new address, if that is possible without making a second one."""
        found, name = self.snapshot.by_sid.get(leftover.sid), new.kind.name_field
        changed = set(immutable_changes(new, found)) if found else None
        if changed == set():
            line = f"lifecycle.previously: [{quote_yaml(str(leftover.address))}]"
        elif found and name and changed == {name.name} and isinstance(found.fields.get(name.name), str):
            line = f"{name.name}: {quote_yaml(str(found.fields[name.name]))}"
        else:
            return
        yield f"`{line}` on {new.address} if that is its new address"

    @cached_property
    def _renamed(self) -> Mapping[Address, Desired]:
        undeclared: Iterable[Leftover] = (each for each in self.leftovers if each.reason == UNDECLARED)
        return likely_renames(self.config, self.snapshot, [each.entry for each in undeclared])


class _Pruned(Struct, frozen=True):
    """What a section loses if it is pruned, and the number of deletions that a user would have to allow."""

    sids: frozenset[Sid]
    max_deletes: int | None


def _permission(kind: Kind | None, address: str) -> str:
    return f" and `--allow-delete {shlex.quote(address)}`" if kind and kind.recreate_impact else ""
