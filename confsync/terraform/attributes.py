"""Turns the attributes of one resource in a state into fields."""

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from confsync.codecs import Value
from confsync.model import Field, Kind
from confsync.names import Sid, is_sid
from confsync.terraform.state import StateResource
from confsync.terraform.types import COMPUTED, TerraformType


class ImportedFields(Struct, frozen=True):
    """The fields of a resource, and what became of the other attributes.

    `refused` has the reason why a field with a value is not written, `sensitive` the fields whose values must not be
    shown, and `unmapped` the attributes without a field, with the reason. `secrets` are the attributes with a secret.
    """

    fields: dict[str, Value] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    sensitive: set[str] = field(default_factory=set)
    unmapped: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)


def sid_of(resource: StateResource, kind: Kind) -> Sid | None:
    """Return the SID of a resource; the id of twilio/twilio begins with the SIDs of what contains it."""
    name = str(resource.attributes.get("id") or "").rpartition("/")[2]
    found = (each for each in (resource.attributes.get("sid"), name) if is_sid(each, kind.sid_prefix))
    return next((Sid(str(each)) for each in found), None)


def parent_sid_of(resource: StateResource, type_: TerraformType) -> Sid | None:
    """Return the SID of the resource that contains another one, if an attribute has it."""
    found = resource.attributes.get(type_.parent) if type_.parent else None
    return Sid(found) if isinstance(found, str) and is_sid(found) else None


def read_fields(resource: StateResource, type_: TerraformType) -> ImportedFields:
    """Turn attributes into fields. A secret is never read."""
    kind, found = type_.kind, ImportedFields()
    known = dict(_names(kind, type_))
    marked = frozenset("_".join(path) for path in resource.sensitive)
    for name, value in _flat_attributes(resource.attributes):
        target = known.get(name)
        if value in (None, "", [], {}):
            continue
        if target is None:
            if name not in COMPUTED and name.partition("_")[0] not in COMPUTED and name not in type_.constants:
                found.unmapped[name] = "confsync has no such field"
        elif target.secret:
            found.secrets.append(name)
        elif reason := type_.left_out.get(name):
            found.unmapped[name] = reason
        else:
            _take(found, target, name, value)
            if any(name == each or name.startswith(f"{each}_") for each in marked):
                found.sensitive.add(target.name)
    found.fields.update(type_.constants)
    return found


def _take(found: ImportedFields, target: Field, name: str, value: object) -> None:
    try:
        normal = target.normalize(value)
    except ValueError as wrong:
        found.unmapped[name] = f"it is {wrong}"
        return
    found.fields[target.name] = normal
    if target.write_only:
        found.refused[target.name] = "Twilio does not return it, so the next apply would send it and start it again"
    elif not value and not target.required and target.server_default.lower() != str(normal).lower():
        found.refused[target.name] = f"Terraform also stores {str(normal).lower()} for a value that was never set"


def _names(kind: Kind, type_: TerraformType) -> Iterator[tuple[str, Field]]:
    """Yield the attribute of each field. A name that is given for a field replaces the one that follows from it."""
    renamed = set(type_.renamed.values())
    for each in kind.fields:
        if each.name not in renamed and each.name not in type_.constants:
            yield "_".join(each.path) + ("_sid" if each.ref else ""), each
    for name, target in type_.renamed.items():
        yield name, kind.by_name[target]


def _flat_attributes(attributes: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    """Yield the attributes, and those in blocks. Terraform stores a block as a list with one object."""
    for name, value in attributes.items():
        flat = f"{above}{name}"
        inner = value[0] if isinstance(value, list) and len(value) == 1 else value
        if isinstance(inner, Mapping) and inner and flat.count("_") < _DEEPEST:
            yield from _flat_attributes(inner, f"{flat}_")
        else:
            yield flat, value


_DEEPEST = 12
