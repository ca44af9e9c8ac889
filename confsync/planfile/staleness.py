"""Whether a change of a saved plan is still to be done, is already done, or is stale, and why."""

# A resource that is as it was when the plan was made is still to be changed. One that is as it should be is done, by an
# earlier run of this plan or by someone else. For any other state nobody approved the change, so it is stale. Resources
# that the plan leaves alone do not matter.

from collections.abc import Callable, Container, Iterable, Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from confsync.apply.precondition import live_digest, precondition_of, sensitive_fields
from confsync.config.desired import DesiredValue
from confsync.config.tree import MissingSecret
from confsync.names import Address, Sid, linked_address, parent_of
from confsync.plan.change import CREATES, Action, Change, SecretState
from confsync.plan.match import How
from confsync.planfile.codec import encode_value, is_hidden
from confsync.planfile.file import SecretField
from confsync.secret import MASK, Secret


class ChangeState(StrEnum):
    """The state of a change of a saved plan now."""

    TO_DO = "to do"
    DONE = "done"
    STALE = "stale"


class Verdict(Struct, frozen=True):
    """The state of a change: `why` it is stale, and `change` is what is still to be done of it."""

    state: ChangeState
    why: str = ""
    change: Change | None = None


class Circumstances(Struct, frozen=True, kw_only=True):
    """What a verdict needs beside the change: secrets that may be sent, addresses the plan creates, and live SIDs."""

    secrets: Container[SecretField] = frozenset()
    created: Container[Address] = frozenset()
    alive: Container[Sid] = frozenset()


DONE = Verdict(ChangeState.DONE)


def judge_change(then: Change, now: Change | None, around: Circumstances) -> Verdict:
    """Compare a change of a saved plan with what a new plan would do there; None if it would do nothing."""
    now = now and without_unlisted_secrets(now, around.secrets)
    if then.deletes:
        return _judge_delete(then, now, around)
    if now is None:
        return _stale("confsync no longer knows which live resource it is")
    if now.deletes:
        return _stale("it would be deleted now")
    return _judge_for(then)(then, now, around)


def without_unlisted_secrets(change: Change, secrets: Container[SecretField]) -> Change:
    """Remove every secret that a saved plan does not list: confsync never sends it."""
    unlisted = {
        name
        for name, value in change.send.items()
        if isinstance(value, Secret | MissingSecret) and (change.address, name) not in secrets
    }
    if not unlisted:
        return change
    send = {name: value for name, value in change.send.items() if name not in unlisted}
    return replace(
        change,
        send=send,
        differences=tuple(each for each in change.differences if each.path not in unlisted),
        actions=change.actions if send else tuple(each for each in change.actions if each is not Action.UPDATE),
    )


def same_values(then: Change, now: Change) -> bool:
    """Whether every value that would be sent was reviewed. Hidden values are not compared."""
    return all(
        name in then.send and (is_hidden(value) or encode_value(value) == encode_value(then.send[name]))
        for name, value in now.send.items()
    )


def _judge_for(then: Change) -> Callable[[Change, Change, Circumstances], Verdict]:
    if Action.REPLACE in then.actions or (then.copied and CREATES.intersection(then.actions)):
        return _judge_replace
    if CREATES.intersection(then.actions):
        return _judge_create
    return _judge_update if then.match else _judge_built_in


def _judge_delete(then: Change, now: Change | None, around: Circumstances) -> Verdict:
    if now is None or now.match is None or not now.deletes:
        return _stale(f"{then.sid} exists and would not be deleted now") if then.sid in around.alive else DONE
    if precondition_of(now) != precondition_of(then):
        return _stale(_changed_since(then, now))
    more = [str(each) for each in now.also_deleted if each not in then.also_deleted]
    return _stale(f"{', '.join(more)} would be deleted with it as well") if more else _to_do(now)


def _judge_create(then: Change, now: Change, around: Circumstances) -> Verdict:
    del around
    if now.match:
        return _judge_created(then, now)
    if not CREATES.intersection(now.actions):
        return _stale(f"it would not be created now{': ' if now.reason else ''}{now.reason}")
    others = [each for each in now.same_name if each not in then.same_name]
    if others:
        return _stale(f"{', '.join(others)} has its name now, and confsync does not own it")
    return _to_do(now) if same_values(then, now) else _stale("it would be created with other values now")


def _judge_created(then: Change, now: Change) -> Verdict:
    """Judge a resource that was to be created and exists: if confsync created it, an update may still be due."""
    if now.match is None or now.match.how is not How.OWNED:
        return _stale(f"{now.sid} has its name now, and confsync does not own it")
    if not now.writes:
        return DONE
    expected = {name for name, value in then.send.items() if _is_sent_later(then, name, value)}
    unexpected = sorted(_reasons_to_send(now) - expected)
    if Action.UPDATE not in now.actions or unexpected:
        return _stale(f"{now.sid} was created and has changed since{_in(unexpected)}")
    if same_values(then, now):
        return _to_do(now)
    return _stale(f"{now.sid} was created, and other values would be sent now")


def _judge_replace(then: Change, now: Change, around: Circumstances) -> Verdict:
    """Judge a replacement, or its create. The old resource may be deleted already, and the new one created."""
    if then.match is not None and now.match is not None and now.sid == then.sid:
        return _judge_update(then, now, around)
    copied = {name: value for name, value in then.copied.items() if name not in now.desired.fields}
    if now.match:
        return _judge_replaced(then, now, copied)
    hidden = [name for name, value in copied.items() if _is_incomplete(value)]
    if hidden:
        return _stale(f"{then.sid or 'it'} is deleted, and the plan does not contain what it had{_in(hidden)}")
    return _judge_create(then, _with_copied_values(now, copied), around)


def _judge_replaced(then: Change, now: Change, copied: Mapping[str, DesiredValue]) -> Verdict:
    """Judge a resource that was created in the place of another one: it must have the values of the old one."""
    live = now.match.found.fields if now.match else {}
    known = {name: value for name, value in copied.items() if not _is_incomplete(value)}
    lost = [name for name, value in known.items() if encode_value(live.get(name)) != encode_value(value)]
    verdict = _judge_created(then, now)
    if lost and verdict.state is not ChangeState.STALE:
        return _stale(f"{now.sid} does not have what {then.sid or 'the deleted one'} had{_in(lost)}")
    return verdict


def _with_copied_values(change: Change, copied: Mapping[str, DesiredValue]) -> Change:
    """Create a resource with the values of the deleted one, which Twilio no longer has."""
    if not copied or not CREATES.intersection(change.actions):
        return change
    reason = f"{', '.join(copied)} {'are' if len(copied) > 1 else 'is'} copied from the deleted resource"
    return replace(change, send={**copied, **change.send}, reason=reason)


def _is_incomplete(value: DesiredValue) -> bool:
    """Whether the file of a plan holds only a part of a value, or none."""
    return isinstance(value, Secret) or (isinstance(value, str) and MASK in value)


def _judge_built_in(then: Change, now: Change, around: Circumstances) -> Verdict:
    """Judge an update of a resource that Twilio creates with another one that this plan creates."""
    if not now.actions and now.match:
        return DONE
    if now.match and not _created_with(then, around.created):
        return _stale(f"{now.sid or 'it'} exists now, and did not exist before")
    if not {Action.UPDATE, Action.ADOPT}.issuperset(now.actions):
        return _stale(_would_be(now))
    return _to_do(now) if now.actions and same_values(then, now) else _stale("it would get other values now")


def _judge_update(then: Change, now: Change, around: Circumstances) -> Verdict:
    """Judge a change of a resource that exists: it must be the same resource, unchanged since the plan."""
    del around
    if now.match is None:
        return _stale(f"{then.sid or 'it'} no longer exists")
    if now.sid != then.sid:
        return _stale(f"it is {now.sid} now, and was {then.sid}")
    if not now.actions:
        return DONE
    if not set(now.actions) <= set(then.actions):
        return _stale(_would_be(now))
    if now.writes and precondition_of(then) not in (precondition_of(now), _digest_before_write(then, now)):
        return _stale(_changed_since(then, now))
    return _to_do(now) if same_values(then, now) else _stale("other values would be sent now")


def _digest_before_write(then: Change, now: Change) -> str | None:
    """Digest a live resource as it was before an update that is done as far as it can be seen."""
    # A killed run may not have recorded the update. What Twilio does not return is then sent once more.
    if now.match is None or now.differences:
        return None
    found = now.match.found
    before = {name: value for name, value in then.before.items() if name in found.fields}
    return live_digest(replace(found, fields={**found.fields, **before}), sensitive_fields(now))


def _is_sent_later(then: Change, name: str, value: object) -> bool:
    """Whether a create leaves a field to an update, or Twilio does not return whether the create set it."""
    known = then.kind.by_name[name]
    return value in known.update_only or known.write_only


def _reasons_to_send(now: Change) -> set[str]:
    """Return the fields because of which the update is sent; it may also carry others."""
    unsure = {name for name, state in now.write_only.items() if state in (SecretState.CHANGED, SecretState.UNKNOWN)}
    return {each.path for each in now.differences} | (unsure & now.send.keys())


def _created_with(then: Change, created: Container[Address]) -> bool:
    parents = [parent_of(then.kind, then.address)]
    if then.kind.linked_kind:
        parents.append(linked_address(then.kind, then.address))
    return any(each in created for each in parents)


def _changed_since(then: Change, now: Change) -> str:
    """Say that someone changed the resource, and which of its fields, if that is known."""
    names = [name for name, value in then.before.items() if encode_value(value) != encode_value(now.before.get(name))]
    return f"{then.sid or 'it'} was changed in Twilio since{_in(names)}"


def _would_be(now: Change) -> str:
    return f"a new plan would {' and '.join(now.actions)} it"


def _in(names: Iterable[str]) -> str:
    listed = ", ".join(names)
    return f" ({listed})" if listed else ""


def _stale(why: str) -> Verdict:
    return Verdict(ChangeState.STALE, why)


def _to_do(change: Change) -> Verdict:
    return Verdict(ChangeState.TO_DO, change=change)
