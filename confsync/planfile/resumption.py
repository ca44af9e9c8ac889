"""What is left to do of a saved plan: all that was reviewed and is not done yet, and nothing else."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from confsync.errors import Refused, Stale
from confsync.names import Address
from confsync.plan.change import MADE, Change, Key
from confsync.plan.guardrail import Guardrail
from confsync.plan.plan import Target
from confsync.planfile.file import SavedPlan
from confsync.planfile.staleness import ChangeState, Circumstances, Verdict, judged, listed, same_values
from confsync.planfile.values import is_hidden, written
from confsync.planning.guardrails import find_guardrails
from confsync.planning.make import LivePlan
from confsync.planning.order import required_addresses
from confsync.secret import Secret

MOST_NAMED = 20
"""A sentence of thousands of addresses is read by nobody."""


class Resumption(Struct, frozen=True):
    """The rest of a saved plan, to be applied, and the addresses of what is done already."""

    plan: LivePlan
    done: tuple[Address, ...] = ()


def check_environment(saved: SavedPlan, name: str | None) -> None:
    """Refuse a plan that is for another environment."""
    meant = saved.plan.target.environment
    if meant != name:
        raise Refused(f"The plan is for {_named(meant)}, and this run for {_named(name)}.", hint=_ANEW)


def check_emulator(saved: SavedPlan, *, emulator: bool) -> None:
    """Refuse a plan that was made on the emulator where this run is not, and the reverse."""
    if saved.plan.target.emulator != emulator:
        made, run = ("Twilio", "the emulator") if emulator else ("the emulator", "Twilio")
        raise Refused(f"The plan was made on {made}, and this run is on {run}.", hint=_ANEW)


def check_host(saved: SavedPlan, base_url: str) -> None:
    """Refuse a plan that is for another host."""
    if saved.plan.target.base_url != base_url:
        raise Refused(f"The plan is for {saved.plan.target.base_url}, and this run for {base_url}.", hint=_ANEW)


def check_account(saved: SavedPlan, account_sid: str) -> None:
    """Refuse a plan that is for another account."""
    meant = saved.plan.target.account_sid
    if account_sid != meant:
        raise Refused(f"The plan is for account {meant}, and this run for {account_sid}.", hint=_ANEW)


def check_time(saved: SavedPlan, now: datetime) -> None:
    """Refuse a plan that has expired."""
    if saved.has_expired(now):
        raise Stale(f"The plan expired at {saved.expires_at.isoformat()}.", hint=_ANEW)


def check_ledger(saved: SavedPlan, fresh: LivePlan) -> None:
    """Refuse a plan that was applied to its end, or whose ledger is gone: what it made would be made once more."""
    if saved.id in fresh.ledger.spent_plans:
        raise Stale("The plan is spent: it was applied to its end.", hint=_ANEW)
    if _is_another_ledger(saved.plan.target, fresh.target):
        raise Stale(
            "The plan was made with another ledger than the one that is here: what is ours was told otherwise.",
            hint="Bring that ledger back, or make the plan anew: `confsync plan --out FILE`.",
        )
    if saved.plan.target.ledger is not None and fresh.target.ledger is None:
        raise Stale(
            "The plan was made with a ledger, and here there is none: what is ours cannot be told.",
            hint="Bring the ledger back, or make the plan anew: `confsync plan --out FILE`.",
        )


def _is_another_ledger(then: Target, now: Target) -> bool:
    """Whether a ledger was lost, and another one made since; one that was never written yet has no lineage."""
    return bool(then.lineage and now.lineage) and then.lineage != now.lineage


def resumed(saved: SavedPlan, fresh: LivePlan) -> Resumption:
    """Find what is left to do. Raises Stale, naming each change that fits no more, and why."""
    known = {each.key: each for each in fresh.changes}
    around = _circumstances(saved, fresh)
    verdicts = {each.key: judged(each, known.get(each.key), around) for each in saved.plan.changes if each.actions}
    _check(verdicts, len(verdicts))
    rest = {key: each.change for key, each in verdicts.items() if each.change is not None}
    done = tuple(address for (address, _), each in verdicts.items() if each.state is ChangeState.DONE)
    plan = _narrowed(fresh, rest)
    _check(dict(_unsupported(plan, rest)), len(verdicts))
    return Resumption(plan, done)


def approved(saved: SavedPlan, fresh: LivePlan) -> Resumption:
    """Make sure that all of a new plan was reviewed. Raises Stale, naming each change that was not."""
    known = {each.key: each for each in saved.plan.changes if each.actions}
    same_configuration = saved.plan.revision.digest == fresh.revision.digest
    rest = {each.key: listed(each, saved.secrets) for each in fresh.changes if each.actions}
    news = {
        key: why
        for key, each in rest.items()
        if each.actions and (why := _news(known.get(key), each, same_configuration=same_configuration))
    }
    if news:
        raise Stale(
            f"{len(news)} of {len(rest)} changes are not in the approved plan: {_told(news)}.",
            hint="Have a new plan reviewed: `confsync plan --out FILE`.",
        )
    return Resumption(replace(_narrowed(fresh, rest), guardrails=fresh.guardrails))


_ANEW = "Make it anew, and have it reviewed: `confsync plan --out FILE`."


def _named(environment: str | None) -> str:
    return f"environment '{environment}'" if environment else "no environment"


def _circumstances(saved: SavedPlan, fresh: LivePlan) -> Circumstances:
    made = frozenset(each.address for each in saved.plan.changes if MADE.intersection(each.actions))
    return Circumstances(secrets=saved.secrets, made=made, alive=fresh.snapshot.read)


def _check(verdicts: Mapping[Key, Verdict], number: int) -> None:
    stale = {key: each.why for key, each in verdicts.items() if each.state is ChangeState.STALE}
    if stale:
        raise Stale(
            f"{len(stale)} of {number} changes of the plan fit no more: {_told(stale)}.",
            hint=_ANEW,
        )


def _told(reasons: Mapping[Key, str]) -> str:
    named = [f"{address}: {why}" for (address, _), why in reasons.items()]
    rest = f"; and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return "; ".join(named[:MOST_NAMED]) + rest


def _narrowed(fresh: LivePlan, rest: Mapping[Key, Change]) -> LivePlan:
    """Leave out what is not to be done; what needs nothing is kept, since others may need it."""
    changes = tuple(rest.get(each.key, each) for each in fresh.changes if each.key in rest or not each.actions)
    return replace(fresh, changes=changes, guardrails=tuple(_guardrails(fresh, changes)))


def _guardrails(fresh: LivePlan, changes: tuple[Change, ...]) -> Iterator[Guardrail]:
    """Find the guardrails in the way of what is left to do: what is left out cannot make it too much."""
    meant = {each.address for each in changes if each.actions}
    yield from (each for each in fresh.guardrails if not each.addresses)
    for guardrail in find_guardrails(fresh.config, fresh.snapshot, changes, fresh.intent):
        if meant.intersection(guardrail.addresses):
            yield guardrail


def _unsupported(plan: LivePlan, rest: Mapping[Key, Change]) -> Iterator[tuple[Key, Verdict]]:
    """Find what needs something that is not there, and that this plan does not make."""
    coming = {each.address for each in plan.changes if not each.deletes and (each.actions or each.built_in)}
    there = plan.snapshot.matches.keys() | coming
    for key, change in rest.items():
        missing = [] if change.deletes else [str(each) for each in _needed(plan, change) if each not in there]
        if missing:
            yield key, Verdict(ChangeState.STALE, f"it needs {', '.join(missing)}, which is not there")


def _needed(plan: LivePlan, change: Change) -> Iterable[Address]:
    return (each for each in required_addresses(change.desired, plan.config) if each in plan.config.resources)


def _news(then: Change | None, now: Change, *, same_configuration: bool) -> str:
    """Say what of a change was not reviewed; nothing where all of it was."""
    if then is None:
        return " and ".join(now.actions)
    if not set(now.actions) <= set(then.actions) or (then.match and now.match and then.sid != now.sid):
        return f"{' and '.join(now.actions)}, and approved is: {' and '.join(then.actions)}"
    if {*now.also_deleted} - {*then.also_deleted} or {*now.alike} - {*then.alike}:
        return "more of it is there than when it was approved"
    unseen = [] if same_configuration else [name for name, value in now.send.items() if _is_unseen(value)]
    if unseen:
        return f"whether {', '.join(unseen)} is the same cannot be told, since a token may be in it"
    return "" if same_values(then, now) and _same_differences(then, now) else "other values"


def _is_unseen(value: object) -> bool:
    return isinstance(value, str) and is_hidden(value)


def _same_differences(then: Change, now: Change) -> bool:
    known = {each.path: each for each in then.differences}
    return all(
        each.path in known
        and written(each.before) == written(known[each.path].before)
        and (isinstance(each.after, Secret) or written(each.after) == written(known[each.path].after))
        for each in now.differences
    )
