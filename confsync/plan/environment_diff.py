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


class ResourceDifference(Struct, frozen=True):
    """A resource that only one environment has. `absent` is where the other one says that it must not exist."""

    desired: Desired
    absent: Desired | None


class EnvironmentDiff(Struct, frozen=True):
    """How two configurations differ; `first` and `second` are the names of their environments.

    What is absent in one of them must not exist there, and the other does not declare it.
    """

    first: str
    second: str
    only_in_first: tuple[ResourceDifference, ...]
    only_in_second: tuple[ResourceDifference, ...]
    absent_in_first: tuple[Desired, ...]
    absent_in_second: tuple[Desired, ...]
    fields: tuple[FieldDifference, ...]
