"""The live account as a tree of resources, each with its address in the exported configuration."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct, field

from confsync.annotations import Trait
from confsync.codecs import Value
from confsync.export.naming import ChoosesKeys
from confsync.export.reader import candidate_addresses
from confsync.export.selection import ExportSelection
from confsync.live.reading import Reading
from confsync.model import Field, Kind
from confsync.names import Address, Sid
from confsync.plan.match import LiveResource
from confsync.resources import children_of
from confsync.secret import Secret


class DeclaredReference(Struct, frozen=True):
    """What the configuration in use has for a sensitive value, and the values of the sensitive variables in it."""

    text: str
    values: Mapping[str, Secret]


class ExportedResource(Struct, eq=False):
    """One live resource in the export.

    One that is not `selected` is written only as far as what is in it needs. `adopted` means that its name is not
    unique, so that only its SID identifies it. `refused` says why the whole resource is left out, `refused_fields` why
    single fields are. `sensitive` are fields whose values must not be shown; `references` has what is written for those
    that the configuration in use declares with the same value. `origin` says where it comes from, if that is not the
    live account. With `lookup`, it is only looked up. `only` is the one environment of several that declares it.
    """

    kind: Kind
    live: LiveResource
    address: Address
    selected: bool
    children: list["ExportedResource"] = field(default_factory=list)
    adopted: bool = False
    refused: str = ""
    refused_fields: dict[str, str] = field(default_factory=dict)
    sensitive: frozenset[str] = frozenset()
    references: Mapping[str, DeclaredReference] = field(default_factory=dict)
    origin: str = ""
    lookup: bool = False
    only: str = ""

    @property
    def value(self) -> Value:
        """The value of a link."""
        return self.live.fields.get(self.kind.value_field)


class ExportTree(Struct, dict=True, eq=False):
    """Everything that an export may contain, and how SIDs become keys.

    With `keeps_built_in`, built-in resources are written even if they are as Twilio creates them. `missing` says why
    the target of a reference may be missing, and `missing_built_in` does if Twilio may have created it.
    """

    roots: list[ExportedResource]
    minimal: bool = False
    keeps_built_in: bool = False
    missing: str = "which does not exist or is not part of this export"
    missing_built_in: str = missing

    @cached_property
    def by_sid(self) -> Mapping[Sid, ExportedResource]:
        """Every resource that has a SID of its own."""
        return {each.live.sid: each for each in walk_resources(self.roots) if each.live.sid}

    @cached_property
    def _referred_to(self) -> frozenset[Sid]:
        found = (
            Sid(str(each.live.fields[ref.name]))
            for each in walk_resources(self.roots)
            for ref in each.kind.refs
            if self.is_written(each, ref)
        )
        return frozenset(found)

    def is_left_out(self, resource: ExportedResource) -> bool:
        """Whether a resource is as Twilio creates it, and its name is enough to refer to it."""
        if self.keeps_built_in or resource.adopted or resource.live.sid not in self._as_created:
            return False
        return resource.live.sid not in self._referred_to or not self._name_is_taken(resource)

    def key_for_references(self, resource: ExportedResource) -> str:
        """Return what others write to refer to a resource: its key, or its name if it is left out."""
        return str(resource.live.name) if self.is_left_out(resource) else resource.address.key

    def _name_is_taken(self, resource: ExportedResource) -> bool:
        """Whether the name of a resource is the key of a different one beside it."""
        named = Address((*resource.address[:-1], str(resource.live.name)))
        return self._by_address.get(named, resource) is not resource

    @cached_property
    def _by_address(self) -> Mapping[Address, ExportedResource]:
        return {each.address: each for each in walk_resources(self.roots)}

    @cached_property
    def _as_created(self) -> frozenset[Sid]:
        return frozenset(sid for sid, each in self.by_sid.items() if each.kind.built_in and is_as_created(each.live))

    def is_written(self, resource: ExportedResource, field_: Field) -> bool:
        """Whether a field has a value to write."""
        value = resource.live.fields.get(field_.name)
        if field_.name in resource.live.never_set or value is None or not field_.applies(resource.live.fields):
            return False
        if resource.lookup and not field_.in_natural_key:
            return False
        if not resource.selected and not field_.required:
            return False
        return not (self.minimal and not field_.required and self._is_default(field_, value))

    def _is_default(self, field_: Field, value: Value) -> bool:
        if field_.ref and isinstance(value, str):
            target = self.by_sid.get(Sid(value))
            return target is not None and target.live.name == field_.server_default
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return bool(field_.server_default) and field_.server_default == text


def is_as_created(live: LiveResource) -> bool:
    """Whether a resource that Twilio creates with its parent still has the values that Twilio gave it."""
    keys = live.natural_keys
    values = next((values for key, values in live.kind.built_in.items() if key in keys), None)
    return values is not None and all(live.fields.get(name) == value for name, value in values.items())


def build_tree(reading: Reading, selection: ExportSelection, naming: ChoosesKeys) -> ExportTree:
    """Give every live resource its address. Raises UsageError for a glob that selects nothing."""
    builder = _Builder(reading, selection, naming)
    roots = builder.children(None, None, (Address(),))
    addresses = (each.address for each in walk_resources(roots))
    selection.check_found(addresses, builder.seen)
    return ExportTree(roots, selection.scope.minimal)


def walk_resources(resources: Iterable[ExportedResource]) -> Iterator[ExportedResource]:
    """Yield every resource from the top down."""
    for each in resources:
        yield each
        yield from walk_resources(each.children)


class _Builder:
    def __init__(self, reading: Reading, selection: ExportSelection, naming: ChoosesKeys) -> None:
        self.seen: list[tuple[Address, ...]] = []
        self._reading = reading
        self._selection = selection
        self._naming = naming
        self._keys: dict[Sid, str] = {}

    def children(self, kind: Kind | None, sid: Sid | None, homes: tuple[Address, ...]) -> list[ExportedResource]:
        """Build everything below a resource; of its addresses, the first is the one that is written."""
        found: list[ExportedResource] = []
        # links come last: their keys are those of what they lead to
        for each in sorted(children_of(kind), key=lambda child: child.linked_kind is not None):
            inside = tuple(home / each.section for home in homes)
            if each.group:
                found += self.children(each, None, inside)
            elif each.singleton:
                live = self._reading.singletons.get((sid, each))
                found += self._member(live, inside) if live else ()
            elif each.linked_kind:
                found += self._links(self._reading.collections.get((sid, each), ()), inside)
            else:
                found += self._members(each, self._reading.collections.get((sid, each), ()), inside)
        return found

    def _members(
        self, kind: Kind, members: tuple[LiveResource, ...], homes: tuple[Address, ...]
    ) -> Iterator[ExportedResource]:
        addresses = candidate_addresses(self._naming, kind, homes, list(members))
        counts = Counter(key for each in members for key in each.natural_keys)
        for live in sorted(members, key=lambda each: addresses[Sid(str(each.sid))][0]):
            known = addresses[Sid(str(live.sid))]
            self._keys[Sid(str(live.sid))] = known[0].key
            for built in self._member(live, known):
                built.adopted = any(counts[key] > 1 for key in live.natural_keys)
                yield built

    def _links(self, members: tuple[LiveResource, ...], homes: tuple[Address, ...]) -> Iterator[ExportedResource]:
        named = ((self._keys.get(Sid(str(each.fields.get(each.kind.key_fields[0].name)))), each) for each in members)
        for key, live in sorted(((key, each) for key, each in named if key), key=lambda each: each[0]):
            yield from self._member(live, tuple(home / key for home in homes))

    def _member(self, live: LiveResource, addresses: tuple[Address, ...]) -> Iterator[ExportedResource]:
        """Build a resource, if it is selected or anything in it is."""
        self.seen.append(addresses)
        selected = self._selection.selects(addresses, live.kind)
        children = self.children(live.kind, live.sid, addresses) if live.sid else []
        if selected or children:
            yield ExportedResource(live.kind, live, addresses[0], selected, children)


def lacking_field(resource: ExportedResource) -> Field | None:
    """Find a field without a value that a configuration must have, such as a name, which would come from the key."""
    needed = (each for each in resource.kind.fields if each.required and len(each.path) == 1 and not each.secret)
    needed = (each for each in needed if each.in_natural_key or not resource.lookup)
    return next((each for each in needed if resource.live.fields.get(each.name) is None), None)


def secret_fields(resource: ExportedResource) -> tuple[Field, ...]:
    """Return the secret fields that a resource has, and that Twilio never returns."""
    fields = resource.live.fields
    return tuple(each for each in resource.kind.secrets if Trait.SECRET in each.traits and each.applies(fields))
