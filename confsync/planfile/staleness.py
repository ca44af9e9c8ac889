"""Whether a saved plan still fits: of each of its changes, whether it is to be done, is done, or fits no more, and why.

What is as it was when it was planned is to be done; what is as it should be is done, by an earlier run of this plan or
by somebody else. Anything else was decided upon by nobody. What the plan leaves alone is no matter of it.
"""

from collections.abc import Callable, Container, Iterable
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from confsync.apply.precondition import precondition_of
from confsync.config.desired import MissingSecret
from confsync.names import Address, Sid, linked, parent_of
from confsync.plan.change import MADE, Action, Change, SecretState
from confsync.plan.match import How
from confsync.planfile.file import SecretField
from confsync.planfile.values import is_hidden, written
from confsync.secret import Secret


class ChangeState(StrEnum):
    """How a change of a saved plan stands now."""

    TO_DO = "to do"
    DONE = "done"
    STALE = "stale"


class Verdict(Struct, frozen=True):
    """How a change stands; `why` it fits no more, and `change` is what is to be done of it now."""

    state: ChangeState
    why: str = ""
    change: Change | None = None


class Circumstances(Struct, frozen=True, kw_only=True):
    """What a change alone does not tell: the secrets that may be sent, what the plan makes, and what is there now."""

    secrets: Container[SecretField] = frozenset()
    made: Container[Address] = frozenset()
    alive: Container[Sid] = frozenset()


DONE = Verdict(ChangeState.DONE)


def judged(then: Change, now: Change | None, around: Circumstances) -> Verdict:
    """Judge a change of a saved plan by what a new plan would do there; None where that would do nothing."""
    now = now and listed(now, around.secrets)
    if then.deletes:
        return _deleted(then, now, around)
    if now is None:
        return _stale("it cannot be told any more which live thing it is")
    if now.deletes:
        return _stale("it would be deleted now")
    return _judge_of(then)(then, now, around)


def listed(change: Change, secrets: Container[SecretField]) -> Change:
    """Leave out every secret that a saved plan does not list: it is never sent."""
    left_out = {
        name
        for name, value in change.send.items()
        if isinstance(value, Secret | MissingSecret) and (change.address, name) not in secrets
    }
    if not left_out:
        return change
    send = {name: value for name, value in change.send.items() if name not in left_out}
    return replace(
        change,
        send=send,
        differences=tuple(each for each in change.differences if each.path not in left_out),
        actions=change.actions if send else tuple(each for each in change.actions if each is not Action.UPDATE),
    )


def same_values(then: Change, now: Change) -> bool:
    """Whether everything that would be sent was reviewed; what is hidden is not compared."""
    return all(
        name in then.send and (is_hidden(value) or written(value) == written(then.send[name]))
        for name, value in now.send.items()
    )


def _judge_of(then: Change) -> Callable[[Change, Change, Circumstances], Verdict]:
    if Action.REPLACE in then.actions:
        return _replaced
    if MADE.intersection(then.actions):
        return _made
    return _there if then.match else _come


def _deleted(then: Change, now: Change | None, around: Circumstances) -> Verdict:
    """Judge a delete: what is gone is deleted."""
    if now is None or now.match is None or not now.deletes:
        return _stale(f"{then.sid} is there, and would be kept now") if then.sid in around.alive else DONE
    if precondition_of(now) != precondition_of(then):
        return _stale(_moved(then, now))
    more = [str(each) for each in now.also_deleted if each not in then.also_deleted]
    return _stale(f"{', '.join(more)} would go with it as well") if more else _to_do(now)


def _made(then: Change, now: Change, around: Circumstances) -> Verdict:
    """Judge a create: what is not there is made, unless something else has its name by now."""
    del around
    if now.match:
        return _made_by_now(then, now)
    if not MADE.intersection(now.actions):
        return _stale(f"it would not be made now{': ' if now.reason else ''}{now.reason}")
    strange = [each for each in now.alike if each not in then.alike]
    if strange:
        return _stale(f"{', '.join(strange)} goes by its name now, and is not ours")
    return _to_do(now) if same_values(then, now) else _stale("it would be made otherwise now")


def _made_by_now(then: Change, now: Change) -> Verdict:
    """Judge what is there and was to be made: by us, and then with the rest of it still to be said."""
    if now.match is None or now.match.how is not How.OWNED:
        return _stale(f"{now.sid} goes by its name now, and is not ours")
    if not now.writes:
        return DONE
    meant = {name for name, value in then.send.items() if _comes_later(then, name, value)}
    strange = sorted(_meant(now) - meant)
    if Action.UPDATE not in now.actions or strange:
        return _stale(f"{now.sid} was made, and is otherwise now{_in(strange)}")
    return _to_do(now) if same_values(then, now) else _stale(f"{now.sid} was made, and other values would be sent now")


def _replaced(then: Change, now: Change, around: Circumstances) -> Verdict:
    """Judge a replace: the old one may be gone already, and the new one be there."""
    same = now.match is not None and now.sid == then.sid
    return _there(then, now, around) if same else _made(then, now, around)


def _come(then: Change, now: Change, around: Circumstances) -> Verdict:
    """Judge an update of what comes by itself with something that this very plan makes."""
    if not now.actions and now.match:
        return DONE
    if now.match and not _comes_with(then, around.made):
        return _stale(f"{now.sid or 'it'} is there now, and was not")
    if not {Action.UPDATE, Action.ADOPT}.issuperset(now.actions):
        return _stale(_otherwise(now))
    return _to_do(now) if now.actions and same_values(then, now) else _stale("it would become something else now")


def _there(then: Change, now: Change, around: Circumstances) -> Verdict:
    """Judge what is done to something that is there: it must be what it was, and as it was."""
    del around
    if now.match is None:
        return _stale(f"{then.sid or 'it'} is gone")
    if now.sid != then.sid:
        return _stale(f"it is {now.sid} now, and was {then.sid}")
    if not now.actions:
        return DONE
    if not set(now.actions) <= set(then.actions):
        return _stale(_otherwise(now))
    if now.writes and precondition_of(now) != precondition_of(then):
        return _stale(_moved(then, now))
    return _to_do(now) if same_values(then, now) else _stale("other values would be sent now")


def _comes_later(then: Change, name: str, value: object) -> bool:
    """Whether a create leaves a field to an update, or nothing tells whether it was in it."""
    known = then.kind.by_name[name]
    return value in known.update_only or known.write_only


def _meant(now: Change) -> set[str]:
    """Give the fields on account of which something is sent; others may go along."""
    unsure = {name for name, state in now.write_only.items() if state in (SecretState.CHANGED, SecretState.UNKNOWN)}
    return {each.path for each in now.differences} | (unsure & now.send.keys())


def _comes_with(then: Change, made: Container[Address]) -> bool:
    above = [parent_of(then.kind, then.address)]
    if then.kind.other:
        above.append(linked(then.kind, then.address))
    return any(each in made for each in above)


def _moved(then: Change, now: Change) -> str:
    """Say that somebody changed a thing, and where that can be told, what of it."""
    names = [name for name, value in then.before.items() if written(value) != written(now.before.get(name))]
    return f"{then.sid or 'it'} was changed at Twilio since{_in(names)}"


def _otherwise(now: Change) -> str:
    return f"now it would be: {' and '.join(now.actions)}"


def _in(names: Iterable[str]) -> str:
    told = ", ".join(names)
    return f" ({told})" if told else ""


def _stale(why: str) -> Verdict:
    return Verdict(ChangeState.STALE, why)


def _to_do(change: Change) -> Verdict:
    return Verdict(ChangeState.TO_DO, change=change)
