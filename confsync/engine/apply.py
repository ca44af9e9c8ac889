"""Makes a plan so: each change once what it needs is done, several at a time, in series within one service."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from confsync.engine.calls import Call, create_of, rest_of, update_of
from confsync.engine.change import Action, Change
from confsync.engine.fingerprints import Fingerprinter
from confsync.engine.kept import Kept
from confsync.engine.ledger import Ledger
from confsync.engine.order import needs
from confsync.engine.plan import LivePlan, Plan
from confsync.engine.reading import Found, Place, found_in
from confsync.engine.record import Record
from confsync.errors import ConfsyncError, MalformedAnswer, NotAuthorised, OutcomeUnknown, TwilioError
from confsync.names import Address, Sid, home_url, parent_of, url_of
from confsync.twilio.api import Api

Key = tuple[Address, Sid | None]
"""What tells a change from every other of its plan."""


class Status(StrEnum):
    """How a change ended."""

    DONE = "done"
    FAILED = "failed"
    NOT_STARTED = "not_started"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one change ended, and why where it did not end well. `wrote` says that part of it, at least, was done."""

    change: Change
    status: Status
    sid: Sid | None = None
    error: ConfsyncError | None = None
    wrote: bool = False


@dataclass(frozen=True, repr=False)
class Report:
    """Every change that writes, adopts or moves, in the plan's order, with how it ended.

    `kept` are the values that were sent, and that Twilio keeps otherwise.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...]
    writes: int
    kept: tuple[Kept, ...] = ()

    @classmethod
    def of(cls, plan: Plan, known: Mapping[Key, Outcome], writes: int) -> "Report":
        """Tell every change that does something, and what else went wrong, also where an apply was stopped.

        A change that only adopts or moves is done when it is remembered; another of which nothing is known never began.
        """
        outcomes = []
        for change in plan.changes:
            silent = Status.NOT_STARTED if change.writes else Status.DONE
            outcome = known.get(change.key) or Outcome(change, silent, change.sid)
            if change.actions or outcome.status is not Status.DONE:
                outcomes.append(outcome)
        return cls(plan, tuple(outcomes), writes)

    @property
    def counts(self) -> Counter[Status]:
        """How many ended how."""
        return Counter(each.status for each in self.outcomes)

    def done(self, action: Action) -> int:
        """How many changes with that action are done."""
        return sum(each.status is Status.DONE and action in each.change.actions for each in self.outcomes)

    @property
    def errors(self) -> tuple[ConfsyncError, ...]:
        """What went wrong, in the plan's order."""
        return tuple(each.error for each in self.outcomes if each.error)


Progress = Callable[[Outcome], None]


async def apply(
    plan: LivePlan, api: Api, fingerprinter: Fingerprinter, save: Callable[[Ledger], None], progress: Progress
) -> Report:
    """Do what a plan says, and remember it: `save` is called once with the ledger, also when stopped in the middle.

    A failure stops what needs the failed thing and nothing else, except that nobody goes on without permission.
    """
    applier = _Applier(plan, api, fingerprinter, progress)
    try:
        await applier.run()
    finally:
        save(applier.ledger())
    return Report.of(plan, applier.outcomes, api.requests["writes"])


class _Applier:
    def __init__(self, plan: LivePlan, api: Api, fingerprinter: Fingerprinter, progress: Progress) -> None:
        self.plan = plan
        self.api = api
        self.progress = progress
        self.sids = dict(plan.snapshot.sids)
        self.record = Record(plan.snapshot.ledger, fingerprinter)
        self.outcomes: dict[Key, Outcome] = {}
        self.listings: dict[Place, asyncio.Task[tuple[Found, ...]]] = {}
        self._working = tuple(change for change in plan.changes if change.writes or change.built_in)
        self._settled = {change.address: asyncio.Event() for change in self._working}
        self._turns: dict[Address, asyncio.Lock] = {}
        self._stopped = False
        self._wrote: set[Address] = set()

    async def run(self) -> None:
        self.record.forget(self._not_ours())
        for change in self.plan.changes:
            if change.match and not change.writes:
                self.record.remember(change, change.sid, change.match.found.date_updated)
        async with asyncio.TaskGroup() as tasks:
            for change in self._working:
                tasks.create_task(self._settle(change))

    def _not_ours(self) -> Iterator[Address]:
        """What is only looked up, and what Twilio makes by itself and is declared no longer: nothing is left to own."""
        resources = self.plan.config.resources
        for address, entry in self.plan.snapshot.ledger.current.items():
            declared = resources.get(address)
            if (declared and declared.lifecycle.lookup) or (declared is None and entry.sid is None):
                yield address

    def ledger(self) -> Ledger:
        """Give the ledger as it is now; it names the configuration only once all of it is applied."""
        done = [each for each in self.outcomes.values() if each.status is Status.DONE]
        return self.record.ledger(self.plan.config.digest if len(done) == len(self._working) else None)

    async def _settle(self, change: Change) -> None:
        """Wait for what a change needs, then write it when its service has its turn."""
        required = [address for address in needs(change.desired, self.plan.config) if address in self._settled]
        for address in required:
            await self._settled[address].wait()
        turn = self._turns.setdefault(_container(change), asyncio.Lock())
        async with turn:
            outcome = await self._outcome(change, required)
        self.outcomes[change.key] = outcome
        self._settled[change.address].set()
        self.progress(outcome)

    async def _outcome(self, change: Change, required: list[Address]) -> Outcome:
        missing = [address for address in required if self.outcomes[address, None].status is not Status.DONE]
        if missing or self._stopped:
            return Outcome(change, Status.NOT_STARTED, change.sid)
        try:
            sid = await self._write(change)
        except OutcomeUnknown as error:
            return self._ended(change, Status.UNKNOWN, error)
        except TwilioError as error:
            if isinstance(error, NotAuthorised):
                self._stopped = True
            return self._ended(change, Status.FAILED, error)
        except BaseException:  # stopped, or a bug: either way it may have been written
            self.progress(self._ended(change, Status.UNKNOWN))
            raise
        return Outcome(change, Status.DONE, sid, wrote=True)

    def _ended(self, change: Change, status: Status, error: ConfsyncError | None = None) -> Outcome:
        """Tell of a change that did not come to its end, by what is known of the thing now."""
        return Outcome(change, status, self.sids.get(change.address), error, wrote=change.address in self._wrote)

    async def _write(self, change: Change) -> Sid | None:
        if change.built_in:
            return await self._write_built_in(change)
        if Action.REPLACE in change.actions:
            await self._remove(change)
        if Action.UPDATE in change.actions:
            found = await self._change(change)
        else:
            found = await self._make(change)
        return self._remember(change, found)

    async def _change(self, change: Change) -> Found:
        """Send an update; what a set that is told by edits comes to is seen right before."""
        if not change.edits:
            return await self._update(change, update_of(change, self.sids))
        found = found_in(change.kind, await self.api.get(url_of(change.kind, change.address, self.sids)))
        return await self._bring_to(change, found)

    async def _bring_to(self, change: Change, found: Found) -> Found:
        """Update a thing as it was just read, unless it is as it should be."""
        call = update_of(change, self.sids, found)
        return found if call.done_in(found.fields) else await self._update(change, call)

    async def _remove(self, change: Change) -> None:
        """Delete what stands in the way of its successor; from here on it is not ours, whatever comes next."""
        await self.api.delete(url_of(change.kind, change.address, self.sids))
        self.record.forget((change.address,))
        self._wrote.add(change.address)
        del self.sids[change.address]

    async def _make(self, change: Change) -> Found:
        """Create a thing, and say in an update what a create does not take."""
        found = await self._create(change, create_of(change, self.sids))
        if found.sid:
            self.sids[change.address] = found.sid
        self._wrote.add(change.address)
        rest = rest_of(change, self.sids)
        if rest is None:
            return found
        self.record.remember(change, found.sid, found.date_updated)
        return await self._update(change, rest)

    async def _create(self, change: Change, call: Call) -> Found:
        """Send a create once. Looking for what an unanswered one made belongs here: today its outcome is unknown."""
        return _believed(change, await self.api.create(call.path, call.params), None)

    async def _update(self, change: Change, call: Call) -> Found:
        """Send an update; where its outcome is unknown, look, and send it once more if it did not happen."""
        try:
            return await self._send_update(change, call)
        except OutcomeUnknown as unknown:
            try:
                found = found_in(change.kind, await self.api.get(call.path))
            except TwilioError:
                raise unknown from None
        return found if call.done_in(found.fields) else await self._send_update(change, call)

    async def _send_update(self, change: Change, call: Call) -> Found:
        return _believed(change, await self.api.update(call.path, call.params), self.sids.get(change.address))

    async def _write_built_in(self, change: Change) -> Sid | None:
        """Find what came with its new parent, and change what differs.

        Where it is not listed, the list may be late, and to make it would make a second one: the next run will know.
        """
        found = await self._find_built_in(change)
        if found is None or found.sid is None:
            raise MalformedAnswer(
                f"{change.address} did not come with its parent.", next_step="Run `confsync plan`: it looks again."
            )
        self.sids[change.address] = found.sid
        found = await self._bring_to(change, found)
        return found.sid if change.desired.lifecycle.lookup else self._remember(change, found)

    async def _find_built_in(self, change: Change) -> Found | None:
        parent = parent_of(change.kind, change.address)
        place = (self.sids[parent], change.kind)
        if place not in self.listings:
            self.listings[place] = asyncio.create_task(self._list(change, parent))
        members = await self.listings[place]
        return next((each for each in members if change.desired.natural_key() in each.natural_keys), None)

    async def _list(self, change: Change, parent: Address) -> tuple[Found, ...]:
        pages = self.api.pages(home_url(change.kind, parent, self.sids), change.kind.list_key, change.kind.page_size)
        return tuple([found_in(change.kind, body) async for page in pages for body in page])

    def _remember(self, change: Change, found: Found) -> Sid | None:
        if found.sid:
            self.sids[change.address] = found.sid
        self.record.remember(change, found.sid, found.date_updated)
        return found.sid


def _container(change: Change) -> Address:
    """Give what takes one write at a time: the service that a thing is in, since Twilio counts writes by it."""
    kind, address = change.kind, change.address
    while kind.parent is not None and not kind.parent.group:
        kind, address = kind.parent, parent_of(kind, address)
    return address


def _believed(change: Change, body: Mapping[str, object], sid: Sid | None) -> Found:
    """Take what Twilio says it wrote; an answer about something else leaves open what became of this."""
    try:
        found = found_in(change.kind, body)
    except MalformedAnswer as wrong:
        raise _doubtful(change) from wrong
    if sid is not None and found.sid != sid:
        raise _doubtful(change)
    return found


def _doubtful(change: Change) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{change.address} was written, and Twilio's answer is about something else.",
        changed="Whether this one write happened is not known.",
        next_step="Run `confsync plan`: it reads what is there now.",
    )
