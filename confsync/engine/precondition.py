"""What a live thing was when a plan was made, told without keeping it: so that an apply sees whether it moved."""

from collections.abc import Container

from confsync.config.digest import digest
from confsync.config.references import masked
from confsync.engine.change import Change
from confsync.engine.reading import Found
from confsync.secret import Secret


def digest_of(found: Found, hidden: Container[str] = ()) -> str:
    """Take one digest of all that Twilio told of a thing, but of the fields that are `hidden`.

    A sensitive value may be short, and who has its digest can guess it: neither it nor a URL with a token is in one.
    """
    told = {name: value for name, value in found.fields.items() if name not in hidden and not isinstance(value, Secret)}
    return digest({name: masked(value) if isinstance(value, str) else value for name, value in told.items()})


def hidden_in(change: Change) -> frozenset[str]:
    """Name the fields of a change whose live value must not be seen."""
    known = (*change.before.items(), *change.desired.fields.items())
    return frozenset(name for name, value in known if isinstance(value, Secret))


def precondition_of(change: Change) -> str | None:
    """Tell what a change was planned upon; none where nothing exists."""
    return digest_of(change.match.found, hidden_in(change)) if change.match else None
