"""One Twilio account: plans, applies, and looks after the ledger.

Everything here is asynchronous; `blocking.py` holds the synchronous counterparts. Whatever blocks (Git, scrypt, files)
runs in a thread, so that the event loop of the caller goes on.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from time import monotonic

from msgspec.structs import replace

from confsync.account import planning_run
from confsync.account.attribution import attributed
from confsync.account.checks import (
    check_adoption,
    check_applyable,
    check_guardrails,
    check_identity,
    check_intent,
    check_ledger_guardrails,
    check_natural_keys,
    check_saved,
    check_unclaimed,
    checked_api,
    read_and_check,
)
from confsync.account.connection import Connection, Settings, api_of
from confsync.account.ledger_push import PushedLedger, push_ledger
from confsync.account.locking import hold_lock
from confsync.account.results import DriftReport, Plan, Report, target_of
from confsync.account.shared_state import ledger_use, masking_known, other_environments, shared_lock
from confsync.account.snapshots import snapshot_after_apply, snapshot_after_plan, snapshot_store, write_snapshot
from confsync.apply import apply as applying
from confsync.apply.adopting import record_adoptions
from confsync.apply.report import Progress
from confsync.config.config import Config
from confsync.errors import Stale
from confsync.export.export import ExportProgress, export_account
from confsync.live.counting import count_unwritten
from confsync.live.source import TwilioSource
from confsync.names import Address, Sid
from confsync.plan.exported import ExportedAccount, ExportScope
from confsync.plan.intent import Intent, Selection
from confsync.plan.listed import ListedResource
from confsync.planfile import resumption
from confsync.planfile.file import SavedPlan
from confsync.planfile.resumption import Resumption
from confsync.planning.blast_radius import count_dependents
from confsync.planning.drift import compare_three_ways
from confsync.planning.inventory import find_declared, list_live
from confsync.planning.make import LivePlan
from confsync.planning.selection import check_selection
from confsync.state import store
from confsync.state.ledger_adoption import AdoptedLedger, LedgerUse, adopt_ledger, unused_ledger_guardrails
from confsync.state.other_environments import OtherEnvironments
from confsync.state.rebuild import RebuiltLedger, rebuild_ledger
from confsync.state.recorder import ApplyRecorder
from confsync.state.store import LedgerState
from confsync.twilio.api import Api


class Account:
    """One Twilio account, and the configuration that describes it."""

    def __init__(self, config: Config, connection: Connection, settings: Settings) -> None:
        self.config = config
        self.connection = connection
        self.settings = settings
        self._concurrency: int | None = None

    async def plan(self, intent: Intent | None = None) -> Plan:
        """Read the live state and decide what an apply would do. Write nothing, to Twilio or to the ledger.

        Raises Refused for the wrong account, UsageError, LocalFileError, ContradictoryRead and TwilioError.
        """
        intent = intent or Intent()
        check_intent(intent, self.config)
        await self._mask_known_variables()
        made = await self._live_plan(self.config, intent, counts=intent.ordinary)
        check_natural_keys(made)
        return self._public(made)

    async def drift(self, selection: Selection | None = None, *, attribution: bool = True) -> DriftReport:
        """Compare what was last applied, the live state and the configuration. Write nothing.

        With `attribution`, ask Twilio's Monitor who made the changes in Twilio. Raises what `plan` raises.
        """
        began = monotonic()
        plan = await self.plan(Intent(selection=selection or Selection()))
        at = self.connection.now()
        # comparing fingerprints takes scrypt
        drift = await asyncio.to_thread(compare_three_ways, plan.live, at)
        if attribution:
            drift = await attributed(drift, plan.live.ledger, self.connection, self.settings, at)
        return DriftReport(plan, drift, seconds=monotonic() - began)

    async def resume_plan(self, saved: SavedPlan) -> Plan:
        """Plan what is left to do of a saved plan.

        Raises Stale if it has expired or is spent, or if any of it no longer fits. Raises Refused if it is for another
        account, environment, host or emulator, or if a guardrail blocked it when it was made; and what `plan` raises.
        """
        check_guardrails(saved.plan, saved=True)
        check_saved(saved, self.config, self.connection)
        await self._mask_known_variables()
        if self.config.digest != saved.plan.revision.digest:
            raise Stale(
                "The configuration is not the one that was planned.",
                hint="Use the same commit and variables as the plan, or make a new plan: `confsync plan --out FILE`.",
            )
        return await self._rest_of(saved, resumption.resume_plan)

    async def plan_approved(self, saved: SavedPlan) -> Plan:
        """Make a new plan with the intent of a saved one. Raises Stale if any of it is missing in the saved plan.

        Raises what `resume_plan` raises, except for a configuration or live state that changed.
        """
        check_saved(saved, self.config, self.connection)
        await self._mask_known_variables()
        return await self._rest_of(saved, resumption.approve_plan)

    async def apply(self, plan: Plan, progress: Progress = lambda _: None) -> Report:
        """Apply a plan; call `progress` with the outcome of each change.

        An error of one change is in the report, and is not raised.

        Raises Refused (or Stale) if a guardrail blocks the plan, InvalidConfiguration if a secret that it would send is
        missing, Refused if the plan is for another account, Locked if another apply is running in the same folder,
        Stale if the ledger changed since the plan was made, and LocalFileError if the ledger cannot be written.
        """
        check_identity(plan, self.connection)
        check_applyable(plan.live)
        async with self.locked(), self._api() as api:
            recorder = await asyncio.to_thread(self._recorder, plan.live)
            report = await applying.apply_plan(plan.live, api, recorder, progress, spent=plan.spends)
        return Report(report)

    async def save_snapshot(self, plan: Plan, report: Report | None = None) -> None:
        """Leave a snapshot of the live state next to the ledger, for plans without credentials.

        It is what the plan read; with the report of its apply, what that changed is read again. Nothing is saved of a
        plan of a part, after an apply that is not complete, or if the snapshot that is there says the same and is young
        enough.

        Raises LocalFileError, GitRemoteError, and after an apply what `plan` raises.
        """
        if not plan.live.complete or (report and not report.ok):
            return
        host, now = self.connection.origin.host, datetime.now(UTC)
        store = snapshot_store(self.config, self.connection.ledger, emulator=self.connection.emulator)
        if report is None:
            saved = await asyncio.to_thread(snapshot_after_plan, plan.live, host, "drift", now)
        else:
            state = await self._ledger_state(plan.live.target.account_sid)
            async with self._api() as api:
                saved = await snapshot_after_apply(plan.live, api, report.applied.read, state, host, now)
        await asyncio.to_thread(write_snapshot, store, saved)

    def locked(self) -> AbstractAsyncContextManager[None]:
        """Hold the lock of the ledger in a block, so that no other process applies between a plan and its apply.

        Raises Locked if another apply holds it for longer than `Settings.lock_timeout`, and LocalFileError.
        """
        shared = shared_lock(self.config, self.connection, self.settings)
        return hold_lock(self.connection.ledger, self.settings, shared)

    async def check_adoptions(self, adoptions: Mapping[Address, Sid]) -> None:
        """Check that each SID is live at its address and that the ledger does not own it elsewhere.

        Raises Refused otherwise, and what `plan` raises.
        """
        config = replace(self.config, adopt={**self.config.adopt, **adoptions})
        snapshot = (await self._live_plan(config, Intent())).snapshot
        for address, sid in adoptions.items():
            check_adoption(config, snapshot, address, sid)

    async def adopt(self, plan: Plan) -> None:
        """Record in the ledger every resource that an apply of a plan would adopt. Send no write.

        Raises Refused (or Stale) if a guardrail about the ledger or the commit blocks the plan, and otherwise what
        `apply` raises.
        """
        check_identity(plan, self.connection)
        check_ledger_guardrails(plan.live)
        async with self.locked():
            recorder = await asyncio.to_thread(self._recorder, plan.live)
            await asyncio.to_thread(record_adoptions, plan.live, recorder)

    async def list_resources(
        self, selection: Selection | None = None, *, declared: bool = False
    ) -> tuple[ListedResource, ...]:
        """List live resources, or only the declared ones, and say of each whether confsync manages it.

        Raises what `plan` raises.
        """
        check_selection(selection or Selection())
        find = find_declared if declared else list_live
        async with self._checked_api() as (api, account_sid):
            known = await self._ledger_state(account_sid)
            others = await self._other_environments(account_sid)
            return await find(api, self.config, known.ledger, selection or Selection(), others)

    async def export(
        self, scope: ExportScope | None = None, progress: ExportProgress = lambda _, __: None
    ) -> ExportedAccount:
        """Write the live account as a configuration, and plan it. Send GET requests only.

        `progress` is called with how many services were read, and how many are known.

        Raises UsageError for an address that nothing has, and what `plan` raises.
        """
        async with self._checked_api() as (api, account_sid):
            known = await self._ledger_state(account_sid)
            others = await self._other_environments(account_sid)
            target = target_of(self.config, self.connection, account_sid, None)
            keys = self.settings.fingerprinter
            return await export_account(
                api, self.config, known.ledger, scope or ExportScope(), target, keys, progress, others
            )

    async def ledger(self) -> LedgerState:
        """Read what confsync owns, from the ledger and the journal of the right account.

        Raises Refused for the wrong account, LocalFileError and TwilioError.
        """
        async with self._checked_api() as (_, account_sid):
            return await self._ledger_state(account_sid)

    async def rebuild_ledger(self) -> RebuiltLedger:
        """Make a new ledger from the live state, if the old one is lost or corrupt; keep the old file.

        Raises what `plan` raises, Refused if the ledger is sound, and Locked.
        """
        async with self.locked(), self._checked_api() as (api, account_sid):
            path, host = self.connection.ledger, self.connection.origin.host
            salvage = await asyncio.to_thread(
                store.salvage_state, path, account_sid=account_sid, host=host, branch=self._ledger_use.branch
            )
            nothing = salvage.state
            made = await self._make_plan(self.config, Intent(), api, account_sid, nothing)
            return await asyncio.to_thread(rebuild_ledger, path, salvage, made.changes, made.snapshot.ledger)

    async def adopt_ledger(self, file: Path) -> AdoptedLedger:
        """Make the ledger of this environment from that of one that was renamed or removed; keep the old file aside.

        Raises Refused if there is a ledger already, or if the file is of another account or host, LocalFileError, and
        Locked.
        """
        host = self.connection.origin.host
        async with self.locked(), hold_lock(file, self.settings), self._checked_api() as (_, account_sid):
            return await asyncio.to_thread(adopt_ledger, self._ledger_use, file, account_sid=account_sid, host=host)

    async def push_ledger(self) -> PushedLedger:
        """Push what a killed or failed apply could not: its journal, or its ledger. No request goes to Twilio.

        Raises UsageError if the ledger is a file, Refused if it contradicts the one on the branch, and Locked.
        """
        async with self.locked():
            return await push_ledger(self.config, self.connection)

    async def _rest_of(self, saved: SavedPlan, narrow: Callable[[SavedPlan, LivePlan], Resumption]) -> Plan:
        current = await self._live_plan(self.config, saved.plan.intent)
        check_natural_keys(current)
        resumption.check_planned_account(saved, current.target.account_sid)
        resumption.check_ledger(saved, current)
        rest = narrow(saved, current)
        return self._public(rest.plan, done=rest.done, spends={saved.id: saved.expires_at.isoformat()})

    def _public(
        self, live: LivePlan, *, done: tuple[Address, ...] = (), spends: Mapping[str, str] | None = None
    ) -> Plan:
        return Plan(
            live=live,
            created_at=datetime.now(UTC),
            connection=self.connection,
            plan_key=self.settings.plan_key,
            done=done,
            spends=spends or {},
        )

    async def _live_plan(self, config: Config, intent: Intent, *, counts: bool = False) -> LivePlan:
        async def read(api: Api, account_sid: str) -> LivePlan:
            known = await self._ledger_state(account_sid)
            return await self._make_plan(config, intent, api, account_sid, known, counts=counts)

        return await read_and_check(self.config, self.connection, self._api(), read)

    async def _make_plan(
        self, config: Config, intent: Intent, api: Api, account_sid: str, known: LedgerState, *, counts: bool = False
    ) -> LivePlan:
        basis = planning_run.PlanBasis(
            config=config,
            intent=intent,
            target=target_of(self.config, self.connection, account_sid, known.ledger if known.present else None),
            state=known,
            others=await self._other_environments(account_sid),
            fingerprinter=self.settings.fingerprinter,
            unused=await asyncio.to_thread(
                unused_ledger_guardrails, self._ledger_use, known.ledger, present=known.present
            ),
        )
        made = await planning_run.plan_from(TwilioSource(api), basis, partial(count_unwritten, api) if counts else None)
        made = replace(made, reads=api.requests["reads"], concurrency=api.concurrency)
        return await count_dependents(made, api)

    async def _ledger_state(self, account_sid: str) -> LedgerState:
        return await asyncio.to_thread(
            store.read_state,
            self.connection.ledger,
            account_sid=account_sid,
            host=self.connection.origin.host,
            required=self.config.environment.require_ledger,
            branch=self._ledger_use.branch,
        )

    async def _other_environments(self, account_sid: str) -> OtherEnvironments:
        return await asyncio.to_thread(other_environments, self.config, self.connection, account_sid)

    async def _mask_known_variables(self) -> None:
        if branch := self._ledger_use.branch:
            known = await asyncio.to_thread(branch.read_any)
            self.config = await asyncio.to_thread(masking_known, self.config, known)

    @cached_property
    def _ledger_use(self) -> LedgerUse:
        return ledger_use(self.config, self.connection)

    def _recorder(self, plan: LivePlan) -> ApplyRecorder:
        check_unclaimed(plan, other_environments(self.config, self.connection, plan.target.account_sid))
        opened = store.open_for_apply(self.connection.ledger, plan.ledger, self._ledger_use.branch)
        return ApplyRecorder(opened, plan.snapshot.ledger, self.settings.fingerprinter)

    def _checked_api(self) -> AbstractAsyncContextManager[tuple[Api, str]]:
        return checked_api(self.config, self.connection, self._api())

    @asynccontextmanager
    async def _api(self) -> AsyncIterator[Api]:
        """Open the API; as many requests run at once as when it was open last, because Twilio kept up with them."""
        async with api_of(self.connection, self.settings) as api:
            if self._concurrency:
                api.start_at(self._concurrency)
            try:
                yield api
            finally:
                self._concurrency = api.concurrency.limit
