"""`confsync ledger unlock`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation

if TYPE_CHECKING:
    from confsync.account.unlocking import FoundLock
    from confsync.cli.results import Result


@click.command("unlock", cls=Command)
@click.argument("lock_id", metavar="[ID]", required=False)
@click.pass_obj
def unlock_ledger(invocation: Invocation, lock_id: str | None) -> "Result":
    """Remove the lock that a killed apply left behind on the Git remote.

    This command requires `lock: git` in the configuration. confsync shows who holds the lock, and asks for
    confirmation.

    If you pass the ID of the lock, confsync removes the lock without asking. If somebody else has taken the lock in the
    meantime, its ID is different, and confsync leaves it in place.
    """
    from confsync.account.unlocking import finding_lock
    from confsync.cli.account import ledger_path
    from confsync.cli.configuration import read_config
    from confsync.cli.results import Result

    config = read_config(invocation)
    with finding_lock(config, ledger_path(invocation, config), invocation.settings) as found:
        if found:
            _remove(invocation, found, lock_id)
    invocation.remark(f"Removed the lock {found.ref}." if found else "Nobody holds the lock.")
    return Result(config=config)


def _remove(invocation: Invocation, found: "FoundLock", lock_id: str | None) -> None:
    """Remove a lock with the consent of a person. Raises Refused."""
    from confsync.cli.applying import ask_question
    from confsync.errors import Refused
    from confsync.views.escaping import printable

    held = printable(f"The lock {found.ref} is held by {found.holder}.")
    if lock_id is None and not invocation.asks:
        hint = f"If that process is dead, run `confsync ledger unlock {found.id}`."
        raise Refused(f"{held} There is nobody to ask whether to remove it.", hint=hint)
    if lock_id is None:
        invocation.console.note(held)
        ask_question(invocation, "If that process is dead, remove its lock?")
    if lock_id not in (None, found.id) or not found.remove():
        raise Refused(
            f"{found.ref} is not the lock that was to be removed.",
            hint="Run `confsync ledger unlock` to see who holds it.",
        )
