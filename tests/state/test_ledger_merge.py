"""Two ledgers that began as the same one are merged as if one apply had followed the other."""

from collections.abc import Iterable
from functools import reduce

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from confsync.errors import Refused
from confsync.names import Address, Sid
from confsync.state.ledger import Entry, Ledger, PendingCreate
from confsync.state.ledger_file import ledger_text, parse_ledger
from confsync.state.ledger_merge import merge_ledgers
from confsync.state.replay import Abandon, Begin, Drop, Event, Put, replay_events

ACCOUNT, HOST = f"AC{'a' * 32}", "conversations.twilio.com"
NAMES = ("a", "b", "c", "d", "e", "f")
OPERATIONS = ("update", "protect", "supersede", "drop", "begin", "abandon", "singleton")

Operation = tuple[str, str, int]
OPERATION = st.tuples(st.sampled_from(OPERATIONS), st.sampled_from(NAMES), st.integers(0, 3))
HISTORY = st.lists(OPERATION, max_size=6)


def sid_of(name: str, number: int) -> Sid:
    return Sid(f"RL{NAMES.index(name):016x}{number:016x}")


def entry(name: str, number: int = 0) -> Entry:
    return Entry(
        address=Address(("services", "desk", "roles", name)),
        sid=sid_of(name, number),
        id=f"{name}{number}",
        origin="created",
        applied={"permissions": "0"},
        date_updated=f"2026-01-01T00:00:0{number}Z",
    )


def singleton(name: str, number: int) -> Entry:
    address = Address(("services", name, "configuration"))
    return Entry(address=address, sid=None, id=name, origin="adopted", applied={"x": str(number)})


BASE = Ledger(
    ACCOUNT,
    HOST,
    serial=3,
    lineage="lineage",
    entries=tuple(map(entry, NAMES[:4])),
    pending=tuple(PendingCreate(entry=replace(entry(name, 9), sid=None), begun="then") for name in NAMES[4:]),
)


def events(ledger: Ledger, operation: Operation) -> Iterable[Event]:
    """Do one thing to a name, if that is possible."""
    what, name, number = operation
    known = ledger.current.get(entry(name).address)
    match what:
        case "update" if known:
            digest = {"permissions": str(number), f"field-{name}": str(number)}
            yield Put(replace(known, applied=digest, date_updated=f"2026-02-01T00:00:0{number}Z"))
        case "protect" if known:
            yield Put(replace(known, protect=not known.protect))
        case "supersede":
            yield Put(entry(name, number + 1))
        case "drop" if known and known.sid:
            yield Drop(known.sid)
        case "begin":
            yield Begin(PendingCreate(entry=replace(entry(name, number + 10), sid=None), begun=str(number)))
        case "abandon":
            yield Abandon(f"{name}{9 + number}")
        case "singleton":
            yield Put(singleton(name, number))


def history(ledger: Ledger, operations: Iterable[Operation]) -> Ledger:
    """Write the ledger after each operation, as an apply does."""
    return reduce(lambda known, each: replay_events(known, events(known, each)).after(known.serial), operations, ledger)


def finished(ledger: Ledger, commit: str, plan: str) -> Ledger:
    """Record the end of an apply."""
    return replace(
        ledger, commit=commit, configuration_digest=f"digest of {commit}", spent_plans={plan: "2999-01-01T00:00:00Z"}
    )


def comparable(ledger: Ledger) -> str:
    """Return the text of the file, in which the order has no meaning."""
    return ledger_text(replace(ledger, pending=tuple(sorted(ledger.pending, key=lambda each: each.entry.id))))


def result(base: Ledger | None, ours: Ledger, theirs: Ledger) -> str:
    """Return the text of the merged ledger, or the refusal."""
    try:
        return comparable(merge_ledgers(base, ours, theirs))
    except Refused as error:
        return error.happened


@given(both=HISTORY, split=st.sets(st.sampled_from(NAMES)))
def test_two_independent_histories_are_merged_as_if_one_followed_the_other(
    both: list[Operation], split: set[str]
) -> None:
    one, other = ([each for each in both if (each[1] in split) is side] for side in (True, False))
    ours, theirs = history(BASE, one), history(BASE, other)
    assume(ours != theirs)  # two equal ledgers are one and the same, as another test says
    assert comparable(merge_ledgers(BASE, ours, theirs)) == comparable(history(ours, other))


@given(one=HISTORY, other=HISTORY, finish=st.tuples(st.booleans(), st.booleans()), base=st.sampled_from([BASE, None]))
def test_the_order_of_the_two_does_not_matter_and_the_result_is_a_valid_ledger(
    one: list[Operation], other: list[Operation], finish: tuple[bool, bool], base: Ledger | None
) -> None:
    ours, theirs = (history(BASE, each) for each in (one, other))
    ours = finished(ours, "one", "plan-1") if finish[0] else ours
    theirs = finished(theirs, "two", "plan-2") if finish[1] else theirs
    said = result(base, ours, theirs)
    assert said == result(base, theirs, ours)
    if said.startswith("{"):
        assert comparable(parse_ledger("here", said)) == said


@given(one=HISTORY)
def test_a_side_that_changed_nothing_adds_nothing(one: list[Operation]) -> None:
    ours = finished(history(BASE, one), "one", "plan")
    assert merge_ledgers(BASE, ours, BASE) == ours == merge_ledgers(BASE, BASE, ours)
    assert result(BASE, ours, ours) == comparable(ours)


def with_entry(changed: Entry) -> Ledger:
    return replay_events(BASE, [Put(changed)]).after(BASE.serial)


A = entry("a")


@pytest.mark.parametrize(
    ("ours", "theirs", "contradiction"),
    [
        (
            with_entry(replace(A, applied={"permissions": "1"})),
            with_entry(replace(A, applied={"permissions": "2"})),
            f"both sides changed permissions of services/desk/roles/a ({A.sid})",
        ),
        (
            with_entry(replace(A, address=Address(("services", "desk", "roles", "x")))),
            with_entry(replace(A, address=Address(("services", "desk", "roles", "y")))),
            f"both sides changed address of services/desk/roles/x ({A.sid})",
        ),
        (
            with_entry(entry("a", 1)),
            with_entry(entry("a", 2)),
            f"services/desk/roles/a is {sid_of('a', 1)} and {sid_of('a', 2)}",
        ),
        (
            with_entry(replace(A, applied={"permissions": "1"})),
            replay_events(BASE, [Drop(sid_of("a", 0))]).after(BASE.serial),
            f"one side changed services/desk/roles/a ({A.sid}), and the other one dropped it",
        ),
    ],
)
def test_a_contradiction_is_refused_and_named(ours: Ledger, theirs: Ledger, contradiction: str) -> None:
    for pair in ((ours, theirs), (theirs, ours)):
        with pytest.raises(Refused) as caught:
            merge_ledgers(BASE, *pair)
        text = caught.value.happened.replace("services/desk/roles/y (", "services/desk/roles/x (")
        assert text == f"The two ledgers contradict each other: {contradiction}."


def test_what_both_adopted_by_themselves_is_no_contradiction() -> None:
    found = replace(entry("e", 1), origin="adopted", id="one", fingerprints={"secret": "1"})
    ours, theirs = with_entry(found), with_entry(replace(found, id="two", fingerprints={"secret": "2"}))
    merged = merge_ledgers(BASE, ours, theirs).owner[sid_of("e", 1)]
    assert (merged.id, merged.fingerprints) == ("one", {"secret": "1"})
    created = with_entry(replace(found, origin="created"))
    assert merge_ledgers(BASE, ours, created).owner[sid_of("e", 1)].origin == "created"


def test_a_secret_whose_fingerprints_differ_is_sent_once_more() -> None:
    ours, theirs = (with_entry(replace(A, fingerprints={"secret": salt, "other": "x"})) for salt in ("1", "2"))
    assert merge_ledgers(BASE, ours, theirs).owner[sid_of("a", 0)].fingerprints == {"other": "x"}


def test_an_entry_that_one_side_dropped_and_the_other_only_saw_again_is_dropped() -> None:
    ours = with_entry(replace(A, date_updated="2027-01-01T00:00:00Z"))
    theirs = replay_events(BASE, [Drop(sid_of("a", 0))]).after(BASE.serial)
    assert sid_of("a", 0) not in merge_ledgers(BASE, ours, theirs).owner


def test_the_commit_of_the_later_apply_stays() -> None:
    ours = finished(with_entry(replace(A, date_updated="2027-01-01T00:00:00Z")), "later", "1")
    theirs = finished(with_entry(replace(entry("b"), date_updated="2026-06-01T00:00:00Z")), "sooner", "2")
    for pair in ((ours, theirs), (theirs, ours)):
        merged = merge_ledgers(BASE, *pair)
        assert (merged.commit, sorted(merged.spent_plans)) == ("later", ["1", "2"])


def test_the_ledgers_of_two_accounts_are_not_merged() -> None:
    with pytest.raises(Refused, match="One ledger is of account"):
        merge_ledgers(BASE, BASE, replace(BASE, host="other.example.com"))
