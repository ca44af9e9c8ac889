"""Where the files of a starter folder go."""

from pathlib import Path, PurePosixPath

from msgspec import Struct

from confsync.config.sources.file_boundary import holds_repository
from confsync.config.sources.folder import display_path
from confsync.errors import UsageError


class StarterPlace(Struct, frozen=True):
    """The folder that contains everything, and the path from there to the folder of the configuration."""

    top: Path
    inside: PurePosixPath

    @property
    def home(self) -> Path:
        """The folder of the configuration."""
        return self.top / self.inside


def find_place(directory: Path, ci: str) -> StarterPlace:
    """Put everything into a directory. With a CI system, begin at the top of the Git repository, where it looks.

    Raises UsageError if the jobs cannot name the folder.
    """
    home = directory.resolve()
    top = next((each for each in (home, *home.parents) if holds_repository(each)), home) if ci else home
    inside = PurePosixPath(home.relative_to(top).as_posix())
    if ci and not str(inside).isprintable():
        raise UsageError(
            f"The jobs of a CI system cannot work in {display_path(home)}: its name has characters that are not text.",
            hint="Rename the folder, or leave out --ci.",
        )
    return StarterPlace(top, inside)
