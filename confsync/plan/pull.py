"""Live differences that are written to the configuration, and those that are not."""

from msgspec import Struct

from confsync.config.desired import Desired, DesiredValue
from confsync.diagnostics import Position
from confsync.model import Field
from confsync.names import Address
from confsync.plan.difference import LiveValue


class PulledField(Struct, frozen=True, kw_only=True):
    """One field whose live value is written to the configuration. `shown` is that value without what is masked."""

    desired: Desired
    field: Field
    before: DesiredValue
    live: LiveValue
    shown: LiveValue
    position: Position


class RefusedField(Struct, frozen=True, kw_only=True):
    """One field that differs and is not pulled: why, and what a person can do instead."""

    desired: Desired
    field: Field
    position: Position
    reason: str
    choices: tuple[str, ...]


class LeftAlone(Struct, frozen=True):
    """Something that differs and that a pull is not about: a resource, or one of its fields."""

    address: Address
    path: str
    position: Position | None
    reason: str
    advice: str


class Pull(Struct, frozen=True, kw_only=True):
    """What a pull writes, or would write. `lines` are those of the diff. Nothing is written if anything is refused."""

    pulled: tuple[PulledField, ...] = ()
    refused: tuple[RefusedField, ...] = ()
    left_alone: tuple[LeftAlone, ...] = ()
    lines: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    dry_run: bool = False

    @property
    def written(self) -> bool:
        """Whether files were changed."""
        return bool(self.files) and not self.dry_run
