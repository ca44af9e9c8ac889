"""Applies a plan: each change after those that it requires, several at a time, one after another within a service."""

import asyncio
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from confsync.apply.creation import NotRecordable
from confsync.apply.disk_thread import DiskThread
from confsync.apply.duplicates import DuplicateSearch, find_duplicates
from confsync.apply.read_back import ReadBack, read_back
from confsync.apply.report import STOPPED, Outcome, Progress, Report, Status
from confsync.apply.scheduling import container_of, find_prerequisites
from confsync.apply.stopping import run_until_stopped
from confsync.apply.writer import ChangeWriter
from confsync.errors import ConfsyncError, NotAuthorised, OutcomeUnknown, RunStopped, Stale, TwilioError
from confsync.live.snapshot_content import secrets_of
from confsync.names import Address, Sid, containers_of
from confsync.plan.change import CREATES, DESTROYS, Action, Change, Key
from confsync.plan.plan import Plan, Revision
from confsync.planning.make import LivePlan
from confsync.state.recorder import ApplyRecorder
from confsync.tracing import span
from confsync.twilio.api import Api


async def apply_plan(
    plan: LivePlan, api: Api, recorder: ApplyRecorder, progress: Progress, *, spent: Mapping[str, str] | None = None
) -> Report:
    """Carry out a plan, then read back what was written. Close the recorder in any case.

    If it is cancelled, it sends nothing new, waits for what it has sent, at most `STOP_SECONDS`, and records that. If
    everything is done by then, it returns its report in spite of the cancellation.

    `spent` are the saved plans that are spent once everything is done, with their expiry.

    A failed change stops only the changes that require it; a missing permission stops everything. A resource that
    someone changed since the plan was made is left alone, but a change between that check and the write goes unnoticed.
    """
    disk = DiskThread(recorder)
    applier = _Applier(plan, api, recorder, disk, progress)
    try:
        await run_until_stopped(applier.run(), api, lambda: applier.complete)
    finally:
        if applier.complete:
            recorder.finish(_applied_revision(plan), spent or {}, plan.config.sensitive_variables)
        await disk.finish(recorder.close)
    return Report.of(plan, applier.outcomes, api.requests["writes"], applier.closing)


def _applied_revision(plan: Plan) -> Revision | None:
    """Return the revision that the account then has; none if the plan is partial or destroys everything."""
    return plan.revision if plan.complete and not plan.intent.destroy else None


_UNMET = {
    Status.FAILED: "failed",
    Status.NOT_STARTED: "was not started",
    Status.UNKNOWN: "has an unknown outcome",
}


_JOURNAL_FAILED = "the journal cannot be written"


class _Applier:
    """Decides when each change may start, and what became of it."""

    def __init__(self, plan: LivePlan, api: Api, recorder: ApplyRecorder, disk: DiskThread, progress: Progress) -> None:
        self.outcomes: dict[Key, Outcome] = {}
        self.closing = ReadBack()
        self._plan = plan
        self._api = api
        self._recorder = recorder
        self._disk = disk
        self._progress = progress
        self._writer = ChangeWriter(plan.snapshot, api, recorder, disk, tuple(secrets_of(plan.config)))
        self._working = tuple(change for change in plan.changes if change.writes or change.built_in)
        self._prerequisites = find_prerequisites(self._working, plan.config)
        self._finished = {change.key: asyncio.Event() for change in self._working}
        self._container_locks: dict[Address, asyncio.Lock] = {}
        self._unauthorised = False
        self._verified = False
        self._bugs: list[Exception] = []

    @property
    def complete(self) -> bool:
        """Whether every change is done, and Twilio stored it as asked."""
        done = [each for each in self.outcomes.values() if each.status is Status.DONE]
        return self._verified and len(done) == len(self._working) and not self.closing.mismatches

    async def run(self) -> None:
        """Record what needs no write, write every other change, and read back what was written."""
        await self._disk.run(self._record_without_writes)
        async with asyncio.TaskGroup() as tasks:
            for change in self._working:
                tasks.create_task(self._finish(change))
        if self._bugs:
            raise self._bugs[0]
        self._api.clock.check()
        await self._read_back()
        self._verified = not self._api.clock.stopped

    async def _read_back(self) -> None:
        """Read everything that was written; what Twilio stored differently does not count as applied."""
        if self._unauthorised:
            return
        done = [each for key, each in self._writer.wrote.items() if self.outcomes[key].status is Status.DONE]
        changes, sids = [each.change for each in done], self._writer.sids
        self.closing = await read_back(self._api, done, sids)
        if self.closing.mismatches:
            await self._disk.run(self._record_mismatches)
        self._report_duplicates(find_duplicates(self.closing.lists, changes, sids, self._recorder.owned))

    def _report_duplicates(self, search: DuplicateSearch) -> None:
        """Report a created resource as unknown if another one with its name appeared in the meantime."""
        for key, others in search.duplicates.items():
            self.outcomes[key] = replace(
                self.outcomes[key], status=Status.UNKNOWN, error=_duplicated(self.outcomes[key], others)
            )
        unread = {each.key: each for each in (*self.closing.unread, *search.unread)}
        self.closing = replace(self.closing, unread=tuple(unread.values()))

    def _record_without_writes(self) -> None:
        self._recorder.forget(self._plan.dropped)
        for change in self._plan.changes:
            if change.match and not change.writes:
                inside = containers_of(change.address, self._writer.sids)
                self._recorder.record_change(change, change.sid, change.match.found.date_updated, inside=inside)

    def _record_mismatches(self) -> None:
        for mismatch in self.closing.mismatches:
            change = mismatch.change
            if change.deletes and change.sid:
                self._recorder.undo_delete(change.sid)
            else:
                self._recorder.forget_applied(change.address, (mismatch.path,))

    async def _finish(self, change: Change) -> None:
        """Wait until a change may start, write it, and report its outcome."""
        for key in self._prerequisites[change.key]:
            await self._finished[key].wait()
        async with self._container_locks.setdefault(container_of(change), asyncio.Lock()):
            outcome = await self._traced_outcome(change)
        self.outcomes[change.key] = outcome
        self._finished[change.key].set()
        if outcome.reason != STOPPED:
            self._report(outcome)

    def _report(self, outcome: Outcome) -> None:
        """Report an outcome. If that fails, stop the run in order: what was sent has to be recorded."""
        try:
            self._progress(outcome)
        except Exception as error:  # noqa: BLE001 — raised after the other changes have been recorded
            self._stop_after(error)

    def _stop_after(self, bug: Exception) -> None:
        self._bugs.append(bug)
        self._api.clock.stop()

    async def _traced_outcome(self, change: Change) -> Outcome:
        actions = "+".join(each.value for each in change.actions)
        with span("write", {"confsync.address": str(change.address), "confsync.action": actions}) as started:
            outcome = await self._outcome(change)
            started.set({"confsync.status": outcome.status.value})
            return outcome

    async def _outcome(self, change: Change) -> Outcome:
        if reason := await self._why_not(change):
            return Outcome(change, Status.NOT_STARTED, change.sid, reason=reason)
        try:
            sid = await self._writer.write(change)
        except asyncio.CancelledError:  # the write may have been sent
            self._report(self._failure(change, Status.UNKNOWN))
            raise
        except Exception as error:  # noqa: BLE001 — a bug is raised once the other changes have been recorded
            return self._outcome_of_error(change, error)
        return Outcome(change, Status.DONE, sid, wrote=change.key in self._writer.wrote)

    def _outcome_of_error(self, change: Change, error: Exception) -> Outcome:
        match error:
            case NotRecordable():
                return Outcome(change, Status.NOT_STARTED, change.sid, reason=_JOURNAL_FAILED)
            case RunStopped() if change.key not in self._writer.wrote:
                return Outcome(change, Status.NOT_STARTED, change.sid, reason=STOPPED)
            case OutcomeUnknown():
                return self._failure(change, Status.UNKNOWN, error)
            case TwilioError() | Stale():
                self._unauthorised = self._unauthorised or isinstance(error, NotAuthorised)
                return self._failure(change, Status.FAILED, error)
            case _:
                self._stop_after(error)
                return self._failure(change, Status.UNKNOWN)

    async def _why_not(self, change: Change) -> str:
        """Say why a change cannot be started; nothing if it can."""
        if self._api.clock.stopped:
            return STOPPED
        required = (self.outcomes[key] for key in self._prerequisites[change.key])
        if unmet := next((each for each in required if each.status is not Status.DONE), None):
            return f"it requires {unmet.change.address}, which {_UNMET[unmet.status]}"
        if self._unauthorised:
            return "Twilio refused the credentials for an earlier change"
        return "" if await self._is_recordable(change) else _JOURNAL_FAILED

    async def _is_recordable(self, change: Change) -> bool:
        """Whether a change can be recorded, and everything before it is on disk."""
        if _is_recorded_first(change) and self._recorder.pending_create(change.address) is None:
            return self._recorder.is_writable
        return bool(await self._disk.run(self._recorder.is_ready))

    def _failure(self, change: Change, status: Status, error: ConfsyncError | None = None) -> Outcome:
        sid = change.sid if change.deletes else self._writer.sids.get(change.address)
        return Outcome(change, status, sid, error, wrote=change.key in self._writer.wrote)


def _is_recorded_first(change: Change) -> bool:
    """Whether the first thing that a change does is to record that it begins, as a create does."""
    others = DESTROYS | {Action.UPDATE}
    actions = set(change.actions)
    return bool(actions & CREATES) and not actions & others and not change.built_in


def _duplicated(outcome: Outcome, others: Iterable[Sid]) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{outcome.change.address} was created as {outcome.sid}, and another {outcome.change.kind.title} with its name "
        f"appeared at the same time: {', '.join(others)}.",
        changed="confsync manages the one that it created, and left the other alone.",
        hint="Find out who created the other one, and delete it if nobody needs it. If both are equal, "
        "`confsync repair duplicates` deletes the newer one.",
    )
