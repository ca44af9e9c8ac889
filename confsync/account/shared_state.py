"""What the machines of a team share on a Git remote: the lock, and the ledger.

The account of an embedded emulator belongs to one machine, which shares nothing.
"""

from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from confsync.account.connection import Connection, Settings
from confsync.config.config import Config
from confsync.config.load import load_config
from confsync.state.git_lock import GitLock
from confsync.state.git_remote import git_ref
from confsync.state.ledger import Ledger
from confsync.state.ledger_adoption import LedgerUse
from confsync.state.ledger_branch import LedgerBranch
from confsync.state.ledger_name import ledger_name
from confsync.state.other_environments import OtherEnvironments, OtherLedgerPlace, read_other_environments
from confsync.state.state_files import git_lock_record
from confsync.twilio.origin import origin_of


def shared_lock(config: Config, connection: Connection, settings: Settings) -> GitLock | None:
    """Return the lock on a Git ref, if the environment has one. Raises GitRemoteError outside of a repository."""
    return None if connection.emulator else lock_at(config, connection.ledger, settings)


def lock_at(config: Config, ledger: Path, settings: Settings) -> GitLock | None:
    """Return the lock on a Git ref that belongs to a ledger, without a connection. Raises GitRemoteError."""
    place = config.environment.lock
    if place is None:
        return None
    return GitLock(git_ref(config.folder, place, "lock"), git_lock_record(ledger), settings.command)


def shared_ledger(config: Config, connection: Connection) -> LedgerBranch | None:
    """Return the branch of the ledger, if the environment has one. Raises GitRemoteError outside of a repository."""
    return None if connection.emulator else branch_at(config, connection.ledger)


def branch_at(config: Config, ledger: Path) -> LedgerBranch | None:
    """Return the branch of a ledger, without a connection. Raises GitRemoteError."""
    place = config.environment.ledger
    return None if place is None else LedgerBranch(git_ref(config.folder, place, "ledger"), ledger)


def ledger_use(config: Config, connection: Connection) -> LedgerUse:
    """Say which ledger a connection uses, and which ones the environments of its configuration use."""
    names = map(ledger_name, config.environments or (None,))
    branch = shared_ledger(config, connection)
    return LedgerUse(connection.ledger, config.environment.name, frozenset(names), branch, emulator=connection.emulator)


def other_environments(config: Config, connection: Connection, account_sid: str) -> OtherEnvironments:
    """Read what the other environments of the account own. Raises as `read_state` does, except for other accounts."""
    return read_other_environments(_other_ledgers(config, connection), account_sid=account_sid)


def _other_ledgers(config: Config, connection: Connection) -> Iterator[OtherLedgerPlace]:
    here = connection.ledger
    # only a ledger with the usual name has others beside it: that of an emulator's own file does not
    for each in config.sharing if here.name == ledger_name(config.environment.name) else ():
        path, host = here.with_name(ledger_name(each.name)), connection.origin.host
        if not (connection.emulator or connection.origin.redirected):
            host = origin_of(each.region, each.edge, config.options.environ).host
        ref = None if connection.emulator else each.ledger
        branch = LedgerBranch(git_ref(config.folder, ref, "ledger"), path) if ref else None
        yield OtherLedgerPlace(each.name, path, host, branch)


def masking_known(config: Config, ledger: Ledger | None) -> Config:
    """Load a configuration again if it no longer marks variables that the ledger knows as sensitive.

    A ledger in a file is read when the configuration is loaded, which never uses the network.
    """
    before = frozenset(ledger.sensitive_variables) if ledger else frozenset()
    if before <= config.sensitive_variables:
        return config
    again = load_config(replace(config.options, sensitive_before=lambda *_: before))
    return replace(again, adopt=config.adopt, forget=config.forget)
