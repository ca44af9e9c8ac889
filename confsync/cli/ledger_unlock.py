"""`confsync ledger unlock`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation

if TYPE_CHECKING:
    from confsync.cli.results import Result
    from confsync.config.config import Config
    from confsync.state.git_lock import GitLock, SeenLock


@click.command("unlock", cls=Command)
@click.argument("lock_id", metavar="[ID]", required=False)
@click.pass_obj
def unlock_ledger(invocation: Invocation, lock_id: str | None) -> "Result":
    """Remove the lock that a dead apply left on the Git remote.

    Show who holds the lock, and ask for confirmation. With ID, which the lock's message names, remove that lock without
    asking. A lock that somebody else has taken in the meantime stays.
    """
    from msgspec.structs import replace

    from confsync.account.locking import hold_lock_blocking
    from confsync.cli.account import ledger_path
    from confsync.cli.results import Result
    from confsync.cli.validate import read_config

    config = read_config(invocation)
    ledger, settings = ledger_path(invocation, config), replace(invocation.settings, lock_timeout=0)
    lock = _lock_of(invocation, config)
    with hold_lock_blocking(ledger, settings):  # an apply that is running in this folder is not dead
        seen = lock.look()
        if seen is None:
            invocation.remark(f"Nobody holds the lock {lock.ref}.")
        else:
            _remove(invocation, config, lock, seen, lock_id)
            invocation.remark(f"Removed the lock {lock.ref}.")
    return Result(config=config)


def _lock_of(invocation: Invocation, config: "Config") -> "GitLock":
    from confsync.account.shared_state import lock_at
    from confsync.cli.account import ledger_path
    from confsync.errors import UsageError

    lock = (
        None if invocation.options.emulator else lock_at(config, ledger_path(invocation, config), invocation.settings)
    )
    if lock is None:
        raise UsageError(
            "There is no lock to remove: it is a file here, and is released when its process exits.",
            hint="Run the command that was locked out again.",
        )
    return lock


def _remove(invocation: Invocation, config: "Config", lock: "GitLock", seen: "SeenLock", lock_id: str | None) -> None:
    """Remove the lock that was seen, with the consent of a person. Raises Refused."""
    from confsync.cli.applying import ask_consent
    from confsync.errors import Refused
    from confsync.views.escaping import printable

    if seen.holder is None:
        raise Refused(
            f"{lock.ref} is not a lock of confsync, so it is not removed.",
            hint="Choose another `ref` for the `lock` in the configuration.",
        )
    held = printable(f"The lock {lock.ref} is held by {seen.holder}.")
    command = f"confsync ledger unlock{f' -e {config.environment.name}' if config.environment.name else ''}"
    if lock_id is None and not invocation.asks:
        hint = f"If that process is dead, run `{command} {seen.commit}`."
        raise Refused(f"{held} There is nobody to ask whether to remove it.", hint=hint)
    if lock_id is None:
        invocation.console.note(held)
        ask_consent(invocation.console, "If that process is dead, remove its lock?", command)
    if lock_id not in (None, seen.commit) or not lock.remove(seen.commit):
        raise Refused(
            f"{lock.ref} is not the lock that was to be removed.", hint=f"Run `{command}` to see who holds it."
        )
