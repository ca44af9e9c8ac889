"""What it costs that something is deleted: one sentence a thing, for where a reviewer looks last before saying yes."""

from collections.abc import Iterable, Iterator

from confsync.names import Address
from confsync.plan.change import Action, Change
from confsync.resources import children_of
from confsync.views import blast_radius
from confsync.views.escaping import printable
from confsync.views.severity import Severity, most_severe_first
from confsync.views.values import first_few, word


def consequence(change: Change) -> str:
    """Tell what goes with a thing that is lost: `Deletes services/legacy and everything in it: 42 users.`."""
    said = what_goes(change)
    joint = " and " if children_of(change.kind) else "; " if said else ""
    return printable(f"{_verb(change)} {change.address}{joint}{said}.")


def what_goes(change: Change) -> str:
    """Tell that alone, without the thing itself; nothing where nothing more is known to go."""
    known = change.radius and (change.radius.counts or change.radius.facts)
    counted = blast_radius.as_text(change.radius) if change.radius and known else ""
    ours = _ours(change)
    told = f"{counted}, and {ours} more" if ours and counted not in _NONE else ours or counted
    told += " that confsync manages in it" if ours else ""
    if children_of(change.kind):
        return f"everything in it{f': {told}' if told else ''}"
    return f"what hangs on it: {told}" if told else ""


def closing_lines(changes: Iterable[Change], *, bare: bool) -> Iterator[str]:
    """Tell once more what is lost: whatever costs more than itself, and where `bare` is wanted the rest by place."""
    losses = [each for each in most_severe_first(changes) if Severity.of(each) is Severity.LOSS]
    yield from _told_together(each for each in losses if what_goes(each))
    if bare:
        yield from _told_together(each for each in losses if not what_goes(each))


def _ours(change: Change) -> str:
    """Tell how many things of ours go along, but for those that were counted as any others were."""
    counted = {each.noun.many for each in change.radius.counts} if change.radius else set()
    number = sum(each[-2] not in counted for each in change.also_deleted)
    return f"{number:,}" if number else ""


def _told_together(changes: Iterable[Change]) -> Iterator[str]:
    """Tell in one line what costs the same in one collection; a plan that prunes may delete hundreds."""
    groups: dict[tuple[str, Address, str], list[Change]] = {}
    for each in changes:
        groups.setdefault((_verb(each), Address(each.address[:-1]), what_goes(each)), []).append(each)
    for (verb, collection, goes), members in groups.items():
        if goes and len(members) <= FEW:
            yield from map(consequence, members)
            continue
        names = first_few([word(each.address.key) for each in members])
        yield printable(f"{verb} in {collection}: {names}{f'; of each, {goes}' if goes else ''}.")


FEW = 3
"""So many that cost the same are told one by one."""


def _verb(change: Change) -> str:
    return "Replaces" if Action.REPLACE in change.actions else "Deletes"


_NONE = ("", blast_radius.NOTHING)
