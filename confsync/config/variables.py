"""The variables of a configuration, and their values in this run.

Precedence, lowest first: the default, the environment's `variables`, CONFSYNC_VAR_name, --var. A sensitive variable has
its value from CONFSYNC_VAR_name alone.
"""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Table

from msgspec import Struct
from msgspec.structs import replace

from confsync.config.codes import Code
from confsync.config.tree import Mapping, MissingSecret, Node, Pair, Plain, Scalar, error_at, warning_at
from confsync.config.yaml import resolve_scalar
from confsync.diagnostics import MOST_WORDS_COMPARED, Diagnostic, did_you_mean
from confsync.quoting import in_quotes
from confsync.redaction import hide_ranges
from confsync.secret import Secret

PREFIX = "CONFSYNC_VAR_"


class Variable(Struct, frozen=True):
    """A variable as the `variables` section declares it.

    One that is neither sensitive nor has a default is invalid, which `declare_variables` reports.
    """

    name: str
    default: Plain = None
    sensitive: bool = False


class Variables(Struct, frozen=True):
    """The declared variables and the known values; a sensitive value is a Secret, and a missing one is left out.

    `unmarked` were sensitive at the last apply and are not any more; their values are masked once more. Unless
    `resolves_secrets`, references to secrets stay as they are written.
    """

    declared: Table[str, Variable]
    values: Table[str, Plain | Secret]
    unmarked: frozenset[str] = frozenset()
    resolves_secrets: bool = True

    def is_sensitive(self, name: str) -> bool:
        """Whether a variable is declared as sensitive."""
        return name in self.declared and self.declared[name].sensitive

    def no_longer_marked(self, before: frozenset[str]) -> frozenset[str]:
        """Return the variables that were sensitive before, and that are declared without that mark."""
        return frozenset(name for name in before if name in self.declared and not self.is_sensitive(name))

    def masking(self, names: frozenset[str]) -> "Variables":
        """Mask the values of these variables, which are not sensitive any more."""
        hidden = {name: Secret(text_of(self.values[name])) for name in names if name in self.values}
        return Variables(self.declared, {**self.values, **hidden}, names) if names else self

    def resolving(self, *, secrets: bool) -> "Variables":
        """Return the variables without the sensitive values, unless secrets are resolved."""
        if secrets:
            return self
        values = {name: value for name, value in self.values.items() if not self.is_sensitive(name)}
        return replace(self, values=values, resolves_secrets=False)

    def withholding(self, names: Iterable[str]) -> "Variables":
        """Return the variables without values for some, as if those were sensitive and not available here."""
        hidden = {name: replace(self.declared[name], sensitive=True) for name in names if name in self.declared}
        values = {name: value for name, value in self.values.items() if name not in hidden}
        return replace(self, declared={**self.declared, **hidden}, values=values)

    def meant(self, name: str) -> str:
        """Return the hint for an unknown name: the declared variable that was probably meant."""
        return _meant(name, self.declared)


def given_outside(declared: Table[str, Variable], environ: Table[str, str], given: Table[str, str]) -> frozenset[str]:
    """Return the variables whose value in this run comes from outside the configuration."""
    return frozenset(name for name in declared if name in given or PREFIX + name in environ)


NO_VARIABLES = Variables({}, {})


def declare_variables(section: Node | None) -> tuple[dict[str, Variable], list[Diagnostic]]:
    """Read the `variables` section at the top of a configuration."""
    declared: dict[str, Variable] = {}
    errors = _not_keys_and_values(section)
    for name, entry in _entries(section):
        declared[name] = _declaration(name, entry.node)
        errors.extend(_declaration_errors(name, entry))
    return declared, errors


def unmarked_warnings(section: Node | None, names: frozenset[str]) -> Iterator[Diagnostic]:
    """Warn about variables that are not sensitive any more, without quoting a line that may have the value."""
    for name, entry in _entries(section):
        if name in names:
            summary = f"variable '{name}' was sensitive until now: its value is shown after the next apply"
            hint = f"write `{name}: {{sensitive: true}}` to keep it sensitive"
            yield replace(warning_at(entry, Code.UNMARKED, summary, hint), snippet=None)


def text_of(value: Plain | Secret) -> str:
    """Write a value as it is within a text; a secret stays masked."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def variable_override_errors(section: Node | None, declared: Table[str, Variable]) -> list[Diagnostic]:
    """Report the errors in the `variables` of one environment, whether it is chosen or not."""
    errors = _not_keys_and_values(section)
    for name, entry in _entries(section):
        errors.extend(_override_errors(name, entry, declared))
    return errors


def resolve_variables(
    declared: Table[str, Variable], section: Node | None, environ: Table[str, str], given: Table[str, str]
) -> tuple[Variables, list[Diagnostic]]:
    """Determine the value of every variable; `section` is the chosen environment's `variables`, `given` is from --var.

    `variable_override_errors` reports errors in `section`. A variable without a value is an error only if it is used.
    """
    errors = [error for name in given for error in _given_errors(name, declared)]
    known: dict[str, Plain | Secret] = {}
    for name, declaration in declared.items():
        value, reasons = _value(declaration, section, environ, given)
        errors.extend(reasons)
        if value is not None:
            known[name] = value
    return Variables(declared, known), errors


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _entries(section: Node | None) -> Iterator[tuple[str, Pair]]:
    yield from section.items.items() if isinstance(section, Mapping) else ()


def _not_keys_and_values(section: Node | None) -> list[Diagnostic]:
    if section is None or isinstance(section, Mapping) or section.empty:
        return []
    return [error_at(section, Code.VARIABLES_NOT_A_MAPPING, "variables must be keys and values", "write `name: value`")]


def _declaration(name: str, node: Node) -> Variable:
    if _is_sensitive(node):
        return Variable(name, sensitive=True)
    return Variable(name, _written(node))


def _declaration_errors(name: str, entry: Pair) -> Iterator[Diagnostic]:
    if not _NAME.fullmatch(name):
        hint = "use letters, digits and underscores: an environment variable may set it"
        yield error_at(entry, Code.VARIABLE_NAME, f"{in_quotes(name)} cannot be a variable's name", hint)
    if _written(entry.node) is None and not entry.node.empty and not _is_sensitive(entry.node):
        hint = "write a text, a number, true or false; or `{sensitive: true}`"
        yield error_at(entry.node, Code.VARIABLE_DEFAULT, f"this cannot be the default of {in_quotes(name)}", hint)
    yield from _reference_errors(entry.node)


def _override_errors(name: str, entry: Pair, declared: Table[str, Variable]) -> Iterator[Diagnostic]:
    if name not in declared:
        hint = _meant(name, declared)
        yield error_at(entry, Code.UNDECLARED_VARIABLE, f"no variable {in_quotes(name)} is declared", hint)
    elif declared[name].sensitive:
        error = error_at(entry, Code.SENSITIVE_VARIABLE_GIVEN, *_sensitive_given(name))
        yield from hide_ranges([error], [entry.node.range])
    elif _written(entry.node) is None and not entry.node.empty:
        hint = "write a text, a number, true or false"
        yield error_at(entry.node, Code.VARIABLE_DEFAULT, f"this cannot be the value of {in_quotes(name)}", hint)
    else:
        yield from _reference_errors(entry.node)


def _reference_errors(node: Node) -> Iterator[Diagnostic]:
    if isinstance(node, Scalar) and isinstance(node.value, str) and "${{" in node.value:
        hint = "use the other variable where this one is used"
        yield error_at(node, Code.VARIABLE_DEFAULT, "a variable cannot contain a reference", hint)


def _meant(name: str, declared: Table[str, Variable]) -> str:
    # A hostile file may use thousands of unknown variables beside thousands of declared ones.
    near = did_you_mean(name, declared) if len(declared) <= MOST_WORDS_COMPARED else ""
    return near or "declare it under `variables` at the top of the configuration"


def _given_errors(name: str, declared: Table[str, Variable]) -> Iterator[Diagnostic]:
    if name not in declared:
        hint = _meant(name, declared)
        yield Diagnostic("error", Code.UNDECLARED_VARIABLE, f"--var {name}: no such variable is declared", hint)
    elif declared[name].sensitive:
        summary, hint = _sensitive_given(name)
        yield Diagnostic("error", Code.SENSITIVE_VARIABLE_GIVEN, f"--var {name}: {summary}", hint)


def _sensitive_given(name: str) -> tuple[str, str]:
    return (
        f"{in_quotes(name)} is sensitive, but anybody could read it here",
        f"set {PREFIX}{name} in the process environment instead",
    )


def _value(
    declaration: Variable, section: Node | None, environ: Table[str, str], given: Table[str, str]
) -> tuple[Plain | Secret, list[Diagnostic]]:
    name = declaration.name
    variable = PREFIX + name
    if declaration.sensitive:
        text = environ.get(variable, "")
        return (Secret(text) if text.strip() else None), _not_text(variable, text)
    if name in given:
        return _typed(declaration, given[name], f"--var {name}")
    if variable in environ:
        return _typed(declaration, environ[variable], variable)
    written = _written(section.get(name)) if isinstance(section, Mapping) else None
    return (declaration.default if written is None else written), []


def _typed(declaration: Variable, text: str, source: str) -> tuple[Plain, list[Diagnostic]]:
    """Convert a text to the type of the default."""
    if declaration.default is None or isinstance(declaration.default, str):
        return text, _not_text(source, text)
    value = resolve_scalar(text)
    if type(value) is type(declaration.default):
        return value, []
    kind = {bool: "true or false", int: "a whole number"}.get(
        type(declaration.default), "a number with a decimal point"
    )
    summary = f"{source}: '{declaration.name}' must be {kind}, like its default"
    return declaration.default, [Diagnostic("error", Code.VARIABLE_TYPE, summary)]


def _not_text(source: str, text: str) -> list[Diagnostic]:
    """Report bytes that are not UTF-8; Python keeps those of arguments and the environment as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return [Diagnostic("error", Code.NOT_TEXT_HERE, f"{source} contains bytes that are not UTF-8")]
    return []


def _written(node: Node | None) -> Plain:
    """Return the written value, or None if a variable cannot have it."""
    return node.value if isinstance(node, Scalar) and not isinstance(node.value, Secret | MissingSecret) else None


def _is_sensitive(node: Node) -> bool:
    return isinstance(node, Mapping) and list(node.items) == ["sensitive"] and _written(node.get("sensitive")) is True
