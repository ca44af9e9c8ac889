"""Reads one declared resource: checks its fields, and brings each value to normal form."""

from collections.abc import Container, Iterator
from functools import cache, partial

from msgspec import Struct

from confsync.annotations import EDIT_KEYS
from confsync.codecs import Duration, Edit, JsonText, StringSet, Value, is_json_edit, json_edit_of
from confsync.config.codes import Code
from confsync.config.desired import Desired, DesiredValue
from confsync.config.extra_reader import read_extra_parameters
from confsync.config.field_rules import field_rule_errors
from confsync.config.lifecycle import Lifecycle, read_lifecycle
from confsync.config.quick_check import is_certainly_valid
from confsync.config.references.secret_sources import SecretContext
from confsync.config.references.substitution import secret_reference, substitute_references, variables_in
from confsync.config.tree import Mapping as Keys
from confsync.config.tree import MissingSecret, Node, Pair, Scalar, Sequence, UnresolvedSecret, error_at, plain_value
from confsync.config.variables.values import Variables
from confsync.diagnostics import Diagnostic
from confsync.extra_parameters import SECTION
from confsync.model import Field, Kind
from confsync.names import Address, named_from
from confsync.resources import children_of
from confsync.secret import STAND_IN, Secret

RESERVED = ("lifecycle", SECTION)
"""Keys that every resource may have besides its fields."""


class BuildContext(Struct, frozen=True):
    """What values may be built from."""

    variables: Variables
    secret_context: SecretContext


Nodes = dict[str, Node]
"""The top-level keys of a resource, with resolved values."""


def read_resource(
    kind: Kind, address: Address, written: Pair, context: BuildContext, *, partial: bool = False
) -> tuple[Desired, list[Diagnostic]]:
    """Read one resource, whose value is a mapping; if the diagnostics contain an error, do not use it.

    Of a partial one, only what is written is checked, field by field.
    """
    found: list[Diagnostic] = []
    lifecycle, errors = read_lifecycle(kind, written)
    found.extend(errors)
    nodes = _own_nodes(kind, written, context, found)
    found.extend(_cleared_blocks(kind, nodes))
    found.extend(_type_errors(kind, address, written, nodes, None if partial else lifecycle))
    leaves = dict(_leaves(kind, nodes))
    fields = _name(kind, address)
    for field, node in leaves.items():
        value = _value(kind, address, field, node, context)
        if isinstance(value, Diagnostic):
            found.append(value)
        else:
            fields[field.name] = value
    extra = read_extra_parameters(kind, written, context.variables)
    found.extend(each for each in extra.diagnostics if each.severity == "error")
    fields |= extra.texts
    written_at = {each.name: node for each, node in leaves.items()} | extra.nodes
    unmarked = frozenset(_unmarked(kind, written, context.variables)) if context.variables.unmarked else frozenset()
    desired = Desired(address, kind, fields, lifecycle, written, written_at, unmarked)
    if partial:
        return desired, [*found, *(each for each in extra.diagnostics if each.severity == "warning")]
    warnings = (each for each in extra.diagnostics if each.severity == "warning")
    return desired, [*found, *field_rule_errors(desired, has_errors=bool(found)), *warnings]


def _with_structures(written: Pair, nodes: Nodes) -> Pair:
    """Return a resource in which references to lists and mappings are replaced, so that errors point into those."""
    if not isinstance(written.node, Keys):
        return written
    items = {name: Pair(each.key, _structured(each.node, nodes.get(name))) for name, each in written.node.items.items()}
    return Pair(written.key, written.node.holding(items))


def _structured(written: Node, value: Node | None) -> Node:
    match written, value:
        case Keys(), Keys():
            pairs = ((name, each, value.get(name)) for name, each in written.items.items())
            return written.holding({name: Pair(each.key, _structured(each.node, there)) for name, each, there in pairs})
        case Sequence(), Sequence():
            return written.holding(list(map(_structured, written.items, value.items)))
        case Scalar(), Keys() | Sequence():
            return value
    return written


def _unmarked(kind: Kind, written: Pair, variables: Variables) -> Iterator[str]:
    """Yield the fields that are masked only because a variable in them was sensitive until now."""
    nodes = {name: entry.node for name, entry in written.node.items.items()} if isinstance(written.node, Keys) else {}
    for field in kind.fields:
        node = _at(nodes, field.path)
        names = frozenset(variables_in(node)) if node is not None and not field.secret else frozenset()
        if names & variables.unmarked and not any(map(variables.is_sensitive, names)):
            yield field.name


def _own_nodes(kind: Kind, written: Pair, context: BuildContext, found: list[Diagnostic]) -> Nodes:
    """Return the resource's own keys, without its sections; secret fields are not resolved."""
    words = _words(kind)
    nodes: Nodes = {}
    for name, entry in written.node.items.items() if isinstance(written.node, Keys) else ():
        if name in words.not_fields or _is_empty(entry.node):
            continue
        node, errors = (
            (entry.node, []) if name in words.secrets else substitute_references(entry.node, context.variables)
        )
        found.extend(errors)
        if not _is_empty(node):
            nodes[name] = node
    return nodes


class _Words(Struct, frozen=True):
    """The keys of a kind by their meaning; blocks and fields by their paths."""

    not_fields: frozenset[str]
    secrets: frozenset[str]
    blocks: frozenset[tuple[str, ...]]
    paths: frozenset[tuple[str, ...]]


@cache
def _words(kind: Kind) -> _Words:
    blocks = frozenset(each.path[:depth] for each in kind.fields for depth in range(1, len(each.path)))
    return _Words(
        not_fields=frozenset((*(each.section for each in children_of(kind)), *RESERVED)),
        secrets=frozenset(each.name for each in kind.fields if each.secret),
        blocks=blocks,
        paths=blocks.union(each.path for each in kind.fields),
    )


def possible_secrets(desired: Desired) -> Iterator[Node]:
    """Yield values that may be literal secrets: those in secret fields, and under unknown keys."""
    written = desired.written.node
    if not isinstance(written, Keys) or not desired.kind.secrets:
        return
    words = _words(desired.kind)
    for name, entry in written.items.items():
        known = (name,) in words.paths or name in words.not_fields
        if not known or (name in words.secrets and name not in desired.fields):
            yield entry.node


def _type_errors(
    kind: Kind, address: Address, written: Pair, nodes: Nodes, lifecycle: Lifecycle | None
) -> Iterator[Diagnostic]:
    """Check the values against the type; secrets have their own checks. Without a lifecycle, nothing is required."""
    words = _words(kind)
    values = {
        name: _as_plain(node, words.paths, (name,))
        for name, node in nodes.items()
        if name not in words.secrets and not (_is_null(node) and (name,) in words.paths)
    }
    if kind.name_field and lifecycle:
        values = {kind.name_field.name: address.key} | values
    if not is_certainly_valid(kind, values, partial=lifecycle is None):
        needless = {step for each in kind.fields if _is_needless(each, lifecycle) for step in (each.name, *each.path)}
        hidden = frozenset(each.path for each in kind.fields if _holds_a_secret(_at(nodes, each.path)))
        yield from _explained(kind, values, _with_structures(written, nodes), needless, hidden)


def _explained(
    kind: Kind, values: dict[str, object], written: Pair, needless: set[str], hidden: frozenset[tuple[str, ...]]
) -> Iterator[Diagnostic]:
    """Let pydantic explain the errors of a resource, if it has any; it sees a placeholder in the `hidden` fields."""
    from pydantic import ValidationError  # noqa: PLC0415 — slow to import, and a valid configuration does without it

    from confsync.config.pydantic_errors import validation_errors  # noqa: PLC0415 — as above

    try:
        kind.model.model_validate(values)
    except ValidationError as error:
        keys = partial(_keys_below, kind)
        yield from validation_errors(error, kind.title, written, keys, needless, hidden)


def _is_needless(field: Field, lifecycle: Lifecycle | None) -> bool:
    """Whether a field need not be written: a looked-up resource needs only its key, an absent one nothing."""
    return lifecycle is None or lifecycle.absent or (lifecycle.lookup and not field.in_natural_key)


def _keys_below(kind: Kind, above: tuple[str, ...]) -> Iterator[str]:
    """Yield every key that may be at the top of a resource, or in one of its blocks."""
    depth = len(above)
    inside = [field for field in kind.fields if field.path[:depth] == above]
    yield from dict.fromkeys(field.path[depth] for field in inside if len(field.path) > depth)
    if any(field.path == above and field.editable for field in inside):
        yield from EDIT_KEYS
    if not above:
        yield from (each.section for each in children_of(kind))
        yield from RESERVED


def _leaves(kind: Kind, nodes: Nodes) -> Iterator[tuple[Field, Node]]:
    for field in kind.fields:
        node = _at(nodes, field.path)
        if node is not None and not _is_empty(node):
            yield field, node


def _cleared_blocks(kind: Kind, nodes: Nodes) -> Iterator[Diagnostic]:
    """Report blocks that are null: only fields can be cleared."""
    for path in sorted(_words(kind).blocks):
        node = _at(nodes, path)
        if node is not None and _is_null(node) and not _is_empty(node):
            yield _not_clearable(".".join(path), node)


def _at(nodes: Nodes, path: tuple[str, ...]) -> Node | None:
    node: Node | None = nodes.get(path[0])
    for step in path[1:]:
        node = node.get(step) if isinstance(node, Keys) else None
    return node


def _value(kind: Kind, address: Address, field: Field, node: Node, context: BuildContext) -> DesiredValue | Diagnostic:
    """Bring one value to normal form, or return the error."""
    if field.secret:
        return _secret(field, node, context)
    if _is_always_shown(kind, field) and _holds_a_secret(node):
        summary = f"'{field.name}' is shown in plans, so it cannot contain a sensitive variable"
        return error_at(node, Code.WRONG_VALUE, summary)
    if isinstance(node, Scalar) and isinstance(node.value, MissingSecret | None):
        return node.value if node.value or field.clearable else _not_clearable(field.name, node)
    if field.ref and plain_value(node) == "":
        return _not_clearable(field.name, node)
    value = _normal(field, node)
    if isinstance(value, str) and field.ref:
        return named_from(kind, address, field.ref.kind, value)
    return _forbidden_value(field, node, value) or value


def _normal(field: Field, node: Node) -> Value:
    """Bring a value to normal form; None if it is invalid, which is already reported."""
    try:
        value = _edit(node) if field.editable and isinstance(node, Keys) else _whole_or_edit(field, plain_value(node))
    except ValueError:
        return None
    return None if field.choices and value not in field.choices else value


def _forbidden_value(field: Field, node: Node, value: Value) -> Diagnostic | None:
    """Report the text that clears a field, and a sensitive value that does not match: pydantic saw a placeholder."""
    if value is not None and value == field.cleared_as and all(each.matches(str(value)) for each in field.patterns):
        summary = f"'{field.name}' cannot be '{field.cleared_as}': Twilio treats that text as no value"
        return error_at(node, Code.WRONG_VALUE, summary)
    forms = field.patterns if isinstance(value, Secret) else ()
    wrong = next((form for form in forms if isinstance(value, Secret) and not value.matches(form.regex)), None)
    if wrong is None:
        return None
    return error_at(
        node, Code.WRONG_VALUE, f"'{field.name}' {wrong.description}, but this sensitive value is different"
    )


def _whole_or_edit(field: Field, value: object) -> Value:
    if isinstance(field.codec, JsonText) and isinstance(value, dict) and is_json_edit(value):
        return json_edit_of(value)
    return field.normalize(value)


def _edit(node: Keys) -> Edit:
    """Read what to add to a set and what to remove."""
    add, remove = (node.get(name) for name in ("add", "remove"))
    return Edit(*(StringSet().normalize(plain_value(each) if each else None) for each in (add, remove)))


def _is_always_shown(kind: Kind, field: Field) -> bool:
    """Whether a value is part of an address, or shown item by item; choices are never sensitive."""
    names = (field.in_natural_key and not kind.key_is_label) or field.ref is not None
    return not field.choices and (names or field.is_set or isinstance(field.codec, Duration | JsonText))


def _holds_a_secret(node: Node | None) -> bool:
    match node:
        case None:
            return False
        case Keys():
            return any(_holds_a_secret(entry.node) for entry in node.items.values())
        case Sequence():
            return any(map(_holds_a_secret, node.items))
    return isinstance(node.value, Secret | MissingSecret)


def _secret(field: Field, node: Node, context: BuildContext) -> DesiredValue | Diagnostic:
    source = secret_reference(node, context.variables, context.secret_context)
    if isinstance(source, Diagnostic):
        return source
    error = error_at(node, Code.MISSING_SECRET, f"'{field.name}' must be sent, but {source.missing}")
    if not context.variables.resolves_secrets:
        return UnresolvedSecret(error, source.name, source.missing, source.text)
    return source.resolve() or MissingSecret(error, source.name, source.missing)


def _not_clearable(name: str, node: Node) -> Diagnostic:
    return error_at(node, Code.NOT_CLEARABLE, f"Twilio cannot clear '{name}'", "remove the key to leave it alone")


def _name(kind: Kind, address: Address) -> dict[str, DesiredValue]:
    """Return the default of the live name: the YAML key, or what it refers to."""
    field = kind.name_field
    if field is None:
        return {}
    if field.ref:
        return {field.name: named_from(kind, address, field.ref.kind, address.key)}
    return {field.name: field.normalize(address.key)}


def _is_empty(node: Node) -> bool:
    """Whether there is no value, or a reference could not be resolved; both are already reported."""
    return isinstance(node, Scalar) and node.empty


def _is_null(node: Node) -> bool:
    """Whether there is no value, or null, which is checked field by field."""
    return isinstance(node, Scalar) and node.value is None


def _as_plain(node: Node, known: Container[tuple[str, ...]], path: tuple[str, ...] = ()) -> object:
    """Convert a node to ordinary values, without what is sensitive or already reported.

    An item of a list keeps its index, so that errors of later items have the right position.
    """
    match node:
        case Keys():
            below = ((name, entry.node, (*path, name)) for name, entry in node.items.items())
            return {
                name: _as_plain(value, known, at)
                for name, value, at in below
                if not (_is_empty(value) or (_is_null(value) and at in known))
            }
        case Sequence():
            return [STAND_IN if _is_empty(item) else _as_plain(item, ()) for item in node.items]
        case Scalar(value=Secret() | MissingSecret()):
            return STAND_IN
    return node.value
