"""What a reviewer should consider: each risk, and what else a delete or a replace affects."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from confsync.names import Address
from confsync.plan.change import DESTROYS, Change
from confsync.plan.risk import BlastRadius
from confsync.quoting import shown_address
from confsync.resources import children_of
from confsync.views.documents import part_of
from confsync.views.escaping import printable
from confsync.views.plan_document import BlastRadiusPart, ChangePart, CountPart, RiskPart
from confsync.views.severity import LEVELS, Severity, most_severe_first, sorted_risks
from confsync.views.wording import first_few, place_text, word

FEW = 3
"""Up to this many changes with the same consequence get a sentence each."""

DELETED = "deleted"
"""The rule of the risk that a resource is deleted, which the consequence of the delete explains."""

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
        affected = _managed(owned) if counted in ("", _NONE) else f"{counted}, and {_managed(owned, ' other')}"
    if children_of(change.kind):
        return f"{_EVERYTHING}{f': {affected}' if affected else ''}"
    return f"its dependents: {affected}" if affected else ""


def consequence_sentence(change: ChangePart) -> str:
    """Write a loss with its consequence: `Deletes services/legacy and everything in it: 42 users.`."""
    return printable(f"{_loss(change, shown_address(change.address), _verb(change))}.")


class RiskRow(NamedTuple):
    """What the same risk says about one resource or several."""

    level: str
    rule: str
    text: str
    changes: list[ChangePart]


def risk_rows(changes: Iterable[ChangePart]) -> list[RiskRow]:
    """List the risks, most severe first; those that say the same about several resources share a row."""
    rows: dict[tuple[str, str, str], list[ChangePart]] = {}
    for change, risk in sorted_risks(changes):
        rows.setdefault((risk.level, risk.rule, risk_text(change, risk)), []).append(change)
    return [RiskRow(*said, about) for said, about in rows.items()]


class RiskLine(NamedTuple):
    """A risk in one line, which begins with the addresses that it is about."""

    level: str
    addresses: str
    text: str


def risk_lines(changes: Iterable[ChangePart]) -> Iterator[RiskLine]:
    """Describe every risk, except deletes: they are shown with their consequence."""
    for row in risk_rows(changes):
        if row.rule != DELETED:
            names = printable(first_few([shown_address(each.address) for each in row.changes], FEW))
            yield RiskLine(row.level, names, f"{names}: {printable(row.text)} ({place_text(row.changes[0].source)})")


def risk_text(change: ChangePart, risk: RiskPart) -> str:
    """Say what a risk is; that of a delete includes what else is lost."""
    return _loss(change, "it", _verb(change).lower()) if risk.rule == DELETED and change.consequence else risk.text


def closing_lines(changes: Iterable[ChangePart], *, every: bool) -> Iterator[tuple[str, str]]:
    """Repeat the losses that affect more than their resource; with `every`, name the other losses as well.

    Each line has the level of the worst risk of its losses.
    """
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
    counts = ", ".join(each.text for each in radius.counts if each.number or not each.complete)
    # "none found" is worth saying unless nothing was to be counted and there is something else to say.
    counted = [counts or _NONE] if counts or radius.counts or not radius.facts else []
    return printable("; ".join((*counted, *radius.facts)))


def _owned(change: Change) -> int:
    """Count the owned resources that are deleted with it and are not part of the blast radius."""
    counted = {each.noun.many for each in change.radius.counts} if change.radius else set()
    return sum(each[-2] not in counted for each in change.also_deleted)


def _managed(number: int, more: str = "") -> str:
    return f"{number:,}{more} managed {'resource' if number == 1 else 'resources'}"


def _grouped(changes: Iterable[ChangePart]) -> Iterator[tuple[str, str]]:
    # A plan that prunes may delete hundreds of resources, so losses with the same consequence share one line.
    groups: dict[tuple[str, str, str], list[ChangePart]] = {}
    for each in changes:
        collection = each.address.rpartition("/")[0]
        groups.setdefault((_verb(each), collection, each.consequence), []).append(each)
    for (verb, collection, consequence), members in groups.items():
        if consequence and len(members) <= FEW:
            yield from ((_worst([each]), consequence_sentence(each)) for each in members)
            continue
        names = first_few([word(Address.parse(each.address).key) for each in members])
        said = f"; for each, {consequence}" if consequence else ""
        yield _worst(members), printable(f"{verb} in {shown_address(collection)}: {names}{said}.")


def _worst(changes: Iterable[ChangePart]) -> str:
    """Give the level of the worst risk; a loss without any, as in a later version of the document, counts as severe."""
    found = {risk.level for each in changes for risk in each.risk}
    return next((level for level in LEVELS if level in found), LEVELS[0])


def _loss(change: ChangePart, resource: str, verb: str) -> str:
    joint = " and " if change.consequence.startswith(_EVERYTHING) else "; " if change.consequence else ""
    return f"{verb} {resource}{joint}{change.consequence}"


def _verb(change: ChangePart) -> str:
    return "Replaces" if "replace" in change.actions else "Deletes"
