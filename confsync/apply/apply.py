"""Makes a plan so: each change once what it needs is done, several at a time, in series within one service.

Right before a thing is changed or deleted it is read, and left alone where somebody changed it since it was planned;
after everything, whatever was written is read once more.
"""

import asyncio
from collections.abc import Iterator, Mapping

from confsync.apply.calls import WriteCall, change_url, create_call, follow_up_call, update_call
from confsync.apply.precondition import is_already_applied, is_unchanged
from confsync.apply.read_back import CompletedWrite, ReadBack, read_back
from confsync.apply.report import Outcome, Progress, Report, Status
from confsync.apply.scheduling import container_of, find_prerequisites
from confsync.errors import (
    ConfsyncError,
    MalformedResponse,
    NotAuthorised,
    NotFound,
    OutcomeUnknown,
    Stale,
    TwilioError,
)
from confsync.live.reading import CollectionKey, parse_live_resource
from confsync.live.snapshot import Snapshot
from confsync.names import Address, Sid, home_url, parent_of
from confsync.plan.change import Action, Change, Key
from confsync.plan.match import LiveResource
from confsync.plan.plan import Plan, Revision
from confsync.planning.make import LivePlan
from confsync.state.recorder import ApplyRecorder
from confsync.twilio.api import Api


async def apply_plan(
    plan: LivePlan, api: Api, record: ApplyRecorder, progress: Progress, *, spent: Mapping[str, str] | None = None
) -> Report:
    """Do what a plan says, and remember it: `record` is closed in any case, also when stopped in the middle.

    `spent` are the plans that are spent, with their expiry, once everything is done.

    A failure stops what needs the failed thing and nothing else, except that nobody goes on without permission. What
    somebody changed between plan and apply is left as it is; between that look and the write, nobody can see it.
    """
    applier = _Applier(plan, api, record, progress)
    try:
        await applier.run()
        await applier.close()
    finally:
        if applier.atomic:
            record.finish(_applied_by(plan), spent or {})
        record.close()
    return Report.of(plan, applier.outcomes, api.requests["writes"], applier.closing)


class _Applier:
    def __init__(self, plan: LivePlan, api: Api, record: ApplyRecorder, progress: Progress) -> None:
        self.plan = plan
        self.api = api
        self.progress = progress
        self.sids = dict(_sids_in(plan.snapshot))
        self.record = record
        self.outcomes: dict[Key, Outcome] = {}
        self.listings: dict[CollectionKey, asyncio.Task[tuple[LiveResource, ...]]] = {}
        self.closing = ReadBack()
        self._working = tuple(change for change in plan.changes if change.writes or change.built_in)
        self._waits = find_prerequisites(self._working, plan.config)
        self._settled = {change.key: asyncio.Event() for change in self._working}
        self._turns: dict[Address, asyncio.Lock] = {}
        self._stopped = False
        self._wrote: dict[Key, CompletedWrite] = {}

    async def run(self) -> None:
        self.record.forget(self._not_ours())
        for change in self.plan.changes:
            if change.match and not change.writes:
                self.record.record(change, change.sid, change.match.found.date_updated)
        async with asyncio.TaskGroup() as tasks:
            for change in self._working:
                tasks.create_task(self._settle(change))

    async def close(self) -> None:
        """Read everything that was done once more; what Twilio keeps otherwise was never applied."""
        if self._stopped:
            return
        done = (each for key, each in self._wrote.items() if self.outcomes[key].status is Status.DONE)
        self.closing = await read_back(self.api, done, self.sids)
        for kept in self.closing.mismatches:
            if kept.change.deletes and kept.change.sid:
                self.record.undo_delete(kept.change.sid)
            else:
                self.record.forget_applied(kept.change.address, (kept.path,))

    def _not_ours(self) -> Iterator[Address]:
        """What is only looked up, and what Twilio makes by itself and is declared no longer: nothing is left to own.

        What is protected is remembered all the same: it keeps alive what it is in.
        """
        resources = self.plan.config.resources
        for address, entry in self.plan.snapshot.ledger.current.items():
            declared = resources.get(address)
            unneeded = declared is None and entry.sid is None and not entry.protect
            if unneeded or (declared and declared.lifecycle.lookup):
                yield address

    @property
    def atomic(self) -> bool:
        """Whether everything is done, and stayed so."""
        done = [each for each in self.outcomes.values() if each.status is Status.DONE]
        return len(done) == len(self._working) and not self.closing.mismatches

    async def _settle(self, change: Change) -> None:
        """Wait for what a change needs, then write it when its service has its turn."""
        for key in self._waits[change.key]:
            await self._settled[key].wait()
        turn = self._turns.setdefault(container_of(change), asyncio.Lock())
        async with turn:
            outcome = await self._outcome(change)
        self.outcomes[change.key] = outcome
        self._settled[change.key].set()
        self.progress(outcome)

    async def _outcome(self, change: Change) -> Outcome:
        missing = any(self.outcomes[key].status is not Status.DONE for key in self._waits[change.key])
        if missing or self._stopped or not self.record.is_ready():
            return Outcome(change, Status.NOT_STARTED, change.sid)
        try:
            sid = await self._write(change)
        except OutcomeUnknown as error:
            return self._ended(change, Status.UNKNOWN, error)
        except (TwilioError, Stale) as error:
            if isinstance(error, NotAuthorised):
                self._stopped = True
            return self._ended(change, Status.FAILED, error)
        except BaseException:  # stopped, or a bug: either way it may have been written
            self.progress(self._ended(change, Status.UNKNOWN))
            raise
        return Outcome(change, Status.DONE, sid, wrote=change.key in self._wrote)

    def _ended(self, change: Change, status: Status, error: ConfsyncError | None = None) -> Outcome:
        """Tell of a change that did not come to its end, by what is known of the thing now."""
        sid = change.sid if change.deletes else self.sids.get(change.address)
        return Outcome(change, status, sid, error, wrote=change.key in self._wrote)

    async def _write(self, change: Change) -> Sid | None:
        if change.deletes:
            return await self._delete(change)
        if change.built_in:
            return await self._write_built_in(change)
        if Action.REPLACE in change.actions:
            await self._remove(change)
        if Action.UPDATE in change.actions:
            found = await self._change(change)
        else:
            found = await self._make(change)
        return self._remember(change, found)

    async def _delete(self, change: Change) -> Sid | None:
        """Delete a thing; it is ours no longer, nor is what was in it."""
        await self._take_away(change)
        if change.sid:
            self.record.record_delete(change.sid)
        return change.sid

    async def _remove(self, change: Change) -> None:
        """Delete what stands in the way of its successor; from here on it is not ours, whatever comes next."""
        await self._take_away(change)
        if change.sid:
            self.record.record_delete(change.sid)
        del self.sids[change.address]

    async def _take_away(self, change: Change) -> None:
        """Delete a thing that is as it was planned, and may be gone. Raises Stale where somebody changed it."""
        path = change_url(change, self.sids)
        found = await self._looked_at(change, path)
        if found is None:
            return
        if change.match and not is_unchanged(change, change.match.found, found):
            raise _stale(change)
        await self.api.delete(path)
        self._wrote[change.key] = CompletedWrite(change, path)

    async def _change(self, change: Change) -> LiveResource:
        """Send an update to a thing that is as it was planned; what edits of a set come to is seen right before.

        What came into being in this run was never planned upon. Raises Stale where somebody changed or deleted it.
        """
        if change.match is None:
            return await self._update(change, update_call(change, self.sids))
        found = await self._looked_at(change, change_url(change, self.sids))
        if found is None:
            raise _stale(change)
        call = update_call(change, self.sids, found)
        if is_already_applied(call, change.match.found, found):
            return found
        if not is_unchanged(change, change.match.found, found):
            raise _stale(change)
        return await self._update(change, call)

    async def _looked_at(self, change: Change, path: str) -> LiveResource | None:
        """Read a thing right before it is written."""
        try:
            return parse_live_resource(change.kind, await self.api.get(path))
        except NotFound:
            return None

    async def _make(self, change: Change) -> LiveResource:
        """Create a thing, and say in an update what a create does not take."""
        found = await self._create(change, create_call(change, self.sids))
        if found.sid:
            self.sids[change.address] = found.sid
        self._note(change, found)
        rest = follow_up_call(change, self.sids)
        if rest is None:
            return found
        self.record.record(change, found.sid, found.date_updated)
        return await self._update(change, rest)

    async def _create(self, change: Change, call: WriteCall) -> LiveResource:
        """Send a create once: where it was not answered its outcome is unknown, and the next plan looks for it."""
        return _believed(change, await self.api.create(call.path, call.params), None)

    async def _update(self, change: Change, call: WriteCall) -> LiveResource:
        """Send an update; where its outcome is unknown, look, and send it once more if it did not happen."""
        try:
            return self._note(change, await self._send_update(change, call))
        except OutcomeUnknown as unknown:
            try:
                found = parse_live_resource(change.kind, await self.api.get(call.path))
            except TwilioError:
                raise unknown from None
        return self._note(change, found if call.done_in(found.fields) else await self._send_update(change, call))

    async def _send_update(self, change: Change, call: WriteCall) -> LiveResource:
        return _believed(change, await self.api.update(call.path, call.params), self.sids.get(change.address))

    def _note(self, change: Change, found: LiveResource) -> LiveResource:
        """Note that a change was written, and what Twilio says that the thing is now."""
        self._wrote[change.key] = CompletedWrite(change, change_url(change, self.sids), found)
        return found

    async def _write_built_in(self, change: Change) -> Sid | None:
        """Find what came with its new parent, and change what differs.

        Where it is not listed, the list may be late, and to make it would make a second one: the next run will know.
        """
        found = await self._find_built_in(change)
        if found is None or found.sid is None:
            raise MalformedResponse(
                f"{change.address} did not come with its parent.", hint="Run `confsync plan`: it looks again."
            )
        self.sids[change.address] = found.sid
        call = update_call(change, self.sids, found)
        found = found if call.done_in(found.fields) else await self._update(change, call)
        return found.sid if change.desired.lifecycle.lookup else self._remember(change, found)

    async def _find_built_in(self, change: Change) -> LiveResource | None:
        parent = parent_of(change.kind, change.address)
        place = (self.sids[parent], change.kind)
        if place not in self.listings:
            self.listings[place] = asyncio.create_task(self._list(change, parent))
        members = await self.listings[place]
        return next((each for each in members if change.desired.natural_key() in each.natural_keys), None)

    async def _list(self, change: Change, parent: Address) -> tuple[LiveResource, ...]:
        pages = self.api.pages(home_url(change.kind, parent, self.sids), change.kind.list_key, change.kind.page_size)
        return tuple([parse_live_resource(change.kind, body) async for page in pages for body in page])

    def _remember(self, change: Change, found: LiveResource) -> Sid | None:
        if found.sid:
            self.sids[change.address] = found.sid
        self.record.record(change, found.sid, found.date_updated)
        return found.sid


def _sids_in(snapshot: Snapshot) -> Iterator[tuple[Address, Sid]]:
    """Give the SID of what was read; what only has the name of something that is declared is not that."""
    for address, sid in snapshot.known.items():
        if address not in snapshot.declared or address in snapshot.sids:
            yield address, sid


def _believed(change: Change, body: Mapping[str, object], sid: Sid | None) -> LiveResource:
    """Take what Twilio says it wrote; an answer about something else leaves open what became of this."""
    try:
        found = parse_live_resource(change.kind, body)
    except MalformedResponse as wrong:
        raise _doubtful(change) from wrong
    if sid is not None and found.sid != sid:
        raise _doubtful(change)
    return found


def _stale(change: Change) -> Stale:
    return Stale(
        f"{change.address} was changed by somebody else since it was planned.",
        changed="It was left as it is.",
        hint="Run `confsync plan`: it shows what is there now.",
    )


def _applied_by(plan: Plan) -> Revision | None:
    """Say what is applied once a plan is: nothing that has a name, where only a part was planned, or all is to go."""
    return plan.revision if plan.complete and not plan.intent.destroy else None


def _doubtful(change: Change) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{change.address} was written, and Twilio's answer is about something else.",
        changed="It is not known whether this one write took effect.",
        hint="Run `confsync plan`: it reads what is there now.",
    )
