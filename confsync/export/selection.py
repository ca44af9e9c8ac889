"""Which part of the account an export reads and writes."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import Struct

from confsync.config.glob import Glob
from confsync.errors import UsageError
from confsync.model import Kind
from confsync.names import Address
from confsync.plan.exported import ExportScope
from confsync.planning.selection import check_selection
from confsync.resources import KINDS, children_of


def personal_sections() -> tuple[str, ...]:
    """Return the sections that are exported only if they are named: everything in them is personal data."""
    return tuple(each.section for each in KINDS if _begins_personal_data(each))


def check_export(scope: ExportScope) -> None:
    """Raise UsageError for an invalid glob or an unknown section."""
    check_selection(scope.selection)
    known = personal_sections()
    for section in scope.sections:
        if section not in known:
            raise UsageError.unknown_name(f"--with {section}: there is no such section.", section, known)


class ExportSelection(Struct, frozen=True, dict=True):
    """What an export covers. A resource may have several addresses: with its key, and with its live name."""

    scope: ExportScope

    @property
    def covers_everything(self) -> bool:
        """Whether no option limits the export to a part of the account."""
        return not self.scope.selection

    def reads(self, collections: Iterable[Address], kind: Kind) -> bool:
        """Whether to read a collection, singleton or links, because it or something in it may be selected."""
        if _begins_personal_data(kind) and not any(map(self._names, _with_descendants(kind))):
            return False
        if kind.linked_kind and not self._names(kind.linked_kind):
            return False  # nothing could be written: the key names a resource that is not read
        if self.covers_everything:
            return True
        kinds = self.scope.selection.kinds
        if kinds and not any(each.section in kinds for each in _with_descendants(kind)):
            return False
        return any(self._may_match_inside(each) for each in collections)

    def selects(self, addresses: Iterable[Address], kind: Kind) -> bool:
        """Whether the options select a resource."""
        if self.scope.selection.kinds and kind.section not in self.scope.selection.kinds:
            return False
        addresses = tuple(addresses)
        targeted = not self._targets or any(glob.matches(each) for glob in self._targets for each in addresses)
        return targeted and not any(glob.matches(each) for glob in self._excludes for each in addresses)

    def left_out_sections(self) -> tuple[str, ...]:
        """Return the sections with personal data that are not read."""
        kinds = (each for each in KINDS if _begins_personal_data(each))
        return tuple(each.section for each in kinds if not any(map(self._names, _with_descendants(each))))

    def check_found(self, addresses: Iterable[Address], selected: Iterable[tuple[Address, ...]]) -> None:
        """Raise UsageError for a glob that selects nothing; `selected` are the addresses of what may be selected."""
        known = tuple(each for several in selected for each in several)
        for glob in self._targets:
            if not any(map(glob.matches, known)):
                raise UsageError.unknown_name(
                    f"{glob.text}: no live resource has such an address.",
                    glob.text,
                    map(str, addresses),
                    none_known="Run it without an address to export everything.",
                )

    def _may_match_inside(self, address: Address) -> bool:
        if any(each.matches(address) for each in self._excludes):
            return False
        return not self._targets or any(each.may_match_inside(address) for each in self._targets)

    def _names(self, kind: Kind) -> bool:
        """Whether an option names the section of a kind, and not only by a wildcard."""
        selection = self.scope.selection
        segments = {segment for text in selection.targets for segment in text.split("/")}
        return kind.section in self.scope.sections or kind.section in selection.kinds or kind.section in segments

    @cached_property
    def _targets(self) -> tuple[Glob, ...]:
        return tuple(map(Glob.parse, self.scope.selection.targets))

    @cached_property
    def _excludes(self) -> tuple[Glob, ...]:
        return tuple(map(Glob.parse, self.scope.selection.excludes))


def _begins_personal_data(kind: Kind) -> bool:
    return kind.personal and not (kind.parent and kind.parent.personal)


def _with_descendants(kind: Kind) -> Iterator[Kind]:
    yield kind
    for child in children_of(kind):
        yield from _with_descendants(child)
