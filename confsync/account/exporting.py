"""What `export` needs around the account: a configuration if there is one, and a folder to write."""

from pathlib import Path

from msgspec.structs import replace

from confsync.account.configuration import LoadOptions, load_configuration
from confsync.account.inputs import InputFiles
from confsync.config.config import Config, Environment
from confsync.config.load import load_files
from confsync.config.tree import File
from confsync.errors import ConfigurationNotFound, UsageError
from confsync.export.export import DEFAULT_ENVIRONMENT
from confsync.export.folder import write_folder
from confsync.export.selection import personal_sections
from confsync.plan.exported import ExportedAccount
from confsync.plan.imported import ImportedState

__all__ = ["empty_configuration", "find_configuration", "personal_sections", "write_export"]


def find_configuration(options: LoadOptions) -> tuple[Config, bool]:
    """Load the configuration, and return whether there is one. If there is none, return an empty one.

    The account then becomes the environment that the options name, or `main`.

    Raises what `load` raises for one that exists.
    """
    try:
        return load_configuration(options), True
    except ConfigurationNotFound:
        return empty_configuration(options), False


def empty_configuration(options: LoadOptions) -> Config:
    """Return a configuration that declares nothing, with the environment that the options name, or `main`."""
    empty = File("", b"version: 1\n", options.directory)
    config = load_files((empty,), replace(options, environment=None, variables={}))
    return replace(config, environment=Environment(options.environment or DEFAULT_ENVIRONMENT), files=())


def write_export(
    exported: ExportedAccount | ImportedState,
    folder: str | Path,
    inputs: InputFiles | None = None,
    *,
    force: bool = False,
) -> tuple[str, ...]:
    """Write an export or an import into a folder, one file for each service.

    Return the paths of the files that changed.

    Raises Refused for a file that differs, unless `force`, and for YAML in the folder that is not part of the export;
    UsageError if the files would become a part of another configuration; and LocalFileError.
    """
    folder = Path(folder)
    for layer in inputs.layers if inputs else ():
        if folder.resolve() != layer and folder.resolve().is_relative_to(layer):
            raise UsageError(
                f"--output {folder} is inside the configuration in {layer}.", hint="Name a folder outside of it."
            )
    return write_folder(folder, exported.files, force=force)
