"""Events change a ledger one at a time: what is owned, what is current at each address, and which creates are open."""

from collections.abc import Iterable

from msgspec.structs import replace

from confsync.names import Address, Sid
from confsync.state.ledger import Entry, Ledger, PendingCreate, PendingReplace
from confsync.state.replay import (
    Abandon,
    Begin,
    BeginReplace,
    Drop,
    EndReplace,
    Event,
    Put,
    Replay,
    Spend,
    events_between,
    replay_events,
)

DESK, AGENT, CLERK = (Address.parse(f"services/desk{path}") for path in ("", "/roles/agent", "/roles/clerk"))
CONFIGURATION = Address.parse("services/desk/configuration")
SERVICE, FIRST, SECOND = Sid("IS" + "1" * 32), Sid("RL" + "1" * 32), Sid("RL" + "2" * 32)


def entry(address: Address, sid: Sid | None, **values: object) -> Entry:
    inside = (SERVICE,) if address != DESK else ()
    known = Entry(address=address, sid=sid, id=f"{address.key} {sid}", origin="created", inside=inside)
    return replace(known, **values)


def pending(address: Address, number: int = 1) -> PendingCreate:
    return PendingCreate(entry=entry(address, None, id=f"create {number}"), begun="2026-05-04T12:00:00+00:00")


def ledger(*entries: Entry, creates: Iterable[PendingCreate] = ()) -> Ledger:
    return Ledger("AC" + "a" * 32, "conversations.twilio.com", 3, entries, commit="c" * 40, pending=tuple(creates))


def test_replaying_keeps_everything_else_that_the_ledger_says() -> None:
    after = replay_events(ledger(), [Put(entry(DESK, SERVICE))])
    assert after == ledger(entry(DESK, SERVICE))


def test_a_create_is_open_until_the_entry_with_its_id_is_put_or_abandoned() -> None:
    first, second, third = (pending(AGENT, number) for number in (1, 2, 3))
    begun = replay_events(ledger(creates=[third]), [Begin(first), Begin(second)])
    assert begun.pending == (third, first, second)
    assert begun.entries == ()
    put = replace(first.entry, sid=FIRST)
    ended = replay_events(begun, [Put(put), Abandon(second.entry.id), Abandon("unknown")])
    assert (ended.entries, ended.pending) == ((put,), (third,))


def test_the_open_create_of_an_address_is_found_until_it_ends_or_goes_elsewhere() -> None:
    first, second = pending(AGENT, 1), pending(AGENT, 2)
    replay = Replay(ledger(creates=[first]))
    replay.apply(Begin(second))
    assert replay.pending_create(AGENT) == first
    assert replay.pending_create(CLERK) is None
    elsewhere = replace(first, entry=replace(first.entry, address=CLERK))
    replay.apply(Begin(elsewhere))
    assert (replay.pending_create(AGENT), replay.pending_create(CLERK)) == (second, elsewhere)
    replay.apply(Abandon(second.entry.id))
    assert replay.pending_create(AGENT) is None


def test_spending_a_plan_changes_nothing_that_is_owned() -> None:
    before = ledger(entry(AGENT, FIRST), creates=[pending(CLERK)])
    assert replay_events(before, [Spend("plan")]) == before


def replacing(address: Address, sid: Sid) -> PendingReplace:
    return PendingReplace(address=address, sid=sid, inside=(SERVICE,), fields=("permissions",))


def test_a_replacement_is_pending_until_something_is_current_at_its_address_or_it_ends() -> None:
    first, second, third = replacing(AGENT, FIRST), replacing(CLERK, SECOND), replacing(DESK, SERVICE)
    begun = replay_events(ledger(entry(AGENT, FIRST)), [BeginReplace(first), BeginReplace(second), BeginReplace(third)])
    assert begun.pending_replaces == (first, second, third)
    kept: list[Event] = [
        Drop(FIRST),
        Put(entry(AGENT, FIRST, current=False)),
        Begin(pending(AGENT)),
        Abandon("x"),
        Spend("plan"),
    ]
    assert replay_events(begun, kept).pending_replaces == (first, second, third)
    assert replay_events(begun, [Put(entry(AGENT, SECOND))]).pending_replaces == (second, third)
    assert replay_events(begun, [EndReplace(SECOND), EndReplace(Sid("unknown"))]).pending_replaces == (first, third)
    again = replace(first, fields=("type",))
    assert replay_events(begun, [BeginReplace(again)]).pending_replaces == (again, second, third)


def test_a_replacement_ends_with_what_contained_the_resource() -> None:
    first, elsewhere = replacing(AGENT, FIRST), replace(replacing(CLERK, SECOND), inside=(FIRST, SECOND))
    begun = replay_events(ledger(), [BeginReplace(first), BeginReplace(elsewhere)])
    assert replay_events(begun, [Drop(SERVICE)]).pending_replaces == (elsewhere,)
    assert replay_events(begun, [Drop(FIRST)]).pending_replaces == (first,)


def test_the_events_between_two_ledgers_end_and_move_replacements_with_their_values() -> None:
    ended, moved, same = replacing(AGENT, FIRST), replacing(AGENT, SECOND), replacing(CLERK, SERVICE)
    before = replace(ledger(), pending_replaces=(ended, moved, same))
    after = replace(before, pending_replaces=(replace(moved, address=DESK), same))
    values = {SECOND: {"permissions": frozenset({"a"})}}
    events = list(events_between(before, after, values))
    assert events == [EndReplace(FIRST), BeginReplace(replace(moved, address=DESK), values[SECOND])]
    assert list(events_between(before, after))[1] == BeginReplace(replace(moved, address=DESK))
    assert set(replay_events(before, events).pending_replaces) == set(after.pending_replaces)


def test_a_create_that_is_sent_again_replaces_the_open_one() -> None:
    again = replace(pending(AGENT), begun="2026-05-04T13:00:00+00:00")
    assert replay_events(ledger(creates=[pending(AGENT)]), [Begin(again)]).pending == (again,)


def test_an_entry_that_moves_leaves_its_old_address_without_a_current_entry() -> None:
    replay = Replay(ledger(entry(AGENT, FIRST)))
    replay.apply(Put(entry(CLERK, FIRST)))
    assert replay.current == {CLERK: entry(CLERK, FIRST)}
    assert replay.owned == {FIRST: entry(CLERK, FIRST)}


def test_an_entry_that_is_no_longer_current_leaves_its_address_to_the_next_one() -> None:
    superseded = entry(AGENT, FIRST, current=False)
    replay = Replay(ledger(entry(AGENT, FIRST)))
    replay.apply(Put(superseded))
    assert (replay.current, replay.owned) == ({}, {FIRST: superseded})
    replay.apply(Put(entry(AGENT, SECOND)))
    replay.apply(Put(superseded))
    assert replay.current == {AGENT: entry(AGENT, SECOND)}


def test_a_second_entry_at_an_address_supersedes_the_first() -> None:
    after = replay_events(ledger(entry(AGENT, FIRST)), [Put(entry(AGENT, SECOND))])
    assert after.entries == (entry(AGENT, FIRST, current=False), entry(AGENT, SECOND))


def test_what_is_dropped_is_neither_owned_nor_current() -> None:
    replay = Replay(ledger(entry(DESK, SERVICE), entry(AGENT, FIRST), entry(CONFIGURATION, None)))
    for resource in (FIRST, CONFIGURATION, SECOND):
        replay.apply(Drop(resource))
    assert replay.owned == {SERVICE: entry(DESK, SERVICE)}
    assert replay.current == {DESK: entry(DESK, SERVICE)}


def test_dropping_a_superseded_entry_leaves_the_current_one_of_its_address() -> None:
    replay = Replay(ledger(entry(AGENT, FIRST, current=False), entry(AGENT, SECOND)))
    replay.apply(Drop(FIRST))
    assert replay.current == {AGENT: entry(AGENT, SECOND)}


def test_of_two_entries_with_the_same_id_the_current_one_counts() -> None:
    current, old = entry(CONFIGURATION, None), entry(CONFIGURATION, None, current=False)
    for entries in ((current, old), (old, current)):
        assert Replay(ledger(*entries)).owned == {CONFIGURATION: current}


def test_the_content_of_a_resource_is_its_entry_and_those_of_what_is_in_it() -> None:
    other = entry(Address.parse("services/shop/roles/agent"), SECOND, inside=(Sid("IS" + "2" * 32),))
    desk = (entry(DESK, SERVICE), entry(AGENT, FIRST), entry(CONFIGURATION, None))
    replay = Replay(ledger(*desk, other))
    assert list(replay.entries_within(SERVICE)) == list(desk)
    assert list(replay.entries_within(FIRST)) == [entry(AGENT, FIRST)]
    assert list(replay.entries_within(CONFIGURATION)) == [entry(CONFIGURATION, None)]
    assert list(replay.entries_within(AGENT)) == []


def test_what_is_in_a_resource_that_nobody_owns_is_found_too() -> None:
    assert list(Replay(ledger(entry(AGENT, FIRST))).entries_within(SERVICE)) == [entry(AGENT, FIRST)]


def test_what_an_older_ledger_has_below_an_address_is_found_by_the_address() -> None:
    old = entry(AGENT, FIRST, inside=())
    assert list(Replay(ledger(entry(DESK, SERVICE), old)).entries_within(SERVICE)) == [entry(DESK, SERVICE), old]


def test_the_events_between_two_ledgers_drop_put_and_abandon_only_what_differs() -> None:
    gone, open_one, done, same = (pending(CLERK, number) for number in (1, 2, 3, 4))
    made = replace(done.entry, sid=SECOND)
    before = ledger(
        entry(DESK, SERVICE), entry(AGENT, FIRST), entry(CONFIGURATION, None), creates=[gone, open_one, done, same]
    )
    after = ledger(entry(DESK, SERVICE, protect=True), entry(CONFIGURATION, None), made, creates=[open_one, same])
    expected: list[Event] = [
        Drop(FIRST),
        Put(entry(DESK, SERVICE, protect=True)),
        Put(made),
        Abandon(gone.entry.id),
    ]
    assert list(events_between(before, after)) == expected
    assert list(events_between(after, after)) == []
