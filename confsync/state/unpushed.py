"""A ledger that could not be pushed to its branch: kept on this machine until a push succeeds."""

# The file has the serial after that of the ledger on the branch. If somebody else pushed in the meantime, the earlier
# ledger is in the history of the branch, and both can be merged.

from msgspec import Struct

from confsync.errors import GitRemoteError, Refused
from confsync.state.journal import JournalContent
from confsync.state.ledger import Ledger
from confsync.state.ledger_branch import LedgerBranch
from confsync.state.ledger_file import read_ledger, write_ledger
from confsync.state.ledger_merge import merge_ledgers
from confsync.state.replay import replay_events
from confsync.state.state_files import unpushed_path


class BranchState(Struct, frozen=True):
    """The ledger on a branch, and what it is together with the one that this machine has not pushed yet."""

    pushed: Ledger | None
    ledger: Ledger | None


def read_branch(branch: LedgerBranch, *, account_sid: str, host: str) -> BranchState:
    """Read the ledger from its branch and merge the one that was not pushed yet, in memory only.

    A branch without a ledger continues the ledger file in the work tree. Raises what `LedgerBranch.read` raises, and
    Refused if the two ledgers contradict each other.
    """
    pushed = branch.read(account_sid=account_sid, host=host)
    kept = unpushed_path(branch.path)
    unpushed = read_ledger(kept, account_sid=account_sid, host=host)
    if unpushed is None:
        return BranchState(pushed, pushed or read_ledger(branch.path, account_sid=account_sid, host=host))
    try:
        return BranchState(pushed, _merged(branch, pushed, unpushed))
    except Refused as error:
        raise Refused(
            f"{kept} was not pushed, and cannot be merged with the ledger on {branch.ref}. {error.happened}",
            hint=f"Move {kept} away, then run `confsync plan`: it finds what that file knew by name.",
        ) from error


def merge_journal(branch: LedgerBranch, pushed: Ledger, journal: JournalContent) -> Ledger | None:
    """Merge a journal that continues an earlier ledger of the branch; return None if that is impossible."""
    base = branch.at_serial(journal.serial)
    if base is None or base.lineage != pushed.lineage:
        return None
    try:
        return merge_ledgers(base, replay_events(base, journal.events).after(base.serial), pushed)
    except Refused:
        return None


def save_to_branch(branch: LedgerBranch, ledger: Ledger, over: Ledger) -> None:
    """Push a ledger; keep it on this machine if that fails. Raises GitRemoteError, LocalFileError."""
    kept = unpushed_path(branch.path)
    write_ledger(kept, ledger)
    try:
        branch.push(ledger, over)
    except GitRemoteError as error:
        raise GitRemoteError(
            error.happened,
            changed=f"What was applied stays applied. {kept} records it, but {branch.ref} does not yet.",
            hint="Run `confsync ledger push` here when the remote accepts the push.",
        ) from error
    kept.unlink(missing_ok=True)


def _merged(branch: LedgerBranch, pushed: Ledger | None, unpushed: Ledger) -> Ledger:
    if pushed is None or (pushed.serial + 1, pushed.lineage) == (unpushed.serial, unpushed.lineage):
        return unpushed
    if branch.at_serial(unpushed.serial) == unpushed:  # the push succeeded, and only its response was lost
        return pushed
    return merge_ledgers(branch.at_serial(unpushed.serial - 1), unpushed, pushed)
