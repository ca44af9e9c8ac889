"""Looks for duplicates of what an apply created: resources with the same name that appeared in the meantime."""

from collections.abc import Container, Iterable, Mapping

from msgspec import Struct

from confsync.errors import TwilioError
from confsync.live.source import list_members
from confsync.live.task_group import task_group
from confsync.model import Kind
from confsync.names import Address, Sid, home_url, parent_of
from confsync.plan.change import CREATES, Change, Key
from confsync.plan.match import LiveResource
from confsync.state.replay import ResourceId
from confsync.twilio.api import Api

Collection = tuple[Kind, str]
"""A type, and the path of its list."""

Listed = Mapping[Collection, tuple[LiveResource, ...] | None]
"""The members of each collection; None if it could not be listed."""


class DuplicateSearch(Struct, frozen=True):
    """The SIDs of the duplicates of each created resource, and the changes whose collection could not be listed."""

    duplicates: Mapping[Key, tuple[Sid, ...]]
    unread: tuple[Change, ...] = ()


async def list_all(api: Api, collections: Iterable[Collection]) -> Listed:
    """List collections."""
    async with task_group() as tasks:
        lists = {each: tasks.create_task(_members(api, *each)) for each in collections}
    return {each: task.result() for each, task in lists.items()}


def find_duplicates(
    listed: Listed, changes: Iterable[Change], sids: Mapping[Address, Sid], owned: Container[ResourceId]
) -> DuplicateSearch:
    """Find the duplicates of what was created.

    A duplicate has the natural key of a created resource, is not owned, and did not exist when the plan was made.
    """
    created = created_by_collection(changes, sids)
    return DuplicateSearch(
        duplicates={
            change.key: others
            for each, together in created.items()
            if (unowned := [live for live in listed.get(each) or () if live.sid not in owned])
            for change in together
            if (others := _duplicates_of(change, unowned))
        },
        unread=tuple(change for each, together in created.items() if listed.get(each) is None for change in together),
    )


def created_by_collection(changes: Iterable[Change], sids: Mapping[Address, Sid]) -> dict[Collection, list[Change]]:
    """Group what was created by collection, without what Twilio accepts only once."""
    created: dict[Collection, list[Change]] = {}
    for change in changes:
        # a kind that is read by name has a name that Twilio keeps unique
        if CREATES.intersection(change.actions) and not change.kind.read_by_name:
            home = home_url(change.kind, parent_of(change.kind, change.address), sids)
            created.setdefault((change.kind, home), []).append(change)
    return created


async def _members(api: Api, kind: Kind, home: str) -> tuple[LiveResource, ...] | None:
    try:
        return await list_members(api, kind, home)
    except TwilioError:
        return None


def _duplicates_of(change: Change, unowned: Iterable[LiveResource]) -> tuple[Sid, ...]:
    key = change.desired.natural_key()
    others = (each.sid for each in unowned if key in each.natural_keys)
    return tuple(sid for sid in others if sid and sid not in change.same_name)
