"""Fields that Twilio stored differently from what an apply asked for."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from confsync.config.desired import Desired, DesiredValue
from confsync.names import Address, Sid
from confsync.plan.change import Change
from confsync.plan.difference import LiveValue
from confsync.plan.match import LiveResource
from confsync.planning.diff import field_differences
from confsync.secret import Secret


class Mismatch(Struct, frozen=True):
    """One field of an applied change whose live value is not the desired one. If one is sensitive, both are.

    Without a path, it is about the whole resource: `desired` is the SID of one that was created and does not exist,
    `live` the SID of one that was deleted and still exists. `confirmed` means that Twilio's response to the write had
    the desired value, so that someone else may have changed it since.
    """

    change: Change
    path: str
    desired: DesiredValue
    live: LiveValue
    confirmed: bool = False

    @property
    def location(self) -> str:
        """The resource, and the field if it is about one."""
        return f"{self.change.address}#{self.path}" if self.path else str(self.change.address)


def find_mismatches(change: Change, live: LiveResource | None, sids: Mapping[Address, Sid]) -> Iterator[Mismatch]:
    """Compare a live resource, or None if it does not exist, with what a completed change asked for.

    Ignore fields that Twilio never returns, or does not accept any more.
    """
    if change.deletes:
        if live:
            yield Mismatch(change, "", None, live.sid)
    elif live is None:
        yield Mismatch(change, "", sids.get(change.address), None)
    else:
        states = {name for name, _ in change.kind.terminal} if live.terminal else set()
        for each in field_differences(change.desired, _comparable_fields(change.desired, live, sids)):
            if not each.field.immutable and each.path not in change.create_only_unset and each.path not in states:
                yield Mismatch(change, each.path, each.after, each.before)


def ignore_line(mismatches: Iterable[Mismatch]) -> str:
    """Return the line for `lifecycle` that accepts the live values of one resource; empty if there is none."""
    names: set[str] = set()
    for each in mismatches:
        names |= {each.path, *each.change.desired.lifecycle.ignore} if each.path else set()
    return f"ignore: [{', '.join(sorted(names))}]" if names else ""


def _comparable_fields(desired: Desired, live: LiveResource, sids: Mapping[Address, Sid]) -> Mapping[str, LiveValue]:
    """Return live fields in the form of the desired ones: references as addresses, sensitive values as secrets."""
    return {name: _comparable(desired.fields.get(name), value, sids) for name, value in live.fields.items()}


def _comparable(desired: DesiredValue, live: LiveValue, sids: Mapping[Address, Sid]) -> LiveValue:
    if isinstance(desired, Secret) and isinstance(live, str):
        return Secret(live)
    if not isinstance(desired, Address) or live is None:
        return live
    return desired if sids.get(desired) == live else next((each for each, sid in sids.items() if sid == live), live)
