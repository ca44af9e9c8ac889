"""The variables of a configuration, and their values in this run.

Precedence, lowest first: the default, the environment's `variables`, --var-file, CONFSYNC_VAR_name, --var. A sensitive
variable has its value from CONFSYNC_VAR_name alone.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Table

from msgspec import Struct, field
from msgspec.structs import replace

from confsync.config.codes import Code
from confsync.config.tree import Mapping, Node, Pair, Scalar, Sequence, warning_at
from confsync.config.variables.checks import (
    meant_variable,
    named_value_errors,
    not_allowed,
    sensitive_given,
    written_value_errors,
)
from confsync.config.variables.declaration import entries_of, not_keys_and_values
from confsync.config.variables.files import VariableFiles, variable_file_errors
from confsync.config.variables.given_text import read_given_text
from confsync.config.variables.use import CopyLimit
from confsync.config.variables.variable import PREFIX, Variable, VariableType, VariableValue, value_of
from confsync.config.yaml import resolve_scalar
from confsync.diagnostics import Diagnostic
from confsync.secret import Secret


class Variables(Struct, frozen=True):
    """The declared variables and the known values; a sensitive value is a Secret, and a missing one is left out.

    `unmarked` were sensitive at the last apply and are not any more; their values are masked once more. Unless
    `resolves_secrets`, references to secrets stay as they are written.
    """

    declared: Table[str, Variable]
    values: Table[str, VariableValue | Secret]
    unmarked: frozenset[str] = frozenset()
    resolves_secrets: bool = True
    copies: CopyLimit = field(default_factory=CopyLimit)

    def is_sensitive(self, name: str) -> bool:
        """Whether a variable is declared as sensitive."""
        return name in self.declared and self.declared[name].sensitive

    def no_longer_marked(self, before: frozenset[str]) -> frozenset[str]:
        """Return the variables that were sensitive before, and that are declared without that mark."""
        return frozenset(name for name in before if name in self.declared and not self.is_sensitive(name))

    def masking(self, names: frozenset[str]) -> "Variables":
        """Mask the values of these variables, which are not sensitive any more."""
        hidden = {name: _masked(self.values[name]) for name in names if name in self.values}
        return replace(self, values={**self.values, **hidden}, unmarked=names) if names else self

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
        return meant_variable(name, self.declared)


NO_VARIABLES = Variables({}, {})


def unmarked_warnings(section: Node | None, names: frozenset[str]) -> Iterator[Diagnostic]:
    """Warn about variables that are not sensitive any more, without quoting a line that may have the value."""
    for name, entry in entries_of(section):
        if name in names:
            summary = f"variable '{name}' was sensitive until now: its value is shown after the next apply"
            hint = f"write `{name}: {{sensitive: true}}` to keep it sensitive"
            yield replace(warning_at(entry, Code.UNMARKED, summary, hint), snippet=None)


def text_of(value: VariableValue | Secret) -> str:
    """Write a value as it is within a text; a secret stays masked."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def variable_override_errors(section: Node | None, declared: Table[str, Variable]) -> list[Diagnostic]:
    """Report the errors in the `variables` of one environment, whether it is chosen or not."""
    errors = not_keys_and_values(section)
    for name, entry in entries_of(section):
        errors.extend(named_value_errors(name, entry, declared, like_default=False))
    return errors


class VariableSources(Struct, frozen=True):
    """Where values may come from besides the defaults.

    `section` is the `variables` of the chosen environment, `files` are from --var-file, and `given` is from --var.
    """

    section: Node | None = None
    environ: Table[str, str] = field(default_factory=dict)
    given: Table[str, str] = field(default_factory=dict)
    files: VariableFiles = VariableFiles()

    def written(self, name: str) -> tuple[Node, bool] | None:
        """Return the value that a file or the section has for a variable, and whether it must be like the default."""
        node = self.files.get(name)
        if node is not None and not node.empty:
            return node, True
        node = self.section.get(name) if isinstance(self.section, Mapping) else None
        return None if node is None or node.empty else (node, False)

    def only(self, declared: Table[str, Variable]) -> "VariableSources":
        """Leave out what was given for variables that are not declared."""
        given = {name: value for name, value in self.given.items() if name in declared}
        return replace(self, given=given, files=self.files.only(declared))


def given_outside(declared: Table[str, Variable], sources: VariableSources) -> frozenset[str]:
    """Return the variables whose value in this run comes from outside the configuration."""
    given, environ, files = sources.given, sources.environ, sources.files
    return frozenset(each for each in declared if each in given or PREFIX + each in environ or files.get(each))


def resolve_variables(declared: Table[str, Variable], sources: VariableSources) -> tuple[Variables, list[Diagnostic]]:
    """Determine the value of every variable.

    `variable_override_errors` reports errors in the section. A variable without a value is an error only if it is used.
    """
    errors = [error for name in sources.given for error in _given_errors(name, declared)]
    errors.extend(variable_file_errors(sources.files, declared))
    known: dict[str, VariableValue | Secret] = {}
    judged = dict(declared)
    for name, declaration in declared.items():
        value, reasons = _value(declaration, sources)
        errors.extend(reasons)
        if value is not None:
            known[name] = value
        elif reasons or sources.written(name) is not None:
            judged[name] = replace(declaration, invalid=True)
    return Variables(judged, known), errors


def _masked(value: VariableValue | Secret) -> VariableValue | Secret:
    """Make every single value a secret; in a list or a mapping, that keeps it out of most fields."""
    match value:
        case Sequence():
            return value.holding([_masked_node(item) for item in value.items])
        case Mapping():
            return value.holding({name: Pair(each.key, _masked_node(each.node)) for name, each in value.items.items()})
    return Secret(text_of(value))


def _masked_node(node: Node) -> Node:
    masked = _masked(value_of(node))
    if isinstance(masked, Sequence | Mapping):
        return masked
    return node.holding(masked) if isinstance(node, Scalar) else node


def _given_errors(name: str, declared: Table[str, Variable]) -> Iterator[Diagnostic]:
    if name not in declared:
        hint = meant_variable(name, declared)
        yield Diagnostic("error", Code.UNDECLARED_VARIABLE, f"--var {name}: no such variable is declared", hint)
    elif declared[name].sensitive:
        summary, hint = sensitive_given(name)
        yield Diagnostic("error", Code.SENSITIVE_VARIABLE_GIVEN, f"--var {name}: {summary}", hint)


def _value(declaration: Variable, sources: VariableSources) -> tuple[VariableValue | Secret, list[Diagnostic]]:
    name, environ, given = declaration.name, sources.environ, sources.given
    variable = PREFIX + name
    if declaration.sensitive:
        text = environ.get(variable, "")
        return (Secret(text) if text.strip() else None), _not_text(variable, text)
    if declaration.invalid:
        return None, []
    if name in given:
        return _typed(declaration, given[name], f"--var {name}")
    if variable in environ:
        return _typed(declaration, environ[variable], variable)
    written = sources.written(name)
    if written is None:
        return declaration.default, []
    node, like_default = written
    wrong = any(written_value_errors(declaration, node, like_default=like_default))
    return (None if wrong else value_of(node)), []


def _typed(declaration: Variable, text: str, source: str) -> tuple[VariableValue, list[Diagnostic]]:
    """Convert a text to the type of a variable, and check it."""
    if errors := _not_text(source, text):
        return None, errors
    value, errors = _read(declaration.value_type, text, source)
    if errors:
        return None, errors
    if not declaration.accepts(value):
        summary = f"{source}: '{declaration.name}' must be {declaration.requirement}"
        return None, [Diagnostic("error", Code.VARIABLE_TYPE, summary)]
    if not declaration.allows(value):
        return None, [Diagnostic("error", Code.VARIABLE_NOT_ALLOWED, f"{source}: {not_allowed(declaration)}")]
    return value, []


def _read(value_type: VariableType, text: str, source: str) -> tuple[VariableValue, list[Diagnostic]]:
    match value_type:
        case VariableType.TEXT:
            return text, []
        case VariableType.LIST | VariableType.MAPPING:
            node, errors = read_given_text(text, source)
            return value_of(node), errors
    return resolve_scalar(text), []


def _not_text(source: str, text: str) -> list[Diagnostic]:
    """Report bytes that are not UTF-8; Python keeps those of arguments and the environment as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return [Diagnostic("error", Code.NOT_TEXT_HERE, f"{source} contains bytes that are not UTF-8")]
    return []
