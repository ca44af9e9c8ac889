"""What a person asked of one plan: overrides, a selection, and whether to destroy."""

from msgspec import Struct, field

from confsync.names import Address


class Overrides(Struct, frozen=True, kw_only=True):
    """Which guardrails are overridden for one plan, with a field for each of `OVERRIDES`."""

    allow_delete: frozenset[Address] = frozenset()
    allow_recreate: frozenset[Address] = frozenset()
    allow_loss: frozenset[Address] = frozenset()
    max_deletes: int | None = None
    allow_rollback: bool = False


class Selection(Struct, frozen=True, kw_only=True):
    """Which part of a configuration to plan, by address globs and by section names of kinds. Empty selects all."""

    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.targets or self.excludes or self.kinds)


class Intent(Struct, frozen=True, kw_only=True):
    """Everything a person asked of one plan. `destroy` deletes what confsync created and creates nothing."""

    overrides: Overrides = field(default_factory=Overrides)
    selection: Selection = field(default_factory=Selection)
    destroy: bool = False

    @property
    def ordinary(self) -> bool:
        """Whether it is an ordinary plan of the whole configuration."""
        return not (self.selection or self.destroy)
