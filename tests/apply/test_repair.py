"""Of two equal resources, a repair deletes the newer one, if it is empty and nothing refers to it."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from datetime import timedelta

import httpx
import pytest

from confsync.account.blocking import run_blocking
from confsync.account.repairs import Repair, apply_repair, plan_repair
from confsync.apply.repair_report import RepairOutcome, RepairReport, RepairStatus
from confsync.emulator.faults.fault import Close, Effect, Fault, OtherRequest, Phase, Reset, Respond, Send
from confsync.emulator.faults.layer import FaultLayer
from confsync.emulator.transport import EmulatorTransport
from confsync.errors import Locked, OutcomeUnknown, Refused, Stale
from confsync.exit_codes import ExitCode
from confsync.names import Address
from confsync.state.ledger import Entry
from confsync.state.state_files import journal_path
from tests.harness import Harness, plan_lines
from tests.planning.late_commit import apply_with_late_commit
from tests.planning.test_probable_duplicates import DESK, FORM, ROLES, TWICE, another
from tests.twilio.still_clock import StillClock

AGENT = Address(("services", "desk", "roles", "agent"))
ROLE = "/v1/Services/*/Roles/*"


@pytest.fixture
def twice(harness: Harness) -> Harness:
    """An account in which a role exists twice; confsync owns the older one."""
    harness.apply(DESK)
    harness.emulator.clock.advance(timedelta(seconds=30))
    another(harness)
    harness.clock = StillClock()
    return harness


@pytest.fixture
def reversed_twice(harness: Harness) -> Harness:
    """An account in which a role exists twice; confsync owns the newer one."""
    harness.apply("version: 1\nservices: {desk: {}}\n")
    older = another(harness)
    harness.emulator.clock.advance(timedelta(seconds=30))
    newer = another(harness)
    harness.apply(f"{DESK}adopt: {{services/desk/roles/agent: {newer}}}\n")
    harness.plan(DESK)
    harness.clock = StillClock()
    assert (entry(harness).sid, agents(harness)) == (newer, [older, newer])
    return harness


def repair(harness: Harness, meanwhile: Callable[[Repair], object] = lambda _: None) -> RepairReport:
    """Plan a repair, let something happen, and apply it."""
    account = harness.account().account
    harness.emulator.log.clear()
    planned = run_blocking(plan_repair(account))
    assert harness.writes == []
    meanwhile(planned)
    harness.emulator.log.clear()
    outcomes: list[RepairOutcome] = []
    run_blocking(apply_repair(account, planned, outcomes.append))
    return RepairReport(planned.plan.target, planned.steps, tuple(outcomes))


def agents(harness: Harness) -> list[str]:
    roles = harness.live("/Services/desk/Roles")["roles"]
    return [
        each["sid"] for each in sorted(roles, key=lambda role: role["date_created"]) if each["friendly_name"] == "agent"
    ]


def entry(harness: Harness) -> Entry:
    assert harness.ledger
    return harness.ledger.current[AGENT]


def reasons(report: RepairReport) -> list[str]:
    return [each.reason for each in report.steps]


@pytest.mark.parametrize("kind", TWICE)
def test_a_late_commit_is_repaired_and_the_next_plan_is_empty(harness: Harness, kind: str) -> None:
    apply_with_late_commit(harness, *TWICE[kind])
    (found,) = harness.plan().probable_duplicates
    report = repair(harness)
    assert [each.status for each in report] == [RepairStatus.DELETED]
    assert [each.split()[0] for each in harness.writes] == ["DELETE"]
    assert report.exit_code is ExitCode.DONE
    assert harness.ledger
    assert found.sid in harness.ledger.owner
    plan = harness.plan()
    assert (plan_lines(plan), plan.warnings, plan.empty) == ([], (), True)
    assert repair(harness).steps == ()


def test_the_ledger_stays_as_it_is_if_the_older_one_is_owned(twice: Harness) -> None:
    before = twice.ledger_path.read_bytes()
    older, _ = agents(twice)
    repair(twice)
    assert (agents(twice), twice.ledger_path.read_bytes()) == ([older], before)
    assert not journal_path(twice.ledger_path).exists()


def test_without_duplicates_a_repair_reads_no_more_than_a_plan_and_writes_nothing(harness: Harness) -> None:
    harness.apply(DESK)
    reads = harness.plan().reads
    assert repair(harness).steps == ()
    harness.emulator.log.clear()
    assert run_blocking(plan_repair(harness.account().account)).plan.reads == reads
    assert len(harness.emulator.log) == reads


def test_a_delete_is_in_the_journal_before_the_next_request(twice: Harness) -> None:
    another(twice)
    seen: list[bytes] = []
    journal = journal_path(twice.ledger_path)

    class Watching(EmulatorTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            seen.append(journal.read_bytes() if journal.exists() else b"")
            return await super().handle_async_request(request)

    twice.transport = Watching(twice.emulator)
    older, *_ = agents(twice)
    assert len(repair(twice).outcomes) == 2
    assert agents(twice) == [older]
    records = [line for line in seen[-1].splitlines() if b'"drop"' in line]
    assert len(records) == 1


STAFF = DESK.replace("conversation, permissions: [sendMessage]", "service, permissions: [joinConversation]")
AS_STAFF = {"Type": "service", "Permission": "joinConversation"}
IN_USE: dict[str, tuple[str, dict[str, str], str, dict[str, str]]] = {
    "it is in use: 1 user": (STAFF, AS_STAFF, "Users", {"Identity": "ann", "RoleSid": "{sid}"}),
    "it is in use: it is the service's default conversation role": (
        DESK,
        {},
        "Configuration",
        {"DefaultConversationRoleSid": "{sid}"},
    ),
}


@pytest.mark.parametrize("reason", IN_USE)
def test_a_duplicate_to_which_something_refers_is_reasons(harness: Harness, reason: str) -> None:
    text, form, section, fields = IN_USE[reason]
    harness.apply(text)
    harness.emulator.clock.advance(timedelta(seconds=30))
    newer = another(harness, **form)
    harness.client.post(
        harness.path(f"/Services/desk/{section}"), {name: value.format(sid=newer) for name, value in fields.items()}
    )
    report = repair(harness)
    assert ([each.newer.sid for each in report.steps], reasons(report)) == ([newer], [reason])
    assert (harness.writes, len(agents(harness)), report.exit_code) == ([], 2, ExitCode.REFUSED)


CONTENTS: dict[str, tuple[str, dict[str, str]]] = {
    "it is in use: 1 conversation": ("Conversations", {}),
    "it is in use: 1 user": ("Users", {"Identity": "ann"}),
    "it is in use: role RL": ("Roles", FORM),
}


@pytest.mark.parametrize("reason", CONTENTS)
def test_a_duplicate_that_is_not_empty_is_reasons(harness: Harness, reason: str) -> None:
    harness.apply("version: 1\nservices: {desk: {}}\n")
    harness.emulator.clock.advance(timedelta(seconds=30))
    newer = harness.client.made("/Services", {"FriendlyName": "desk"})
    section, fields = CONTENTS[reason]
    harness.client.made(f"/Services/{newer}/{section}", fields)
    assert [each[: len(reason)] for each in reasons(repair(harness))] == [reason]
    assert harness.client.get(f"/Services/{newer}").status == 200


def test_a_service_with_a_phone_address_is_reasons(harness: Harness) -> None:
    harness.apply("version: 1\nservices: {desk: {}}\n")
    harness.emulator.clock.advance(timedelta(seconds=30))
    newer = harness.client.made("/Services", {"FriendlyName": "desk"})
    rule = {
        "Type": "sms",
        "Address": "+15550001111",
        "AutoCreation.Enabled": "true",
        "AutoCreation.Type": "default",
        "AutoCreation.ConversationServiceSid": newer,
    }
    harness.client.made("/Configuration/Addresses", rule)
    assert reasons(repair(harness)) == ["it is in use: 1 phone address"]


def test_a_role_of_the_name_of_a_built_in_one_is_reasons(harness: Harness) -> None:
    built_in = (
        "version: 1\nservices: {desk: {roles: {channel user: {type: conversation, permissions: [sendMessage]}}}}\n"
    )
    harness.apply(built_in)
    another(harness, FriendlyName="channel user")
    assert reasons(repair(harness)) == ["Twilio creates a role of this name with each service"]


# The newer one is owned


def test_if_the_newer_one_is_owned_the_older_one_takes_its_place_in_the_ledger(reversed_twice: Harness) -> None:
    older, _ = agents(reversed_twice)
    before = entry(reversed_twice)
    report = repair(reversed_twice)
    assert [each.status for each in report] == [RepairStatus.DELETED]
    assert agents(reversed_twice) == [older]
    after = entry(reversed_twice)
    assert (after.sid, after.origin, after.id, after.applied) == (older, "adopted", before.id, before.applied)
    assert plan_lines(reversed_twice.plan()) == []


def test_a_protected_resource_is_never_deleted(reversed_twice: Harness) -> None:
    reversed_twice.apply(DESK.replace("}", ", lifecycle: {protect: true}}"))
    assert reasons(repair(reversed_twice)) == ["confsync owns it, and it is protected"]
    assert len(agents(reversed_twice)) == 2


def test_an_owned_resource_that_contains_owned_ones_is_reasons(harness: Harness) -> None:
    harness.client.made("/Services", {"FriendlyName": "desk"})
    harness.emulator.clock.advance(timedelta(seconds=30))
    newer = harness.client.made("/Services", {"FriendlyName": "desk"})
    harness.apply(f"{DESK}adopt: {{services/desk: {newer}}}\n")
    assert reasons(repair(harness)) == ["it contains what confsync owns: services/desk/roles/agent"]


def test_a_refused_delete_leaves_the_ledger_as_it_was(reversed_twice: Harness) -> None:
    before = entry(reversed_twice)
    refuse = Fault(phase=Phase.BEFORE_COMMIT, effect=Respond(status=400, code=50107), method="DELETE", path=ROLE)
    reversed_twice.transport = EmulatorTransport(FaultLayer(reversed_twice.emulator, [refuse]))
    report = repair(reversed_twice)
    assert [each.status for each in report] == [RepairStatus.FAILED]
    assert report.exit_code is ExitCode.PARTIAL
    assert (entry(reversed_twice), len(agents(reversed_twice))) == (before, 2)


@pytest.mark.parametrize("killed_before", ["DELETE", "the end"])
def test_a_killed_repair_loses_neither_the_resource_nor_its_owner(reversed_twice: Harness, killed_before: str) -> None:
    class Killed(BaseException):
        """Ends the run as a kill does, but for the ledger, which a kill would leave to the journal."""

    class Killing(EmulatorTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "DELETE" and killed_before == "DELETE":
                raise Killed
            response = await super().handle_async_request(request)
            if request.method == "DELETE":
                raise Killed
            return response

    older, _ = agents(reversed_twice)
    reversed_twice.transport = Killing(reversed_twice.emulator)
    with pytest.raises(Killed):
        repair(reversed_twice)
    reversed_twice.transport = None
    assert entry(reversed_twice).sid == older
    repair(reversed_twice)
    assert agents(reversed_twice) == [older]
    assert plan_lines(reversed_twice.plan()) == []


def test_a_cancelled_repair_waits_for_the_delete_in_flight_and_sends_no_other(twice: Harness) -> None:
    another(twice)
    outcomes: list[RepairOutcome] = []

    async def cancelled() -> None:
        account = twice.account().account
        planned = await plan_repair(account)
        task = asyncio.create_task(apply_repair(account, planned, outcomes.append))
        transport.on_delete = task.cancel
        with pytest.raises(asyncio.CancelledError):
            await task

    class Cancelling(EmulatorTransport):
        on_delete: Callable[[], object]

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "DELETE":
                self.on_delete()
                await asyncio.sleep(0)
            return await super().handle_async_request(request)

    transport = Cancelling(twice.emulator)
    twice.transport = transport
    run_blocking(cancelled())
    assert [each.status for each in outcomes] == [RepairStatus.DELETED]
    assert len(agents(twice)) == 2


# Several, or two of one age


def test_of_three_the_oldest_one_stays(twice: Harness) -> None:
    twice.emulator.clock.advance(timedelta(seconds=30))
    another(twice)
    older, *_ = agents(twice)
    assert [each.status for each in repair(twice)] == [RepairStatus.DELETED] * 2
    assert agents(twice) == [older]


def test_within_one_second_the_sid_decides_so_that_two_runs_agree(harness: Harness) -> None:
    harness.apply(DESK)
    another(harness)
    lower, higher = sorted(agents(harness))
    (step,) = run_blocking(plan_repair(harness.account().account)).steps
    assert (step.older.sid, step.newer.sid) == (lower, higher)


def test_two_clones_that_own_one_each_keep_one_together(twice: Harness) -> None:
    """Each ledger owns another one of the two, as after two first applies at once."""
    ours = twice.ledger_path.read_text("utf-8")
    older, newer = agents(twice)
    theirs = ours.replace(older, newer)
    for ledger in (theirs, ours):
        twice.ledger_path.write_text(ledger, "utf-8")
        repair(twice)
    assert agents(twice) == [older]


# What changes between the question and the deletion


def change(harness: Harness, sid: str | None, **fields: str) -> None:
    assert harness.client.post(harness.path(f"/Services/desk/Roles/{sid}"), fields).status == 200


@pytest.mark.parametrize("which", ["older", "newer"])
def test_a_pair_that_changed_in_the_meantime_is_left_alone(twice: Harness, which: str) -> None:
    def meanwhile(planned: Repair) -> None:
        change(twice, getattr(planned.steps[0], which).sid, Permission="leaveConversation")

    report = repair(twice, meanwhile)
    assert [type(each.error) for each in report] == [Stale]
    assert (report.exit_code, len(agents(twice)), twice.writes) == (ExitCode.STALE, 2, [])


def test_the_last_one_is_never_deleted(twice: Harness) -> None:
    def meanwhile(planned: Repair) -> None:
        twice.client.delete(twice.path(f"/Services/desk/Roles/{planned.steps[0].older.sid}"))

    report = repair(twice, meanwhile)
    assert [type(each.error) for each in report] == [Stale]
    assert len(agents(twice)) == 1


def test_one_that_is_used_in_the_meantime_is_reasons(twice: Harness) -> None:
    def meanwhile(planned: Repair) -> None:
        sid = str(planned.steps[0].newer.sid)
        twice.client.post(twice.path("/Services/desk/Configuration"), {"DefaultConversationRoleSid": sid})

    (outcome,) = repair(twice, meanwhile)
    assert isinstance(outcome.error, Stale)
    assert "default conversation role" in outcome.error.happened
    assert len(agents(twice)) == 2


def test_one_that_is_gone_in_the_meantime_counts_as_deleted(twice: Harness) -> None:
    def meanwhile(planned: Repair) -> None:
        twice.client.delete(twice.path(f"/Services/desk/Roles/{planned.steps[0].newer.sid}"))

    assert [each.status for each in repair(twice, meanwhile)] == [RepairStatus.DELETED]


def test_a_ledger_that_changed_in_the_meantime_stops_the_repair(twice: Harness) -> None:
    with pytest.raises(Stale):
        repair(twice, lambda _: twice.apply(DESK + "      clerk: {type: conversation, permissions: [sendMessage]}\n"))
    assert len(agents(twice)) == 2


def test_a_repair_takes_the_lock(twice: Harness) -> None:
    def meanwhile(_: Repair) -> None:
        with twice.account().locked(), pytest.raises(Locked):
            run_in_another_process(twice)

    repair(twice, meanwhile)


def run_in_another_process(harness: Harness) -> None:
    """Repair as somebody does who does not hold the lock of this task."""
    Context().run(lambda: repair(harness))


# Requests that fail


@pytest.mark.parametrize(("phase", "effect"), [(Phase.AFTER_COMMIT, Reset()), (Phase.BEFORE_COMMIT, Close())])
def test_a_delete_without_a_response_is_repeated(twice: Harness, phase: Phase, effect: Effect) -> None:
    lost = Fault(phase=phase, effect=effect, method="DELETE", path=ROLE)
    twice.transport = EmulatorTransport(FaultLayer(twice.emulator, [lost]))
    assert [each.status for each in repair(twice)] == [RepairStatus.DELETED]
    assert len(agents(twice)) == 1


def test_a_delete_that_never_gets_a_response_is_unknown(reversed_twice: Harness) -> None:
    """The ledger then has the older one: if the newer one still exists, the next plan shows it again."""
    lost = Fault(phase=Phase.BEFORE_COMMIT, effect=Reset(), method="DELETE", path=ROLE, times=None)
    reversed_twice.transport = EmulatorTransport(FaultLayer(reversed_twice.emulator, [lost]))
    report = repair(reversed_twice)
    assert [type(each.error) for each in report] == [OutcomeUnknown]
    assert report.exit_code is ExitCode.UNKNOWN
    reversed_twice.transport = None
    assert entry(reversed_twice).sid == agents(reversed_twice)[0]
    assert plan_lines(reversed_twice.plan()) == ["duplicate services/desk/roles/agent"]


def test_a_duplicate_that_appears_during_an_apply_can_be_repaired(harness: Harness) -> None:
    other = OtherRequest("POST", "/v1/Services/{sid}/Roles", FORM)
    extra = Fault(phase=Phase.AFTER_COMMIT, effect=Send((other,)), method="POST", path=ROLES)
    harness.transport = EmulatorTransport(FaultLayer(harness.emulator, [extra]))
    assert harness.apply(DESK).exit_code is ExitCode.UNKNOWN
    harness.transport = None
    assert [each.status for each in repair(harness)] == [RepairStatus.DELETED]
    assert plan_lines(harness.plan()) == []


def test_an_unused_ledger_of_the_account_stops_a_repair(twice: Harness) -> None:
    twice.ledger_path.with_name("confsync.ledger.old.json").write_bytes(twice.ledger_path.read_bytes())
    with pytest.raises(Refused, match="may own one of the duplicates"):
        repair(twice)
    assert len(agents(twice)) == 2
