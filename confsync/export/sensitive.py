"""Finds the live values that are sensitive according to the configuration in use and its ledger."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from confsync.codecs import Value
from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.tree import MissingSecret
from confsync.config.writing.expanded import sensitive_variables_in, with_references_to_secrets
from confsync.export.tree import DeclaredReference, ExportedResource, ExportTree, walk_resources
from confsync.live.snapshot_content import contains_secret
from confsync.model import Field
from confsync.secret import Secret
from confsync.state.ledger import Entry, Ledger


def mark_sensitive_values(tree: ExportTree, config: Config, ledger: Ledger) -> None:
    """Mark the fields whose values must not be shown, and keep the references that the configuration has for them."""
    marker = _Marker(config, ledger, tuple(each for each in config.variables.values.values() if type(each) is Secret))
    for each in walk_resources(tree.roots):
        marker.mark(each)


class _Marker(Struct, frozen=True):
    """Knows what is sensitive; `secrets` are the values of the sensitive variables."""

    config: Config
    ledger: Ledger
    secrets: tuple[Secret, ...]

    def mark(self, resource: ExportedResource) -> None:
        desired = self.config.resources.get(resource.address)
        sid, ledger = resource.live.sid, self.ledger
        entry = ledger.owner.get(sid) if sid else ledger.current.get(resource.address)
        live = resource.live.fields
        fields = [each for each in resource.kind.fields if self._is_sensitive(each, live, desired, entry)]
        resource.sensitive = frozenset(each.name for each in fields)
        resource.references = dict(self._references(fields, live, desired)) if desired else {}

    def _is_sensitive(
        self, field: Field, live: Mapping[str, Value], desired: Desired | None, entry: Entry | None
    ) -> bool:
        declared = desired.fields.get(field.name) if desired else None
        if isinstance(declared, Secret | MissingSecret) or (entry and field.name in entry.fingerprints):
            return True
        value = live.get(field.name)
        if field.in_natural_key or value == declared:  # it is shown anyway
            return False
        texts = value if isinstance(value, frozenset) else (value,) if isinstance(value, str) else ()
        return any(contains_secret(text, self.secrets) for text in texts)

    def _references(
        self, fields: list[Field], live: Mapping[str, Value], desired: Desired
    ) -> Iterator[tuple[str, DeclaredReference]]:
        """Yield what the configuration has for the fields whose live value is the declared one."""
        for field in fields:
            value, declared = live.get(field.name), desired.fields.get(field.name)
            if isinstance(value, str) and isinstance(declared, Secret) and declared == Secret(value):
                text = with_references_to_secrets(self.config, desired, field)
                names = sensitive_variables_in(text)
                values = {name: self.config.variables.values.get(name) for name in names}
                secrets = {name: each for name, each in values.items() if isinstance(each, Secret)}
                if secrets and len(secrets) == len(names):
                    yield field.name, DeclaredReference(text, secrets)
