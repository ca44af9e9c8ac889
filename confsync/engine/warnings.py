"""What a plan warns of: what Twilio told that we do not know, and what can never be had again."""

from collections.abc import Iterable, Iterator

from confsync.config.codes import Code
from confsync.config.config import Config
from confsync.config.desired import Wanted
from confsync.config.tree import warning
from confsync.diagnostics import Diagnostic
from confsync.engine.change import ENDED, Change
from confsync.engine.snapshot import Snapshot
from confsync.shapes import Edit, Value


def warnings(config: Config, snapshot: Snapshot, changes: Iterable[Change]) -> Iterator[Diagnostic]:
    """Find whatever a plan should warn of that the configuration itself does not show."""
    yield from _doubts(config, snapshot)
    yield from _ended(changes)


def _doubts(config: Config, snapshot: Snapshot) -> Iterator[Diagnostic]:
    """Say what Twilio told that we do not know, and that the configuration does not say as well."""
    for address, match in snapshot.matches.items():
        desired, fields = config.resources[address], match.found.fields
        for each in match.found.kind.doubtful:
            if not each.applies(fields):
                continue
            value = _beyond(fields.get(each.name), desired.fields.get(each.name))
            for doubt in each.doubts_about(value, fields):
                yield Diagnostic("warning", Code.UNKNOWN_AT_TWILIO, f"{address}#{each.name} at Twilio: {doubt}")


def _beyond(theirs: Value, written: Wanted) -> Value:
    """Give what Twilio has and nobody here wrote."""
    ours = written.add if isinstance(written, Edit) else written
    if isinstance(theirs, frozenset):
        return theirs - ours if isinstance(ours, frozenset) else theirs
    return None if theirs == ours else theirs


def _ended(changes: Iterable[Change]) -> Iterator[Diagnostic]:
    """Warn of what the configuration asks for and can never be had again."""
    for change in changes:
        if change.forgone:
            summary = f"{change.address} differs, and {ENDED}"
            way_out = "give the conversation another unique name, or remove this"
            yield warning(change.desired.written, Code.ENDED, summary, way_out)
