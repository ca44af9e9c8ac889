"""The rest of a saved plan: everything that was reviewed and is not done yet, and nothing else."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from confsync.errors import Refused, Stale
from confsync.names import Address
from confsync.plan.change import CREATES, Change, Key
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.plan import Guardrail, Target
from confsync.planfile.codec import encode_value, is_hidden
from confsync.planfile.file import SavedPlan
from confsync.planfile.staleness import (
    ChangeState,
    Circumstances,
    Verdict,
    judge_change,
    same_values,
    without_unlisted_secrets,
)
from confsync.planning.guardrails.checks import find_guardrails
from confsync.planning.make import LivePlan
from confsync.planning.order import required_addresses
from confsync.quoting import in_quotes
from confsync.secret import Secret

MOST_NAMED = 20
"""How many changes an error names: nobody reads a sentence of thousands of addresses."""


class Resumption(Struct, frozen=True):
    """The rest of a saved plan, and the addresses of the changes that are already done."""

    plan: LivePlan
    done: tuple[Address, ...] = ()


def check_environment(saved: SavedPlan, name: str | None) -> None:
    """Refuse a plan for another environment."""
    planned = saved.plan.target.environment
    if planned != name:
        raise Refused(
            f"The plan is for {_environment(planned)}, and this run is for {_environment(name)}.", hint=_MAKE_A_NEW_PLAN
        )


def check_emulator(saved: SavedPlan, *, emulator: bool) -> None:
    """Refuse a plan made on the emulator unless this run is on it too, and the reverse."""
    if saved.plan.target.emulator != emulator:
        made, run = ("Twilio", "the emulator") if emulator else ("the emulator", "Twilio")
        raise Refused(f"The plan was made on {made}, and this run is on {run}.", hint=_MAKE_A_NEW_PLAN)


def check_host(saved: SavedPlan, base_url: str) -> None:
    """Refuse a plan for another host."""
    if saved.plan.target.base_url != base_url:
        raise Refused(
            f"The plan is for {saved.plan.target.base_url}, and this run is for {base_url}.", hint=_MAKE_A_NEW_PLAN
        )


def check_planned_account(saved: SavedPlan, account_sid: str) -> None:
    """Refuse a plan for another account."""
    planned = saved.plan.target.account_sid
    if account_sid != planned:
        raise Refused(f"The plan is for account {planned}, and this run is for {account_sid}.", hint=_MAKE_A_NEW_PLAN)


def check_expiry(saved: SavedPlan, now: datetime) -> None:
    """Refuse a plan that has expired."""
    if saved.has_expired(now):
        raise Stale(f"The plan expired at {saved.expires_at.isoformat()}.", hint=_MAKE_A_NEW_PLAN)


def check_ledger(saved: SavedPlan, current: LivePlan) -> None:
    """Refuse a plan that was already applied, or whose ledger is missing: its creates would be sent again."""
    if saved.id in current.ledger.spent_plans:
        raise Stale("The plan is spent: it was already applied.", hint=_MAKE_A_NEW_PLAN)
    if _is_another_ledger(saved.plan.target, current.target):
        raise Stale(
            "The plan was made with another ledger, so confsync may own other resources now.",
            hint="Restore that ledger, or make a new plan: `confsync plan --out FILE`.",
        )
    if saved.plan.target.ledger is not None and current.target.ledger is None:
        raise Stale(
            "The plan was made with a ledger, and there is none here: confsync cannot tell what it owns.",
            hint="Restore the ledger, or make a new plan: `confsync plan --out FILE`.",
        )


def _is_another_ledger(then: Target, now: Target) -> bool:
    """Whether the ledger was replaced by another one. A ledger that was never written has no lineage."""
    return bool(then.lineage and now.lineage) and then.lineage != now.lineage


def resume_plan(saved: SavedPlan, current: LivePlan) -> Resumption:
    """Find what is still to be done. Raises Stale, naming each stale change and why."""
    known = {each.key: each for each in current.changes}
    around = _circumstances(saved, current)
    verdicts = {
        each.key: judge_change(each, known.get(each.key), around) for each in saved.plan.changes if each.actions
    }
    _check(verdicts, len(verdicts))
    rest = {key: each.change for key, each in verdicts.items() if each.change is not None}
    done = tuple(address for (address, _), each in verdicts.items() if each.state is ChangeState.DONE)
    plan = _narrowed(current, rest)
    _check(dict(_unsupported(plan, rest)), len(verdicts))
    return Resumption(plan, done)


def approve_plan(saved: SavedPlan, current: LivePlan) -> Resumption:
    """Check that all of a new plan was reviewed. Raises Stale, naming each change that was not."""
    known = {each.key: each for each in saved.plan.changes if each.actions}
    same_configuration = saved.plan.revision.digest == current.revision.digest
    rest = {each.key: without_unlisted_secrets(each, saved.secrets) for each in current.changes if each.actions}
    unapproved = {
        key: why
        for key, each in rest.items()
        if each.actions and (why := _unapproved(known.get(key), each, same_configuration=same_configuration))
    }
    if unapproved:
        raise Stale(
            f"{len(unapproved)} of {len(rest)} changes are not in the approved plan: {_reasons(unapproved)}.",
            hint="Have a new plan reviewed: `confsync plan --out FILE`.",
        )
    return Resumption(replace(_narrowed(current, rest), guardrails=current.guardrails))


_MAKE_A_NEW_PLAN = "Make a new plan and have it reviewed: `confsync plan --out FILE`."


def _environment(environment: str | None) -> str:
    return f"environment {in_quotes(environment)}" if environment else "no environment"


def _circumstances(saved: SavedPlan, current: LivePlan) -> Circumstances:
    created = frozenset(each.address for each in saved.plan.changes if CREATES.intersection(each.actions))
    return Circumstances(secrets=saved.secrets, created=created, alive=current.snapshot.by_sid)


def _check(verdicts: Mapping[Key, Verdict], number: int) -> None:
    stale = {key: each.why for key, each in verdicts.items() if each.state is ChangeState.STALE}
    if stale:
        raise Stale(
            f"{len(stale)} of {number} changes of the plan are stale: {_reasons(stale)}.",
            hint=_MAKE_A_NEW_PLAN,
        )


def _reasons(reasons: Mapping[Key, str]) -> str:
    named = [f"{address}: {why}" for (address, _), why in reasons.items()]
    rest = f"; and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return "; ".join(named[:MOST_NAMED]) + rest


def _narrowed(current: LivePlan, rest: Mapping[Key, Change]) -> LivePlan:
    """Keep only the changes that are still to be done, and resources without actions: others may refer to them."""
    changes = tuple(rest.get(each.key, each) for each in current.changes if each.key in rest or not each.actions)
    return replace(current, changes=changes, guardrails=tuple(_guardrails(current, changes)))


def _guardrails(current: LivePlan, changes: tuple[Change, ...]) -> Iterator[Guardrail]:
    """Check the guardrails of what is still to be done: changes that are left out do not count."""
    addresses = {each.address for each in changes if each.actions}
    # what this plan forgets has no change
    yield from (each for each in current.guardrails if not each.addresses or each.rule is GuardrailRule.UNPROTECT)
    for guardrail in find_guardrails(current.config, current.snapshot, current.ledger, changes, current.intent):
        if addresses.intersection(guardrail.addresses):
            yield guardrail


def _unsupported(plan: LivePlan, rest: Mapping[Key, Change]) -> Iterator[tuple[Key, Verdict]]:
    """Find the changes that need a resource that does not exist and that this plan does not create."""
    coming = {each.address for each in plan.changes if not each.deletes and (each.actions or each.built_in)}
    available = plan.snapshot.matches.keys() | coming
    for key, change in rest.items():
        missing = (
            []
            if change.deletes
            else [str(each) for each in _declared_requirements(plan, change) if each not in available]
        )
        if missing:
            yield key, Verdict(ChangeState.STALE, f"it needs {', '.join(missing)}, which does not exist")


def _declared_requirements(plan: LivePlan, change: Change) -> Iterable[Address]:
    return (each for each in required_addresses(change.desired, plan.config) if each in plan.config.resources)


def _unapproved(then: Change | None, now: Change, *, same_configuration: bool) -> str:
    """Say what of a change was not reviewed; empty if all of it was."""
    if then is None:
        return " and ".join(now.actions)
    if not set(now.actions) <= set(then.actions) or (then.match and now.match and then.sid != now.sid):
        return f"{' and '.join(now.actions)}, but the approved plan says {' and '.join(then.actions)}"
    if {*now.also_deleted} - {*then.also_deleted} or {*now.same_name} - {*then.same_name}:
        return "it affects more resources than when it was approved"
    masked = [] if same_configuration else [name for name, value in now.send.items() if _is_masked(value)]
    if masked:
        return f"confsync cannot compare {', '.join(masked)}, because it may contain a token"
    return "" if same_values(then, now) and _same_differences(then, now) else "other values"


def _is_masked(value: object) -> bool:
    return isinstance(value, str) and is_hidden(value)


def _same_differences(then: Change, now: Change) -> bool:
    known = {each.path: each for each in then.differences}
    return all(
        each.path in known
        and encode_value(each.before) == encode_value(known[each.path].before)
        and (isinstance(each.after, Secret) or encode_value(each.after) == encode_value(known[each.path].after))
        for each in now.differences
    )
