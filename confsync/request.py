"""Which configuration a user means, and reading it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from confsync.config.config import Config
from confsync.config.load import load

if TYPE_CHECKING:
    from confsync.config.tree import File


class Request(Struct, frozen=True, kw_only=True):
    """Which configuration is meant: `files` are layers, and without any it is looked for from `directory` upwards."""

    environ: Mapping[str, str]
    directory: Path = Path()
    files: tuple[Path, ...] = ()
    environment: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


def read(request: Request, instead: "File | None" = None) -> Config:
    """Read it and check everything that can be known without the network; `instead` stands for the file of its name.

    Raises UsageError, LocalFileError, and InvalidConfiguration with every mistake.
    """
    return load(
        directory=request.directory,
        layers=request.files,
        chosen=request.environment,
        given=request.variables,
        environ=request.environ,
        instead=instead,
    )
