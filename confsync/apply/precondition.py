"""The state of a live resource when a plan was made, so that an apply can tell whether someone changed it since."""

from collections.abc import Container, Mapping

from confsync.apply.calls import WriteCall
from confsync.codecs import AnyEdit, JsonEdit
from confsync.config.desired import value_digest
from confsync.extra_parameters import without_extras
from confsync.plan.change import Change
from confsync.plan.match import LiveResource
from confsync.redaction import mask_urls
from confsync.secret import Secret


def compared_fields(live: LiveResource) -> Mapping[str, object]:
    """Return the fields to compare between two reads of a resource: every field that Twilio returned."""
    # Twilio changes a state by itself (messages arrive, timers run out), so only "terminal or not" counts.
    states = {name for name, _ in live.kind.terminal}
    return {name: live.terminal if name in states else value for name, value in without_extras(live.fields).items()}


def is_unchanged(change: Change, then: LiveResource, now: LiveResource) -> bool:
    """Whether nobody changed a resource between two reads, apart from values that the change only edits."""
    edited = {name for name, value in change.send.items() if isinstance(value, AnyEdit)}
    return _without(edited, then) == _without(edited, now)


def can_be_edited(change: Change, live: LiveResource) -> bool:
    """Whether every value that the change edits still is of a form that can be edited."""
    edits = {name: value for name, value in change.send.items() if isinstance(value, JsonEdit)}
    return all(each.fits(live.fields.get(name)) for name, each in edits.items())


def is_already_applied(call: WriteCall, then: LiveResource, now: LiveResource) -> bool:
    """Whether a resource already has what an update asks for, and is otherwise unchanged."""
    return call.is_done_in(now.fields) and _without(call.fields, then) == _without(call.fields, now)


def _without(names: Container[str], live: LiveResource) -> Mapping[str, object]:
    return {name: value for name, value in compared_fields(live).items() if name not in names}


def precondition_of(change: Change) -> str | None:
    """Return the digest of the live resource that a change was planned for, or None if it does not exist.

    A snapshot that masks values does not have it either.
    """
    if change.match is None or change.precondition is not None or change.match.found.masked:
        return change.precondition
    return live_digest(change.match.found, sensitive_fields(change))


def live_digest(live: LiveResource, hidden: Container[str] = ()) -> str:
    """Digest all that Twilio returned of a resource, except the `hidden` fields."""
    # A sensitive value may be short enough to guess from its digest, so neither it nor a URL with a token is included.
    visible = {
        name: value
        for name, value in compared_fields(live).items()
        if name not in hidden and not isinstance(value, Secret)
    }
    return value_digest(
        {name: mask_urls(value) if isinstance(value, str) else value for name, value in visible.items()}
    )


def sensitive_fields(change: Change) -> frozenset[str]:
    """Return the names of the fields of a change whose live value must stay hidden."""
    known = (*change.before.items(), *change.desired.fields.items())
    return frozenset(name for name, value in known if isinstance(value, Secret))
