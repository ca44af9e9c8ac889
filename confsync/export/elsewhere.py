"""Leaves out of an export what a different environment of the account owns, as a plan leaves it alone."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from confsync.config.config import Config
from confsync.export.tree import ExportedResource, ExportTree, walk_resources
from confsync.names import Sid
from confsync.plan.exported import LeftOut
from confsync.quoting import in_quotes
from confsync.state.ledger import Ledger
from confsync.state.other_environments import OtherEnvironments, Owner


class ElsewhereOwned(Struct, frozen=True):
    """A resource that a different environment owns. `number` counts what is left out with it; 0 if it is looked up."""

    resource: ExportedResource
    owner: Owner
    number: int = 0


class OwnExport(Struct, frozen=True):
    """The part of an export that this environment may manage, and what different environments own."""

    tree: ExportTree
    elsewhere: tuple[ElsewhereOwned, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many resources are left out because an environment owns them or what contains them."""
        counts: Counter[str] = Counter()
        for each in self.elsewhere:
            counts[each.owner.environment] += each.number
        return {name: number for name, number in sorted(counts.items()) if number}

    @property
    def left_out(self) -> Iterator[LeftOut]:
        """Say of each resource who owns it. What is in a resource that is left out is not named."""
        for each in self.elsewhere:
            resource, more = each.resource, f", with {each.number - 1} more in it" if each.number > 1 else ""
            what = f"{resource.kind.title} {resource.live.sid}" if resource.live.sid else str(resource.address)
            why = f"as {each.owner.address}{more}" if each.number else "so it is only looked up"
            yield LeftOut(what, f"it belongs to environment {in_quotes(each.owner.environment)}, {why}")


def without_other_environments(
    tree: ExportTree, config: Config, ledger: Ledger, others: OtherEnvironments
) -> OwnExport:
    """Leave out what a different environment owns and what is in it, unless this one owns or declares that.

    What contains such a resource, or what it refers to, is only looked up.
    """
    if not others.ledgers:
        return OwnExport(tree)
    division = _Division(config, ledger, others)
    division.divide(tree.roots, None, None)
    referred = frozenset(_referred_by(division.own, tree))
    roots = list(_pruned(tree.roots, division, referred))
    written = frozenset(each.live.sid for each in walk_resources(roots) if each.live.sid)
    return OwnExport(replace(tree, roots=roots), tuple(_owned_elsewhere(tree.roots, tree, division, written)))


class _Division:
    """Divides the resources of an account into those of this environment and those of others."""

    def __init__(self, config: Config, ledger: Ledger, others: OtherEnvironments) -> None:
        self.own: list[ExportedResource] = []
        self.owners: dict[int, Owner] = {}
        self._config = config
        self._ledger = ledger
        self._others = others

    def divide(self, resources: Iterable[ExportedResource], parent: Sid | None, above: Owner | None) -> None:
        """Find the owner of each resource, if it is a different environment; `above` owns what contains them."""
        for each in resources:
            owner = self._owner(each, parent)
            if owner is None and not self._is_ours(each):
                owner = above
            if owner:
                self.owners[id(each)] = owner
            else:
                self.own.append(each)
            self.divide(each.children, each.live.sid, owner)

    def owner_of(self, resource: ExportedResource) -> Owner | None:
        """Return the environment that owns a resource or what contains it, if it is a different one."""
        return self.owners.get(id(resource))

    def is_looked_up(self, resource: ExportedResource) -> bool:
        """Whether the export or the configuration in use only looks up a resource."""
        declared = self._config.declared.get(resource.address)
        return resource.lookup or (declared is not None and declared.lifecycle.lookup)

    def _owner(self, resource: ExportedResource, parent: Sid | None) -> Owner | None:
        live = resource.live
        if self._is_owned(resource):
            return None
        if live.sid:
            return self._others.owner.get(live.sid)
        other = live.fields.get(resource.kind.key_fields[0].name) if resource.kind.linked_kind else None
        return self._others.singletons.get((parent, resource.kind, Sid(str(other)) if other else None))

    def _is_ours(self, resource: ExportedResource) -> bool:
        return self._is_owned(resource) or resource.address in self._config.declared

    def _is_owned(self, resource: ExportedResource) -> bool:
        sid = resource.live.sid
        return sid in self._ledger.owner if sid else resource.address in self._ledger.current


def _referred_by(resources: Iterable[ExportedResource], tree: ExportTree) -> Iterator[Sid]:
    for each in resources:
        for field in each.kind.refs:
            if tree.is_written(each, field):
                yield Sid(str(each.live.fields[field.name]))


def _pruned(
    resources: Iterable[ExportedResource], division: _Division, referred: frozenset[Sid]
) -> Iterator[ExportedResource]:
    """Yield what is written, and look up what of it a different environment owns."""
    for each in resources:
        children = list(_pruned(each.children, division, referred))
        owned_elsewhere = division.owner_of(each) is not None
        needed = bool(children) or each.live.sid in referred or division.is_looked_up(each)
        if not owned_elsewhere and (each.selected or children):
            yield replace(each, children=children)
        elif owned_elsewhere and needed and each.live.sid:
            yield replace(each, children=children, lookup=True)


def _owned_elsewhere(
    resources: Iterable[ExportedResource], tree: ExportTree, division: _Division, written: frozenset[Sid]
) -> Iterator[ElsewhereOwned]:
    """Yield each resource of a different environment that is not in one that is left out as well."""
    for each in resources:
        owner = division.owner_of(each)
        if owner is None or each.live.sid in written:
            if owner and not tree.is_left_out(each):
                yield ElsewhereOwned(each, owner)
            yield from _owned_elsewhere(each.children, tree, division, written)
        elif number := sum(one.selected and not tree.is_left_out(one) for one in walk_resources([each])):
            yield ElsewhereOwned(each, owner, number)
