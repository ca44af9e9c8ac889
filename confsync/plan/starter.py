"""A starter folder: what somebody chose, and what was written."""

from pathlib import PurePosixPath

from msgspec import Struct

from confsync.plan.exported import ExportedAccount
from confsync.plan.imported import ImportedState


class JobChoices(Struct, frozen=True, kw_only=True):
    """What the jobs of a CI system install, and whether they use the embedded emulator instead of Twilio.

    `package` is a URL or the path of a wheel, and `requirements` the path of a file with the digests of its
    dependencies. Both paths are relative to the top of the repository. Empty: this version, from the package index.
    """

    package: str = ""
    requirements: str = ""
    emulator: bool = False


class StarterChoices(Struct, frozen=True, kw_only=True):
    """What somebody chose: the name of the environment, and where the configuration comes from.

    With `flex`, what Flex owns is only looked up. `minimal` leaves out fields of a live account that have Twilio's
    default. `terraform_state` is the path of a state to import, and `account_sid` the account in it. `ci` is the name
    of a CI system, and `example` that of an example, or empty. `jobs` is for the jobs of the CI system.
    """

    environment: str
    from_live: bool = False
    flex: bool = False
    minimal: bool = False
    terraform_state: str = ""
    account_sid: str | None = None
    ci: str = ""
    example: str = ""
    jobs: JobChoices = JobChoices()

    @property
    def reads_resources(self) -> bool:
        """Whether the configuration comes from somewhere else, and so is a folder."""
        return self.from_live or bool(self.terraform_state)

    @property
    def only_jobs(self) -> bool:
        """Whether nobody asked for anything but the jobs of a CI system."""
        return bool(self.ci) and not (self.reads_resources or self.flex or self.example)


class StarterFile(Struct, frozen=True, kw_only=True):
    """One file, relative to the folder. `content` says what it is. An `extended` file keeps the lines that it had."""

    path: PurePosixPath
    text: str
    content: str
    private: bool = False
    extended: bool = False

    def __repr__(self) -> str:
        return f"<file {self.path}>"


class WrittenStarter(Struct, frozen=True, kw_only=True):
    """What was written. `folder` contains all files, and `changed` are the paths of those that are new.

    Without an account SID, the configuration is an example or has no environment. `found` is the live account or the
    Terraform state, if one was read. `notes` say what is left to do by hand.
    """

    folder: str
    environment: str
    account_sid: str | None
    files: tuple[StarterFile, ...]
    changed: tuple[str, ...]
    found: ExportedAccount | ImportedState | None = None
    notes: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether an apply of an exported account would change anything, or be blocked."""
        found = self.found
        return isinstance(found, ExportedAccount) and (found.plan.differs or bool(found.plan.guardrails))
