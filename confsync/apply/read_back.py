"""Reads back everything that an apply wrote, and compares it with the plan."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from confsync.apply.duplicates import Collection, Listed, created_by_collection, list_all
from confsync.apply.mismatch import Mismatch, find_mismatches
from confsync.errors import NotFound, TwilioError
from confsync.live.cached_source import AlreadyRead
from confsync.live.source import parse_live_resource
from confsync.live.task_group import task_group
from confsync.names import Address, Sid
from confsync.plan.change import Change
from confsync.plan.match import LiveResource
from confsync.twilio.api import Api
from confsync.twilio.recovery import pauses_between_looks


class CompletedWrite(Struct, frozen=True):
    """A change that was written: the resource's path, and what Twilio returned; a delete returns nothing."""

    change: Change
    path: str
    response: LiveResource | None = None


class ReadBack(Struct, frozen=True):
    """What Twilio stored differently, and the changes whose resource could not be read back.

    `lists` are the collections in which something was created, and `read` is everything that need not be read again.
    """

    mismatches: tuple[Mismatch, ...] = ()
    unread: tuple[Change, ...] = ()
    lists: Listed = field(default_factory=dict)
    read: AlreadyRead = AlreadyRead()


class _Attempt(Struct, frozen=True):
    write: CompletedWrite
    mismatches: tuple[Mismatch, ...]
    live: LiveResource | None
    failed: bool


async def read_back(api: Api, writes: Sequence[CompletedWrite], sids: Mapping[Address, Sid]) -> ReadBack:
    """Read everything that was written. If a read fails, compare the response to the write instead.

    List each collection in which something was created, and read what is in none of these lists at the same time. What
    differs is read again, because a read from Twilio may lag behind a write.
    """
    pauses = pauses_between_looks(api.clock)
    next(pauses)  # the first look is at once
    lists, first = await _first_look(api, writes, sids)
    attempts = {each.write.change.key: each for each in first}
    for pause in pauses:
        differing = tuple(each.write for each in attempts.values() if each.mismatches and not each.failed)
        if not differing:
            break
        await api.clock.sleep(pause)
        latest = await _read_all(api, differing, sids)
        attempts |= {each.write.change.key: each for each in latest}
    last = tuple(attempts[each.change.key] for each in writes if each.change.key in attempts)
    return ReadBack(
        mismatches=tuple(mismatch for each in last for mismatch in each.mismatches),
        unread=tuple(each.write.change for each in last if each.failed),
        lists=lists,
        read=_already_read(lists, last),
    )


async def _first_look(
    api: Api, writes: Iterable[CompletedWrite], sids: Mapping[Address, Sid]
) -> tuple[Listed, tuple[_Attempt, ...]]:
    """Read lists, what is in none of them, and then what differs in its list."""
    collections = created_by_collection((each.change for each in writes), sids)
    unlisted = tuple(each for each in writes if _collection_of(each) not in collections)
    async with task_group() as tasks:
        listing = tasks.create_task(list_all(api, collections))
        reading = tasks.create_task(_read_all(api, unlisted, sids))
    lists = listing.result()
    by_sid = {each.sid: each for members in lists.values() for each in members or ()}
    listed = (each for each in writes if _collection_of(each) in collections)
    differing = tuple(each for each in listed if not _is_as_written(each, by_sid, sids))
    return lists, (*reading.result(), *await _read_all(api, differing, sids))


def _collection_of(write: CompletedWrite) -> Collection | None:
    """Return the collection whose list shows what was written; None if no list does."""
    if write.response is None or write.response.sid is None:
        return None
    return write.change.kind, write.path.rpartition("/")[0]


def _is_as_written(
    write: CompletedWrite, by_sid: Mapping[Sid | None, LiveResource], sids: Mapping[Address, Sid]
) -> bool:
    """Whether a list shows what was written as the plan wants it."""
    live = by_sid.get(write.response.sid) if write.response else None
    return live is not None and not any(find_mismatches(write.change, live, sids))


def _already_read(lists: Listed, single: Sequence[_Attempt]) -> AlreadyRead:
    """Return what was read last. A list in which something differed may be older than what was written."""
    outdated = {_collection_of(each.write) for each in single}
    return AlreadyRead(
        lists={
            home: members
            for (kind, home), members in lists.items()
            if members is not None and (kind, home) not in outdated
        },
        resources={each.write.path: each.live for each in single if each.live and not each.failed},
    )


async def _read_all(api: Api, writes: Iterable[CompletedWrite], sids: Mapping[Address, Sid]) -> tuple[_Attempt, ...]:
    async with task_group() as tasks:
        started = [tasks.create_task(_read(api, each, sids)) for each in writes]
    return tuple(each.result() for each in started)


async def _read(api: Api, write: CompletedWrite, sids: Mapping[Address, Sid]) -> _Attempt:
    change, live, failed = write.change, write.response, False
    try:
        live = parse_live_resource(change.kind, await api.get(write.path))
    except NotFound:
        live = None
    except TwilioError:
        failed = True
    return _Attempt(write, tuple(_compared(write, live, sids)), live, failed)


def _compared(write: CompletedWrite, live: LiveResource | None, sids: Mapping[Address, Sid]) -> Iterator[Mismatch]:
    """Compare what was read with the plan, and with what Twilio returned when it was written."""
    change, response = write.change, write.response
    at_once = {each.path for each in find_mismatches(change, response, sids)} if response else None
    for each in find_mismatches(change, live, sids):
        yield replace(each, confirmed=at_once is not None and live is not response and each.path not in at_once)
