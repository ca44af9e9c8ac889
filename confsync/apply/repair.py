"""Repairs probable duplicates: deletes the newer of two equal resources, if it is empty and nothing refers to it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from msgspec.structs import replace

from confsync.apply.disk_thread import DiskThread
from confsync.apply.duplicate_use import DuplicateUse
from confsync.apply.repair_report import RepairOutcome, RepairStatus, RepairStep
from confsync.apply.stopping import run_until_stopped
from confsync.errors import NotAuthorised, NotFound, OutcomeUnknown, RunStopped, Stale, TwilioError
from confsync.live.source import parse_live_resource
from confsync.names import Sid, home_url, parent_of
from confsync.plan.match import LiveResource
from confsync.plan.plan import ProbableDuplicate
from confsync.planning.make import LivePlan
from confsync.state.ledger import Entry
from confsync.state.recorder import ApplyRecorder
from confsync.twilio.api import Api


async def find_repairs(plan: LivePlan, api: Api) -> tuple[RepairStep, ...]:
    """Say for each probable duplicate of a plan which of the two is newer, and whether it can be deleted.

    Raises what the client raises.
    """
    use = DuplicateUse(plan, api)
    return tuple(
        [replace(each, reason=await use.why_not_deleted(each.address, each.home, each.newer)) for each in _steps(plan)]
    )


async def delete_duplicates(
    plan: LivePlan,
    steps: Iterable[RepairStep],
    api: Api,
    recorder: ApplyRecorder,
    done: Callable[[RepairOutcome], object],
) -> None:
    """Delete the newer resource of each step that has no reason against it, one after the other.

    `done` gets each outcome. A step is left out if its resources changed since it was planned. Closes the recorder in
    any case. If it is cancelled, it sends nothing new, and waits for what it has sent.
    """
    disk = DiskThread(recorder)
    repairer = _Repairer(api, DuplicateUse(plan, api), recorder, disk, done)
    try:
        await run_until_stopped(repairer.run(steps), api, lambda: repairer.complete)
    finally:
        await disk.finish(recorder.close)


class _Repairer:
    def __init__(
        self,
        api: Api,
        use: DuplicateUse,
        recorder: ApplyRecorder,
        disk: DiskThread,
        done: Callable[[RepairOutcome], object],
    ) -> None:
        self.complete = False
        self._api = api
        self._use = use
        self._recorder = recorder
        self._disk = disk
        self._done = done

    async def run(self, steps: Iterable[RepairStep]) -> None:
        """Repair one step after the other, until all are done or nothing more can be sent or recorded."""
        for each in steps:
            if each.reason:
                continue
            if self._api.clock.stopped or not await self._disk.run(self._recorder.is_ready):
                return
            outcome = await self._outcome(each)
            self._done(outcome)
            if isinstance(outcome.error, NotAuthorised):
                return
        self.complete = True

    async def _outcome(self, step: RepairStep) -> RepairOutcome:
        try:
            await self._check(step)
            await self._delete(step)
        except RunStopped:
            return RepairOutcome(step, RepairStatus.TO_DELETE)
        except OutcomeUnknown as error:
            return RepairOutcome(step, RepairStatus.UNKNOWN, error)
        except (TwilioError, Stale) as error:
            return RepairOutcome(step, RepairStatus.FAILED, error)
        except BaseException:  # a second cancellation or a bug; either way, the delete may have been sent
            self._done(RepairOutcome(step, RepairStatus.UNKNOWN))
            raise
        return RepairOutcome(step, RepairStatus.DELETED)

    async def _check(self, step: RepairStep) -> None:
        """Raise Stale unless both resources are as they were, and the newer one may still be deleted."""
        older, newer = await self._read(step, step.older), await self._read(step, step.newer)
        if older is None or older.fields != step.older.fields:
            raise _changed(step, step.older)
        if newer is not None and newer.fields != step.newer.fields:
            raise _changed(step, step.newer)
        if newer is not None and (reason := await self._use.why_not_deleted(step.address, step.home, newer)):
            raise _changed(step, step.newer, reason)

    async def _read(self, step: RepairStep, live: LiveResource) -> LiveResource | None:
        try:
            return parse_live_resource(live.kind, await self._api.get(step.url(live)))
        except NotFound:
            return None

    async def _delete(self, step: RepairStep) -> None:
        if step.entry is None:
            await self._api.delete(step.url(step.newer))
            await self._disk.run(self._recorder.record_delete, Sid(str(step.newer.sid)))
            return
        # If the run is killed between the two, the newer one is a probable duplicate that confsync does not own.
        survivor = _entry_of(step.older, step.entry)
        await self._disk.run(self._recorder.replace_entry, step.entry, survivor)
        try:
            await self._api.delete(step.url(step.newer))
        except OutcomeUnknown:
            raise
        except TwilioError:
            await self._disk.run(self._recorder.replace_entry, survivor, step.entry)
            raise


def _steps(plan: LivePlan) -> Iterator[RepairStep]:
    """Compare each owned resource and its duplicates with the oldest of them, which stays."""
    found, owner = plan.snapshot.by_sid, plan.ledger.owner
    groups: dict[Sid, list[ProbableDuplicate]] = {}
    for each in plan.probable_duplicates:
        groups.setdefault(each.sid, []).append(each)
    for sid, pairs in groups.items():
        sids = (sid, *(each.duplicate_sid for each in pairs))
        oldest, *others = sorted((found[each] for each in sids), key=_age)
        address, parent = pairs[0].address, parent_of(oldest.kind, pairs[0].collection / sid)
        home = home_url(oldest.kind, parent, plan.snapshot.known_sids)
        for newer in others:
            entry = owner.get(newer.sid) if newer.sid else None
            yield RepairStep(address=address, home=home, older=oldest, newer=newer, entry=entry)


def _age(live: LiveResource) -> tuple[datetime, str]:
    """Sort by age. Twilio counts in seconds; within one, every run must choose the same order, so the SID decides."""
    return live.created_at or datetime.max.replace(tzinfo=UTC), str(live.sid)


def _entry_of(older: LiveResource, entry: Entry) -> Entry:
    """Return the entry of the older resource, in place of that of the newer one.

    It counts as adopted, and what Twilio does not return is unknown: confsync may not have created it.
    """
    returned = {each.name for each in older.kind.fields if not each.write_only}
    return replace(
        entry,
        sid=older.sid,
        origin="adopted",
        applied={name: digest for name, digest in entry.applied.items() if name in returned},
        fingerprints={name: value for name, value in entry.fingerprints.items() if name in returned},
        date_updated=older.date_updated,
    )


def _changed(step: RepairStep, live: LiveResource, why: str = "") -> Stale:
    found = f"; now {why}" if why else ""
    return Stale(
        f"Someone changed {live.kind.title} {live.sid} of {step.address} in the meantime{found}.",
        changed="confsync left both resources as they are.",
        hint="Run `confsync repair duplicates` again: it reads the current state.",
    )
