"""What Twilio keeps otherwise than it was sent, and what to write to leave it at that."""

from collections.abc import Iterable, Iterator

from confsync.engine.applying.kept import Kept, line_to_paste
from confsync.engine.change import Key
from confsync.engine.snapshot import Told
from confsync.secret import Secret
from confsync.views.foreign import printable
from confsync.views.values import told


def kept_text(kept: Kept, accept: str) -> str:
    """Tell one value that was not taken as it was sent, and `accept`, which is what to paste."""
    way_out = f"; to accept it, paste under lifecycle: `{accept}`" if accept else ""
    return f"{printable(kept.place)}: {_what_is_there(kept)}{printable(way_out)}"


def with_what_to_paste(kept: Iterable[Kept]) -> Iterator[tuple[Kept, str]]:
    """Give each with the line that accepts all that is kept otherwise of its resource: a second one would not do."""
    resources: dict[Key, list[Kept]] = {}
    for each in kept:
        resources.setdefault(each.change.key, []).append(each)
    return ((each, line_to_paste(together)) for together in resources.values() for each in together)


def live_of(kept: Kept) -> Told | Secret:
    """Give the live value, hidden where the one that was sent is."""
    return Secret("") if isinstance(kept.wanted, Secret) else kept.live


def _what_is_there(kept: Kept) -> str:
    if kept.path:
        return f"Twilio keeps {told(live_of(kept))} where {told(kept.wanted)} was sent"
    if kept.live is None:
        return f"it was made as {told(kept.wanted)}, and is not there"
    return f"it was deleted, and is still there as {told(kept.live)}"
