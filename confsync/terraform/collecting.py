"""Finds the resources of a state that confsync can manage, and says why it cannot manage the others."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from confsync.names import Sid
from confsync.plan.exported import LeftOut
from confsync.terraform.attributes import ImportedFields, parent_sid_of, read_fields, sid_of
from confsync.terraform.state import StateResource
from confsync.terraform.types import NOT_MANAGED, TYPES, TerraformType


class Imported(Struct, frozen=True, eq=False):
    """A resource of a state that confsync can manage, or a data source that it can look up.

    `parent` is the SID of the resource that contains it.
    """

    resource: StateResource
    type: TerraformType
    sid: Sid | None
    parent: Sid | None
    read: ImportedFields

    @property
    def address(self) -> str:
        """Its address in Terraform."""
        return self.resource.address

    @property
    def lookup(self) -> bool:
        """Whether it is a data source, which confsync looks up by its name."""
        return self.resource.is_data


def collect(resources: Iterable[StateResource], left_out: list[LeftOut]) -> list[Imported]:
    """Read every resource of a known type, in the order of the state; add the others to `left_out`."""
    found: list[Imported] = []
    for each in resources:
        type_ = TYPES.get(each.type)
        if reason := _reason_to_leave_out(each, type_):
            left_out.append(LeftOut(each.address, reason))
        elif type_ is not None:
            read = read_fields(each, type_)
            read = _key_only(read, type_) if each.is_data else read
            if type_.kind.singleton and not read.fields:
                left_out.append(LeftOut(each.address, "none of its attributes has a value"))
            found.append(Imported(each, type_, _sid(each, type_), parent_sid_of(each, type_), read))
    return found


def arrange(found: Iterable[Imported], left_out: list[LeftOut]) -> tuple[Imported, ...]:
    """Return the resources from the top down, without those whose container is missing; add these to `left_out`.

    Of the data sources, keep those that contain another resource, or to which one refers.
    """
    managed_first = sorted(found, key=lambda each: each.lookup)
    kept = list(_with_parents(_without_repeated(managed_first, left_out), left_out))
    needed: set[object] = set()
    for each in reversed(kept):
        if not each.lookup or each.sid in needed:
            needed.add(each.parent)
            needed.update(each.read.fields.get(ref.name) for ref in each.type.kind.refs)
    left_out += (LeftOut(each.address, _DATA) for each in kept if each.lookup and each.sid not in needed)
    return tuple(each for each in kept if not each.lookup or each.sid in needed)


_DATA = "it is a data source: declare what it reads with `lifecycle: {lookup: true}` if you need it"


def _key_only(read: ImportedFields, type_: TerraformType) -> ImportedFields:
    """Keep the natural key, by which confsync looks a resource up."""
    keys = {each.name for each in type_.kind.key_fields}
    return ImportedFields(
        fields={name: value for name, value in read.fields.items() if name in keys}, sensitive=read.sensitive
    )


def _sid(resource: StateResource, type_: TerraformType) -> Sid | None:
    return None if type_.kind.created_by_twilio else sid_of(resource, type_.kind)


def _reason_to_leave_out(resource: StateResource, type_: TerraformType | None) -> str:
    if resource.is_data and (type_ is None or _sid(resource, type_) is None):
        return _DATA
    if type_ is None:
        return NOT_MANAGED.get(resource.type, "it is not a resource type of confsync")
    if resource.deposed:
        return "Terraform has replaced it, and not yet deleted it"
    if not type_.kind.created_by_twilio and _sid(resource, type_) is None:
        return f"the state has no SID of {type_.kind.a_title} for it"
    return ""


def _without_repeated(found: Iterable[Imported], left_out: list[LeftOut]) -> Iterator[Imported]:
    """Drop each resource that the state has twice: a SID, or a singleton of the same parent."""
    seen: dict[object, str] = {}
    for each in found:
        identity = each.sid or (each.type.kind, each.parent)
        if identity in seen:
            left_out.append(LeftOut(each.address, f"it is the same resource as {seen[identity]}"))
        else:
            seen[identity] = each.address
            yield each


def _with_parents(found: Iterable[Imported], left_out: list[LeftOut]) -> Iterator[Imported]:
    """Keep the resources whose containers are kept, from the top down."""
    every = sorted(found, key=lambda each: len(each.type.sections))
    default = next((each.read.fields[name] for each in every if (name := _default_service(each))), None)
    kept: set[tuple[object, Sid]] = set()
    for each in every:
        kind, parent = each.type.kind, each.parent
        if kind.parent and not kind.parent.group:
            if not each.type.parent:
                parent = Sid(str(default)) if default else None
            if parent is None or (kind.parent, parent) not in kept:
                left_out.append(LeftOut(each.address, _no_parent(each, parent)))
                continue
        if each.sid:
            kept.add((kind, each.sid))
        yield Imported(each.resource, each.type, each.sid, parent, each.read)


def _default_service(each: Imported) -> str:
    """Return the name of the field that names the default service of the account, if it has a value."""
    if each.type.kind.parent is None or not each.type.kind.parent.group:
        return ""
    names = (ref.name for ref in each.type.kind.refs if each.type.kind.singleton and ref.name in each.read.fields)
    return next(names, "")


def _no_parent(each: Imported, parent: Sid | None) -> str:
    title = each.type.kind.parent.title if each.type.kind.parent else "account"
    if parent is None and not each.type.parent:
        return "it belongs to the default service of the account, and the state does not say which one that is"
    return f"the state does not have the {title} {parent or 'that contains it'}"
