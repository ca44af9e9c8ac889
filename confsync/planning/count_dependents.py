"""What goes with everything that a plan would delete or replace: counted before anybody is asked."""

from msgspec.structs import replace

from confsync.live.task_group import task_group
from confsync.names import Sid, home_url, parent_of
from confsync.plan.blast_radius import BlastRadius
from confsync.plan.change import LOST, Change
from confsync.planning.blast_radius import blast_radius
from confsync.planning.make import LivePlan
from confsync.resources.role import Role
from confsync.resources.user import User
from confsync.twilio.api import Api


async def counted(plan: LivePlan, api: Api) -> LivePlan:
    """Count what hangs on each thing that is to go; a plan that loses nothing asks nothing.

    Raises what the client raises.
    """
    if not any(map(_loses, plan.changes)):
        return plan
    async with task_group() as tasks:
        moved = _moved(plan)
        counts = {each.key: tasks.create_task(_radius(each, plan, api, moved)) for each in plan.changes if _loses(each)}
    changes = (replace(each, radius=counts[each.key].result()) if _loses(each) else each for each in plan.changes)
    return replace(plan, changes=tuple(changes), reads=api.requests["reads"])


def _loses(change: Change) -> bool:
    return change.match is not None and bool(LOST.intersection(change.actions))


async def _radius(change: Change, plan: LivePlan, api: Api, moved: frozenset[Sid]) -> BlastRadius | None:
    if change.match is None:
        return None
    home = home_url(change.kind, parent_of(change.kind, change.address), plan.snapshot.known)
    return await blast_radius(api, change.match.found, home, leaving=moved if change.kind is Role.kind else frozenset())


def _moved(plan: LivePlan) -> frozenset[Sid]:
    """Give the users whom the plan gives another role: whoever holds a role is moved before it goes."""
    return frozenset(
        each.sid for each in plan.changes if each.kind is User.kind and each.writes and each.sid and "role" in each.send
    )
