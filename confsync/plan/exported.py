"""An export: the live account as a configuration, and what was left out of it."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from msgspec import Struct

from confsync.names import Address
from confsync.plan.intent import Selection
from confsync.plan.plan import Plan
from confsync.secret import Secret


class ExportScope(Struct, frozen=True):
    """Which resources to export, and how.

    `sections` are those with personal data to include. With `minimal`, a field that has Twilio's default is left out.
    `environment` is the name of the environment that the account becomes, and `settings` are further keys of it. With
    `flex`, what Flex owns is only looked up. Each file names `schema`, a path that is relative to the folder.
    """

    selection: Selection = Selection()
    sections: tuple[str, ...] = ()
    minimal: bool = False
    environment: str | None = None
    settings: tuple[tuple[str, str], ...] = ()
    flex: bool = False
    schema: str = ""


class ExportedFile(Struct, frozen=True):
    """One file of an export, relative to its folder. A `private` file holds secrets."""

    path: PurePosixPath
    text: str
    resources: int = 0
    private: bool = False

    def __repr__(self) -> str:
        return f"<exported file {self.path}>"


class LeftOut(Struct, frozen=True):
    """Something live that the export does not contain. `what` is an address, a field or a section."""

    what: str
    why: str


class ExportedAccount(Struct, frozen=True, kw_only=True):
    """The live account as a configuration.

    `document` is the whole configuration as one text, `files` the same as one file for each service. `secrets` are the
    values of the sensitive variables, which no file of the configuration contains. `plan` is a plan of the
    configuration that was written. `counts` has the number of resources in each section, `owned_elsewhere` the number
    of those that are left out because a different environment of the account owns them, by its name.
    """

    account_sid: str
    environment: str
    document: str
    files: tuple[ExportedFile, ...]
    addresses: tuple[Address, ...]
    counts: Mapping[str, int]
    left_out: tuple[LeftOut, ...]
    owned_elsewhere: Mapping[str, int] = {}
    secrets: Mapping[str, Secret]
    adopted: int
    plan: Plan

    def __repr__(self) -> str:
        return f"<export of {self.account_sid}>"


class WrittenExport(Struct, frozen=True, kw_only=True):
    """An export, the folder that it was written to, if there is one, and the files in it that changed."""

    exported: ExportedAccount
    folder: str | None = None
    changed: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether an apply of the export would change anything, or be blocked."""
        return self.exported.plan.differs or bool(self.exported.plan.guardrails)
