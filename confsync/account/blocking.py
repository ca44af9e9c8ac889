"""The synchronous counterparts of an account's methods. They work inside a running event loop, too, and block it."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any, Protocol, TypeVar

from confsync.account.account import Account
from confsync.account.connect import account_of
from confsync.account.connection import Connection, Settings
from confsync.account.ledger_push import PushedLedger
from confsync.account.locking import hold_lock_blocking
from confsync.account.results import DriftReport, Plan, Report
from confsync.account.shared_state import shared_lock
from confsync.apply.report import Progress
from confsync.config.config import Config
from confsync.export.reader import ExportProgress
from confsync.names import Address, Sid
from confsync.plan.exported import ExportedAccount, ExportScope
from confsync.plan.intent import Intent, Selection
from confsync.plan.listed import ListedResource
from confsync.planfile.file import SavedPlan
from confsync.state.ledger_adoption import AdoptedLedger
from confsync.state.rebuild import RebuiltLedger
from confsync.state.store import LedgerState

T = TypeVar("T")


class Runner(Protocol):
    """Runs a coroutine to its end."""

    def __call__(self, coroutine: Coroutine[Any, Any, T], /) -> T:
        """Return what the coroutine returns."""
        ...


@contextmanager
def connect_sync(
    config: Config,
    *,
    settings: Settings | None = None,
    environ: Mapping[str, str] | None = None,
    connection: Connection | None = None,
    run: Runner | None = None,
) -> Iterator["BlockingAccount"]:
    """Connect as `connect` does, for a program without an event loop; `run` runs each method in one."""
    yield BlockingAccount(account_of(config, settings=settings, environ=environ, connection=connection), run)


class BlockingAccount:
    """An account whose methods return when they are done; each is documented on `Account`."""

    def __init__(self, account: Account, run: Runner | None = None) -> None:
        self.account = account
        self._run: Runner = run or run_blocking

    def plan(self, intent: Intent | None = None) -> Plan:
        """Read the live state and decide what an apply would do."""
        return self._run(self.account.plan(intent))

    def drift(self, selection: Selection | None = None, *, attribution: bool = True) -> DriftReport:
        """Compare what was last applied, the live state and the configuration."""
        return self._run(self.account.drift(selection, attribution=attribution))

    def resume_plan(self, saved: SavedPlan) -> Plan:
        """Plan what is left to do of a saved plan."""
        return self._run(self.account.resume_plan(saved))

    def plan_approved(self, saved: SavedPlan) -> Plan:
        """Make a new plan, all of which must be in a saved one."""
        return self._run(self.account.plan_approved(saved))

    def apply(self, plan: Plan, progress: Progress = lambda _: None) -> Report:
        """Apply a plan."""
        return self._run(self.account.apply(plan, progress))

    def save_snapshot(self, plan: Plan, report: Report | None = None) -> None:
        """Leave a snapshot of the live state next to the ledger."""
        self._run(self.account.save_snapshot(plan, report))

    def locked(self) -> AbstractContextManager[None]:
        """Hold the lock of the ledger in a block."""
        account = self.account
        shared = shared_lock(account.config, account.connection, account.settings)
        return hold_lock_blocking(account.connection.ledger, account.settings, shared)

    def check_adoptions(self, adoptions: Mapping[Address, Sid]) -> None:
        """Check that each SID can be adopted at its address."""
        self._run(self.account.check_adoptions(adoptions))

    def adopt(self, plan: Plan) -> None:
        """Record in the ledger every resource that an apply of a plan would adopt."""
        self._run(self.account.adopt(plan))

    def list_resources(
        self, selection: Selection | None = None, *, declared: bool = False
    ) -> tuple[ListedResource, ...]:
        """List live resources, or only the declared ones."""
        return self._run(self.account.list_resources(selection, declared=declared))

    def export(
        self, scope: ExportScope | None = None, progress: ExportProgress = lambda _, __: None
    ) -> ExportedAccount:
        """Write the live account as a configuration, and plan it."""
        return self._run(self.account.export(scope, progress))

    def ledger(self) -> LedgerState:
        """Read what confsync owns."""
        return self._run(self.account.ledger())

    def rebuild_ledger(self) -> RebuiltLedger:
        """Make a new ledger from the live state."""
        return self._run(self.account.rebuild_ledger())

    def push_ledger(self) -> PushedLedger:
        """Push what a killed or failed apply could not."""
        return self._run(self.account.push_ledger())

    def adopt_ledger(self, file: Path) -> AdoptedLedger:
        """Make the ledger of this environment from that of another one."""
        return self._run(self.account.adopt_ledger(file))


def run_blocking(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end: in this thread, or in another one if an event loop is running in this one."""
    results: list[T] = []

    async def keep_result() -> None:
        # When a task ends, `asyncio.run` formats what it returned; for a large plan, that takes long.
        results.append(await coroutine)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(keep_result())
        return results[0]
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(copy_context().run, asyncio.run, keep_result()).result()
    return results[0]
