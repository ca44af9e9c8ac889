"""References in values: `${{ var.x }}` anywhere, `env`, `file` and `envfile` in secret fields.

`$${{` is a literal `${{`. Twilio's own `${MESSAGE}` has one brace fewer, and is left unchanged.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import is_

from msgspec import Struct

from confsync.config.codes import Code
from confsync.config.secret_sources import RefusedError, SecretContext, SecretSource, find_secret
from confsync.config.tree import Mapping, MissingSecret, Node, Pair, Plain, Scalar, Sequence, UnresolvedSecret, error_at
from confsync.config.variables import PREFIX, Variables, text_of
from confsync.diagnostics import Diagnostic, did_you_mean
from confsync.quoting import in_quotes
from confsync.redaction import hide_ranges
from confsync.secret import MASK, Secret

OPEN = "${{"
CLOSE = "}}"


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
    reference = _only_reference(node)
    if reference is None or not isinstance(node, Scalar):
        return _literal(node)
    try:
        value, missing = find_secret(
            reference.kind, reference.name, node.file.location.parent, variables, secret_context
        )
    except RefusedError as refused:
        return error_at(_place(node, reference), refused.code, refused.summary, refused.detail)
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
            yield from (each.name for each in _parts(text) if isinstance(each, _Reference) and each.kind == "var")


class _Reference(Struct, frozen=True):
    """A reference as written, and what it names; a malformed one has no kind."""

    written: str
    kind: str = ""
    name: str = ""


_BODY = re.compile(
    r"[ \t]*(?:(?P<kind>var|env|envfile)\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<file>file)\.(?P<path>[^\x00-\x20\x7f]"
    r"(?:[^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?))[ \t]*"
)
_KINDS = ("var", "env", "file", "envfile")
_MAX_ERRORS = 10
"""Per value: a hostile one could contain a hundred thousand."""


def _parts(text: str) -> Iterator[str | _Reference]:
    """Split a text into literal pieces and references, in one pass."""
    done = 0
    for start, end in _spans(text):
        if before := _unescaped(text[done:start]):
            yield before
        yield _reference(text[start:end])
        done = end
    if rest := _unescaped(text[done:]):
        yield rest


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each reference in a text begins and ends."""
    done = 0
    while (start := text.find(OPEN, done)) >= 0:
        if start > done and text[start - 1] == "$":
            done = start + len(OPEN)
            continue
        end = text.find(CLOSE, start)
        done = len(text) if end < 0 else end + len(CLOSE)
        yield start, done


def _unescaped(text: str) -> str:
    return text.replace(f"${OPEN}", OPEN)


def _reference(written: str) -> _Reference:
    closed = written.endswith(CLOSE)
    found = _BODY.fullmatch(written, len(OPEN), len(written) - len(CLOSE)) if closed else None
    if found is None:
        return _Reference(written)
    return _Reference(written, found["kind"] or found["file"], found["name"] or found["path"])


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


def _filled(node: Scalar, text: str, variables: Variables, errors: list[Diagnostic]) -> Scalar:
    parts = tuple(_parts(text))
    references = dict.fromkeys(part for part in parts if isinstance(part, _Reference))
    wrong = list(islice(_errors(node, references, variables), _MAX_ERRORS))
    errors.extend(wrong)
    lacking = next((each for each in references if each.name not in variables.values), None)
    if lacking and not wrong and variables.is_sensitive(lacking.name):
        missing = _missing(node, lacking)
        return node.holding(missing if variables.resolves_secrets else _unresolved(missing, parts, variables))
    if wrong or lacking:
        return node.emptied()
    values = [part if isinstance(part, str) else variables.values[part.name] for part in parts]
    return node.holding(values[0] if len(values) == 1 else _joined(values))


def _errors(node: Scalar, references: Iterable[_Reference], variables: Variables) -> Iterator[Diagnostic]:
    for reference in references:
        wrong = _wrong(reference, variables)
        if wrong:
            yield error_at(_place(node, reference), *wrong)


def _wrong(reference: _Reference, variables: Variables) -> tuple[Code, str, str] | None:
    """Describe the error of a reference in a value that is not secret, if it has one."""
    name = reference.name
    if not reference.kind:
        return (Code.MALFORMED_REFERENCE, *_malformed(reference))
    if reference.kind != "var":
        summary = f"`{reference.kind}` works in secret fields only"
        return Code.SECRET_REFERENCE_OUTSIDE_SECRET, summary, "declare a variable, and use `var` here"
    if name not in variables.declared:
        return Code.UNDECLARED_VARIABLE, f"no variable {in_quotes(name)} is declared", variables.meant(name)
    return None


def _missing(node: Scalar, reference: _Reference) -> MissingSecret:
    """Stand in for a value with a sensitive variable that is not set here; only an apply that sends it fails."""
    name = reference.name
    summary = f"{in_quotes(name)} must be sent, but it has no value"
    error = error_at(_place(node, reference), Code.VARIABLE_WITHOUT_VALUE, summary, f"set {PREFIX}{name}")
    return MissingSecret(error, name, f"{PREFIX}{name} is not set")


def _unresolved(missing: MissingSecret, parts: Iterable[str | _Reference], variables: Variables) -> UnresolvedSecret:
    """Leave the references to secrets in a value as they are written, and replace the others."""
    pieces = (part if isinstance(part, str) else _shown(part, variables.values.get(part.name)) for part in parts)
    return UnresolvedSecret(missing.diagnostic, missing.name, missing.why, "".join(pieces))


def _shown(reference: _Reference, value: Plain | Secret) -> str:
    return reference.written if value is None or isinstance(value, Secret) else text_of(value)


def _malformed(reference: _Reference) -> tuple[str, str]:
    if not reference.written.endswith(CLOSE):
        return "this reference is not closed with `}}`", _FORM
    kind = reference.written.removeprefix(OPEN).strip().partition(".")[0]
    known = kind in _KINDS or len(kind) > _LONGEST_KIND
    return "this is not a valid reference", (not known and did_you_mean(kind, _KINDS)) or _FORM


_FORM = "write `${{ var.name }}`; `$${{` is a literal `${{`"
_LONGEST_KIND = 20
"""A longer text is not a misspelt kind."""


def _joined(values: Iterable[Plain | Secret]) -> str | Secret:
    """Join the pieces; a secret piece is revealed only to make the whole a Secret."""
    pieces = tuple(values)
    text = "".join(piece.reveal() if isinstance(piece, Secret) else text_of(piece) for piece in pieces)
    return Secret(text) if any(isinstance(piece, Secret) for piece in pieces) else text


def _place(node: Scalar, reference: _Reference) -> Scalar:
    """Return the position of a reference in a value, or the whole value where the file spells it otherwise."""
    value = node.value if isinstance(node.value, str) else ""
    known = [value[start:end] for start, end in _spans(value)]
    there = tuple(_positions(node))
    if [each.value for each in there] != known or reference.written not in known:
        return node
    return there[known.index(reference.written)]


def _positions(node: Scalar) -> Iterator[Scalar]:
    """Yield the references in the lines of a value, each with its text as the file has it."""
    quoted = (node.file.snippet(node.line) or "")[node.column - 1 : node.column] in ("'", '"')
    for number in range(node.line, node.end_line + 1):
        line = node.file.snippet(number) or ""
        begin = node.column - 1 if number == node.line else 0
        shown = line[begin : node.end_column - 1 - quoted if number == node.end_line else len(line)]
        for start, end in _spans(shown):
            yield Scalar(node.file, number, begin + start + 1, number, begin + end + 1, shown[start:end])


def _only_reference(node: Node) -> _Reference | None:
    """Return the well-formed reference that is the entire value, if it is one."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return None
    match tuple(islice(_parts(node.value), 2)):
        case (_Reference(kind=kind) as reference,) if kind:
            return reference
    return None


def _literal(node: Node) -> Diagnostic:
    """Report a literal secret, without showing its line."""
    place = Scalar(node.file, node.line, node.column, node.line, node.column + len(MASK), None)
    hint = "write one reference and nothing else, such as `${{ env.NAME }}`"
    error = error_at(place, Code.SECRET_LITERAL, "a secret must not be written in the configuration", hint)
    return hide_ranges([error], [node.range])[0]
