"""Writes one change to Twilio: reads the resource right before, sends the requests, and records the result."""

import asyncio
from collections.abc import Iterable, Iterator
from functools import partial

from confsync.apply.calls import WriteCall, change_url, create_call, follow_up_call, update_call
from confsync.apply.creation import Creator, NotRecordable, parse_written
from confsync.apply.disk_thread import DiskThread
from confsync.apply.precondition import can_be_edited, is_already_applied, is_unchanged
from confsync.apply.read_back import CompletedWrite
from confsync.apply.replacement import pending_replace, recordable_values
from confsync.errors import ConfsyncError, MalformedResponse, NotFound, OutcomeUnknown, Stale, TwilioError
from confsync.live.reading import CollectionKey
from confsync.live.snapshot import Snapshot
from confsync.live.source import list_members, parse_live_resource
from confsync.names import Address, Sid, containers_of, home_url, parent_of
from confsync.plan.change import Action, Change, Key
from confsync.plan.match import LiveResource
from confsync.secret import Secret
from confsync.state.ledger import PendingReplace
from confsync.state.recorder import ApplyRecorder
from confsync.state.replay import BeginReplace
from confsync.twilio.api import Api
from confsync.twilio.recovery import send_or_find


class ChangeWriter:
    """Writes changes, and knows the SID of everything written so far. `secrets` are the sensitive values of the run."""

    def __init__(
        self, snapshot: Snapshot, api: Api, recorder: ApplyRecorder, disk: DiskThread, secrets: Iterable[Secret] = ()
    ) -> None:
        self.sids = dict(known_sids(snapshot))
        self.wrote: dict[Key, CompletedWrite] = {}
        self._api = api
        self._recorder = recorder
        self._disk = disk
        self._secrets = tuple(secrets)
        self._creator = Creator(api, recorder, disk, self.sids, snapshot.by_sid)
        self._lists: dict[CollectionKey, asyncio.Task[tuple[LiveResource, ...]]] = {}

    async def write(self, change: Change) -> Sid | None:
        """Write a change, and return the SID of its resource.

        Raises Stale if someone changed the resource since the plan was made, and TwilioError.
        """
        if change.deletes:
            await self._delete(change)
            return change.sid
        if change.built_in:
            return await self._write_built_in(change)
        if Action.REPLACE in change.actions:
            await self._delete(change, pending_replace(change, self.sids))
            del self.sids[change.address]
        if Action.UPDATE in change.actions:
            live = await self._update_unchanged(change)
        else:
            live = await self._create_again(change) if change.copied else await self._create(change)
        begun = self._recorder.pending_create(change.address) is not None
        return await self._record_result(change, live, begun=begun)

    async def _delete(self, change: Change, pending: PendingReplace | None = None) -> None:
        """Delete a resource that is as planned, or that no longer exists, and record that.

        If only a create restores some of its values, record these first, for a run that has to continue this one.
        """
        path = change_url(change, self.sids)
        live = await self._read(change, path)
        if live is not None and _is_changed(change, live):
            raise _changed_since_plan(change)
        if pending:
            await self._begin_replace(change, pending)
        if live is not None:
            await self._send_delete(path, pending)
            self.wrote[change.key] = CompletedWrite(change, path)
        if change.sid:
            await self._disk.run(self._recorder.record_delete, change.sid)

    async def _begin_replace(self, change: Change, pending: PendingReplace) -> None:
        values = recordable_values(change, self._secrets)
        if await self._disk.run(self._recorder.begin_replace, pending, values) is None:
            raise NotRecordable

    async def _send_delete(self, path: str, pending: PendingReplace | None) -> None:
        try:
            await self._api.delete(path)
        except OutcomeUnknown:
            raise
        except TwilioError:
            if pending:
                await self._disk.run(self._recorder.end_replace, pending.sid)
            raise

    async def _update_unchanged(self, change: Change) -> LiveResource:
        """Update a resource that is as planned. The live values decide what an edit of a set sends."""
        if change.match is None:  # this apply created it
            return await self._update(change, update_call(change, self.sids))
        live = await self._read(change, change_url(change, self.sids))
        if live is None or not can_be_edited(change, live):
            raise _changed_since_plan(change)
        call = update_call(change, self.sids, live)
        if is_already_applied(call, change.match.found, live):
            return live
        if _is_changed(change, live):
            raise _changed_since_plan(change)
        return await self._update(change, call)

    async def _create(self, change: Change) -> LiveResource:
        """Create a resource, then update it with the values that a create does not accept."""
        call = create_call(change, self.sids)
        live = await self._creator.create(change, call)
        if live.sid:
            self.sids[change.address] = live.sid
        self._note(change, live)
        follow_up = follow_up_call(change, self.sids)
        if follow_up is None:
            return live
        await self._record_result(change, live)
        return await self._update(change, follow_up)

    async def _create_again(self, change: Change) -> LiveResource:
        """Create a resource in the place of one that was deleted. If that fails, say what the next apply restores."""
        try:
            return await self._create(change)
        except ConfsyncError as error:
            if begun := self._recorder.begun_replace(change.address):
                left = "".join(_what_is_left(change, begun))
                error.happened = f"{error.happened.removesuffix('.')}. {left}"
            raise

    async def _update(self, change: Change, call: WriteCall) -> LiveResource:
        """Send an update. If its outcome is unknown, read the resource, and send it again if it had no effect."""

        async def send() -> LiveResource:
            body = await self._api.update(call.path, call.params, recheck=partial(self._check_unchanged, change, call))
            return parse_written(change, body, self.sids.get(change.address))

        async def find(unknown: OutcomeUnknown) -> LiveResource | None:
            try:
                live = parse_live_resource(change.kind, await self._api.get(call.path))
            except TwilioError:
                raise unknown from None
            if call.is_done_in(live.fields):
                return live
            if _is_changed(change, live):
                raise unknown
            return None

        return self._note(change, await send_or_find(send, find))

    async def _check_unchanged(self, change: Change, call: WriteCall) -> None:
        """Raise Stale if someone changed a resource while its update waited to be sent again."""
        if change.match is None:  # this apply created it
            return
        live = await self._read(change, call.path)
        if live is None or _is_changed(change, live):
            raise _changed_since_plan(change)

    async def _read(self, change: Change, path: str) -> LiveResource | None:
        try:
            return parse_live_resource(change.kind, await self._api.get(path))
        except NotFound:
            return None

    async def _write_built_in(self, change: Change) -> Sid | None:
        """Find a resource that Twilio created with its new parent, and update it if it differs."""
        live = await self._find_built_in(change)
        if live is None or live.sid is None:
            # Twilio's list may lag behind; creating the resource now would make a second one.
            raise MalformedResponse(
                f"Twilio did not create {change.address} with its parent.",
                hint="Run `confsync plan`, which looks for it again.",
            )
        self.sids[change.address] = live.sid
        call = update_call(change, self.sids, live)
        live = live if call.is_done_in(live.fields) else await self._update(change, call)
        return live.sid if change.desired.lifecycle.lookup else await self._record_result(change, live)

    async def _find_built_in(self, change: Change) -> LiveResource | None:
        parent = parent_of(change.kind, change.address)
        collection = (self.sids[parent], change.kind)
        if collection not in self._lists:
            home = home_url(change.kind, parent, self.sids)
            self._lists[collection] = asyncio.create_task(list_members(self._api, change.kind, home))
        members = await self._lists[collection]
        return next((each for each in members if change.desired.natural_key() in each.natural_keys), None)

    def _note(self, change: Change, live: LiveResource) -> LiveResource:
        """Note that a change was written, and what Twilio returned."""
        self.wrote[change.key] = CompletedWrite(change, change_url(change, self.sids), live)
        return live

    async def _record_result(self, change: Change, live: LiveResource, *, begun: bool = False) -> Sid | None:
        if live.sid:
            self.sids[change.address] = live.sid
        record = partial(self._recorder.record_change, inside=containers_of(change.address, self.sids))
        # If the end of a create is lost, the next run finds what it created: its beginning is on disk.
        save = self._disk.note if begun else self._disk.run
        await save(record, change, live.sid, live.date_updated)
        return live.sid


def known_sids(snapshot: Snapshot) -> Iterator[tuple[Address, Sid]]:
    """Yield the SID of every resource that was read, but not that of an unmanaged one at a declared address."""
    for address, sid in snapshot.known_sids.items():
        if address not in snapshot.declared or address in snapshot.sids:
            yield address, sid


def _is_changed(change: Change, live: LiveResource) -> bool:
    """Whether someone changed a resource that existed when the plan was made."""
    return change.match is not None and not is_unchanged(change, change.match.found, live)


def _what_is_left(change: Change, begun: BeginReplace) -> Iterator[str]:
    """Name the undeclared values of a deleted resource that the next apply restores, and those that it cannot."""
    yield f"{begun.pending.sid} is deleted."
    if known := [name for name in change.copied if name in begun.values]:
        yield f" The next apply restores what it had in {', '.join(known)}."
    if lost := [name for name in change.copied if name not in begun.values]:
        yield f" confsync does not store what it had in {', '.join(lost)}: declare that before the next apply."


def _changed_since_plan(change: Change) -> Stale:
    return Stale(
        f"Someone changed {change.address} since the plan was made.",
        changed="confsync left it as it is.",
        hint="Run `confsync plan` to see its current state.",
    )
