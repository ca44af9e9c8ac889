"""How the configurations of two environments differ."""

from msgspec import Struct

from confsync.config.desired import Desired
from confsync.plan.difference import Difference


class FieldDifference(Struct, frozen=True):
    """One field that differs between two declarations of a resource. A sensitive one has no values."""

    first: Desired
    second: Desired
    difference: Difference
    sensitive: bool

    @property
    def name(self) -> str:
        """The field's dotted name."""
        return self.difference.path


class EnvironmentDiff(Struct, frozen=True):
    """How two configurations differ; `first` and `second` are the names of their environments."""

    first: str
    second: str
    only_in_first: tuple[Desired, ...]
    only_in_second: tuple[Desired, ...]
    fields: tuple[FieldDifference, ...]
