"""The entries of a ledger: who owns what, what contains what, and what becomes of entries that move or disappear."""

import re
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from confsync.names import Address, Sid
from confsync.state.ledger import Entry, Ledger, PendingCreate, PendingReplace, entries_inside

SERVICE, OTHER, ROOM, ROLE, MEMBER = (Sid(f"{prefix}{'1' * 32}") for prefix in ("IS", "XX", "CH", "RL", "MB"))


def entry(address: str, sid: Sid | None = None, *inside: Sid, **values: object) -> Entry:
    made = Entry(address=Address.parse(address), sid=sid, id=f"{address} {sid}", origin="created", inside=inside)
    return replace(made, **values)


DESK = entry("services/desk", SERVICE)
LOUNGE = entry("services/desk/conversations/lounge", ROOM, SERVICE)
ANN = entry("services/desk/conversations/lounge/participants/ann", MEMBER, SERVICE, ROOM)
AGENT = entry("services/desk/roles/agent", ROLE, SERVICE)
CONFIGURATION = entry("services/desk/configuration", None, SERVICE)
SHOP = entry("services/shop", OTHER)


def ledger(*entries: Entry) -> Ledger:
    return Ledger("AC" + "a" * 32, "conversations.twilio.com", 4, entries, lineage="fedc")


def moved(known: Entry, address: str) -> Entry:
    return replace(known, address=Address.parse(address))


def moves(**keys: str) -> Mapping[Address, Address]:
    return {Address(("services", old)): Address(("services", new)) for old, new in keys.items()}


def test_the_current_entry_of_an_address_is_not_one_that_was_superseded() -> None:
    old = replace(AGENT, current=False, sid=OTHER)
    assert ledger(AGENT, old, DESK).current == {AGENT.address: AGENT, DESK.address: DESK}


def test_the_owner_of_a_sid_may_be_superseded_and_an_entry_without_a_sid_owns_none() -> None:
    old = replace(AGENT, current=False)
    assert ledger(old, CONFIGURATION, DESK).owner == {ROLE: old, SERVICE: DESK}


@pytest.mark.parametrize(
    ("known", "parent", "expected"),
    [
        (AGENT, SERVICE, True),
        (AGENT, OTHER, False),
        (AGENT, None, False),
        (ANN, ROOM, True),
        (ANN, SERVICE, False),
        (DESK, None, True),
        (entry("services/desk/roles/a", ROLE), SERVICE, True),
    ],
)
def test_a_resource_may_be_where_it_was_created_or_anywhere_if_that_is_not_known(
    known: Entry, parent: Sid | None, *, expected: bool
) -> None:
    assert known.may_be_in(parent) is expected


def test_the_first_ledger_gets_a_lineage_and_each_one_the_next_serial() -> None:
    assert ledger(DESK).after(7) == replace(ledger(DESK), serial=8)
    first = replace(ledger(), lineage="").after(0)
    assert first.serial == 1
    assert re.fullmatch(r"[0-9a-f]{16}", first.lineage)


def test_a_move_takes_everything_below_with_it_and_nothing_else() -> None:
    before = ledger(DESK, AGENT, SHOP, entry("services/desks", ROOM))
    assert before.moved({}) is before
    assert before.moved(moves(desk="help")).entries == (
        moved(DESK, "services/help"),
        moved(AGENT, "services/help/roles/agent"),
        SHOP,
        entry("services/desks", ROOM),
    )


def test_a_move_supersedes_what_was_at_the_new_address() -> None:
    before = ledger(DESK, AGENT, SHOP)
    assert before.moved(moves(shop="desk")).entries == (
        replace(DESK, current=False),
        replace(AGENT, current=False),
        moved(SHOP, "services/desk"),
    )
    assert before.moved(moves(shop="desk", desk="shop")).entries == (
        moved(DESK, "services/shop"),
        moved(AGENT, "services/shop/roles/agent"),
        moved(SHOP, "services/desk"),
    )


ROSE = PendingReplace(
    address=Address.parse("services/desk/conversations/lounge/participants/rose"),
    sid=Sid("MB" + "2" * 32),
    inside=(SERVICE, ROOM),
    fields=("attributes",),
)


def test_a_move_of_what_contains_it_takes_a_replacement_with_it() -> None:
    before = replace(ledger(DESK, SHOP), pending_replaces=(ROSE,))
    assert before.moved(moves(shop="help")).pending_replaces == (ROSE,)
    (after,) = before.moved(moves(desk="help")).pending_replaces
    assert after == replace(ROSE, address=Address.parse("services/help/conversations/lounge/participants/rose"))


def test_a_replacement_disappears_with_what_contained_it_and_not_with_its_resource() -> None:
    before = replace(ledger(DESK, LOUNGE), pending_replaces=(ROSE,))
    assert before.without([ROSE.sid]).pending_replaces == (ROSE,)
    assert before.without([ROOM]).pending_replaces == ()


def test_the_addresses_are_those_of_entries_creates_and_replacements() -> None:
    create = PendingCreate(entry=AGENT, begun="2026-05-04T12:00:00+00:00")
    known = replace(ledger(DESK), pending=(create,), pending_replaces=(ROSE,))
    assert list(known.addresses) == [DESK.address, AGENT.address, ROSE.address]


def test_what_is_directly_in_a_resource_follows_it_with_its_contents() -> None:
    before = ledger(AGENT, LOUNGE, ANN, CONFIGURATION, SHOP)
    assert before.gathered(SERVICE, Address.parse("services/help")).entries == (
        moved(AGENT, "services/help/roles/agent"),
        moved(LOUNGE, "services/help/conversations/lounge"),
        moved(ANN, "services/help/conversations/lounge/participants/ann"),
        moved(CONFIGURATION, "services/help/configuration"),
        SHOP,
    )
    hall = Address.parse("services/desk/conversations/hall")
    assert ledger(ANN).gathered(ROOM, hall).entries == (moved(ANN, f"{hall}/participants/ann"),)


def test_what_is_where_it_belongs_or_nowhere_stays() -> None:
    before = ledger(AGENT, LOUNGE)
    assert before.gathered(SERVICE, Address.parse("services/desk")) is before
    assert before.gathered(OTHER, Address.parse("services/help")) is before


def test_what_follows_a_resource_takes_no_address_of_another_one() -> None:
    taken = entry("services/help/roles/agent", OTHER)
    before = ledger(AGENT, LOUNGE, taken)
    assert before.gathered(SERVICE, Address.parse("services/help")).entries == (
        AGENT,
        moved(LOUNGE, "services/help/conversations/lounge"),
        taken,
    )


def test_the_contents_of_a_resource_are_found_at_any_address() -> None:
    elsewhere = moved(AGENT, "services/old/roles/agent")
    assert ledger(DESK, elsewhere, LOUNGE, ANN, SHOP).contents(SERVICE) == (elsewhere, LOUNGE, ANN)
    assert ledger(DESK, elsewhere, LOUNGE, ANN, SHOP).contents(ROOM) == (ANN,)
    assert ledger(elsewhere, SHOP).contents(SERVICE) == (elsewhere,)


def test_the_contents_of_a_resource_include_what_only_its_address_shows() -> None:
    old = entry("services/desk/roles/old", OTHER)
    assert ledger(DESK, old, ANN).contents(SERVICE) == (old, ANN)


def test_only_an_entry_that_does_not_know_what_contains_it_is_found_by_its_address() -> None:
    old, of_another = entry("services/desk/roles/old", OTHER), replace(AGENT, inside=(OTHER,))
    assert list(entries_inside((DESK, old, of_another, SHOP), SERVICE, DESK)) == [old]
    assert list(entries_inside((DESK, old), SERVICE, None)) == []
    assert list(entries_inside((DESK, old), SERVICE, replace(DESK, current=False))) == []


def test_what_no_longer_exists_takes_its_contents_with_it() -> None:
    old, desks = entry("services/desk/roles/old", OTHER), entry("services/desks", Sid("IS" + "3" * 32))
    before = ledger(DESK, AGENT, CONFIGURATION, LOUNGE, ANN, old, desks)
    assert before.without(()) is before
    assert before.without([SERVICE]).entries == (desks,)
    assert before.without([ROOM]).entries == (DESK, AGENT, CONFIGURATION, old, desks)
    assert before.without([ROLE, OTHER]).entries == (DESK, CONFIGURATION, LOUNGE, ANN, desks)
    assert before.without([MEMBER]).entries == (DESK, AGENT, CONFIGURATION, LOUNGE, old, desks)


def test_a_superseded_resource_takes_only_what_is_known_to_be_in_it() -> None:
    superseded, old = replace(DESK, current=False), entry("services/desk/roles/old", OTHER)
    assert ledger(superseded, AGENT, old).without([SERVICE]).entries == (old,)


def test_an_entry_without_a_sid_survives_what_is_gone_elsewhere() -> None:
    before = ledger(entry("account/configuration"), SHOP, DESK)
    assert before.without([SERVICE]).entries == (entry("account/configuration"), SHOP)
