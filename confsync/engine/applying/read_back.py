"""What Twilio has once an apply is done: whatever was written is read once more, and held against the plan.

Twilio's reads may be a little behind its writes, so what differs is looked at again for ten seconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from confsync.engine.applying.kept import Kept, kept_of
from confsync.engine.change import Change, Key
from confsync.engine.reading import Found, found_in
from confsync.engine.together import together
from confsync.errors import NotFound, TwilioError
from confsync.names import Address, Sid
from confsync.twilio.api import Api

PAUSES = (0.0, 2.0, 3.0, 5.0)
"""Seconds before each look."""


@dataclass(frozen=True, slots=True)
class Written:
    """A change that was done by a write: where the thing is, and what Twilio answered; a delete has no answer."""

    change: Change
    path: str
    answer: Found | None = None


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What Twilio keeps otherwise, and what could not be read once more."""

    kept: tuple[Kept, ...] = ()
    unread: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    written: Written
    kept: tuple[Kept, ...]
    failed: bool


async def read_back(api: Api, written: Iterable[Written], sids: Mapping[Address, Sid]) -> ReadBack:
    """Read everything that was written; what cannot be read is judged by the answer to its write."""
    differing = tuple(written)
    looks: dict[Key, _Look] = {}
    for pause in PAUSES:
        if not differing:
            break
        await api.clock.sleep(pause)
        seen = await _all(api, differing, sids)
        looks |= {each.written.change.key: each for each in seen}
        differing = tuple(each.written for each in seen if each.kept and not each.failed)
    return ReadBack(
        kept=tuple(kept for each in looks.values() for kept in each.kept),
        unread=tuple(each.written.change for each in looks.values() if each.failed),
    )


async def _all(api: Api, written: Iterable[Written], sids: Mapping[Address, Sid]) -> tuple[_Look, ...]:
    async with together() as tasks:
        under_way = [tasks.create_task(_look(api, each, sids)) for each in written]
    return tuple(each.result() for each in under_way)


async def _look(api: Api, written: Written, sids: Mapping[Address, Sid]) -> _Look:
    change, found, failed = written.change, written.answer, False
    try:
        found = found_in(change.kind, await api.get(written.path))
    except NotFound:
        found = None
    except TwilioError:
        failed = True
    return _Look(written, tuple(kept_of(change, found, sids)), failed)
