"""How a desired and a live value differ."""

from msgspec import Struct

from confsync.codecs import Value
from confsync.config.desired import DesiredValue
from confsync.model import Field
from confsync.names import Address

LiveValue = Value | Address
"""A live value in normal form. A reference is an address, or a SID where confsync read no resource with that SID."""


class JsonPart(Struct, frozen=True):
    """One path inside a JSON value where the two sides differ. Values are JSON text; None means absent."""

    path: str
    before: str | None
    after: str | None


class Difference(Struct, frozen=True):
    """One field whose values differ. `added` and `removed` describe a set, `parts` a JSON value."""

    field: Field
    before: LiveValue
    after: DesiredValue
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    parts: tuple[JsonPart, ...] = ()

    @property
    def path(self) -> str:
        """The field's dotted name."""
        return self.field.name
