"""The variables of an export: values that differ between accounts, and values that must not be shown."""

from collections import Counter
from collections.abc import Iterator, Mapping

from confsync.annotations import Trait
from confsync.config.variables.variable import PREFIX
from confsync.export.naming import variable_word
from confsync.export.tree import ExportedResource, ExportTree, walk_resources
from confsync.export.yaml_text import Reference
from confsync.model import Field
from confsync.redaction import mask_urls
from confsync.secret import Secret

UNSET = "set in each environment"
"""The default of a variable that each environment sets: no field accepts it, so a missing value is an error."""


def is_per_environment(field: Field) -> bool:
    """Whether another account needs another value, because it names something outside of Conversations."""
    return Trait.PER_ENVIRONMENT in field.traits


class ExportVariables:
    """Which value is written as which variable."""

    def __init__(self, tree: ExportTree) -> None:
        self._taken = set(_names_in_references(tree))
        self._shared = dict(self._name_shared(tree))
        self._secret_names: dict[tuple[object, str], str] = {}
        self.used: dict[str, str] = {}
        self.secrets: dict[str, Secret] = {}

    def begin(self) -> None:
        """Forget which variables are used, before everything is written once more."""
        self.used.clear()
        self.secrets.clear()

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment variables with the values of the sensitive variables."""
        return {f"{PREFIX}{name}": value.reveal() for name, value in self.secrets.items()}

    def reference(self, resource: ExportedResource, field: Field, value: str) -> Reference | None:
        """Return the reference that stands for a value, if it is a variable."""
        if known := resource.references.get(field.name):
            self.secrets.update(known.values)
            return Reference(known.text)
        if field.name in resource.sensitive or mask_urls(value) != value:
            name = self._secret_name(resource, field)
            self.secrets[name] = Secret(value)
            return Reference(f"${{{{ var.{name} }}}}")
        name = self._shared.get(value, "")
        if not name or not _may_be_variable(field, value):
            return None
        self.used[name] = value
        return Reference(f"${{{{ var.{name} }}}}")

    def _secret_name(self, resource: ExportedResource, field: Field) -> str:
        place = (resource.address, field.name)
        if place not in self._secret_names:
            words = (*resource.address[1::1], *field.path[-1:])
            self._secret_names[place] = self._free("_".join(filter(None, map(variable_word, words))))
        return self._secret_names[place]

    def _name_shared(self, tree: ExportTree) -> Iterator[tuple[str, str]]:
        """Name the values that differ between accounts: after their field, and after the first user if several do."""
        first: dict[str, tuple[str, ExportedResource]] = {}
        for each in walk_resources(tree.roots):
            for field in each.kind.fields:
                value = each.live.fields.get(field.name)
                if isinstance(value, str) and _may_be_variable(field, value) and tree.is_written(each, field):
                    first.setdefault(value, (field.path[-1], each))
        several = Counter(name for name, _ in first.values())
        for value, (name, resource) in first.items():
            words = (name, variable_word(resource.address.key)) if several[name] > 1 else (name,)
            yield value, self._free("_".join(filter(None, words)))

    def _free(self, base: str) -> str:
        """Return a name that is not in use: the base, or the base and a number."""
        base = base if base[:1].isalpha() else f"value_{base}".rstrip("_")
        name, number = base, 2
        while name in self._taken:
            name, number = f"{base}_{number}", number + 1
        self._taken.add(name)
        return name


def _names_in_references(tree: ExportTree) -> Iterator[str]:
    for resource in walk_resources(tree.roots):
        for each in resource.references.values():
            yield from each.values


def _may_be_variable(field: Field, value: str) -> bool:
    """Whether a value differs between accounts, and is one that the field accepts."""
    return is_per_environment(field) and all(each.matches(value) for each in field.patterns)
