"""Writes out the configuration of one environment: with its patch, defaults and items in place, as YAML.

The result is a configuration that asks for the same. Variables are replaced. References to secrets and to sensitive
variables stay as they are written, so the text contains no secret that the configuration does not contain itself.
"""

import os
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.policy import WORDS
from confsync.config.references.substitution import substitute_references
from confsync.config.references.syntax import OPEN, Reference, only_reference, parts_of
from confsync.config.reuse.defaults import is_absent
from confsync.config.reuse.patch import PATCH
from confsync.config.tree import Mapping, Node, Scalar, Sequence, UnresolvedSecret, entry_at, plain_value
from confsync.config.variables.values import Variables
from confsync.config.writing.yaml_text import write_block
from confsync.model import Field, Kind
from confsync.names import Address
from confsync.resources import children_of

Plain = dict[str, Any]


def write_out(config: Config) -> str:
    """Write the configuration of the chosen environment as YAML."""
    tree = config.top.node
    keys = tree.items if isinstance(tree, Mapping) else {}
    writer = _Writer(config)
    sections = writer.sections(None, Address(), config.expansion.tree) if config.expansion else {}
    variables = {name: {"sensitive": True} for name in sorted(sensitive_variables_in(sections))}
    written: Plain = {
        **{name: plain_value(keys[name].node) for name in ("version", "requires") if name in keys},
        **({"variables": variables} if variables else {}),
        **_environment(config),
        **{name: plain_value(keys[name].node) for name in WORDS if name in keys},
        **sections,
    }
    where = f" in environment {config.environment.name}" if config.environment.name else ""
    head = f"# What the configuration asks for{where}, expanded by `confsync validate --expanded`."
    return "".join(f"{line}\n" for line in (head, *_lines(written)))


def with_references_to_secrets(config: Config, desired: Desired, field: Field) -> str:
    """Return a value as it is written, with only its references to sensitive variables left; empty if it has none."""
    entry = entry_at(desired.written.node, *field.path)
    node = entry and substitute_references(entry.node, _without_secrets(config.variables))[0]
    value = node.value if isinstance(node, Scalar) else None
    return value.reference if isinstance(value, UnresolvedSecret) else ""


def sensitive_variables_in(written: object) -> frozenset[str]:
    """Return the variables that what was written still refers to."""
    match written:
        case dict():
            return frozenset().union(*map(sensitive_variables_in, written.values()))
        case list():
            return frozenset().union(*map(sensitive_variables_in, written))
        case str() if OPEN in written:
            parts = (each for each in parts_of(written) if isinstance(each, Reference) and each.kind == "var")
            return frozenset(each.name for each in parts)
    return frozenset()


def _lines(written: Plain) -> Iterator[str]:
    for key, value in written.items():
        yield from write_block(key, value)


def _environment(config: Config) -> Plain:
    """Return the chosen environment without what is applied already."""
    name = config.environment.name
    tree = config.top.node
    section = tree.get("environments") if isinstance(tree, Mapping) else None
    node = section.get(name) if isinstance(section, Mapping) and name is not None else None
    if not isinstance(node, Mapping):
        return {}
    applied = ("variables", PATCH)
    own = {key: plain_value(entry.node) for key, entry in node.items.items() if key not in applied}
    return {"environments": {name: own}}


class _Writer:
    """Writes the sections of one configuration."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._variables = _without_secrets(config.variables)

    def sections(self, parent: Kind | None, above: Address, node: Mapping) -> Plain:
        """Write the sections of a resource or a group, or those at the top."""
        found: Plain = {}
        for kind in children_of(parent):
            entry, address = node.items.get(kind.section), above / kind.section
            if entry and isinstance(entry.node, Mapping) and (not kind.singleton or address in self._config.resources):
                found[kind.section] = self._section(kind, address, entry.node)
        return found

    def _section(self, kind: Kind, address: Address, node: Mapping) -> Plain:
        if kind.group:
            return self.sections(kind, address, node)
        if kind.singleton:
            return self._resource(kind, address, node)
        members = ((name, address / name, entry.node) for name, entry in node.items.items())
        return {name: self._member(kind, each, value) for name, each, value in members if self._is_kept(each)}

    def _is_kept(self, address: Address) -> bool:
        """Whether a resource is declared here, or adopted for an environment that declares it."""
        return address in self._config.resources or any(each.within(address) for each in self._config.adopt)

    def _member(self, kind: Kind, address: Address, node: Node) -> object:
        if kind.value_field or not isinstance(node, Mapping):
            return self._value(node)
        return self._resource(kind, address, node)

    def _resource(self, kind: Kind, address: Address, node: Mapping) -> Plain:
        if address not in self._config.resources:
            return {"lifecycle": {"only": []}}
        sections = {each.section for each in children_of(kind)}
        secrets = {each.name for each in kind.secrets}
        own = {name: entry.node for name, entry in node.items.items() if name not in sections and name != "lifecycle"}
        fields = {name: self._secret(each) if name in secrets else self._value(each) for name, each in own.items()}
        lifecycle = _lifecycle(node.get("lifecycle"))
        below = {} if is_absent(node) else self.sections(kind, address, node)
        return {**fields, **({"lifecycle": lifecycle} if lifecycle else {}), **below}

    def _value(self, node: Node) -> object:
        return _plain(substitute_references(node, self._variables)[0])

    def _secret(self, node: Node) -> object:
        """Return the reference to a secret, with the path of a file from the folder of the configuration."""
        reference = only_reference(node)
        if reference is None or reference.kind != "file":
            return plain_value(node)
        path = os.path.relpath(node.file.location.parent / reference.name, self._config.folder)
        return plain_value(node) if path.startswith("..") else f"{OPEN} file.{path} }}}}"


def _without_secrets(variables: Variables) -> Variables:
    """Return the variables with a value that may be shown; one that was sensitive until now is still sensitive."""
    hidden = {name: replace(variables.declared[name], sensitive=True) for name in variables.unmarked}
    return replace(variables, declared={**variables.declared, **hidden}).resolving(secrets=False)


def _lifecycle(node: Node | None) -> Plain:
    """Return a lifecycle without the names of environments, which have had their effect."""
    written = plain_value(node) if node is not None else {}
    return {name: value for name, value in written.items() if name != "only"} if isinstance(written, dict) else {}


def _plain(node: Node) -> object:
    """Convert a value without references to what has to be written for it."""
    match node:
        case Mapping():
            return {name: _plain(entry.node) for name, entry in node.items.items()}
        case Sequence():
            return [_plain(each) for each in node.items]
        case Scalar(value=UnresolvedSecret(reference=reference)):
            return reference
        case Scalar(value=str() as text):
            return text.replace(OPEN, f"${OPEN}")
    return node.value
