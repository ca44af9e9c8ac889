"""Reads back everything that an apply wrote, and compares it with the plan."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from confsync.apply.mismatch import Mismatch, find_mismatches
from confsync.errors import NotFound, TwilioError
from confsync.live.source import parse_live_resource
from confsync.live.task_group import task_group
from confsync.names import Address, Sid
from confsync.plan.change import Change, Key
from confsync.plan.match import LiveResource
from confsync.twilio.api import Api
from confsync.twilio.recovery import pauses_between_looks


class CompletedWrite(Struct, frozen=True):
    """A change that was written: the resource's path, and what Twilio returned; a delete returns nothing."""

    change: Change
    path: str
    response: LiveResource | None = None


class ReadBack(Struct, frozen=True):
    """What Twilio stored differently, and the changes whose resource could not be read back."""

    mismatches: tuple[Mismatch, ...] = ()
    unread: tuple[Change, ...] = ()


class _Attempt(Struct, frozen=True):
    write: CompletedWrite
    mismatches: tuple[Mismatch, ...]
    failed: bool


async def read_back(
    api: Api, writes: Iterable[CompletedWrite], sids: Mapping[Address, Sid], listed: Iterable[LiveResource] = ()
) -> ReadBack:
    """Read everything that was written. If a read fails, compare the response to the write instead.

    What differs is read again, because a read from Twilio may lag behind a write. What is in a list that was read after
    the writes is read only if it differs there.
    """
    by_sid = {each.sid: each for each in listed}
    differing = tuple(each for each in writes if not _is_as_written(each, by_sid, sids))
    attempts: dict[Key, _Attempt] = {}
    for pause in pauses_between_looks(api.clock):
        if not differing:
            break
        await api.clock.sleep(pause)
        latest = await _read_all(api, differing, sids)
        attempts |= {each.write.change.key: each for each in latest}
        differing = tuple(each.write for each in latest if each.mismatches and not each.failed)
    return ReadBack(
        mismatches=tuple(mismatch for each in attempts.values() for mismatch in each.mismatches),
        unread=tuple(each.write.change for each in attempts.values() if each.failed),
    )


def _is_as_written(
    write: CompletedWrite, by_sid: Mapping[Sid | None, LiveResource], sids: Mapping[Address, Sid]
) -> bool:
    """Whether a list shows what was written as the plan wants it."""
    if write.response is None or write.response.sid is None:
        return False
    live = by_sid.get(write.response.sid)
    return live is not None and not any(find_mismatches(write.change, live, sids))


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
    return _Attempt(write, tuple(_compared(write, live, sids)), failed)


def _compared(write: CompletedWrite, live: LiveResource | None, sids: Mapping[Address, Sid]) -> Iterator[Mismatch]:
    """Compare what was read with the plan, and with what Twilio returned when it was written."""
    change, response = write.change, write.response
    at_once = {each.path for each in find_mismatches(change, response, sids)} if response else None
    for each in find_mismatches(change, live, sids):
        yield replace(each, confirmed=at_once is not None and live is not response and each.path not in at_once)
