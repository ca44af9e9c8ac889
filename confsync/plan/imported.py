"""A Terraform state as a configuration, and what could not be mapped."""

from collections.abc import Mapping

from msgspec import Struct

from confsync.names import Address
from confsync.plan.exported import ExportedFile, LeftOut
from confsync.secret import Secret


class ImportedState(Struct, frozen=True, kw_only=True):
    """A Terraform state as a configuration.

    `document` is the whole configuration as one text, `files` the same as one file for each service. `secrets` are the
    values of the sensitive variables, which no file of the configuration contains. `stored_secrets` are the attributes
    in which the state has a secret in plain text. `in_state` is the number of resources in the state.
    """

    account_sid: str
    environment: str
    document: str
    files: tuple[ExportedFile, ...]
    addresses: tuple[Address, ...]
    counts: Mapping[str, int]
    adopted: int
    left_out: tuple[LeftOut, ...]
    secrets: Mapping[str, Secret]
    stored_secrets: tuple[str, ...]
    in_state: int

    def __repr__(self) -> str:
        return f"<import of a Terraform state of {self.account_sid}>"


class WrittenImport(Struct, frozen=True, kw_only=True):
    """An import, the folder that it was written to, if there is one, and the files in it that changed."""

    imported: ImportedState
    folder: str | None = None
    changed: tuple[str, ...] = ()
