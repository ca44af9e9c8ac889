"""A plan in which an attacker chose every name and every value."""

from msgspec.structs import replace

from confsync.diagnostics import Diagnostic, Position, Range
from confsync.names import Address, Sid
from confsync.plan.change import Action, Change
from confsync.plan.difference import Difference, JsonPart
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.intent import Intent, Overrides, Selection
from confsync.plan.match import How, LiveResource, Match
from confsync.plan.plan import Guardrail, OrphanedResource, Plan, ProbableDuplicate, UnmanagedResource
from confsync.plan.risk import BlastRadius, Count, Noun, Risk
from confsync.risk_rules import Level

USERS = Noun("user", "users")


def named(plan: Plan, name: str) -> Plan:
    """Put a name wherever a plan holds text of others, and make sure that each such place exists."""
    place = Range(Position(name, 1, 2), 1, 3)
    address, sid = Address.of("services", name), Sid("IS" + "0" * 32)
    return replace(
        plan,
        revision=replace(plan.revision, files=(name,), commit=name, dirty=True),
        target=replace(plan.target, environment=name),
        changes=(*(_change(each, name) for each in plan.changes), _deleted(_change(plan.changes[-1], name))),
        unmanaged=tuple(UnmanagedResource(address, each.found) for each in plan.unmanaged[:2]),
        probable_duplicates=(_duplicate(address, name),),
        orphaned=(OrphanedResource(address, sid, f"a {name}", f"b {name}", f"c {name}"),),
        forgotten=(OrphanedResource(address, sid, f"a {name}", f"b {name}"),),
        intent=_intent(address, name),
        guardrails=(Guardrail(GuardrailRule.RENAME, (), f"a {name} b", f"a {name} b"),),
        warnings=(Diagnostic("warning", "CS4001", f"a {name} b", f"a {name} b", place),),
    )


def _duplicate(address: Address, name: str) -> ProbableDuplicate:
    return ProbableDuplicate(
        address=address,
        type="service",
        sid=Sid("IS" + "0" * 32),
        created=f"a {name} b",
        duplicate_sid=Sid("IS" + "1" * 32),
        duplicate_created=f"b {name} a",
        collection=Address.of("services"),
    )


def _change(change: Change, name: str) -> Change:
    """Rename the resource, its file, its reason, and every value in it."""
    key = change.desired.written.key
    written = replace(change.desired.written, key=replace(key, file=replace(key.file, path=name)))
    return replace(
        change,
        desired=replace(change.desired, address=Address.of("services", name), written=written),
        differences=tuple(found for each in change.differences for found in _differences(each, name)),
        reason=f"a {name} b",
        also_deleted=(Address.of("services", name),),
        radius=BlastRadius((Count(USERS, 2, complete=False),), (f"a {name} b",)),
        risks=tuple(Risk(name, level, f"a {name} b") for level in Level),
    )


def _deleted(change: Change) -> Change:
    """Delete a resource whose name someone else chose."""
    kind, before = change.kind, dict(change.before)
    found = LiveResource(
        kind, Sid("IS" + "0" * 32), {kind.name_field.name: change.address.key} if kind.name_field else {}
    )
    return replace(change, actions=(Action.DELETE,), differences=(), before=before, match=Match(found, How.OWNED))


def _intent(address: Address, name: str) -> Intent:
    """Ask for everything that can be asked of a plan."""
    these = frozenset({address})
    return Intent(
        overrides=Overrides(allow_delete=these, allow_recreate=these, allow_rollback=True, max_deletes=3),
        selection=Selection(targets=(name,), excludes=(name,), kinds=(name,)),
        destroy=True,
    )


def _differences(one: Difference, name: str) -> tuple[Difference, ...]:
    """Return a difference of each form."""
    return (
        replace(one, before=name, after=name, added=(), removed=(), parts=()),
        replace(one, before=frozenset({name}), after=frozenset({name}), added=(name,), removed=(name,), parts=()),
        replace(one, before=name, after=name, added=(), removed=(), parts=(JsonPart(name, name, name),)),
        replace(one, before=frozenset({name}), after=Address.of("services", name), added=(), removed=(), parts=()),
    )
