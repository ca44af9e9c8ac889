"""A create whose response is lost: it is never sent again before confsync has looked for the resource."""

from collections.abc import Callable

import pytest

from confsync.apply.report import Status
from confsync.emulator.faults.fault import Close, Effect, Fault, Hang, OtherRequest, Phase, Reset, Respond, Send
from confsync.emulator.faults.layer import FaultLayer
from confsync.emulator.transport import EmulatorTransport
from confsync.errors import OutcomeUnknown, Stale
from confsync.exit_codes import ExitCode
from confsync.names import Address
from confsync.plan.change import Action
from confsync.state.ledger import Entry
from confsync.twilio.retry_policy import LOOKS
from tests.harness import Harness, outcome_lines, plan_lines
from tests.twilio.still_clock import StillClock

DESK = """
version: 1
services:
  desk:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
    configuration: {default_conversation_role: agent}
"""
AGENT = Address(("services", "desk", "roles", "agent"))
ROLES = "/v1/Services/*/Roles"

LOST: dict[str, tuple[Phase, Effect]] = {
    f"{type(effect).__name__.lower()} {phase}": (phase, effect)
    for effect in (Reset(), Close(), Hang())
    for phase in (Phase.AFTER_COMMIT, Phase.MID_HEADERS, Phase.MID_BODY)
} | {
    "500 after the commit": (Phase.AFTER_COMMIT, Respond(status=500)),
    "404 after the commit": (Phase.AFTER_COMMIT, Respond(status=404)),
    "a list after the commit": (Phase.AFTER_COMMIT, Respond(status=201, body=[])),
    "no SID after the commit": (Phase.AFTER_COMMIT, Respond(status=201, body={"friendly_name": "agent"})),
    "HTML after the commit": (Phase.AFTER_COMMIT, Respond(status=201, body="<html></html>")),
}
NOTHING_DONE: dict[str, tuple[Phase, Effect]] = {
    "reset": (Phase.BEFORE_COMMIT, Reset()),
    "close": (Phase.BEFORE_READ, Close()),
    "hang": (Phase.BEFORE_COMMIT, Hang()),
    "500": (Phase.BEFORE_COMMIT, Respond(status=500)),
    "404": (Phase.BEFORE_COMMIT, Respond(status=404)),
    "408": (Phase.BEFORE_COMMIT, Respond(status=408)),
}


@pytest.fixture(autouse=True)
def _no_waiting(harness: Harness) -> None:
    harness.clock = StillClock()


def with_faults(harness: Harness, *faults: Fault) -> FaultLayer:
    layer = FaultLayer(harness.emulator, faults)
    harness.transport = EmulatorTransport(layer)
    return layer


def fault(phase: Phase, effect: Effect, *, path: str = ROLES, times: int | None = 1) -> Fault:
    return Fault(phase=phase, effect=effect, method="POST", path=path, times=times)


def test_an_update_without_a_usable_response_is_done_before_what_depends_on_it(harness: Harness) -> None:
    empty = Respond(status=201, body={})
    with_faults(harness, fault(Phase.BEFORE_COMMIT, empty, path="/v1/Services/*/Configuration"))
    report = harness.apply(DESK + "    conversations: {lounge: {participants: {x: {identity: x}}}}\n")
    assert set(report.counts) == {Status.DONE}
    participants = harness.live("/Services/desk/Conversations/lounge/Participants")["participants"]
    assert [each["role_sid"] for each in participants] == agents(harness)


def creates(harness: Harness) -> int:
    """Count the creates of roles that reached the emulator."""
    return sum(each.endswith("Roles FriendlyName Type Permission") for each in harness.writes)


def agents(harness: Harness) -> list[str]:
    roles = harness.live("/Services/desk/Roles")["roles"]
    return [each["sid"] for each in roles if each["friendly_name"] == "agent"]


def entry(harness: Harness) -> Entry:
    assert harness.ledger
    return harness.ledger.current[AGENT]


@pytest.mark.parametrize("lost", LOST)
def test_a_create_that_happened_without_a_response_is_found_and_done(harness: Harness, lost: str) -> None:
    with_faults(harness, fault(*LOST[lost]))
    report = harness.apply(DESK)
    assert set(report.counts) == {Status.DONE}
    assert creates(harness) == 1
    assert agents(harness) == [entry(harness).sid]
    assert entry(harness).origin == "created"
    assert plan_lines(harness.plan()) == []


@pytest.mark.parametrize("lost", NOTHING_DONE)
def test_a_create_that_did_not_happen_is_sent_once_more_after_looking_for_it(harness: Harness, lost: str) -> None:
    clock = harness.clock = StillClock()
    with_faults(harness, fault(*NOTHING_DONE[lost]))
    assert set(harness.apply(DESK).counts) == {Status.DONE}
    assert clock.monotonic() >= LOOKS[-1]
    assert (creates(harness), len(agents(harness))) == (1, 1)


def test_a_create_that_commits_while_confsync_looks_for_it_is_not_sent_again(harness: Harness) -> None:
    late: list[Callable[[], object]] = []

    class ClockOfTwilio(StillClock):
        """A clock in which the late create takes effect after some seconds."""

        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if late and self.monotonic() >= 4:
                late.pop()()

    harness.clock = ClockOfTwilio()
    slow = Fault(phase=Phase.LATE_COMMIT, effect=Hang(), method="POST", path=ROLES, delay=4.0)
    layer = FaultLayer(harness.emulator, [slow], schedule=lambda _, commit: late.append(commit))
    harness.transport = EmulatorTransport(layer)
    assert set(harness.apply(DESK).counts) == {Status.DONE}
    assert (creates(harness), len(agents(harness))) == (1, 1)


@pytest.fixture
def unknown(harness: Harness) -> Harness:
    """Apply, and get no usable response to any create of a role, of which none happens."""
    with_faults(harness, fault(Phase.BEFORE_COMMIT, Reset(), times=None))
    report = harness.apply(DESK)
    assert "unknown services/desk/roles/agent" in outcome_lines(report)
    assert "not_started services/desk/configuration" in outcome_lines(report)
    assert {each.reason for each in report.outcomes if each.reason} == {
        "it requires services/desk/roles/agent, which has an unknown outcome"
    }
    assert [type(each) for each in report.errors] == [OutcomeUnknown]
    harness.transport = None
    return harness


def test_a_create_that_never_gets_a_response_is_sent_twice_and_then_unknown(harness: Harness) -> None:
    layer = with_faults(harness, fault(Phase.BEFORE_COMMIT, Reset(), times=None))
    harness.apply(DESK)
    assert len(layer.struck) == 2
    assert harness.ledger
    assert [each.entry.address for each in harness.ledger.pending] == [AGENT]
    assert AGENT not in harness.ledger.current


def test_the_next_plan_warns_about_it(unknown: Harness) -> None:
    (warning,) = unknown.plan().warnings
    assert warning.code == "CS4010"
    assert warning.summary == "an earlier apply sent the create of services/desk/roles/agent and got no usable response"
    assert warning.detail == "the next apply looks for the resource before it sends the create again"


def test_a_create_that_is_no_longer_declared_is_forgotten_as_the_warning_says(unknown: Harness) -> None:
    (warning,) = unknown.plan(WITHOUT_AGENT).warnings
    assert warning.detail == "look for it in Twilio; then write `forget: [services/desk/roles/agent]`"
    unknown.apply(WITHOUT_AGENT + "forget: [services/desk/roles/agent]\n")
    assert unknown.plan(WITHOUT_AGENT).warnings == ()
    assert unknown.ledger
    assert unknown.ledger.pending == ()


WITHOUT_AGENT = "version: 1\nservices: {desk: {roles: {clerk: {type: conversation, permissions: [sendMessage]}}}}\n"


def test_the_next_apply_creates_what_is_still_missing(unknown: Harness) -> None:
    assert set(unknown.apply().counts) == {Status.DONE}
    assert len(agents(unknown)) == 1
    assert unknown.ledger
    assert unknown.ledger.pending == ()
    assert entry(unknown).origin == "created"


def test_the_next_apply_waits_for_what_an_earlier_run_may_have_given_up_just_now(unknown: Harness) -> None:
    class LaterClock(StillClock):
        """A clock of some time later, in which the create takes effect 4 seconds after the next run began."""

        async def sleep(self, seconds: float) -> None:
            before = self.monotonic()
            await super().sleep(seconds)
            if before < 124 <= self.monotonic():
                made(unknown)

    unknown.clock = later = LaterClock()
    later.slept.append(120)
    unknown.apply()
    assert later.monotonic() >= 124
    assert creates(unknown) == len(agents(unknown)) == 1  # the one of the earlier run
    assert entry(unknown).origin == "created"


def test_the_next_plan_finds_what_an_unknown_create_made_after_all(unknown: Harness) -> None:
    made(unknown)
    assert [each.split(" ")[:2] for each in plan_lines(unknown.plan())] == [["update", "services/desk/configuration"]]
    unknown.apply()
    assert creates(unknown) == 0
    assert entry(unknown).origin == "created"
    assert unknown.ledger
    assert unknown.ledger.pending == ()


def test_what_appears_between_plan_and_apply_is_found_before_anything_is_sent(unknown: Harness) -> None:
    unknown.apply(meanwhile=lambda _: made(unknown))
    assert len(agents(unknown)) == 1
    assert entry(unknown).origin == "created"


def test_a_resource_that_differs_from_what_was_sent_is_adopted_and_not_counted_as_created(unknown: Harness) -> None:
    made(unknown, permissions=("leaveConversation",))
    (change,) = (each for each in unknown.plan().changes if each.address == AGENT)
    assert change.actions == (Action.ADOPT, Action.UPDATE)
    unknown.apply()
    assert entry(unknown).origin == "adopted"
    assert unknown.ledger
    assert unknown.ledger.pending == ()


def test_a_create_of_other_values_waits_for_a_new_plan_if_the_old_one_happened(unknown: Harness) -> None:
    changed = DESK.replace("[sendMessage]", "[leaveConversation]")
    report = unknown.apply(changed, meanwhile=lambda _: made(unknown))
    assert [type(each) for each in report.errors] == [Stale]
    assert set(unknown.apply(changed).counts) == {Status.DONE}
    assert len(agents(unknown)) == 1
    assert entry(unknown).origin == "created"


def made(harness: Harness, permissions: tuple[str, ...] = ("sendMessage",)) -> None:
    """Let a create happen that nobody expects any more."""
    fields = {"FriendlyName": "agent", "Type": "conversation", "Permission": permissions}
    harness.client.made(harness.path("/Services/desk/Roles"), fields)


def test_two_resources_that_may_be_it_are_named_and_left_alone(harness: Harness) -> None:
    other = OtherRequest("POST", "/v1/Services/{sid}/Roles", FORM)
    with_faults(
        harness,
        Fault(phase=Phase.BEFORE_COMMIT, effect=Send((other,)), method="GET", path=ROLES, skip=0),
        fault(Phase.AFTER_COMMIT, Reset()),
    )
    report = harness.apply(DESK)
    (error,) = report.errors
    assert isinstance(error, OutcomeUnknown)
    assert [sid for sid in agents(harness) if sid in error.happened] == agents(harness)
    assert len(agents(harness)) == 2
    assert creates(harness) == 2


FORM: dict[str, str | tuple[str, ...]] = {
    "FriendlyName": "agent",
    "Type": "conversation",
    "Permission": ("sendMessage",),
}


def test_a_refused_create_leaves_nothing_pending(harness: Harness) -> None:
    with_faults(harness, fault(Phase.BEFORE_COMMIT, Respond(status=400, code=20001)))
    report = harness.apply(DESK)
    assert report.counts[Status.FAILED] == 1
    assert harness.ledger
    assert harness.ledger.pending == ()


def test_a_create_refused_after_one_without_a_response_stays_pending(harness: Harness) -> None:
    with_faults(
        harness,
        fault(Phase.BEFORE_COMMIT, Reset()),
        fault(Phase.BEFORE_COMMIT, Respond(status=400, code=20001)),
    )
    assert harness.apply(DESK).counts[Status.FAILED] == 1
    assert harness.ledger
    assert [each.entry.address for each in harness.ledger.pending] == [AGENT]


def test_a_duplicate_that_appears_during_the_apply_is_reported_with_both_sids(harness: Harness) -> None:
    other = OtherRequest("POST", "/v1/Services/{sid}/Roles", FORM)
    with_faults(harness, fault(Phase.AFTER_COMMIT, Send((other,))))
    report = harness.apply(DESK)
    assert report.exit_code is ExitCode.UNKNOWN
    (error,) = report.errors
    assert isinstance(error, OutcomeUnknown)
    assert [sid for sid in agents(harness) if sid in error.happened] == agents(harness)
    assert len(agents(harness)) == 2
    assert entry(harness).sid in agents(harness)
    assert set(harness.apply().counts) <= {Status.DONE}


def test_a_resource_of_the_same_name_that_was_there_before_is_no_duplicate(harness: Harness) -> None:
    harness.apply("version: 1\nservices: {desk: {}}\n")
    fields = {"FriendlyName": "agent", "Type": "service", "Permission": ("addParticipant",)}
    harness.client.made(harness.path("/Services/desk/Roles"), fields)
    assert set(harness.apply(DESK).counts) == {Status.DONE}


def test_a_collection_that_cannot_be_listed_again_is_reported_as_not_read_back(harness: Harness) -> None:
    with_faults(harness, Fault(phase=Phase.BEFORE_COMMIT, effect=Respond(status=400), method="GET", path=ROLES))
    report = harness.apply(DESK)
    assert [str(each.address) for each in report.unread] == ["services/desk/roles/agent"]
    assert report.exit_code is ExitCode.DONE
