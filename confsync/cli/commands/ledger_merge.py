"""`confsync ledger merge`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation
from confsync.cli.paths import InputPath

if TYPE_CHECKING:
    from confsync.cli.results import Result


@click.command("merge", cls=Command, selected_by=())
@click.argument("base", type=InputPath(dir_okay=False))
@click.argument("ours", type=InputPath(dir_okay=False))
@click.argument("theirs", type=InputPath(dir_okay=False))
@click.pass_obj
def merge_ledgers(invocation: Invocation, base: str, ours: str, theirs: str) -> "Result":
    """Merge the ledgers OURS and THEIRS, and write the result to OURS.

    BASE is their common ancestor. To have Git run this command when it merges two branches, configure it as a merge
    driver: `confsync ledger merge %O %A %B`.
    """
    from pathlib import Path

    from confsync.account.ledger_files import merge_ledger_files
    from confsync.cli.results import Result

    merged = merge_ledger_files(Path(base), Path(ours), Path(theirs))
    invocation.remark(f"Merged the ledgers: serial {merged.serial}, {len(merged.entries)} entries.")
    return Result()
