"""Imports a Terraform state: reads it, and turns it into a configuration. No request is sent."""

from errno import EBADF
from pathlib import Path
from typing import BinaryIO

from confsync.errors import LocalFileError
from confsync.plan.exported import ExportScope
from confsync.plan.imported import ImportedState
from confsync.terraform.importing import import_state
from confsync.terraform.state import LARGEST


def import_terraform(
    path: str | Path,
    *,
    environment: str | None = None,
    account_sid: str | None = None,
    scope: ExportScope | None = None,
) -> ImportedState:
    """Turn a Terraform state into a configuration that adopts its resources. No request is sent.

    The environment is called `main` unless `environment` names it. `account_sid` chooses an account if the state has
    several, and names it if the state does not. Of `scope`, only the settings of the environment and the schema count.

    Raises LocalFileError if the file cannot be read, and UsageError for anything that is not a state, or that has
    nothing to import.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise LocalFileError(
            f"The state {path} cannot be read: {error.strerror}.",
            hint="Correct the path of the state, or its permissions.",
        ) from error
    return import_state(content, str(path), environment=environment, account_sid=account_sid, scope=scope)


def import_open_state(
    file: BinaryIO | None, name: str, *, environment: str | None = None, account_sid: str | None = None
) -> ImportedState:
    """Do the same with an open file, which messages call `name`, or with a closed one, which is None.

    Raises LocalFileError and UsageError.
    """
    try:
        content = _read_open(file)
    except OSError as error:
        raise LocalFileError(
            f"The state in {name} cannot be read: {error.strerror}.", hint="Pipe the state to it, or name a file."
        ) from error
    return import_state(content, name, environment=environment, account_sid=account_sid)


def _read_open(file: BinaryIO | None) -> bytes:
    if file is None:
        raise OSError(EBADF, "it is closed")
    return file.read(LARGEST + 1)
