"""What every parameter type provides."""

from collections.abc import Sequence
from enum import Enum
from typing import Final, Protocol

from msgspec import Struct

StoredValue = str | int | tuple[str, ...] | None


class Keep(Enum):
    """Marks a parameter that was sent, is valid and changes nothing."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


class ParameterType(Protocol):
    """The type of a parameter."""

    @property
    def is_secret(self) -> bool:
        """Whether values must be neither stored nor logged."""
        ...

    def parse(self, name: str, sent: Sequence[str]) -> StoredValue | Keep:
        """Convert what the client sent into what is stored; raise an ErrorResponse if it is invalid."""
        ...


class PlainType(Struct, frozen=True):
    """A parameter type whose values are no secret."""

    @property
    def is_secret(self) -> bool:
        """Whether values must be neither stored nor logged."""
        return False
