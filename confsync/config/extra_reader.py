"""Reads `api_extra`: parameters that Twilio documents and this version of confsync does not know."""

from collections.abc import Iterator

from msgspec import Struct, field

from confsync.config.codes import Code
from confsync.config.references.substitution import substitute_references
from confsync.config.references.syntax import Reference, only_reference
from confsync.config.tree import Mapping, MissingSecret, Node, Pair, Scalar, error_at, warning_at
from confsync.config.variables.checks import text_hint
from confsync.config.variables.values import Variables
from confsync.diagnostics import Diagnostic
from confsync.extra_parameters import EXAMPLE, PREFIX, SECTION, is_parameter
from confsync.model import Kind
from confsync.quoting import in_quotes
from confsync.secret import Secret


class ExtraParameters(Struct):
    """The texts to send and where they are written, by the names of their fields; and what is wrong with others."""

    texts: dict[str, str | None] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def read_extra_parameters(kind: Kind, resource: Pair, variables: Variables) -> ExtraParameters:
    """Read the `api_extra` of a resource."""
    found = ExtraParameters()
    entry = resource.node.items.get(SECTION) if isinstance(resource.node, Mapping) else None
    if entry is None or entry.node.empty:
        return found
    if not isinstance(entry.node, Mapping):
        hint = f"write the name of a parameter below it, such as `{EXAMPLE}`, with a text"
        found.diagnostics.append(error_at(entry.node, Code.NOT_A_SECTION, f"`{SECTION}` must be a mapping", hint))
        return found
    for name, parameter in entry.node.items.items():
        node, errors = substitute_references(parameter.node, variables)
        problems = [
            *_name_errors(kind, name, parameter),
            *errors,
            *_value_errors(name, node, only_reference(parameter.node)),
        ]
        found.diagnostics.extend(problems or [_unknown(name, parameter)])
        if not problems and isinstance(node, Scalar) and not node.empty:
            found.texts[PREFIX + name] = str(node.value) or None
            found.nodes[PREFIX + name] = node
    return found


def _unknown(name: str, parameter: Pair) -> Diagnostic:
    summary = f"confsync does not know the parameter {in_quotes(name)}: it sends the text as it is written"
    return warning_at(parameter, Code.UNKNOWN_PARAMETER, summary)


def _name_errors(kind: Kind, name: str, parameter: Pair) -> Iterator[Diagnostic]:
    if not is_parameter(name):
        hint = f"write it as in Twilio's documentation, such as `{EXAMPLE}`"
        yield error_at(parameter, Code.UNKNOWN_KEY, f"{in_quotes(name)} is not the name of a parameter", hint)
    for each in kind.fields:
        if each.param.lower() == name.lower():
            summary = f"confsync knows {in_quotes(name)} as the field {in_quotes(each.name)}"
            yield error_at(parameter, Code.UNKNOWN_KEY, summary, f"write the field {in_quotes(each.name)} instead")


def _value_errors(name: str, node: Node, reference: Reference | None) -> Iterator[Diagnostic]:
    if node.empty:
        return
    if isinstance(node, Scalar) and isinstance(node.value, Secret | MissingSecret):
        summary = f"{in_quotes(name)} is shown in plans, so it cannot contain a sensitive variable"
        yield error_at(node, Code.WRONG_VALUE, summary)
    elif not isinstance(node, Scalar) or not isinstance(node.value, str):
        quotes = "put quotes around it" if isinstance(node, Scalar) else ""
        hint = text_hint(reference.name) if quotes and reference else quotes
        yield error_at(node, Code.WRONG_VALUE, f"{in_quotes(name)} must be text", hint)
