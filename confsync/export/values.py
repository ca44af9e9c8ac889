"""What is written for each field of a live resource: a value, or why there is none."""

import json
from collections.abc import Iterator, Mapping

from msgspec import Struct

from confsync.codecs import JsonText, Value, written_json
from confsync.export.naming import variable_word
from confsync.export.tree import ExportedResource, ExportTree, secret_fields, walk_resources
from confsync.export.variables import ExportVariables, is_per_environment
from confsync.export.yaml_text import Reference, reason_not_to_write
from confsync.model import Field
from confsync.names import Address, Sid, named_from
from confsync.plan.exported import LeftOut
from confsync.redaction import mask_urls


class WrittenValue(Struct, frozen=True):
    """A field, and what to write for it. With a reason, it is written as a comment; `hidden` then omits the value."""

    field: Field
    value: object
    reason: str = ""
    hidden: bool = False


class UnwritableError(Exception):
    """A live value that a configuration cannot contain, with the reason."""


def written_values(resource: ExportedResource, tree: ExportTree, variables: ExportVariables) -> Iterator[WrittenValue]:
    """Yield what to write for each field that has a value, in the order of the field table."""
    has_secrets = resource.selected and not resource.lookup
    secrets = frozenset(each.name for each in secret_fields(resource)) if has_secrets else frozenset()
    for field in resource.kind.fields:
        if field.name in secrets:
            yield WrittenValue(field, _secret_reference(resource, field), reason=_SECRET)
        elif tree.is_written(resource, field) and not _is_the_key(resource, field):
            yield _written(resource, field, tree, variables)


def left_out_of(tree: ExportTree, variables: ExportVariables) -> Iterator[LeftOut]:
    """Yield what the configuration contains only as a comment."""
    for each in walk_resources(tree.roots):
        what = f"{each.kind.title} {each.live.sid}" if each.live.sid else str(each.address)
        if each.refused:
            yield LeftOut(what, each.refused)
        elif not tree.is_left_out(each):
            for written in written_values(each, tree, variables):
                reason = "" if written.field.secret else written.reason or reason_not_to_write(written.value)
                if reason:
                    yield LeftOut(f"{each.address}#{written.field.name}", reason)


_SECRET = "Twilio does not return this secret. Without the # below, the next apply sends it once."  # noqa: S105


def _written(resource: ExportedResource, field: Field, tree: ExportTree, variables: ExportVariables) -> WrittenValue:
    live = resource.live.fields[field.name]
    try:
        value = _value(resource, field, live, tree, variables)
    except UnwritableError as reason:
        return WrittenValue(field, None, str(reason), hidden=True)
    return WrittenValue(field, value, resource.refused_fields.get(field.name, ""))


def _value(
    resource: ExportedResource, field: Field, live: Value, tree: ExportTree, variables: ExportVariables
) -> object:
    if field.name in resource.sensitive and not _may_be_variable(resource, field, live):
        raise UnwritableError("it is marked as sensitive, and a plan would show it")
    if field.ref and isinstance(live, str):
        return _key_of(Sid(live), resource, field, tree)
    if isinstance(field.codec, JsonText):
        return written_json(_mapping(str(live)))
    if isinstance(live, frozenset):
        if any(mask_urls(each) != each for each in live):
            raise UnwritableError(_TOKEN)
        return sorted(live)
    if isinstance(live, str):
        reference = variables.reference(resource, field, live)
        if (
            reference is not None
            and field.in_natural_key
            and not resource.kind.key_is_label
            and not is_per_environment(field)
        ):
            raise UnwritableError(_TOKEN)
        return reference or live
    return live


def _may_be_variable(resource: ExportedResource, field: Field, live: Value) -> bool:
    if field.ref or not isinstance(live, str) or isinstance(field.codec, JsonText):
        return False
    return resource.kind.key_is_label or not field.in_natural_key


_TOKEN = "it contains a URL with a password or a token, and a plan would show it"  # noqa: S105


def _key_of(sid: Sid, resource: ExportedResource, field: Field, tree: ExportTree) -> str:
    target = tree.by_sid.get(sid)
    if target is None:
        kind = field.ref.kind if field.ref else resource.kind
        missing = tree.missing_built_in if kind.built_in else tree.missing
        raise UnwritableError(f"it refers to the {kind.title} {sid}, {missing}")
    if target.refused:
        raise UnwritableError(f"it refers to {target.kind.title} {sid}, which is left out")
    if named_from(resource.kind, resource.address, target.kind, target.address.key) != target.address:
        where = target.kind.parent.title if target.kind.parent else "account"
        raise UnwritableError(f"it refers to the {target.kind.title} {sid}, which is in a different {where}")
    return tree.key_for_references(target)


def _mapping(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UnwritableError("it is not a mapping, so the configuration cannot contain it")
    if any(mask_urls(each) != each for each in _texts_in(found)):
        raise UnwritableError(_TOKEN)
    return found


def _texts_in(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for name, each in value.items():
                yield name
                yield from _texts_in(each)
        case list():
            for each in value:
                yield from _texts_in(each)


def _is_the_key(resource: ExportedResource, field: Field) -> bool:
    """Whether the YAML key already says it. A name is written beside a key that was made from it."""
    if resource.kind.linked_kind:
        return field.in_natural_key
    is_name = field is resource.kind.name_field
    return is_name and resource.kind.unique and resource.address.key == resource.live.name


def _secret_reference(resource: ExportedResource, field: Field) -> Reference:
    return Reference(f"${{{{ env.{secret_variable(resource.address, field)} }}}}")


def secret_variable(address: Address, field: Field) -> str:
    """Name the environment variable that a secret is to come from."""
    words = "_".join(filter(None, (variable_word(address.key), *field.path))).upper()
    return words if words[:1].isalpha() else f"KEY_{words}"
