"""Where the snapshot of an environment is: next to its ledger, in a file or on a ref of a Git remote."""

from pathlib import Path

from msgspec import Struct

from confsync.config.sources.file_boundary import FileTooLargeError, NotRegularFileError, read_whole_file
from confsync.errors import LocalFileError, fix_for
from confsync.state.atomic_file import write_atomically
from confsync.state.ledger_branch import LedgerBranch
from confsync.state.ledger_file import refuse_link
from confsync.state.ledger_name import MOST_STATE_BYTES

_TAKE = "Name a file that `confsync drift` or `confsync apply` wrote."


class SnapshotStore(Struct, frozen=True):
    """The file of a snapshot; with a branch, the file of that name on the branch."""

    path: Path
    branch: LedgerBranch | None = None

    def __str__(self) -> str:
        return f"{self.path.name} on {self.branch.ref}" if self.branch else str(self.path)

    def read(self) -> str | None:
        """Read the text of the snapshot, or return None if there is none. Raises LocalFileError, GitRemoteError."""
        if self.branch:
            return self.branch.read_sibling(self.path.name)
        return read_snapshot_text(self.path) if self.path.exists() else None

    def write(self, text: str) -> None:
        """Replace the snapshot. Raises LocalFileError, GitRemoteError."""
        if self.branch:
            self.branch.push_sibling(self.path.name, text, f"Snapshot {self.path.name}")
            return
        refuse_link("snapshot", self.path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path, text)
        except OSError as error:
            raise LocalFileError(
                f"The snapshot {self.path} cannot be written: {error.strerror or error}.",
                hint=f"{fix_for(error, str(self.path))}, then run it again.",
            ) from error


def read_snapshot_text(path: Path) -> str:
    """Read the text of a snapshot from a file. Raises LocalFileError."""
    try:
        return read_whole_file(path, MOST_STATE_BYTES).decode(errors="replace")
    except NotRegularFileError as error:
        raise LocalFileError(f"The snapshot {path} is not a file.", hint=_TAKE) from error
    except FileTooLargeError as error:
        raise LocalFileError(f"The snapshot {path} is too large: {error.strerror}.", hint=_TAKE) from error
    except OSError as error:
        raise LocalFileError(f"The snapshot {path} cannot be read: {error.strerror}.", hint=_TAKE) from error
