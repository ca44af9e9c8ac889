"""Finds which owned resources of a collection exchanged addresses: every name stays, and none is left without one."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from confsync.names import Address, Sid


class Claim(Struct, frozen=True):
    """A declared address, the live resource that it has, and the owned one that has its natural key.

    `is_fixed` means that the one that it has would have to be replaced.
    """

    address: Address
    held: Sid | None
    named: Sid | None = None
    is_fixed: bool = False


def find_reassigned(claims: Iterable[Claim]) -> frozenset[Address]:
    """Return the addresses that take over another resource, because all those concerned only change places.

    Each one takes a resource that no declared address keeps, and another one takes the resource that it had: otherwise,
    a name changed, and every address keeps its resource.
    """
    claims = tuple(claims)
    takers: dict[Sid | None, Claim] = {}
    for each in claims:
        takers.setdefault(each.named, each)
    holders: dict[Sid | None, Claim] = {each.held: each for each in claims if each.held}
    waiting = [each for each in holders.values() if not _may_move(each, takers)]
    staying: set[Address] = set()
    while waiting:
        claim = waiting.pop()
        if claim.address in staying:
            continue
        staying.add(claim.address)
        # nothing takes the resource that it keeps, and it takes no other one
        neighbours = (takers.get(claim.held), holders.get(claim.named))
        waiting.extend(each for each in neighbours if each and each.held)
    return frozenset(each.address for each in holders.values() if each.address not in staying)


def _may_move(claim: Claim, takers: Mapping[Sid | None, Claim]) -> bool:
    """Whether another address takes its resource, and it takes another one, or can only get a new one."""
    if claim.held not in takers or claim.named == claim.held:
        return False
    return takers[claim.named] is claim if claim.named else claim.is_fixed
