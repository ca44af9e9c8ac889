"""One create: what is sent, what the journal says, how often and when confsync looks, and how it ends."""

import asyncio
import errno
import json
import os
from collections.abc import Callable, Mapping

import httpx
import pytest

from confsync.apply.calls import create_call
from confsync.apply.creation import Creator, NotRecordable, parse_written
from confsync.apply.disk_thread import DiskThread
from confsync.config.desired import value_digest
from confsync.emulator.emulator import ACCOUNT_SID
from confsync.emulator.faults.fault import Effect, Fault, Phase, Reset, Respond
from confsync.emulator.faults.layer import FaultLayer
from confsync.emulator.transport import EmulatorTransport
from confsync.errors import ApiError, ConfsyncError, OutcomeUnknown, Stale, Unreachable
from confsync.names import Address, Sid
from confsync.plan.change import Action, Change
from confsync.plan.match import LiveResource
from confsync.state.fingerprints import Fingerprinter
from confsync.state.journal import read_journal
from confsync.state.ledger import Entry, Ledger, PendingCreate
from confsync.state.recorder import ApplyRecorder
from confsync.state.state_files import journal_path
from confsync.state.store import StateStore
from confsync.twilio.api import create_api
from tests.harness import KEY, Harness, json_response
from tests.twilio.still_clock import NOON, StillClock

TEXT = """
version: 1
services:
  desk:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
    users: {ann: {friendly_name: Ann}}
    conversations:
      lounge:
        timers: {inactive: PT10M}
        participants: {bob: {messaging_binding: {address: "${{ var.phone }}", proxy_address: "+15551230000"}}}
variables: {phone: {sensitive: true}}
"""
PHONE, OTHER_PHONE, PROXY = "+15551230001", "+15551230002", "+15551230000"
DESK, AGENT, ANN, LOUNGE = (
    Address.parse(f"services/desk{path}") for path in ("", "/roles/agent", "/users/ann", "/conversations/lounge")
)
BOB, CLERK = LOUNGE / "participants" / "bob", DESK / "roles" / "clerk"
ROLES, USERS = "/v1/Services/*/Roles", "/v1/Services/*/Users"
SENT = {
    name: value_digest(value)
    for name, value in {
        "friendly_name": "agent",
        "type": "conversation",
        "permissions": frozenset({"sendMessage"}),
    }.items()
}


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


Answer = Callable[[dict[str, object]], dict[str, object]]


class Unreliable(EmulatorTransport):
    """Refuses the connection for all writes but so many first ones, and changes what it says about those."""

    def __init__(self, layer: FaultLayer, writes: int, answer: Answer | None) -> None:
        super().__init__(layer)
        self.writes = writes
        self.answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.writes -= 1
            if self.writes < 0:
                raise httpx.ConnectError("refused")
        response = await super().handle_async_request(request)
        if request.method != "POST" or self.answer is None:
            return response
        return json_response(request, 201, self.answer(json.loads(await response.aread())))


class Bench:
    """Creates one resource of a service that exists, with the journal and the clock to look at afterwards."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.service = Sid(harness.client.made("/Services", {"FriendlyName": "desk"}))
        harness.environ["CONFSYNC_VAR_phone"] = PHONE
        self.resources = harness.config(TEXT).resources
        self.sids = {DESK: self.service}
        self.clock = StillClock()
        self.pending: tuple[PendingCreate, ...] = ()
        self.owned: tuple[Entry, ...] = ()
        self.existing: set[Sid] = set()
        self.answer: Answer | None = None
        self.recorder: ApplyRecorder | None = None
        self.writes = 1_000

    def change(self, address: Address = AGENT) -> Change:
        desired = self.resources[address]
        return Change(desired=desired, actions=(Action.CREATE,), send=desired.fields)

    def create(self, *faults: Fault, address: Address = AGENT) -> LiveResource:
        ledger = Ledger(ACCOUNT_SID, self.harness.origin.host, entries=self.owned, pending=self.pending)
        self.recorder = ApplyRecorder(StateStore(self.harness.ledger_path, ledger), ledger, Fingerprinter(KEY))
        layer, sids, change = FaultLayer(self.harness.emulator, faults), self.sids, self.change(address)
        self.harness.emulator.log.clear()
        journal_path(self.harness.ledger_path).unlink(missing_ok=True)
        transport = Unreliable(layer, self.writes, self.answer)
        recorder = self.recorder

        async def create() -> LiveResource:
            origin, credentials = self.harness.origin, self.harness.credentials
            async with create_api(origin, credentials, transport=transport, clock=self.clock) as api:
                creator = Creator(api, recorder, DiskThread(recorder), sids, self.existing)
                return await creator.create(change, create_call(change, sids))

        return asyncio.run(create())

    def failed(self, error_class: type[ConfsyncError], *faults: Fault, address: Address = AGENT) -> ConfsyncError:
        with pytest.raises(error_class) as failed:
            self.create(*faults, address=address)
        return failed.value

    @property
    def requests(self) -> str:
        """The methods of all requests."""
        return " ".join(each.method for each in self.harness.emulator.log)

    @property
    def events(self) -> list[str]:
        """The events of the journal."""
        path = journal_path(self.harness.ledger_path)
        left = read_journal(path, account_sid=ACCOUNT_SID, host=self.harness.origin.host)
        return [type(each).__name__ for each in left.events] if left else []

    @property
    def still_pending(self) -> bool:
        assert self.recorder
        return bool(self.recorder.ledger.pending)

    def made(self, **fields: str) -> Sid:
        """Create a role by hand."""
        form = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage", **fields}
        return Sid(self.harness.client.made(f"/Services/{self.service}/Roles", form))

    def left_by_a_killed_run(self, sent: Mapping[str, str] = SENT, seconds: float = 0) -> None:
        """Let an earlier run have begun the create some seconds ago."""
        entry = Entry(address=AGENT, sid=None, id="0123", origin="created", inside=(self.service,))
        self.pending = (PendingCreate(entry=entry, sent=sent, begun=NOON.isoformat()),)
        if seconds:
            self.clock.slept.append(seconds)


@pytest.fixture
def bench(harness: Harness) -> Bench:
    return Bench(harness)


def lost(phase: Phase = Phase.BEFORE_COMMIT, effect: Effect | None = None, times: int | None = 1) -> Fault:
    return Fault(phase=phase, effect=effect or Reset(), method="POST", times=times)


def refused(status: int = 400, code: int = 20001, phase: Phase = Phase.BEFORE_COMMIT, times: int | None = 1) -> Fault:
    return lost(phase, Respond(status=status, code=code), times)


AFTER_COMMIT = Phase.AFTER_COMMIT


def test_a_create_begins_in_the_journal_and_is_sent_once(bench: Bench) -> None:
    live = bench.create()
    assert (live.fields["friendly_name"], bench.requests, bench.events, bench.clock.slept) == (
        "agent",
        "POST",
        ["Begin"],
        [],
    )
    assert bench.recorder
    (pending,) = bench.recorder.ledger.pending
    assert pending.entry.inside == (bench.service,)
    assert pending.sent == SENT
    assert pending.begun == NOON.isoformat()


@pytest.mark.parametrize(
    ("address", "names"),
    [
        (LOUNGE, {"unique_name", "state"}),
        (ANN, {"identity", "friendly_name"}),
    ],
)
def test_the_journal_has_a_digest_of_each_value_that_twilio_returns(
    address: Address, names: set[str], bench: Bench
) -> None:
    bench.create(address=address)
    assert bench.recorder
    (pending,) = bench.recorder.ledger.pending
    assert pending.sent.keys() == names


def test_a_create_without_a_response_is_found_at_once(bench: Bench) -> None:
    live = bench.create(lost(AFTER_COMMIT))
    assert live.fields["friendly_name"] == "agent"
    assert (bench.requests, bench.events, bench.clock.slept) == ("POST GET", ["Begin"], [0])


def test_a_create_that_did_not_happen_is_sent_again_after_four_looks(bench: Bench) -> None:
    bench.create(lost())
    assert (bench.requests, bench.clock.slept) == ("GET GET GET GET POST", [0, 2, 3, 5])
    assert bench.events == ["Begin", "Begin"]


def test_a_create_that_never_gets_a_response_is_unknown_and_stays_pending(bench: Bench) -> None:
    error = bench.failed(OutcomeUnknown, lost(times=None))
    assert (bench.requests, bench.clock.slept) == ("GET " * 7 + "GET", [0, 2, 3, 5] * 2)
    assert bench.still_pending
    assert "An earlier create" not in error.happened


def test_a_name_that_must_be_unique_is_looked_up_instead_of_listed(bench: Bench) -> None:
    assert bench.create(lost(AFTER_COMMIT), address=ANN).fields["identity"] == "ann"
    assert [each.path.rpartition("/")[2] for each in bench.harness.emulator.log] == ["Users", "ann"]
    bench.pending = ()
    bench.harness.client.delete(f"/Services/{bench.service}/Users/ann")
    bench.create(lost(), address=ANN)
    assert bench.requests == "GET GET GET GET POST"


def test_a_refused_create_is_abandoned(bench: Bench) -> None:
    error = bench.failed(ApiError, refused())
    assert (bench.events, bench.still_pending) == (["Begin", "Abandon"], False)
    assert isinstance(error, ApiError)
    assert error.response.status == 400


def test_a_create_that_is_refused_after_one_without_a_response_stays_pending(bench: Bench) -> None:
    bench.failed(ApiError, lost(), refused())
    assert (bench.events, bench.still_pending) == (["Begin", "Begin"], True)


def test_a_create_that_is_never_received_is_abandoned(bench: Bench) -> None:
    bench.writes = 0
    bench.failed(Unreachable)
    assert (bench.requests, bench.events, bench.still_pending) == ("", ["Begin", "Abandon"], False)


def test_a_create_that_is_not_received_after_one_without_a_response_stays_pending(bench: Bench) -> None:
    bench.writes = 1
    bench.failed(Unreachable, lost())
    assert (bench.events, bench.still_pending) == (["Begin", "Begin"], True)


def test_a_create_refused_because_it_happened_is_done(bench: Bench) -> None:
    live = bench.create(refused(409, 50201, AFTER_COMMIT), address=ANN)
    assert live.fields["identity"] == "ann"
    assert (bench.requests, bench.events) == ("POST GET", ["Begin"])


def test_a_create_refused_because_something_else_has_its_name_is_unclear(bench: Bench) -> None:
    other = bench.harness.client.made(f"/Services/{bench.service}/Users", {"Identity": "ann", "FriendlyName": "Bob"})
    error = bench.failed(OutcomeUnknown, address=ANN)
    assert f" {other} may be it, but confsync cannot tell." in error.happened
    assert isinstance(error.__cause__, OutcomeUnknown)
    assert isinstance(error.__cause__.__cause__, ApiError)
    assert bench.still_pending


def test_a_create_refused_although_nothing_has_its_name_is_abandoned(bench: Bench) -> None:
    bench.failed(ApiError, refused(409, 50201), address=ANN)
    assert (bench.requests, bench.events) == ("GET", ["Begin", "Abandon"])


def test_a_create_refused_for_another_reason_is_not_looked_for(bench: Bench) -> None:
    bench.failed(ApiError, refused(400, 50201, AFTER_COMMIT), address=ANN)
    assert (bench.requests, bench.events) == ("POST", ["Begin", "Abandon"])


def test_a_create_that_conflicts_until_the_end_is_not_looked_for(bench: Bench) -> None:
    bench.harness.client.made(f"/Services/{bench.service}/Users", {"Identity": "ann", "FriendlyName": "Ann"})
    bench.failed(ApiError, refused(409, 50391, times=None), address=ANN)
    assert (bench.requests, bench.events) == ("", ["Begin", "Abandon"])


UNCLEAR = "An earlier create of services/desk/roles/agent had no usable response."
NOT_KNOWN = "It is not known whether this one create took effect."
ADOPT = "Delete what you do not need, then run `confsync adopt services/desk/roles/agent SID` with the right SID."


def test_several_resources_that_may_be_it_are_named(bench: Bench) -> None:
    first = bench.made()
    second = bench.made()
    error = bench.failed(OutcomeUnknown, lost())
    assert error.happened == f"{UNCLEAR} {first}, {second} may be it, but confsync cannot tell."
    assert (error.changed, error.hint) == (NOT_KNOWN, ADOPT)
    assert isinstance(error.__cause__, OutcomeUnknown)
    assert bench.requests == "GET"


def test_a_resource_that_differs_is_named(bench: Bench) -> None:
    other = bench.made(Permission="leaveConversation")
    error = bench.failed(OutcomeUnknown, lost())
    assert error.happened == f"{UNCLEAR} {other} may be it, but confsync cannot tell."


def test_what_cannot_be_looked_for_is_unknown(bench: Bench) -> None:
    unreadable = Fault(phase=Phase.BEFORE_COMMIT, effect=Respond(status=400), method="GET", times=None)
    error = bench.failed(OutcomeUnknown, lost(), unreadable)
    assert isinstance(error.__cause__, ApiError)
    assert bench.still_pending


def test_a_create_of_a_killed_run_that_happened_is_not_sent_again(bench: Bench) -> None:
    bench.left_by_a_killed_run()
    made = bench.made()
    assert bench.create().sid == made
    assert (bench.requests, bench.clock.slept) == ("GET", [0])


def test_a_create_of_a_killed_run_that_did_not_happen_is_sent_after_four_looks(bench: Bench) -> None:
    bench.left_by_a_killed_run()
    bench.create()
    assert (bench.requests, bench.clock.slept) == ("GET GET GET GET POST", [0, 2, 3, 5])


def test_a_create_that_was_killed_long_ago_is_sent_after_one_look(bench: Bench) -> None:
    bench.left_by_a_killed_run(seconds=86_400)
    bench.create()
    assert (bench.requests, bench.clock.slept) == ("GET POST", [86_400, 0])


def test_a_create_of_a_killed_run_stays_pending_if_the_next_one_is_refused(bench: Bench) -> None:
    bench.left_by_a_killed_run()
    bench.failed(ApiError, refused())
    assert bench.still_pending
    bench.writes = 0
    bench.failed(Unreachable)
    assert bench.still_pending


def test_a_create_of_a_killed_run_with_other_values_needs_a_new_plan(bench: Bench) -> None:
    bench.left_by_a_killed_run({**SENT, "permissions": value_digest(frozenset({"leaveConversation"}))})
    made = bench.made(Permission="leaveConversation")
    error = bench.failed(Stale)
    assert error.happened == (
        f"An earlier apply created services/desk/roles/agent ({made}), with values that differ from this plan."
    )
    assert error.changed == "confsync left it as it is."
    assert error.hint == "Run `confsync plan`, which shows what differs."


def test_what_differs_from_the_create_of_a_killed_run_is_unclear(bench: Bench) -> None:
    bench.left_by_a_killed_run()
    other = bench.made(Permission="leaveConversation")
    error = bench.failed(OutcomeUnknown)
    assert error.happened == f"{UNCLEAR} {other} may be it, but confsync cannot tell."
    assert isinstance(error.__cause__, OutcomeUnknown)
    assert error.__cause__.happened == UNCLEAR


def test_the_create_of_a_killed_run_that_cannot_be_looked_for_is_unknown(bench: Bench) -> None:
    bench.left_by_a_killed_run()
    unreadable = Fault(phase=Phase.BEFORE_COMMIT, effect=Respond(status=400), method="GET", times=None)
    error = bench.failed(OutcomeUnknown, unreadable)
    assert (error.happened, error.changed) == (UNCLEAR, NOT_KNOWN)
    assert error.hint == "Run `confsync plan`, which reads the current state."


@pytest.fixture
def lounge(bench: Bench) -> str:
    """Create a conversation, and return the URL of its participants."""
    sid = bench.harness.client.made(f"/Services/{bench.service}/Conversations", {"UniqueName": "lounge"})
    bench.sids[LOUNGE] = Sid(sid)
    return f"/Services/{bench.service}/Conversations/{sid}/Participants"


def binding(phone: str) -> dict[str, str]:
    return {"MessagingBinding.Address": phone, "MessagingBinding.ProxyAddress": PROXY}


def test_a_sensitive_key_recognises_what_a_create_made_and_nothing_else(bench: Bench, lounge: str) -> None:
    """The journal has no digest of a sensitive value, and this one is all that distinguishes two participants."""
    other = bench.harness.client.made(lounge, binding(OTHER_PHONE))
    found = bench.create(lost(AFTER_COMMIT), address=BOB)
    assert found.sid != other
    assert found.fields["messaging_binding.address"] == PHONE
    assert bench.requests == "POST GET"


def test_a_create_with_a_sensitive_key_that_did_not_happen_is_sent_again(bench: Bench, lounge: str) -> None:
    other = bench.harness.client.made(lounge, binding(OTHER_PHONE))
    assert bench.create(lost(), address=BOB).sid != other
    assert bench.requests == "GET GET GET GET POST"


def test_a_create_that_cannot_be_recorded_is_not_sent(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotRecordable):
        bench.create()
    assert bench.requests == ""


OTHER = Sid("RL" + "1" * 32)


def test_a_name_that_twilio_stores_differently_is_that_of_what_was_created(bench: Bench) -> None:
    bench.answer = lambda body: {**body, "friendly_name": "AGENT"}
    assert bench.create().fields["friendly_name"] == "AGENT"
    assert (bench.requests, bench.events) == ("POST GET", ["Begin"])


@pytest.mark.parametrize("known", ["existing", "owned"])
def test_a_response_about_a_resource_that_was_there_before_is_not_believed(known: str, bench: Bench) -> None:
    other = bench.made(FriendlyName="other")
    if known == "existing":
        bench.existing = {other}
    else:
        bench.owned = (Entry(address=CLERK, sid=other, id="4567", origin="created", inside=(bench.service,)),)
    bench.answer = lambda body: {**body, "sid": other, "friendly_name": "other"}
    found = bench.create()
    assert (found.sid != other, found.fields["friendly_name"]) == (True, "agent")
    assert bench.requests == "POST GET"


def test_a_response_about_a_resource_that_does_not_exist_is_not_believed(bench: Bench) -> None:
    bench.answer = lambda body: {**body, "sid": OTHER, "friendly_name": "other"}
    found = bench.create()
    assert (found.sid != OTHER, found.fields["friendly_name"]) == (True, "agent")
    assert bench.requests == "POST GET GET"


def test_a_response_about_a_resource_that_cannot_be_read_is_not_believed(bench: Bench) -> None:
    bench.answer = lambda body: {**body, "sid": OTHER, "friendly_name": "other"}
    refuse = Respond(status=400)
    error = bench.failed(
        OutcomeUnknown, Fault(phase=Phase.BEFORE_COMMIT, effect=refuse, method="GET", times=None), address=AGENT
    )
    assert error.happened == (
        "confsync wrote services/desk/roles/agent, but Twilio's response describes a different resource."
    )
    assert isinstance(error.__cause__, ApiError)
    assert bench.requests == "POST"


@pytest.mark.parametrize(
    ("body", "sid"), [({}, None), ({"sid": None}, None), ({"sid": "RL" + "2" * 32, "friendly_name": "agent"}, OTHER)]
)
def test_a_response_about_another_resource_makes_a_write_unknown(
    body: dict[str, object], sid: Sid | None, bench: Bench
) -> None:
    with pytest.raises(OutcomeUnknown) as failed:
        parse_written(bench.change(), body, sid)
    assert failed.value.happened == (
        "confsync wrote services/desk/roles/agent, but Twilio's response describes a different resource."
    )
    assert failed.value.changed == "It is not known whether this one write took effect."
    assert failed.value.hint == "Run `confsync plan`, which reads the current state."


def test_a_response_about_the_resource_is_parsed(bench: Bench) -> None:
    body = {"sid": OTHER, "friendly_name": "agent"}
    for sid in (None, OTHER):
        assert parse_written(bench.change(), body, sid).sid == OTHER
