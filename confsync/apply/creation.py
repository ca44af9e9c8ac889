"""Creates a resource once, even if the response is lost: Twilio accepts no idempotency key for a create."""

# The protocol is in section 2 of the safety design: record that the create begins, send it, record its end. If there
# is no usable response, look for the resource before anything is sent again.

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from http import HTTPStatus

from confsync.apply.calls import WriteCall
from confsync.apply.disk_thread import DiskThread
from confsync.config.desired import value_digest
from confsync.errors import ApiError, MalformedResponse, NotFound, OutcomeUnknown, Stale, TwilioError
from confsync.extra_parameters import is_extra
from confsync.live.pending import candidates_for, is_result_of
from confsync.live.source import list_members, parse_live_resource
from confsync.names import Address, Sid, containers_of, member_url, url_of
from confsync.plan.change import Change
from confsync.plan.match import LiveResource
from confsync.planning.diff import resolve_edit
from confsync.secret import Secret
from confsync.state.ledger import PendingCreate
from confsync.state.recorder import ApplyRecorder
from confsync.twilio.api import Api
from confsync.twilio.outcomes import CONCURRENT_CHANGE
from confsync.twilio.recovery import pauses_between_looks, send_or_find


class NotRecordable(Exception):
    """The create was not sent, because the journal cannot be written. The recorder reports why."""


class Creator:
    """Sends creates, and finds out what became of those without a usable response.

    `existing` are the SIDs of everything that the plan read.
    """

    def __init__(
        self,
        api: Api,
        recorder: ApplyRecorder,
        disk: DiskThread,
        sids: Mapping[Address, Sid],
        existing: Container[Sid],
    ) -> None:
        self._api = api
        self._recorder = recorder
        self._disk = disk
        self._sids = sids
        self._existing = existing

    async def create(self, change: Change, call: WriteCall) -> LiveResource:
        """Create a resource, and return it, or return what an earlier create of it made.

        Raises OutcomeUnknown if it may exist, NotRecordable if nothing was sent, and TwilioError.
        """
        earlier = self._recorder.pending_create(change.address)
        if earlier:
            begun = datetime.fromisoformat(earlier.begun)
            found = await self._look_for(change, call, earlier, _unclear(change, ()), begun)
            if found and earlier.sent != _digests(call):
                raise _created_with_other_values(change, found)
            if found:
                return found
        return await self._send_or_find(change, call, earlier)

    async def _send_or_find(self, change: Change, call: WriteCall, earlier: PendingCreate | None) -> LiveResource:
        pending = earlier

        async def send() -> LiveResource:
            nonlocal pending
            sent_before = pending is not None
            pending = await self._begin(change, call)
            return await self._send(change, call, pending, sent_before=sent_before)

        async def find(unknown: OutcomeUnknown) -> LiveResource | None:
            return await self._look_for(change, call, pending, unknown) if pending else None

        return await send_or_find(send, find)

    async def _send(
        self, change: Change, call: WriteCall, pending: PendingCreate, *, sent_before: bool
    ) -> LiveResource:
        try:
            return await self._checked(change, parse_written(change, await self._api.create(call.path, call.params)))
        except OutcomeUnknown:
            raise
        except ApiError as error:
            return await self._settle_refused(change, call, pending, error, sent_before=sent_before)
        except TwilioError:
            await self._abandon(change, sent_before=sent_before)
            raise

    async def _checked(self, change: Change, live: LiveResource) -> LiveResource:
        """Return what Twilio says that it created. Raises OutcomeUnknown if that is a different resource."""
        if change.desired.natural_key() not in live.natural_keys and not await self._is_new(change, live):
            raise _wrong_response(change)
        return live

    async def _is_new(self, change: Change, live: LiveResource) -> bool:
        """Whether a resource with an unexpected name may be what was created: Twilio may store a name differently."""
        if live.sid is None or live.sid in self._existing or live.sid in self._recorder.owned:
            return False
        try:
            await self._api.get(url_of(change.kind, change.address, {**self._sids, change.address: live.sid}))
        except NotFound:
            return False
        except TwilioError as error:
            raise _wrong_response(change) from error
        return True

    async def _begin(self, change: Change, call: WriteCall) -> PendingCreate:
        inside = containers_of(change.address, self._sids)
        now = self._api.clock.now()
        pending = await self._disk.run(self._recorder.begin_create, change, inside, _digests(call), now)
        if pending is None:
            raise NotRecordable
        return pending

    async def _abandon(self, change: Change, *, sent_before: bool) -> None:
        """Record that a create did not happen, unless an earlier one without a response may still take effect."""
        if not sent_before:
            await self._disk.run(self._recorder.abandon_create, change.address)

    async def _settle_refused(
        self, change: Change, call: WriteCall, pending: PendingCreate, refused: ApiError, *, sent_before: bool
    ) -> LiveResource:
        """Return the resource if Twilio refused a create because it exists, and it is the one; otherwise raise."""
        if refused.response.status == HTTPStatus.CONFLICT and refused.response.code not in CONCURRENT_CHANGE:
            found = self._only_result(change, pending, await self._members(change, call), refused)
            if found:
                return found
        await self._abandon(change, sent_before=sent_before)
        raise refused

    async def _look_for(
        self,
        change: Change,
        call: WriteCall,
        pending: PendingCreate,
        unknown: OutcomeUnknown,
        begun: datetime | None = None,
    ) -> LiveResource | None:
        """Look for what a create made that was sent at a time, or just now.

        Raises OutcomeUnknown if several resources may be it, if one differs from what was sent, or if a read fails.
        """
        for pause in pauses_between_looks(self._api.clock, begun):
            try:
                await self._api.clock.sleep(pause)
                members = await self._members(change, call)
            except TwilioError as error:
                raise unknown from error
            found = self._only_result(change, pending, members, unknown)
            if found:
                return found
        return None

    def _only_result(
        self, change: Change, pending: PendingCreate, members: Iterable[LiveResource], cause: TwilioError
    ) -> LiveResource | None:
        match candidates_for(pending, members, self._recorder.owned, change.desired):
            case ():
                return None
            case (only,) if is_result_of(pending, only):
                return only
            case several:
                raise _unclear(change, several) from cause

    async def _members(self, change: Change, call: WriteCall) -> tuple[LiveResource, ...]:
        if not change.kind.read_by_name:
            return await list_members(self._api, change.kind, call.path)
        try:
            body = await self._api.get(member_url(call.path, change.desired.name))
        except NotFound:
            return ()
        return (parse_live_resource(change.kind, body),)


def parse_written(change: Change, body: Mapping[str, object], sid: Sid | None = None) -> LiveResource:
    """Parse the response to a write. If it is about another resource, the outcome of the write is unknown."""
    try:
        live = parse_live_resource(change.kind, body)
    except MalformedResponse as error:
        raise _wrong_response(change) from error
    if sid is not None and live.sid != sid:
        raise _wrong_response(change)
    return live


def _digests(call: WriteCall) -> dict[str, str]:
    """Digest every value that a create sends and that Twilio returns, except sensitive ones."""
    by_name = call.kind.by_name
    return {
        name: value_digest(resolve_edit(value, None))
        for name, value in call.fields.items()
        if not by_name[name].write_only and not is_extra(name) and not isinstance(value, Secret)
    }


def _unclear(change: Change, candidates: Iterable[LiveResource]) -> OutcomeUnknown:
    sids = ", ".join(str(each.sid) for each in candidates)
    shown = f" {sids} may be it, but confsync cannot tell." if sids else ""
    return OutcomeUnknown(
        f"An earlier create of {change.address} had no usable response.{shown}",
        changed="It is not known whether this one create took effect.",
        hint=f"Delete what you do not need, then run `confsync adopt {change.address} SID` with the right SID."
        if sids
        else "Run `confsync plan`, which reads the current state.",
    )


def _created_with_other_values(change: Change, found: LiveResource) -> Stale:
    return Stale(
        f"An earlier apply created {change.address} ({found.sid}), with values that differ from this plan.",
        changed="confsync left it as it is.",
        hint="Run `confsync plan`, which shows what differs.",
    )


def _wrong_response(change: Change) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"confsync wrote {change.address}, but Twilio's response describes a different resource.",
        changed="It is not known whether this one write took effect.",
        hint="Run `confsync plan`, which reads the current state.",
    )
