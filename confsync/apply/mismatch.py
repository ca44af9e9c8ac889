"""What Twilio keeps otherwise than it was asked to."""

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
    """One field of a change that was applied: what was wanted, and what is there all the same.

    Where the wanted value is sensitive, so is the live one, whatever form it has. Without a path it is about the whole
    thing: its SID is `wanted` where it was made and is not there, and `live` where it was deleted and is.
    """

    change: Change
    path: str
    wanted: DesiredValue
    live: LiveValue

    @property
    def place(self) -> str:
        """Which field of which resource, or which resource."""
        return f"{self.change.address}#{self.path}" if self.path else str(self.change.address)


def find_mismatches(change: Change, found: LiveResource | None, sids: Mapping[Address, Sid]) -> Iterator[Mismatch]:
    """Hold what is there once a change is done against what it asked for; nothing is there where `found` is None.

    What Twilio never tells, never takes, or takes no more does not count.
    """
    if change.deletes:
        if found:
            yield Mismatch(change, "", None, found.sid)
    elif found is None:
        yield Mismatch(change, "", sids.get(change.address), None)
    else:
        over = {name for name, _ in change.kind.terminal} if found.terminal else set()
        for each in field_differences(change.desired, _told(change.desired, found, sids)):
            if not each.field.immutable and each.path not in change.create_only_unset and each.path not in over:
                yield Mismatch(change, each.path, each.after, each.before)


def ignore_line(kept: Iterable[Mismatch]) -> str:
    """Give the line for `lifecycle` by which one resource is left as Twilio keeps it; empty where there is none."""
    names: set[str] = set()
    for each in kept:
        names |= {each.path, *each.change.desired.lifecycle.ignore} if each.path else set()
    return f"ignore: [{', '.join(sorted(names))}]" if names else ""


def _told(desired: Desired, found: LiveResource, sids: Mapping[Address, Sid]) -> Mapping[str, LiveValue]:
    """Tell a live thing in the words of what is asked for: references as addresses, what is sensitive as secrets."""
    return {name: _one(desired.fields.get(name), value, sids) for name, value in found.fields.items()}


def _one(wanted: DesiredValue, live: LiveValue, sids: Mapping[Address, Sid]) -> LiveValue:
    if isinstance(wanted, Secret) and isinstance(live, str):
        return Secret(live)
    if not isinstance(wanted, Address) or live is None:
        return live
    return wanted if sids.get(wanted) == live else next((each for each, sid in sids.items() if sid == live), live)
