"""Checks the fields of one resource together: misplaced ones, missing ones, and values that deserve a warning."""

from collections.abc import Iterator
from itertools import islice

from confsync.annotations import Condition, holds
from confsync.config.codes import Code
from confsync.config.desired import Desired
from confsync.config.tree import Mapping, MissingSecret, Node, Scalar, Sequence, error_at, warning_at
from confsync.diagnostics import Diagnostic
from confsync.model import Field
from confsync.names import Address
from confsync.quoting import in_quotes
from confsync.redaction import mask_urls


def field_rule_errors(desired: Desired, *, has_errors: bool) -> Iterator[Diagnostic]:
    """Check the fields together; of a resource that already has errors, no missing fields are reported."""
    yield from _misplaced(desired)
    yield from () if has_errors else _missing_fields(desired)
    yield from () if has_errors else _violations(desired)
    yield from _previous_elsewhere(desired)
    yield from _lint_warnings(desired)


def _misplaced(desired: Desired) -> Iterator[Diagnostic]:
    """Report fields that the resource's other values, or its lifecycle, do not allow."""
    for name, node in desired.nodes.items():
        field = desired.kind.by_name[name]
        if not field.applies(desired.fields):
            other, values = field.only_if[0]
            summary = f"'{field.name}' belongs to {other} {_one_of(values)}, but this is '{desired.fields[other]}'"
            yield error_at(node, Code.WRONG_TYPE_FOR_FIELD, summary, "remove it")
        if desired.lifecycle.lookup and not field.in_natural_key:
            summary = f"'{field.name}' is never changed, because this resource is only looked up"
            yield error_at(node, Code.BAD_LIFECYCLE, summary, "remove it, or remove `lifecycle.lookup`")


def _violations(desired: Desired) -> Iterator[Diagnostic]:
    """Report values that are wrong together with those of other fields."""
    for name, value in desired.fields.items():
        for constraint in desired.kind.by_name[name].constraints:
            if finding := constraint.violation(value, desired.fields):
                place = desired.nodes.get(name, desired.written)
                yield error_at(place, Code.WRONG_VALUE, f"'{name}' cannot be used: {finding}")


def _previous_elsewhere(desired: Desired) -> Iterator[Diagnostic]:
    """Report former addresses with another parent or kind: a resource can move to another key only."""
    for former in sorted(desired.lifecycle.previously):
        if desired.kind.created_by_twilio or Address.parse(former)[:-1] != desired.address[:-1]:
            home = Address(desired.address[:-1])
            summary = (
                f"`previously` names {in_quotes(former)}, which is not another {desired.kind.title} next to this one"
            )
            yield error_at(desired.written, Code.BAD_LIFECYCLE, summary, f"write `{home}/…`")


def _missing_fields(desired: Desired) -> Iterator[Diagnostic]:
    """Report fields that must be written because of others that are."""
    if desired.lifecycle.lookup or desired.lifecycle.absent:
        return
    yield from _without_one_key(desired)
    for field in desired.kind.fields:
        if (
            field.required_if
            and holds(field.required_if, desired.fields, if_unset=False)
            and field.name not in desired.fields
        ):
            summary = f"{desired.kind.a_title} of {_described(field.required_if)} has no '{field.name}'"
            *blocks, name = field.path
            where = f" under `{'.'.join(blocks)}`" if blocks else ""
            yield error_at(desired.written, Code.MISSING_FIELD, summary, f"write `{name}:`{where}")


def _without_one_key(desired: Desired) -> Iterator[Diagnostic]:
    """Find what can be recognised in several ways, and says none of them, or more than one."""
    firsts = [way[0] for way in desired.kind.key_options]
    written = [name for name in firsts if desired.fields.get(name) is not None]
    if firsts and len(written) != 1:
        said = "both" if written else "neither"
        summary = f"{desired.kind.a_title} must have {_one_of(tuple(firsts))}, but this has {said}"
        yield error_at(desired.written, Code.NOT_ONE_KEY, summary, "write one of them")
        return
    for first, *rest in desired.kind.key_options:
        for name in rest if first not in written else ():
            if desired.fields.get(name) is not None:
                summary = f"{in_quotes(name)} requires {in_quotes(first)}, which is missing here"
                yield error_at(desired.nodes[name], Code.WRONG_TYPE_FOR_FIELD, summary, "remove it")


def _described(condition: Condition) -> str:
    return " and ".join(f"{name} {_one_of(values)}" for name, values in condition)


def _one_of(values: tuple[str, ...]) -> str:
    return " or ".join(f"{in_quotes(value)}" for value in values)


def _lint_warnings(desired: Desired) -> Iterator[Diagnostic]:
    """Warn of what Twilio does not document, and of passwords in the open."""
    texts = {name: value for name, value in desired.fields.items() if isinstance(value, str)}
    for name, node in desired.nodes.items():
        field, value = desired.kind.by_name[name], desired.fields.get(name)
        if field.choices or isinstance(value, Address | MissingSecret) or _is_malformed(field, value):
            continue
        items = dict(_items(node))
        for finding in islice(field.lint(value, texts), _MOST_WARNINGS):
            yield warning_at(items.get(finding.item, node), Code.LINT, finding.text, finding.hint)
        if isinstance(value, str) and mask_urls(value) != value:
            hint = "put it into a variable with `{sensitive: true}`"
            yield warning_at(node, Code.OPEN_TOKEN, f"'{field.name}' seems to contain a password or token", hint)


_MOST_WARNINGS = 20
"""Of one field: a hostile list has thousands."""


def _is_malformed(field: Field, value: object) -> bool:
    """Whether a text does not have the form of its field, which is an error."""
    return isinstance(value, str) and not all(each.matches(value) for each in field.patterns)


def _items(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield each item of a list, or of the lists of a change to one, with its own node in the tree."""
    match node:
        case Mapping():
            for entry in node.items.values():
                yield from _items(entry.node)
        case Sequence():
            yield from (
                (item.value, item) for item in node.items if isinstance(item, Scalar) and type(item.value) is str
            )
