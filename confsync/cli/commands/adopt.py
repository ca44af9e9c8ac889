"""`confsync adopt`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation
from confsync.cli.suggestions import suggest_addresses

if TYPE_CHECKING:
    from confsync.cli.results import Result
    from confsync.config.config import Config
    from confsync.names import Address, Sid


@click.command("adopt", cls=Command)
@click.argument("address", required=False, shell_complete=suggest_addresses)
@click.argument("sid", required=False)
@click.option("--all", "everything", is_flag=True, help="Adopt every live resource that matches a declared one.")
@click.option("--auto-approve", is_flag=True, help="With --all, adopt without asking for confirmation.")
@click.pass_obj
def adopt(
    invocation: Invocation, address: str | None, sid: str | None, *, everything: bool, auto_approve: bool
) -> "Result":
    """Adopt one live resource, or every live resource that matches a declared one.

    With ADDRESS and SID, confsync adds an entry to the `adopt` section of the configuration. The next apply then adopts
    the live resource with this SID, and confsync manages it at ADDRESS.

    With --all, confsync shows the resources that the next apply would adopt and, after you confirm, records them in the
    ledger. It does not change the configuration.

    This command never writes to Twilio.
    """
    from confsync.account.edits import write_adoptions
    from confsync.cli.account import open_account
    from confsync.cli.configuration import read_config
    from confsync.cli.results import EditResult

    if everything == bool(address) or bool(address) != bool(sid):
        raise click.UsageError("Give an ADDRESS and a SID, or --all.")
    if everything:
        from confsync.cli.adopting import adopt_everything

        return adopt_everything(invocation, auto_approve=auto_approve)
    if auto_approve:
        raise click.UsageError("--auto-approve needs --all: an ADDRESS and a SID are written without asking.")
    config = read_config(invocation)
    adoptions = _checked(config, str(address), str(sid))
    with open_account(invocation, config) as account:
        account.check_adoptions(adoptions)
    return EditResult(config=config, lines=write_adoptions(invocation.load_options, adoptions))


def _checked(config: "Config", written: str, sid: str) -> "dict[Address, Sid]":
    """Raise UsageError unless a resource with such a SID is declared at the address."""
    from confsync.errors import UsageError
    from confsync.names import Address, Sid, is_sid

    address = Address.parse(written)
    desired = config.declared.get(address)
    if desired is None or desired.kind.created_by_twilio:
        happened = f"Nothing that could be adopted is declared at {address}."
        known = [str(each.address) for each in config.declared.values() if not each.kind.created_by_twilio]
        raise UsageError.unknown_name(happened, written, known, none_known="Declare it, then run it again.")
    if not is_sid(sid, desired.kind.sid_prefix):
        raise UsageError(
            f"'{sid}' is not the SID of {desired.kind.a_title}.",
            hint=f"It is {desired.kind.sid_prefix} followed by 32 hexadecimal digits.",
        )
    return {address: Sid(sid)}
