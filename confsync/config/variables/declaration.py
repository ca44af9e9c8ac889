"""Reads what the `variables` section declares: a default, or a mapping of what is known about a variable."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from confsync.config.codes import Code
from confsync.config.tree import Mapping, Node, Pair, Plain, Scalar, Sequence, error_at, plain_value
from confsync.config.variables.checks import written_value_errors
from confsync.config.variables.variable import PREFIX, Variable, VariableType, value_of
from confsync.diagnostics import Diagnostic, did_you_mean
from confsync.quoting import in_quotes
from confsync.redaction import hide_ranges

KEYS = ("description", "type", "default", "allowed", "sensitive")
"""The keys of a declaration that is a mapping."""


def declare_variables(section: Node | None) -> tuple[dict[str, Variable], list[Diagnostic]]:
    """Read the `variables` section at the top of a configuration."""
    declared: dict[str, Variable] = {}
    errors = not_keys_and_values(section)
    for name, entry in entries_of(section):
        declared[name], found = _declared(name, entry)
        errors.extend(found)
    return declared, errors


def entries_of(section: Node | None) -> Iterator[tuple[str, Pair]]:
    """Yield the names in a section, and what is written for each."""
    yield from section.items.items() if isinstance(section, Mapping) else ()


def not_keys_and_values(section: Node | None) -> list[Diagnostic]:
    """Report a section that is not a mapping."""
    if section is None or isinstance(section, Mapping) or section.empty:
        return []
    return [error_at(section, Code.VARIABLES_NOT_A_MAPPING, "variables must be keys and values", "write `name: value`")]


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = "FILE"


def _declared(name: str, entry: Pair) -> tuple[Variable, list[Diagnostic]]:
    errors: list[Diagnostic] = []
    if name == _RESERVED:
        summary = f"a variable cannot be called {name}: {PREFIX}{name} names the files of --var-file"
        errors.append(error_at(entry, Code.VARIABLE_NAME, summary, "choose a different name, such as `file`"))
    if not _NAME.fullmatch(name):
        hint = "use letters, digits and underscores: an environment variable may set it"
        errors.append(error_at(entry, Code.VARIABLE_NAME, f"{in_quotes(name)} cannot be a variable's name", hint))
    node = entry.node
    is_long = isinstance(node, Mapping) and bool(node.items) and set(node.items).issubset(KEYS)
    variable, found = _long_form(name, node) if isinstance(node, Mapping) and is_long else _short_form(name, node)
    errors.extend(found)
    has_gap = node.empty or (isinstance(node, Mapping) and any(each.node.empty for each in node.items.values()))
    return (replace(variable, invalid=True) if errors or has_gap else variable), errors


def _short_form(name: str, node: Node) -> tuple[Variable, list[Diagnostic]]:
    """Read a declaration that is only a default."""
    value = value_of(node)
    if isinstance(node, Scalar) and (value is not None or node.empty):
        variable = Variable(name, value)
        return variable, list(written_value_errors(variable, node, like_default=True))
    sensitive = isinstance(node, Mapping) and _is_true(node.get("sensitive"))
    return Variable(name, sensitive=sensitive), [_not_a_declaration(name, node)]


def _not_a_declaration(name: str, node: Node) -> Diagnostic:
    match node:
        case Mapping(items=items) if unknown := next((key for key in items if key not in KEYS), None):
            near = did_you_mean(unknown, KEYS)
            summary = f"unknown key {in_quotes(unknown)} in the declaration of {in_quotes(name)}"
            hint = near or f"if the mapping is the default, write `{name}: {{default: {{…}}}}`"
            return error_at(items[unknown], Code.VARIABLE_DEFAULT, summary, hint)
        case Mapping():
            hint = f"write `{name}: {{default: {{}}}}`"
        case Sequence():
            hint = f"write `{name}: {{default: […]}}`"
        case _:
            hint = "write a text, a number, true or false; or `{sensitive: true}`"
    return error_at(node, Code.VARIABLE_DEFAULT, f"this cannot be the default of {in_quotes(name)}", hint)


def _long_form(name: str, node: Mapping) -> tuple[Variable, list[Diagnostic]]:
    """Read a declaration that is a mapping."""
    errors = list(_key_errors(node))
    if errors:
        return Variable(name, sensitive=_is_true(node.get("sensitive"))), errors
    written = node.get("type")
    variable = Variable(
        name,
        value_of(node.get("default")),
        sensitive=_is_true(node.get("sensitive")),
        type=VariableType(str(plain_value(written))) if written else None,
        allowed=_allowed(node.get("allowed")),
    )
    if variable.value_type in (VariableType.LIST, VariableType.MAPPING):
        variable = replace(variable, allowed=())
    if variable.sensitive:
        errors.extend(_sensitive_errors(node))
        return Variable(name, sensitive=True), errors
    if variable.default is None and written is None:
        hint = "write its `default`, or its `type` if the value must be given"
        summary = f"{in_quotes(name)} has neither a default nor a type"
        return variable, [error_at(node, Code.VARIABLE_DEFAULT, summary, hint)]
    return variable, [*_allowed_errors(variable, node), *_default_errors(variable, node)]


def _key_errors(node: Mapping) -> Iterator[Diagnostic]:
    """Report keys whose values have the wrong form."""
    for key, entry in node.items.items():
        value = plain_value(entry.node)
        if entry.node.empty or _has_form(key, value):
            continue
        summary, hint = _FORMS[key]
        if key == "type" and isinstance(value, str):
            hint = did_you_mean(value, _TYPES)
        yield error_at(entry.node, Code.VARIABLE_DEFAULT, f"`{key}` {summary}", hint)


def _has_form(key: str, value: object) -> bool:
    match key:
        case "description":
            return isinstance(value, str)
        case "sensitive":
            return isinstance(value, bool)
        case "type":
            return value in _TYPES
        case "allowed":
            return (
                isinstance(value, list) and bool(value) and all(isinstance(each, str | int | float) for each in value)
            )
    return value is not None


_TYPES = tuple(VariableType)
_FORMS = {
    "description": ("must be text", "put quotes around it"),
    "sensitive": ("must be true or false", "write `sensitive: true`"),
    "type": (f"must be {', '.join(_TYPES[:-1])} or {_TYPES[-1]}", ""),
    "allowed": ("must be a list of strings, numbers or booleans", "write `allowed: [one, two]`"),
    "default": ("cannot be null", "remove it, and write the `type`"),
}


def _is_true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is True


def _allowed(node: Node | None) -> tuple[Plain, ...]:
    items = node.items if isinstance(node, Sequence) else []
    return tuple(item.value for item in items if isinstance(item, Scalar) and isinstance(item.value, Plain))


def _sensitive_errors(node: Mapping) -> Iterator[Diagnostic]:
    """Report what a sensitive variable cannot have; the value could be the secret."""
    for key in ("default", "allowed", "type"):
        entry = node.items.get(key)
        if entry is not None and not entry.node.empty and plain_value(entry.node) != VariableType.TEXT:
            summary = f"a sensitive variable cannot have `{key}`: it is a text that comes only from {PREFIX}…"
            error = error_at(entry, Code.SENSITIVE_VARIABLE_GIVEN, summary, "remove it")
            yield from hide_ranges([error], [entry.node.range])


def _allowed_errors(variable: Variable, node: Mapping) -> Iterator[Diagnostic]:
    """Report values in `allowed` that the variable cannot have anyway."""
    written = node.get("allowed")
    if not isinstance(written, Sequence):
        return
    if variable.value_type in (VariableType.LIST, VariableType.MAPPING):
        summary = "`allowed` works only for a text, a number, true or false"
        yield error_at(node.items["allowed"], Code.VARIABLE_DEFAULT, summary, "remove it")
        return
    anything = replace(variable, allowed=())
    for item in written.items:
        yield from written_value_errors(anything, item, like_default=True)


def _default_errors(variable: Variable, node: Mapping) -> Iterator[Diagnostic]:
    default = node.get("default")
    if default is not None:
        yield from written_value_errors(variable, default, like_default=True)
