"""What every telling of a plan says in the same words, whatever form it has."""

from collections.abc import Iterator, Mapping

from confsync.annotations import Level
from confsync.names import Address, Sid
from confsync.plan.change import Action, Change, SecretState
from confsync.plan.plan import Plan
from confsync.plan.unmanaged import OrphanedResource, UnmanagedResource
from confsync.views.escaping import printable
from confsync.views.severity import risks_of
from confsync.views.values import first_few, live_name, word

NO_CHANGES = "No changes. Twilio matches the configuration."
NOTHING_LEFT = "No changes. Nothing is left that confsync made."

SYMBOLS: Mapping[Action, str] = {
    Action.CREATE: "+",
    Action.RECREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "-/+",
    Action.DELETE: "-",
    Action.MOVE: ">",
    Action.ADOPT: "<",
}

_TOLD_AS_A_LOSS = "deleted"


def summary(plan: Plan) -> str:
    """Tell in one line how much would be done."""
    if not plan.summary and not plan.guardrails:
        unconvergeable = sum(each.unconvergeable for each in plan.changes)
        return (
            f"No changes can be made: {unconvergeable} differ in what Twilio takes no change of."
            if unconvergeable
            else unchanged(plan)
        )
    count = plan.summary
    parts = [f"{count[Action.CREATE] + count[Action.RECREATE]} to create"]
    parts += [f"{count[action]} to {action}" for action in (Action.UPDATE, Action.REPLACE, Action.DELETE)]
    parts += [f"{count[action]} to {action}" for action in (Action.ADOPT, Action.MOVE) if count[action]]
    parts += [f"{len(plan.forgotten)} to forget"] if plan.forgotten else []
    return f"Plan: {', '.join(parts)}."


def unchanged(plan: Plan) -> str:
    """Say that there is nothing to do at Twilio, and what the ledger lets go of all the same."""
    if plan.forgotten:
        return f"No changes. Twilio stays as it is, and {len(plan.forgotten):,} of it will not be managed any more."
    return NOTHING_LEFT if plan.intent.destroy else NO_CHANGES


def symbols(change: Change) -> str:
    """Give the marks of what happens to a resource."""
    return "".join(SYMBOLS[action] for action in change.actions)


def place_of(change: Change) -> str:
    """Say in which line of which file a change is asked for."""
    return printable(f"{change.source.file}:{change.source.line}")


def sent_fields(change: Change) -> Iterator[str]:
    """Name each field that would be sent."""
    told_already = [each.path for each in change.differences]
    yield from told_already
    yield from (name for name in change.send if name not in told_already)


def unmanaged_lines(unmanaged: tuple[UnmanagedResource, ...]) -> Iterator[str]:
    """Tell one line a collection: a service brings four roles of its own, and an account may hold thousands."""
    members: dict[Address, list[str]] = {}
    for stray in unmanaged:
        members.setdefault(Address(stray.address[:-1]), []).append(stray.address.key)
    for collection, names in members.items():
        yield f"{printable(str(collection))}: {first_few([word(each) for each in sorted(names)])}"


def named(change: Change) -> str:
    """Name a resource; one that is to be gone by its SID and its live name as well."""
    if not change.deletes or change.sid is None:
        return str(change.address)
    return f"{change.address} ({_live(change.sid, live_name(change), change.address)})"


def orphan_line(orphan: OrphanedResource) -> str:
    """Tell what is no longer managed, and why."""
    return printable(f"{orphan.address} ({_live(orphan.sid, orphan.name, orphan.address)}): {orphan.reason}")


def risk_lines(plan: Plan) -> Iterator[tuple[Level, str]]:
    """Tell every risk with its level, the gravest first; that something is deleted is told with what it costs."""
    for change, risk in risks_of(plan.changes):
        if risk.rule != _TOLD_AS_A_LOSS:
            yield risk.level, f"{printable(f'{change.address}: {risk.text}')} ({place_of(change)})"


def also_deleted_text(change: Change) -> str:
    """Name what else of ours goes with a thing."""
    return printable(first_few([str(each) for each in change.also_deleted]))


def unchecked_lines(plan: Plan) -> Iterator[str]:
    """Tell each secret whose reference is not available here."""
    for change in plan.changes:
        for name, state in change.write_only.items():
            if state is SecretState.NOT_CHECKED:
                yield printable(f"{change.address}#{name}")


def _live(sid: Sid, name: str | None, address: Address) -> str:
    """Name a live thing; its name stands there only where the address does not tell it."""
    return str(sid) if name is None or name == address.key else f"{sid}, named '{name}'"
