"""What a create without a response made is recognised by its key, its values and its SID, and by nothing else."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from confsync.account.configuration import LoadOptions, load_configuration
from confsync.config.desired import Desired, value_digest
from confsync.live.pending import candidates_for, is_result_of, settle_pending, settle_replaces
from confsync.live.reading import Reading
from confsync.names import Address, Sid
from confsync.plan.match import LiveResource
from confsync.resources import kind_of
from confsync.state.ledger import Entry, Ledger, PendingCreate, PendingReplace

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
    found = candidates_for(pending_at(AGENT, DESK_SID, existing=(BEFORE,)), members, {OWNED}, None)
    assert [each.sid for each in found] == [MADE]


@pytest.mark.parametrize(("fields", "expected"), [({}, True), ({"type": "service"}, False)])
def test_the_result_has_every_value_that_was_sent(fields: dict[str, str], expected: bool) -> None:  # noqa: FBT001 — a row
    assert is_result_of(pending_at(AGENT, DESK_SID), live(MADE, **fields)) is expected


@pytest.mark.parametrize(("address", "parent", "sid"), [(AGENT, DESK_SID, MADE), (DESK, None, OTHER_DESK)])
def test_what_was_made_is_recorded_as_created_with_its_date(address: Address, parent: Sid | None, sid: Sid) -> None:
    pending = pending_at(address, *((parent,) if parent else ()))
    found = live(sid, address)
    settled = settle_pending(ledger(pending), Reading({(parent, found.kind): (found,)}), {})
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
    assert settle_pending(before, reading, {}) == before


def replacing(sid: Sid, *inside: Sid) -> PendingReplace:
    return PendingReplace(address=AGENT, sid=sid, inside=inside, fields=("permissions",))


def test_a_replacement_whose_resource_still_exists_did_not_delete_it() -> None:
    gone, here, elsewhere, unread = (
        replacing(sid, *inside)
        for sid, inside in ((BEFORE, (DESK_SID,)), (MADE, (DESK_SID,)), (OWNED, (OTHER_DESK,)), (MADE, ()))
    )
    strange = replace(gone, address=Address.parse("nothing/such"))
    before = replace(ledger(pending_at(AGENT, DESK_SID)), pending_replaces=(gone, here, elsewhere, unread, strange))
    reading = Reading({(DESK_SID, live(MADE).kind): (live(MADE), live(OWNED))})
    after = settle_replaces(before, reading)
    assert after == replace(before, pending_replaces=(gone, elsewhere, unread, strange))
    assert settle_replaces(after, Reading()) == after


def test_what_a_different_environment_owns_is_not_what_was_made() -> None:
    before, reading = (
        ledger(pending_at(AGENT, DESK_SID)),
        Reading({(DESK_SID, live(MADE).kind): (live(MADE), live(OWNED))}),
    )
    assert settle_pending(before, reading, {}, {MADE, OWNED}) == before
    assert settle_pending(before, reading, {}, {OWNED}).owner.keys() == {MADE}


def test_an_address_that_has_a_resource_already_takes_no_second_one() -> None:
    entry = Entry(address=AGENT, sid=OWNED, id="4567", origin="adopted", inside=(DESK_SID,))
    before = ledger(pending_at(AGENT, DESK_SID), entry)
    assert settle_pending(before, Reading({(DESK_SID, live(MADE).kind): (live(MADE), live(OWNED))}), {}) == before


def test_what_was_made_supersedes_an_owned_resource_with_another_key() -> None:
    entry = Entry(address=AGENT, sid=OWNED, id="4567", origin="created", inside=(DESK_SID,))
    members = (live(MADE), live(OWNED, type="service"))
    settled = settle_pending(
        ledger(pending_at(AGENT, DESK_SID), entry), Reading({(DESK_SID, live(MADE).kind): members}), {}
    )
    assert {(each.sid, each.origin, each.current) for each in settled.entries} == {
        (MADE, "created", True),
        (OWNED, "created", False),
    }


@pytest.mark.parametrize(
    ("members", "settles"),
    [
        ((live(OWNED, type="service"), live(MADE)), True),
        ((live(OWNED, friendly_name="clerk"), live(BEFORE, friendly_name="other"), live(MADE)), True),
        ((live(BEFORE, type="service"), live(MADE)), False),
        ((live(MADE),), False),
    ],
    ids=["another type", "another name", "it is not in the list", "it is gone"],
)
def test_what_supersedes_a_resource_takes_its_address(members: tuple[LiveResource, ...], *, settles: bool) -> None:
    entry = Entry(address=AGENT, sid=OWNED, id="4567", origin="adopted", inside=(DESK_SID,))
    settled = settle_pending(
        ledger(pending_at(AGENT, DESK_SID), entry), Reading({(DESK_SID, live(MADE).kind): members}), {}
    )
    expected = [(OWNED, False), (MADE, True)] if settles else [(OWNED, True)]
    assert [(each.sid, each.current) for each in settled.entries] == expected


PARTICIPANT = """
version: 1
variables: {phone: {sensitive: true}}
services:
  desk:
    conversations:
      lounge: {participants: {bob: {messaging_binding: {address: "${{ var.phone }}", proxy_address: "+15551230000"}}}}
"""
BOB = Address.parse("services/desk/conversations/lounge/participants/bob")
ROOM, MEMBER = Sid("CH" + "1" * 32), Sid("MB" + "1" * 32)


def declared_bob(folder: Path, phone: str | None) -> Desired:
    folder.joinpath("confsync.yaml").write_text(PARTICIPANT, "utf-8")
    environ = {"CONFSYNC_VAR_phone": phone} if phone else {}
    return load_configuration(LoadOptions(environ=environ, directory=folder)).resources[BOB]


@pytest.mark.parametrize(
    ("phone", "settles"), [("+15551230001", True), ("+15551230002", False), (None, False), ("undeclared", False)]
)
def test_a_sensitive_key_is_compared_with_the_one_that_is_declared(
    phone: str | None, tmp_path: Path, *, settles: bool
) -> None:
    fields = {"messaging_binding.address": "+15551230001", "messaging_binding.proxy_address": "+15551230000"}
    kind = kind_of(BOB)
    assert kind
    found = LiveResource(kind, MEMBER, fields)
    fingerprints = {"messaging_binding.address": "hmac-sha256:1:2"}
    entry = Entry(
        address=BOB, sid=None, id="0123", origin="created", inside=(DESK_SID, ROOM), fingerprints=fingerprints
    )
    sent = {"messaging_binding.proxy_address": value_digest("+15551230000")}
    before = ledger(PendingCreate(entry=entry, sent=sent, begun="2026-05-04T12:00:00+00:00"))
    declared = {} if phone == "undeclared" else {BOB: declared_bob(tmp_path, phone)}
    settled = settle_pending(before, Reading({(ROOM, kind): (found,)}), declared)
    assert [each.sid for each in settled.entries] == ([MEMBER] if settles else [])


def ledger(pending: PendingCreate, *entries: Entry) -> Ledger:
    return Ledger("AC" + "a" * 32, "conversations.twilio.com", entries=entries, pending=(pending,))
