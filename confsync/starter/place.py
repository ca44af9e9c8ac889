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


def path_in(place: StarterPlace, given: str) -> str:
    """Return the path of a file from the top of the repository, where the jobs look for it. A URL stays as it is.

    Raises UsageError if the jobs would not find the file.
    """
    if not given or "://" in given:
        return given
    path = Path(given).resolve()
    if not path.is_file() or not path.is_relative_to(place.top.resolve()):
        raise UsageError(
            f"The jobs cannot install {display_path(Path(given))}: there is no such file in {display_path(place.top)}.",
            hint="Copy the file into the repository and name that copy, or name a URL.",
        )
    return path.relative_to(place.top.resolve()).as_posix()


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
