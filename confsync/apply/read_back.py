"""What Twilio has once an apply is done: whatever was written is read once more, and held against the plan.

Twilio's reads may be a little behind its writes, so what differs is looked at again for ten seconds.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from confsync.apply.mismatch import Mismatch, find_mismatches
from confsync.errors import NotFound, TwilioError
from confsync.live.reading import parse_live_resource
from confsync.live.task_group import task_group
from confsync.names import Address, Sid
from confsync.plan.change import Change, Key
from confsync.plan.match import LiveResource
from confsync.twilio.api import Api

PAUSES = (0.0, 2.0, 3.0, 5.0)
"""Seconds before each look."""


class CompletedWrite(Struct, frozen=True):
    """A change that was done by a write: where the thing is, and what Twilio answered; a delete has no answer."""

    change: Change
    path: str
    answer: LiveResource | None = None


class ReadBack(Struct, frozen=True):
    """What Twilio keeps otherwise, and what could not be read once more."""

    mismatches: tuple[Mismatch, ...] = ()
    unread: tuple[Change, ...] = ()


class _Look(Struct, frozen=True):
    written: CompletedWrite
    mismatches: tuple[Mismatch, ...]
    failed: bool


async def read_back(api: Api, written: Iterable[CompletedWrite], sids: Mapping[Address, Sid]) -> ReadBack:
    """Read everything that was written; what cannot be read is judged by the answer to its write."""
    differing = tuple(written)
    looks: dict[Key, _Look] = {}
    for pause in PAUSES:
        if not differing:
            break
        await api.clock.sleep(pause)
        seen = await _all(api, differing, sids)
        looks |= {each.written.change.key: each for each in seen}
        differing = tuple(each.written for each in seen if each.mismatches and not each.failed)
    return ReadBack(
        mismatches=tuple(kept for each in looks.values() for kept in each.mismatches),
        unread=tuple(each.written.change for each in looks.values() if each.failed),
    )


async def _all(api: Api, written: Iterable[CompletedWrite], sids: Mapping[Address, Sid]) -> tuple[_Look, ...]:
    async with task_group() as tasks:
        under_way = [tasks.create_task(_look(api, each, sids)) for each in written]
    return tuple(each.result() for each in under_way)


async def _look(api: Api, written: CompletedWrite, sids: Mapping[Address, Sid]) -> _Look:
    change, found, failed = written.change, written.answer, False
    try:
        found = parse_live_resource(change.kind, await api.get(written.path))
    except NotFound:
        found = None
    except TwilioError:
        failed = True
    return _Look(written, tuple(find_mismatches(change, found, sids)), failed)
