"""Finds probable duplicates: what a create probably made a second time, after confsync had stopped looking for it."""

from collections.abc import Container, Iterator
from datetime import timedelta

from confsync.extra_parameters import without_extras
from confsync.live.snapshot import Namesake, Snapshot
from confsync.model import Kind
from confsync.names import Address, Sid
from confsync.plan.plan import ProbableDuplicate
from confsync.state.ledger import Ledger

CREATED_TOGETHER = timedelta(minutes=10)
"""Two equal resources that were created within this time of each other are probably the result of one create."""


def find_probable_duplicates(snapshot: Snapshot, unmanaged: Container[Sid | None]) -> Iterator[ProbableDuplicate]:
    """Find each unmanaged resource that equals an owned one and was created at about the same time."""
    pairs = (each for each in snapshot.namesakes if is_probable_duplicate(each, snapshot.ledger))
    # two owned ones may have the same natural key, and each duplicate is only that of one of them
    by_sid = {each.other.found.sid: each for each in pairs if each.other.found.sid in unmanaged}
    return map(_probable_duplicate, by_sid.values())


def may_have_duplicates(kind: Kind) -> bool:
    """Whether Twilio accepts two resources with one natural key, and a plan reads both."""
    return not (kind.created_by_twilio or kind.unique or kind.read_by_name)


def is_probable_duplicate(pair: Namesake, ledger: Ledger) -> bool:
    """Whether confsync owns one of the two, and the other one has the same values and about the same age.

    A value that Twilio does not return is not compared.
    """
    ours, other = pair.ours, pair.other.found
    then, now = ours.created_at, other.created_at
    if then is None or now is None or not may_have_duplicates(ours.kind):
        return False
    equal = without_extras(ours.fields) == without_extras(other.fields)
    return ours.sid in ledger.owner and equal and abs(now - then) <= CREATED_TOGETHER


def _probable_duplicate(pair: Namesake) -> ProbableDuplicate:
    ours, other = pair.ours, pair.other.found
    return ProbableDuplicate(
        address=pair.address,
        type=other.described_type,
        sid=Sid(str(ours.sid)),
        created=str(ours.date_created),
        duplicate_sid=Sid(str(other.sid)),
        duplicate_created=str(other.date_created),
        collection=Address(pair.other.address[:-1]),
    )
