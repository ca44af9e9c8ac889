"""Resources with one name: declared ones that nothing distinguishes, and live ones that are not what is declared."""

from collections.abc import Iterable, Iterator

from confsync.config.codes import Code
from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.reference_checks import namesakes, same_natural_key
from confsync.config.tree import warning_at
from confsync.diagnostics import Diagnostic
from confsync.live.natural_key import has_declared_key
from confsync.live.snapshot import Snapshot
from confsync.names import Address
from confsync.plan.change import Change
from confsync.plan.match import LiveResource
from confsync.planning.orphans import find_leftovers
from confsync.planning.probable_duplicates import is_probable_duplicate

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def find_indistinct(config: Config, snapshot: Snapshot, selected: frozenset[Address]) -> Iterator[Diagnostic]:
    """Report declared resources with one natural key of which neither the ledger nor `adopt` knows which is which."""
    for first, desired in namesakes(config.resources):
        pair = (first, desired)
        known = all(_is_distinct(each, config, snapshot) for each in pair)
        if not known and any(each.address in selected for each in pair):
            yield same_natural_key(first, desired, "error")


def find_namesakes(config: Config, snapshot: Snapshot) -> Iterator[Diagnostic]:
    """Warn about each resource that someone else created with the natural key of a declared one.

    A probable duplicate is not among them: a plan lists it by itself.
    """
    for each in snapshot.namesakes:
        desired, match = config.resources.get(each.address), snapshot.matches.get(each.address)
        declared = desired and match and match.found is each.ours
        if desired and declared and not is_probable_duplicate(each, snapshot.ledger):
            yield _warning(desired, each.ours, each.other.found)


def find_owned_elsewhere(config: Config, snapshot: Snapshot, changes: Iterable[Change]) -> Iterator[Diagnostic]:
    """Warn about each orphaned resource with the name of one that must be absent: it is not that one, and it stays."""
    absent = [each for each in config.declared.values() if each.lifecycle.absent and each.address not in config.adopt]
    if not absent:
        return
    deleted = {each.sid for each in changes if each.deletes}
    for leftover in find_leftovers(config, snapshot):
        live = snapshot.by_sid.get(leftover.sid)
        for desired in absent if live and leftover.sid not in deleted else ():
            if live and leftover.address[:-1] == desired.address[:-1] and has_declared_key(desired, live):
                summary = f"{desired.address} must be absent, but {leftover.sid} {_named(desired)} is left alone"
                because = f"it is {leftover.address}, {leftover.reason}"
                yield warning_at(desired.written, Code.OWNED_ELSEWHERE, f"{summary}: {because}")


def _is_distinct(desired: Desired, config: Config, snapshot: Snapshot) -> bool:
    return desired.address in config.adopt or desired.address in snapshot.identity.ledger.current


def _warning(desired: Desired, ours: LiveResource, other: LiveResource) -> Diagnostic:
    created = _created(ours, other)
    summary = f"{desired.address}: another {desired.kind.title} {_named(desired)} exists, {other.sid}{created}"
    return warning_at(desired.written, Code.SAME_NAME, summary, "confsync does not manage it, and leaves it alone")


def _named(desired: Desired) -> str:
    # a key that is a label may be sensitive
    return f"with this {' and '.join(desired.recognised_by)}" if desired.kind.key_is_label else "of this name"


def _created(ours: LiveResource, other: LiveResource) -> str:
    then, now = ours.created_at, other.created_at
    if then is None or now is None:
        return ""
    seconds = int(abs((now - then).total_seconds()))
    unit, length = next((each for each in _UNITS if seconds >= each[1]), ("", 0))
    if not length:
        return ", created at the same time as ours"
    number = seconds // length
    plural = "" if number == 1 else "s"
    return f", created {number:,} {unit}{plural} {'after' if now > then else 'before'} ours"
