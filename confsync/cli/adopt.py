"""`confsync adopt`: say in the configuration which live thing an address is."""

from typing import TYPE_CHECKING

import click

from confsync.cli.run import Run
from confsync.cli.verb import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from confsync.cli.exit_result import ExitResult
    from confsync.config.config import Config
    from confsync.names import Address, Sid


@click.command("adopt", cls=Verb)
@click.argument("address", required=False)
@click.argument("sid", required=False)
@click.option("--all", "everything", is_flag=True, help="Tie whatever a plan would adopt, as the plan would.")
@click.pass_obj
def adopt(run: Run, address: str | None, sid: str | None, *, everything: bool) -> "ExitResult":
    """Tie an address to one live resource, in the `adopt` section of the configuration."""
    from confsync.account.blocking import connect_sync
    from confsync.account.edits import write_adoptions
    from confsync.cli.account import reached
    from confsync.cli.configuration import read
    from confsync.cli.exit_result import DONE
    from confsync.views.escaping import printable

    if everything == bool(address) or bool(address) != bool(sid):
        raise click.UsageError("Name an ADDRESS and a SID, or --all.")
    config = read(run)
    unclear: Mapping[Address, tuple[Sid, ...]] = {}
    with (
        reached(run, config) as connection,
        connect_sync(config, settings=run.settings, connection=connection) as account,
    ):
        if everything:
            wanted, unclear = account.find_adoptions()
            for each, sids in unclear.items():
                hint = "choose one with `confsync adopt ADDRESS SID`"
                run.remark(f"{printable(str(each))} could be any of {', '.join(sids)}: {hint}.")
        else:
            wanted = _tie(config, str(address), str(sid))
            account.check_adoptions(wanted)
    lines = write_adoptions(run.request, wanted) if wanted else ()
    if lines or not (everything and unclear):
        run.print(printable_lines(lines))
    return DONE


def printable_lines(lines: tuple[str, ...]) -> str:
    """Tell a diff of the configuration."""
    from confsync.views.escaping import printable

    said = lines or ("Nothing to write: the configuration says so already.",)
    return "".join(f"{printable(each)}\n" for each in said)


def _tie(config: "Config", written: str, sid: str) -> "dict[Address, Sid]":
    """Raises UsageError for what is not declared, has no SID, or for a SID of something else."""
    from confsync.errors import UsageError
    from confsync.names import Address, Sid, is_sid

    address = Address.parse(written)
    desired = config.resources.get(address)
    if desired is None or desired.kind.created_by_twilio:
        happened = f"Nothing is declared at {address} that could be adopted."
        raise UsageError.unknown_name(happened, written, map(str, config.resources))
    if not is_sid(sid, desired.kind.sid_prefix):
        raise UsageError(
            f"'{sid}' is no SID of {desired.kind.a_title}.",
            hint=f"It is {desired.kind.sid_prefix} and 32 hexadecimal digits.",
        )
    return {address: Sid(sid)}
