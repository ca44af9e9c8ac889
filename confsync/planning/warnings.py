"""What a plan warns of: what Twilio told that we do not know, and what can never be had again."""

from collections.abc import Iterable, Iterator

from confsync.codecs import Edit, Value
from confsync.config.codes import Code
from confsync.config.config import Config
from confsync.config.desired import DesiredValue
from confsync.config.tree import warning
from confsync.diagnostics import Diagnostic
from confsync.live.snapshot import Snapshot
from confsync.plan.change import Change


def plan_warnings(config: Config, snapshot: Snapshot, changes: Iterable[Change]) -> Iterator[Diagnostic]:
    """Find whatever a plan should warn of that the configuration itself does not show."""
    yield from _doubts(config, snapshot)
    yield from _ended(changes)


def _doubts(config: Config, snapshot: Snapshot) -> Iterator[Diagnostic]:
    """Say what Twilio told that we do not know, and that the configuration does not say as well."""
    for address, match in snapshot.matches.items():
        desired, fields = config.resources[address], match.found.fields
        for each in match.found.kind.linted:
            if not each.applies(fields):
                continue
            value = _beyond(fields.get(each.name), desired.fields.get(each.name))
            for doubt in each.lint(value, fields):
                yield Diagnostic("warning", Code.UNKNOWN_AT_TWILIO, f"{address}#{each.name} at Twilio: {doubt}")


def _beyond(theirs: Value, written: DesiredValue) -> Value:
    """Give what Twilio has and nobody here wrote."""
    ours = written.add if isinstance(written, Edit) else written
    if isinstance(theirs, frozenset):
        return theirs - ours if isinstance(ours, frozenset) else theirs
    return None if theirs == ours else theirs


def _ended(changes: Iterable[Change]) -> Iterator[Diagnostic]:
    """Warn of what the configuration asks for and can never be had again."""
    for change in changes:
        if change.unconvergeable:
            yield warning(
                change.desired.written, Code.ENDED, f"{change.address} differs, and {_why(change)}", _hint(change)
            )


def _why(change: Change) -> str:
    if change.create_only_unset:
        names = " and ".join(change.create_only_unset)
        return f"{names} can be said only when it is made: Twilio has nothing there"
    return change.reason


def _hint(change: Change) -> str:
    if change.create_only_unset:
        return "remove that, or delete the thing at Twilio, and it is made anew"
    name = change.kind.name_field
    return f"write another {name.name}, or remove this" if change.kind.terminal and name else "remove this"
