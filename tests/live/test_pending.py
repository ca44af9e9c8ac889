"""What a create without a response made is recognised by its key, its values and its SID, and by nothing else."""

import pytest

from confsync.config.desired import value_digest
from confsync.live.pending import candidates_for, is_result_of, settle_pending
from confsync.live.reading import Reading
from confsync.names import Address, Sid
from confsync.plan.match import LiveResource
from confsync.resources import kind_of
from confsync.state.ledger import Entry, Ledger, PendingCreate

DESK, AGENT = Address.parse("services/desk"), Address.parse("services/desk/roles/agent")
DESK_SID, OTHER_DESK = Sid("IS" + "1" * 32), Sid("IS" + "2" * 32)
BEFORE, MADE, OWNED = (Sid("RL" + digit * 32) for digit in "123")
SENT = {"friendly_name": "agent", "type": "conversation"}


def live(sid: Sid, address: Address = AGENT, /, **fields: str) -> LiveResource:
    kind = kind_of(address)
    assert kind
    return LiveResource(kind, sid, {**SENT, **fields}, date_updated="2026-05-04T12:00:00Z")


def pending_at(address: Address, *inside: Sid, existing: tuple[Sid, ...] = ()) -> PendingCreate:
    sent = {name: value_digest(value) for name, value in SENT.items() if address == AGENT or name == "friendly_name"}
    entry = Entry(address=address, sid=None, id="0123", origin="created", inside=inside)
    return PendingCreate(entry=entry, existing=existing, sent=sent, begun="2026-05-04T12:00:00+00:00")


def test_a_candidate_has_the_key_was_not_there_before_and_is_not_owned() -> None:
    members = [live(BEFORE), live(MADE), live(OWNED), live(OTHER_DESK, friendly_name="clerk")]
    found = candidates_for(pending_at(AGENT, DESK_SID, existing=(BEFORE,)), members, {OWNED})
    assert [each.sid for each in found] == [MADE]


@pytest.mark.parametrize(("fields", "expected"), [({}, True), ({"type": "service"}, False)])
def test_the_result_has_every_value_that_was_sent(fields: dict[str, str], expected: bool) -> None:  # noqa: FBT001 — a row
    assert is_result_of(pending_at(AGENT, DESK_SID), live(MADE, **fields)) is expected


@pytest.mark.parametrize(("address", "parent", "sid"), [(AGENT, DESK_SID, MADE), (DESK, None, OTHER_DESK)])
def test_what_was_made_is_recorded_as_created_with_its_date(address: Address, parent: Sid | None, sid: Sid) -> None:
    pending = pending_at(address, *((parent,) if parent else ()))
    found = live(sid, address)
    settled = settle_pending(ledger(pending), Reading({(parent, found.kind): (found,)}))
    (entry,) = settled.entries
    assert (entry.address, entry.sid, entry.origin) == (address, sid, "created")
    assert (entry.id, entry.date_updated) == ("0123", found.date_updated)
    assert settled.pending == ()


@pytest.mark.parametrize(
    "members",
    [None, (), (live(MADE), live(OWNED)), (live(MADE, type="service"),)],
    ids=["its parent is gone", "nothing", "two that may be it", "one with another value"],
)
def test_what_is_not_certain_stays_pending(members: tuple[LiveResource, ...] | None) -> None:
    reading = Reading({(DESK_SID, live(MADE).kind): members} if members is not None else {})
    before = ledger(pending_at(AGENT, DESK_SID))
    assert settle_pending(before, reading) == before


def test_an_address_that_has_a_resource_already_takes_no_second_one() -> None:
    entry = Entry(address=AGENT, sid=OWNED, id="4567", origin="adopted", inside=(DESK_SID,))
    before = ledger(pending_at(AGENT, DESK_SID), entry)
    assert settle_pending(before, Reading({(DESK_SID, live(MADE).kind): (live(MADE), live(OWNED))})) == before


def ledger(pending: PendingCreate, *entries: Entry) -> Ledger:
    return Ledger("AC" + "a" * 32, "conversations.twilio.com", entries=entries, pending=(pending,))
