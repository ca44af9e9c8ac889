"""What else a delete or a replace affects, in one sentence for each resource."""

from collections.abc import Iterable, Iterator

from confsync.names import Address
from confsync.plan.change import DESTROYS, Change
from confsync.plan.risk import BlastRadius, Count
from confsync.resources import children_of
from confsync.views.documents import part_of
from confsync.views.escaping import printable
from confsync.views.plan_document import BlastRadiusPart, ChangePart, CountPart
from confsync.views.severity import Severity, most_severe_first
from confsync.views.wording import first_few, word

FEW = 3
"""Up to this many changes with the same consequence get a sentence each."""

_EVERYTHING = "everything in it"
_NONE = "none found"


def consequence_of(change: Change) -> str:
    """Say what a change affects beside its resource; empty if nothing is known."""
    if not DESTROYS.intersection(change.actions):
        return ""
    known = change.radius and (change.radius.counts or change.radius.facts)
    counted = blast_radius_text(change.radius) if change.radius and known else ""
    owned = _owned(change)
    affected = counted
    if owned:
        affected = _managed(owned) if counted in ("", _NONE) else f"{counted}, and {_managed(owned, ' more')}"
    if children_of(change.kind):
        return f"{_EVERYTHING}{f': {affected}' if affected else ''}"
    return f"its dependents: {affected}" if affected else ""


def consequence_sentence(change: ChangePart) -> str:
    """Write a loss with its consequence: `Deletes services/legacy and everything in it: 42 users.`."""
    joint = " and " if change.consequence.startswith(_EVERYTHING) else "; " if change.consequence else ""
    return printable(f"{_verb(change)} {change.address}{joint}{change.consequence}.")


def closing_lines(changes: Iterable[ChangePart], *, every: bool) -> Iterator[str]:
    """Repeat the losses that affect more than their resource; with `every`, name the other losses as well."""
    losses = [each for each in most_severe_first(changes) if Severity.of(each) is Severity.LOSS]
    yield from _grouped(each for each in losses if each.consequence)
    if every:
        yield from _grouped(each for each in losses if not each.consequence)


def blast_radius_part(radius: BlastRadius) -> BlastRadiusPart:
    """Build the part of a document, which includes what was counted and does not exist."""
    counts = [part_of(each, CountPart, what=each.noun.many) for each in radius.counts]
    return part_of(radius, BlastRadiusPart, counts=counts)


def blast_radius_text(radius: BlastRadius) -> str:
    """Write it in one line: `at least 1,000 conversations, 1 user; it is the account's default service`."""
    counts = ", ".join(_count(each) for each in radius.counts if each.number or not each.complete)
    # "none found" is worth saying unless nothing was to be counted and there is something else to say.
    counted = [counts or _NONE] if counts or radius.counts or not radius.facts else []
    return printable("; ".join((*counted, *radius.facts)))


def _count(count: Count) -> str:
    # A zero would read as none, although counting may have stopped before the first one.
    if not count.number:
        return f"an unknown number of {count.noun.many}"
    noun = count.noun.one if count.number == 1 else count.noun.many
    return f"{'' if count.complete else 'at least '}{count.number:,} {noun}"


def _owned(change: Change) -> int:
    """Count the owned resources that are deleted with it and are not part of the blast radius."""
    counted = {each.noun.many for each in change.radius.counts} if change.radius else set()
    return sum(each[-2] not in counted for each in change.also_deleted)


def _managed(number: int, more: str = "") -> str:
    return f"{number:,}{more} {'resource' if number == 1 else 'resources'} that confsync manages"


def _grouped(changes: Iterable[ChangePart]) -> Iterator[str]:
    # A plan that prunes may delete hundreds of resources, so losses with the same consequence share one line.
    groups: dict[tuple[str, str, str], list[ChangePart]] = {}
    for each in changes:
        collection = each.address.rpartition("/")[0]
        groups.setdefault((_verb(each), collection, each.consequence), []).append(each)
    for (verb, collection, consequence), members in groups.items():
        if consequence and len(members) <= FEW:
            yield from map(consequence_sentence, members)
            continue
        names = first_few([word(Address.parse(each.address).key) for each in members])
        yield printable(f"{verb} in {collection}: {names}{f'; for each, {consequence}' if consequence else ''}.")


def _verb(change: ChangePart) -> str:
    return "Replaces" if "replace" in change.actions else "Deletes"
