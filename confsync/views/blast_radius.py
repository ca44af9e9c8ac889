"""What hangs on a thing that is about to be deleted, as people and programs read it."""

from collections.abc import Iterator

from confsync.plan.blast_radius import BlastRadius, Count
from confsync.views import plan_parts
from confsync.views.escaping import printable, utf8_safe

NOTHING = "nothing"


def as_text(radius: BlastRadius) -> str:
    """Tell it in one line: `at least 1,000 conversations, 1 user; it is the account's default service`."""
    return printable("; ".join(_parts(radius)))


def as_part(radius: BlastRadius) -> plan_parts.BlastRadiusPart:
    """Tell it as a part of a document, with what was counted and is not there as well."""
    counts = [
        plan_parts.CountPart(what=each.noun.many, number=each.number, complete=each.complete) for each in radius.counts
    ]
    return plan_parts.BlastRadiusPart(counts=counts, facts=[utf8_safe(each) for each in radius.facts])


def _parts(radius: BlastRadius) -> Iterator[str]:
    """Tell the counts, unless nothing was to be counted and there is something else to say; then every fact."""
    counts = ", ".join(_count(each) for each in radius.counts if each.number or not each.complete)
    if counts or radius.counts or not radius.facts:
        yield counts or NOTHING
    yield from radius.facts


def _count(count: Count) -> str:
    """Tell one number; one that nothing is known of is not told as a zero, which would read as none."""
    if not count.number:
        return f"an unknown number of {count.noun.many}"
    noun = count.noun.one if count.number == 1 else count.noun.many
    return f"{'' if count.complete else 'at least '}{count.number:,} {noun}"
