"""The files of a configuration, and how each differs from the canonical layout."""

from msgspec import Struct


class FormattedFile(Struct, frozen=True):
    """A file of a configuration. `lines` are those of the diff to its canonical layout; without any, it has that."""

    path: str
    lines: tuple[str, ...]


class Formatted(Struct, frozen=True):
    """Every file of a configuration. Unless `check`, those that differed were rewritten."""

    files: tuple[FormattedFile, ...]
    check: bool

    @property
    def differs(self) -> bool:
        """Whether any file differs, or differed."""
        return any(each.lines for each in self.files)
