"""References in values: `${{ var.x }}` anywhere, `env`, `file` and `envfile` in secret fields.

`$${{` is a literal `${{`. Twilio's own `${MESSAGE}` has one brace fewer, and is left unchanged.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Table
from itertools import islice
from operator import is_

from confsync.config.codes import Code
from confsync.config.references.secret_sources import RefusedError, SecretContext, SecretSource, find_secret
from confsync.config.references.syntax import (
    CLOSE,
    EACH,
    KINDS_OF_REFERENCE,
    OPEN,
    Reference,
    only_reference,
    parts_of,
    place_of,
)
from confsync.config.tree import Mapping, MissingSecret, Node, Pair, Scalar, Sequence, UnresolvedSecret, error_at
from confsync.config.variables.use import MOST_COPIED, TooManyCopiesError, copy_for_use
from confsync.config.variables.values import Variables, text_of
from confsync.config.variables.variable import PREFIX, VariableValue, type_of
from confsync.diagnostics import Diagnostic, did_you_mean
from confsync.quoting import in_quotes
from confsync.redaction import hide_ranges
from confsync.secret import MASK, Secret


def substitute_references(node: Node, variables: Variables) -> tuple[Node, list[Diagnostic]]:
    """Replace references by values in everything below a node, which must not be a secret field.

    A node without references is returned as it is. A value with a sensitive variable becomes a Secret, or a
    MissingSecret if the variable is not set. A value that cannot be resolved becomes empty, because its error is
    reported here.
    """
    errors: list[Diagnostic] = []
    return _substituted(node, variables, errors), errors


def secret_reference(node: Node, variables: Variables, secret_context: SecretContext) -> SecretSource | Diagnostic:
    """Resolve the value of a secret field, if it is available here; anything but a single reference is an error."""
    reference = only_reference(node)
    if reference is None or not isinstance(node, Scalar):
        return _literal(node)
    if reference.kind == EACH:
        return error_at(place_of(node, reference), Code.BAD_EACH, *_EACH_OUTSIDE)
    try:
        value, missing = find_secret(
            reference.kind, reference.name, node.file.location.parent, variables, secret_context
        )
    except RefusedError as refused:
        return error_at(place_of(node, reference), refused.code, refused.summary, refused.detail)
    name = f"{PREFIX}{reference.name}" if reference.kind == "var" else reference.name
    return SecretSource(reference.written, node.position, value, missing, name)


def variables_in(node: Node) -> Iterator[str]:
    """Yield the names of the variables that a value refers to, before they are replaced."""
    match node:
        case Mapping():
            for entry in node.items.values():
                yield from variables_in(entry.node)
        case Sequence():
            for item in node.items:
                yield from variables_in(item)
        case Scalar(value=str() as text):
            yield from (each.name for each in parts_of(text) if isinstance(each, Reference) and each.kind == "var")


_MAX_ERRORS = 10
"""Per value: a hostile one could contain a hundred thousand."""


def _substituted(node: Node, variables: Variables, errors: list[Diagnostic]) -> Node:
    if type(node) is Scalar:
        value = node.value
        return _filled(node, value, variables, errors) if type(value) is str and OPEN in value else node
    if type(node) is Mapping:
        return _substituted_mapping(node, variables, errors)
    return _substituted_sequence(node, variables, errors) if type(node) is Sequence else node


def _substituted_mapping(node: Mapping, variables: Variables, errors: list[Diagnostic]) -> Mapping:
    changed: dict[str, Pair] = {}
    for name, entry in node.items.items():
        value = _substituted(entry.node, variables, errors)
        if value is not entry.node:
            changed[name] = Pair(entry.key, value)
    return node.holding({**node.items, **changed}) if changed else node


def _substituted_sequence(node: Sequence, variables: Variables, errors: list[Diagnostic]) -> Sequence:
    items = [_substituted(item, variables, errors) for item in node.items]
    return node if all(map(is_, items, node.items)) else node.holding(items)


def _filled(node: Scalar, text: str, variables: Variables, errors: list[Diagnostic]) -> Node:
    parts = tuple(parts_of(text))
    references = dict.fromkeys(part for part in parts if isinstance(part, Reference))
    wrong = list(islice(_errors(node, references, variables, alone=len(parts) == 1), _MAX_ERRORS))
    errors.extend(wrong)
    lacking = next((each for each in references if each.name not in variables.values), None)
    if lacking and not wrong and variables.is_sensitive(lacking.name):
        missing = _missing(node, lacking)
        return node.holding(missing if variables.resolves_secrets else _unresolved(missing, parts, variables))
    if wrong or lacking:
        return node.emptied()
    values = [part if isinstance(part, str) else variables.values[part.name] for part in parts]
    return _single(node, values[0], variables, errors) if len(values) == 1 else node.holding(_joined(values))


def _single(node: Scalar, value: VariableValue | Secret, variables: Variables, errors: list[Diagnostic]) -> Node:
    """Replace a reference by the value of its variable, which may be a list or a mapping."""
    if not isinstance(value, Mapping | Sequence):
        return node.holding(value)
    try:
        return copy_for_use(value, node.position, variables.copies)
    except TooManyCopiesError:
        summary = f"the variables used up to here stand for more than {MOST_COPIED:,} values"
        errors.append(error_at(node, Code.TOO_MANY_NODES, summary, "use large variables in fewer places"))
        return node.emptied()


def _errors(
    node: Scalar, references: Iterable[Reference], variables: Variables, *, alone: bool
) -> Iterator[Diagnostic]:
    for reference in references:
        wrong = _wrong(reference, variables) or _without_value(reference, variables)
        wrong = wrong or (None if alone else _in_text(reference, variables))
        if wrong:
            yield error_at(place_of(node, reference), *wrong)


def _without_value(reference: Reference, variables: Variables) -> tuple[Code, str, str] | None:
    """Describe the error of using a variable that has no default and was not given."""
    name = reference.name
    declared = variables.declared[name]
    if name in variables.values or declared.sensitive or declared.invalid:
        return None
    hint = f"run confsync with `--var {name}=…`, set {PREFIX}{name}, or write its `default`"
    return Code.VARIABLE_WITHOUT_VALUE, f"the variable {in_quotes(name)} has no value", hint


def _in_text(reference: Reference, variables: Variables) -> tuple[Code, str, str] | None:
    """Describe the error of a list or a mapping within a longer text."""
    value = variables.values.get(reference.name)
    if not isinstance(value, Mapping | Sequence):
        return None
    summary = f"{in_quotes(reference.name)} is a {type_of(value)}, so it cannot be part of a longer text"
    return Code.STRUCTURE_IN_TEXT, summary, "write the reference alone, as the whole value"


def _wrong(reference: Reference, variables: Variables) -> tuple[Code, str, str] | None:
    """Describe the error of a reference in a value that is not secret, if it has one."""
    name = reference.name
    if not reference.kind:
        return (Code.MALFORMED_REFERENCE, *_malformed(reference))
    if reference.kind == EACH:
        return (Code.BAD_EACH, *_EACH_OUTSIDE)
    if reference.kind != "var":
        summary = f"`{reference.kind}` works in secret fields only"
        return Code.SECRET_REFERENCE_OUTSIDE_SECRET, summary, "declare a variable, and use `var` here"
    if name not in variables.declared:
        return Code.UNDECLARED_VARIABLE, f"no variable {in_quotes(name)} is declared", variables.meant(name)
    return None


_EACH_OUTSIDE = (
    "`each` works only in the `resource` and the `key` of a `for_each`, and in the `items` of one inside it",
    "write the value itself",
)


def _missing(node: Scalar, reference: Reference) -> MissingSecret:
    """Stand in for a value with a sensitive variable that is not set here; only an apply that sends it fails."""
    name = reference.name
    summary = f"{in_quotes(name)} must be sent, but it has no value"
    error = error_at(place_of(node, reference), Code.VARIABLE_WITHOUT_VALUE, summary, f"set {PREFIX}{name}")
    return MissingSecret(error, name, f"{PREFIX}{name} is not set")


def _unresolved(missing: MissingSecret, parts: Iterable[str | Reference], variables: Variables) -> UnresolvedSecret:
    """Leave the references to secrets in a value as they are written, and replace the others."""
    pieces = (_escaped(part) if isinstance(part, str) else _shown(part, variables.values) for part in parts)
    return UnresolvedSecret(missing.diagnostic, missing.name, missing.why, "".join(pieces))


def _shown(reference: Reference, values: Table[str, VariableValue | Secret]) -> str:
    value = values.get(reference.name)
    return reference.written if value is None or isinstance(value, Secret) else _escaped(text_of(value))


def _escaped(text: str) -> str:
    return text.replace(OPEN, f"${OPEN}")


def _malformed(reference: Reference) -> tuple[str, str]:
    if not reference.written.endswith(CLOSE):
        return "this reference is not closed with `}}`", _FORM
    kind = reference.written.removeprefix(OPEN).strip().partition(".")[0]
    known = kind in KINDS_OF_REFERENCE or len(kind) > _LONGEST_KIND
    return "this is not a valid reference", (not known and did_you_mean(kind, KINDS_OF_REFERENCE)) or _FORM


_FORM = "write `${{ var.name }}`; `$${{` is a literal `${{`"
_LONGEST_KIND = 20
"""A longer text is not a misspelt kind."""


def _joined(values: Iterable[VariableValue | Secret | str]) -> str | Secret:
    """Join the pieces; a secret piece is revealed only to make the whole a Secret."""
    pieces = tuple(values)
    text = "".join(piece.reveal() if isinstance(piece, Secret) else text_of(piece) for piece in pieces)
    return Secret(text) if any(isinstance(piece, Secret) for piece in pieces) else text


def _literal(node: Node) -> Diagnostic:
    """Report a literal secret, without showing its line."""
    place = Scalar(node.file, node.line, node.column, node.line, node.column + len(MASK), None)
    hint = "write one reference and nothing else, such as `${{ env.NAME }}`"
    error = error_at(place, Code.SECRET_LITERAL, "a secret must not be written in the configuration", hint)
    return hide_ranges([error], [node.range])[0]
