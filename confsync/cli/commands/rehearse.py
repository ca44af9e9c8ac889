"""`confsync rehearse`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.cli.invocation import Invocation
from confsync.cli.paths import InputPath

if TYPE_CHECKING:
    from confsync.cli.results import Result


@click.command("rehearse", cls=Command)
@click.argument("saved", metavar="PLAN", type=InputPath(dir_okay=False))
@click.pass_obj
def rehearse(invocation: Invocation, *, saved: str) -> "Result":
    """Apply a saved plan repeatedly to a copy of the account on an emulator, while injecting faults.

    confsync reads everything that `apply` would read, and copies it into an emulator. There, it applies PLAN once
    without faults, and then once for each combination of a fault and a write request. If a run is killed or fails,
    confsync applies PLAN to the same copy again.

    There are three faults: Twilio responds with status 429, the connection is reset, or confsync is killed. For each
    write, confsync tries a reset and a kill both before and after the write takes effect.

    confsync never writes to the account, the ledger or the journal. The clock is simulated, so waiting takes no real
    time.

    The exit code is the most severe exit code of all runs. If a run leaves different resources in the
    copy than the run without faults, it counts as a run with exit code 6.
    """
    from confsync.account.blocking import run_blocking
    from confsync.account.saved_plans import check_destination, load_plan
    from confsync.cli.account import open_account
    from confsync.cli.configuration import read_config
    from confsync.cli.progress import Progress
    from confsync.cli.results import RehearsalResult
    from confsync.rehearsal.rehearse import rehearse as rehearse_plan

    plan = load_plan(saved, settings=invocation.settings)
    options = invocation.options
    selected = options.env or plan.plan.target.environment
    invocation.retarget(environment=selected, emulator=options.emulator)
    check_destination(plan, emulator=options.emulator, environment=selected)
    config = read_config(invocation, selected)
    progress = Progress(invocation.console, quiet=invocation.options.quiet)
    with open_account(invocation, config, progress) as account, progress.rehearsing():
        found = run_blocking(rehearse_plan(account.account, plan, progress.count_runs))
    return RehearsalResult(path=saved, rehearsal=found)
