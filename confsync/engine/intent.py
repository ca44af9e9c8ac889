"""What a person wants of one plan: what is lifted, which part is meant, and whether everything is to go."""

from dataclasses import dataclass, field

from confsync.names import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifts:
    """Which rails are lifted for one plan, and so stand in it. `max_deletes` is none where nothing was said."""

    allow_delete: frozenset[Address] = frozenset()
    allow_recreate: frozenset[Address] = frozenset()
    allow_rollback: bool = False
    max_deletes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which part of a configuration is meant, by address globs and by section names of kinds; empty means all."""

    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.targets or self.excludes or self.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Everything that a person wants of one plan. With `destroy`, what confsync made is to go, and nothing is made."""

    lifts: Lifts = field(default_factory=Lifts)
    selection: Selection = field(default_factory=Selection)
    destroy: bool = False
