"""Checks the values that are written for variables."""

from collections.abc import Iterator
from collections.abc import Mapping as Table
from itertools import islice

from confsync.config.codes import Code
from confsync.config.tree import Mapping, Node, Pair, Plain, Scalar, Sequence, error_at
from confsync.config.variables.variable import PREFIX, Variable, VariableType, VariableValue, value_of
from confsync.diagnostics import MOST_WORDS_COMPARED, Diagnostic, did_you_mean
from confsync.quoting import in_quotes
from confsync.redaction import hide_ranges


def named_value_errors(
    name: str, entry: Pair, declared: Table[str, Variable], *, like_default: bool
) -> Iterator[Diagnostic]:
    """Report what is wrong with a name and its value outside the declaration."""
    if name not in declared:
        hint = meant_variable(name, declared)
        yield error_at(entry, Code.UNDECLARED_VARIABLE, f"no variable {in_quotes(name)} is declared", hint)
    elif declared[name].sensitive:
        error = error_at(entry, Code.SENSITIVE_VARIABLE_GIVEN, *sensitive_given(name))
        yield from hide_ranges([error], [entry.node.range])
    elif not declared[name].invalid:
        yield from written_value_errors(declared[name], entry.node, like_default=like_default)


def written_value_errors(variable: Variable, node: Node, *, like_default: bool) -> Iterator[Diagnostic]:
    """Report what is wrong with a value that is written for a variable, as YAML.

    Unless it must be `like_default`, any single value may replace another if the declaration names no type.
    """
    value = value_of(node)
    if node.empty:
        return
    replaces_scalar = not variable.type and isinstance(variable.default, Plain)
    if value is None or (replaces_scalar and not like_default and not isinstance(value, Plain)):
        hint = "" if variable.type else "write a text, a number, true or false"
        yield error_at(node, Code.VARIABLE_DEFAULT, f"this cannot be the value of {in_quotes(variable.name)}", hint)
    elif not variable.accepts(value) and (like_default or not replaces_scalar):
        summary = f"{in_quotes(variable.name)} must be {variable.requirement}"
        yield error_at(node, Code.VARIABLE_TYPE, summary, _quotes_hint(variable, value))
    else:
        yield from _value_errors(variable, node, value)


def not_allowed(variable: Variable) -> str:
    """Say which values a variable may have, for a value that is not among them."""
    shown = [_display(each) for each in variable.allowed[:_MOST_SHOWN]]
    more = [f"{len(variable.allowed) - _MOST_SHOWN} more"] if len(variable.allowed) > _MOST_SHOWN else []
    *most, last = [*shown, *more]
    words = f"{', '.join(most)} or {last}" if most else last
    return f"{in_quotes(variable.name)} must be {words}"


def sensitive_given(name: str) -> tuple[str, str]:
    """Say that the value of a sensitive variable is in the wrong place, and where it belongs."""
    return (
        f"{in_quotes(name)} is sensitive, but anybody could read it here",
        f"set {PREFIX}{name} in the process environment instead",
    )


def meant_variable(name: str, declared: Table[str, Variable]) -> str:
    """Return the hint for an unknown name: the declared variable that was probably meant."""
    # A hostile file may use thousands of unknown variables beside thousands of declared ones.
    near = did_you_mean(name, declared) if len(declared) <= MOST_WORDS_COMPARED else ""
    return near or "declare it under `variables` at the top of the configuration"


def text_hint(name: str) -> str:
    """Return the hint for a variable whose value is used as text, but is a number, true or false."""
    return f"put quotes around the value of the variable {in_quotes(name)}; if it has a `type`, make that `text`"


def boolean_hint(name: str) -> str:
    """Return the hint for a variable whose value should be true or false."""
    return f"set the variable {in_quotes(name)} to `true` or `false`; if it has a `type`, make that `boolean`"


_MOST_SHOWN = 10
_MOST_ERRORS = 10
"""Per value: a hostile one could contain a hundred thousand."""


def _display(value: Plain) -> str:
    return str(value).lower() if isinstance(value, bool) else in_quotes(value) if isinstance(value, str) else str(value)


def _quotes_hint(variable: Variable, value: VariableValue) -> str:
    is_scalar = variable.value_type is VariableType.TEXT and isinstance(value, Plain)
    return "put quotes around it" if is_scalar else ""


def _value_errors(variable: Variable, node: Node, value: VariableValue) -> Iterator[Diagnostic]:
    """Report a value that `allowed` does not list, and references in it."""
    if not variable.allows(value):
        hint = did_you_mean(str(value), (each for each in variable.allowed if isinstance(each, str)))
        yield error_at(node, Code.VARIABLE_NOT_ALLOWED, not_allowed(variable), hint)
    else:
        yield from islice(_reference_errors(node), _MOST_ERRORS)


def _reference_errors(node: Node) -> Iterator[Diagnostic]:
    match node:
        case Mapping():
            for entry in node.items.values():
                yield from _reference_errors(entry.node)
        case Sequence():
            for item in node.items:
                yield from _reference_errors(item)
        case Scalar(value=str() as text) if "${{" in text:
            hint = "use the other variable where this one is used"
            yield error_at(node, Code.VARIABLE_DEFAULT, "a variable cannot contain a reference", hint)
