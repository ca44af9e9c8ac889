"""What a live thing was when a plan was made, told without keeping it: so that an apply sees whether it moved."""

from collections.abc import Container, Mapping

from confsync.apply.calls import WriteCall
from confsync.codecs import Edit
from confsync.config.desired import value_digest
from confsync.plan.change import Change
from confsync.plan.match import LiveResource
from confsync.redaction import mask_urls
from confsync.secret import Secret


def compared_fields(found: LiveResource) -> Mapping[str, object]:
    """Give what is compared of a live thing where it is looked at twice: every field that Twilio told.

    A state that Twilio moves by itself, as messages come and timers run out, counts for whether it is the end.
    """
    ends = {name for name, _ in found.kind.terminal}
    return {name: found.terminal if name in ends else value for name, value in found.fields.items()}


def is_unchanged(change: Change, then: LiveResource, now: LiveResource) -> bool:
    """Whether nobody changed a thing between two looks at it.

    A set that is told by edits does not count: whatever else is in it by now is left alone.
    """
    edited = {name for name, value in change.send.items() if isinstance(value, Edit)}
    return _beside(edited, then) == _beside(edited, now)


def is_already_applied(call: WriteCall, then: LiveResource, now: LiveResource) -> bool:
    """Whether a thing became what an update asks for, and is otherwise as it was."""
    return call.done_in(now.fields) and _beside(call.fields, then) == _beside(call.fields, now)


def _beside(names: Container[str], found: LiveResource) -> Mapping[str, object]:
    return {name: value for name, value in compared_fields(found).items() if name not in names}


def live_digest(found: LiveResource, hidden: Container[str] = ()) -> str:
    """Take one digest of all that Twilio told of a thing, but of the fields that are `hidden`.

    A sensitive value may be short, and who has its digest can guess it: neither it nor a URL with a token is in one.
    """
    told = {
        name: value
        for name, value in compared_fields(found).items()
        if name not in hidden and not isinstance(value, Secret)
    }
    return value_digest({name: mask_urls(value) if isinstance(value, str) else value for name, value in told.items()})


def sensitive_fields(change: Change) -> frozenset[str]:
    """Name the fields of a change whose live value must not be seen."""
    known = (*change.before.items(), *change.desired.fields.items())
    return frozenset(name for name, value in known if isinstance(value, Secret))


def precondition_of(change: Change) -> str | None:
    """Tell what a change was planned upon; none where nothing exists."""
    if change.match is None or change.precondition is not None:
        return change.precondition
    return live_digest(change.match.found, sensitive_fields(change))
