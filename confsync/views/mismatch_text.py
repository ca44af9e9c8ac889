"""What Twilio keeps otherwise than it was sent, and what to write to leave it at that."""

from collections.abc import Iterable, Iterator

from confsync.apply.mismatch import Mismatch, ignore_line
from confsync.plan.change import Key
from confsync.plan.difference import LiveValue
from confsync.secret import Secret
from confsync.views.escaping import printable
from confsync.views.values import told


def mismatch_text(kept: Mismatch, accept: str) -> str:
    """Tell one value that was not taken as it was sent, and `accept`, which is what to paste."""
    hint = f"; to accept it, paste under lifecycle: `{accept}`" if accept else ""
    return f"{printable(kept.location)}: {_what_is_there(kept)}{printable(hint)}"


def with_what_to_paste(kept: Iterable[Mismatch]) -> Iterator[tuple[Mismatch, str]]:
    """Give each with the line that accepts all that is kept otherwise of its resource: a second one would not do."""
    resources: dict[Key, list[Mismatch]] = {}
    for each in kept:
        resources.setdefault(each.change.key, []).append(each)
    return ((each, ignore_line(together)) for together in resources.values() for each in together)


def live_of(kept: Mismatch) -> LiveValue | Secret:
    """Give the live value, hidden where the one that was sent is."""
    return Secret("") if isinstance(kept.desired, Secret) else kept.live


def _what_is_there(kept: Mismatch) -> str:
    if kept.path:
        return f"Twilio keeps {told(live_of(kept))} where {told(kept.desired)} was sent"
    if kept.live is None:
        return f"it was made as {told(kept.desired)}, and is not there"
    return f"it was deleted, and is still there as {told(kept.live)}"
