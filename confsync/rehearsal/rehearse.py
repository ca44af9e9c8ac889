"""Rehearses a saved plan: once without faults, then with each fault at each of its writes."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from confsync.account.account import Account
from confsync.account.connection import Settings
from confsync.exit_codes import ExitCode
from confsync.plan.rehearsal import Rehearsal, RehearsedFault
from confsync.planfile.file import SavedPlan
from confsync.planning.make import LivePlan
from confsync.rehearsal.trial_account import AccountCopy, TrialAccount

PREFIX = "confsync-rehearsal-"
"""The folder of a rehearsal's ledger and journal is named so, among the temporary files."""

SHARED_MEMORY = "/dev/shm"  # noqa: S108 — the folder in it gets a name that nobody can guess, and is private

FAULTS = tuple(fault for fault in RehearsedFault if fault is not RehearsedFault.NONE)

RunCounter = Callable[[int, int], object]
"""Called after each run with the number of runs that are done, and of all."""


async def rehearse(account: Account, saved: SavedPlan, count: RunCounter = lambda _, __: None) -> Rehearsal:
    """Rehearse a saved plan on a copy of the account. The account is read as `resume_plan` reads it, and not written.

    Raises what `Account.resume_plan` raises, and LocalFileError if the temporary folder cannot be written.
    """
    started = time.perf_counter()
    plan, copy = await _copy(account, saved)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=_in_memory()) as folder:
        trial = TrialAccount(account.config, _settings(account.settings), saved, copy, Path(folder))
        try:
            first, writes = await trial.run_without_faults()
            runs, places = [first], writes if first.code is ExitCode.DONE else {}
            total = 1 + len(places) * len(FAULTS)
            for at, write in places.items():
                for fault in FAULTS:
                    count(len(runs), total)
                    runs.append(await trial.run(fault, at, write))
        finally:
            trial.close()
    return Rehearsal(
        plan_id=saved.id,
        environment=plan.target.environment,
        account_sid=copy.account_sid,
        changes=sum(bool(each.actions) for each in plan.changes),
        writes=tuple(writes.values()),
        runs=tuple(runs),
        reads=len(copy.responses),
        seconds=time.perf_counter() - started,
    )


async def _copy(account: Account, saved: SavedPlan) -> tuple[LivePlan, AccountCopy]:
    """Plan what is left of a saved plan, and keep all that was read for it."""
    responses: list[tuple[str, dict[str, Any]]] = []
    connection = replace(account.connection, read=lambda path, body: responses.append((path, dict(body))))
    plan = (await Account(account.config, connection, account.settings).resume_plan(saved)).live
    known = plan.ledger if plan.target.ledger is not None else None
    return plan, AccountCopy(plan.target.account_sid, tuple(responses), known, plan.snapshot.identity.others)


def _in_memory() -> str | None:
    """Return a folder whose files are in memory, if this system has one."""
    # each run waits for the disk a hundred times, and nothing in the folder has to survive
    return SHARED_MEMORY if os.access(SHARED_MEMORY, os.W_OK | os.X_OK) else None


def _settings(settings: Settings) -> Settings:
    """Do without what is for a person who watches, and without a limit that only Twilio needs."""
    return replace(settings, watch=lambda _: None, waiting=lambda _: None, lock_timeout=0.0, max_rps=None)
