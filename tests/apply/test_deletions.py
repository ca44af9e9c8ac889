"""Deletes come last, one after the other, once everything else in their service is done."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from msgspec.structs import replace

from confsync.apply.report import Report, Status
from confsync.exit_codes import ExitCode
from confsync.names import Address
from confsync.plan.intent import Intent, Overrides
from tests.harness import Harness, InterceptingTransport, json_response, outcome_lines, plan_lines
from tests.twilio.still_clock import StillClock

ROLE = "{type: conversation, permissions: [sendMessage]}"
OVERRIDDEN = Intent(overrides=Overrides(max_deletes=100))


def desk(*roles: str, method: str = "GET", more: str = "") -> str:
    written = "".join(f"      {each}: {ROLE}\n" for each in roles)
    return f"""version: 1
services:
  desk:
    lifecycle: {{prune: [roles]}}
    webhooks: {{method: {method}}}
    roles:
      channel user: {{type: conversation, lifecycle: {{lookup: true}}}}
{written}{more}"""


@pytest.fixture(autouse=True)
def _overridden(harness: Harness) -> None:
    harness.intent = OVERRIDDEN


def deletes(harness: Harness) -> list[str]:
    return [each.path.rpartition("/")[2] for each in harness.emulator.log.writes() if each.method == "DELETE"]


def allowed(address: str) -> Intent:
    return Intent(overrides=Overrides(max_deletes=100, allow_delete=frozenset({Address.parse(address)})))


def role_sid(harness: Harness, name: str) -> str:
    return str(harness.live(f"/Services/desk/Roles/{name}")["sid"])


def test_deletes_come_after_every_other_write_in_their_service(harness: Harness) -> None:
    harness.apply(desk("a", "b", "c"))
    report = harness.apply(desk("a", "d", method="POST"))
    assert set(report.counts) == {Status.DONE}
    assert [each.split()[0] for each in harness.writes] == ["POST", "POST", "DELETE", "DELETE"]
    assert plan_lines(harness.plan()) == []
    assert harness.ledger
    assert {each.address.key for each in harness.ledger.entries} == {"desk", "webhooks", "a", "d"}


def test_deletes_follow_each_other_in_the_order_of_the_plan(harness: Harness) -> None:
    harness.apply(desk("a", "b", "c"))
    harness.transport = slow = Slow(harness.emulator)
    report = harness.apply(desk())
    assert deletes(harness) == [each.change.sid for each in report.outcomes if each.change.deletes]
    assert (len(deletes(harness)), slow.most) == (3, 1)


class Slow(InterceptingTransport):
    """Takes its time over every delete, and counts how many are under way."""

    under_way = most = 0

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "DELETE":
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            await asyncio.sleep(0.01)
            self.under_way -= 1
        return None


class Refusing(InterceptingTransport):
    """Says no to the requests that a rule picks."""

    def __init__(self, harness: Harness, picks: Callable[[httpx.Request], bool], status: int = 400) -> None:
        super().__init__(harness.emulator)
        self.picks, self.status = picks, status

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if self.picks(request):
            return json_response(request, self.status, {"code": 20001, "message": "no", "status": self.status})
        return None


def _writes_webhooks(request: httpx.Request) -> bool:
    return request.method == "POST" and request.url.path.endswith("/Webhooks")


def test_a_failure_in_a_service_leaves_its_deletes_unstarted(harness: Harness) -> None:
    harness.apply(desk("a", "b"))
    harness.transport = Refusing(harness, _writes_webhooks)
    report = harness.apply(desk("a", method="POST"))
    assert outcome_lines(report) == ["failed services/desk/webhooks", "not_started services/desk/roles/b"]
    assert deletes(harness) == []
    harness.transport = None
    assert set(harness.apply().counts) == {Status.DONE}
    assert plan_lines(harness.plan()) == []


def test_a_resource_that_someone_changed_leaves_the_deletes_of_its_service_unstarted(harness: Harness) -> None:
    harness.apply(desk("a", "b"))
    path = harness.path("/Services/desk/Configuration/Webhooks")
    moved = {"PreWebhookUrl": "https://example.com/x"}
    report = harness.apply(desk("a", method="POST"), meanwhile=lambda _: harness.client.post(path, moved))
    assert outcome_lines(report) == ["failed services/desk/webhooks", "not_started services/desk/roles/b"]
    assert report.exit_code is ExitCode.STALE


def test_a_failure_in_one_service_does_not_stop_the_deletes_of_another(harness: Harness) -> None:
    other = "  other: {webhooks: {method: %s}}\n"
    harness.apply(desk("a", "b", more=other % "GET"))
    harness.transport = Refusing(harness, _writes_webhooks)
    report = harness.apply(desk("a", more=other % "POST"))
    assert sorted(outcome_lines(report)) == ["done services/desk/roles/b", "failed services/other/webhooks"]


def test_a_delete_that_fails_stops_no_other(harness: Harness) -> None:
    harness.apply(desk("a", "b", "c"))
    first = harness.path("/Services/desk/Roles/c")
    harness.transport = Refusing(harness, lambda each: each.method == "DELETE" and each.url.path.endswith(first))
    report = harness.apply(desk("a"))
    assert outcome_lines(report) == ["failed services/desk/roles/c", "done services/desk/roles/b"]
    assert harness.ledger
    keys = {each.address.key for each in harness.ledger.entries}
    assert (keys >= {"a", "c"}, "b" in keys) == (True, False)


def test_a_resource_that_someone_changed_is_not_deleted(harness: Harness) -> None:
    harness.apply(desk("a", "b"))
    path = harness.path("/Services/desk/Roles/b")
    report = harness.apply(
        desk("a"), meanwhile=lambda _: harness.client.post(path, {"Permission": "leaveConversation"})
    )
    assert outcome_lines(report) == ["failed services/desk/roles/b"]
    assert (deletes(harness), report.exit_code) == ([], ExitCode.STALE)
    assert harness.live("/Services/desk/Roles/b")["permissions"] == ["leaveConversation"]


def test_a_delete_of_a_missing_resource_is_done_and_sends_nothing(harness: Harness) -> None:
    harness.apply(desk("a", "b"))
    path = harness.path("/Services/desk/Roles/b")

    def beforehand(_plan: object) -> None:
        harness.client.delete(path)
        harness.emulator.log.clear()

    report = harness.apply(desk("a"), meanwhile=beforehand)
    assert outcome_lines(report) == ["done services/desk/roles/b"]
    assert harness.writes == []
    assert harness.ledger
    assert "b" not in {each.address.key for each in harness.ledger.entries}


def test_a_superseded_resource_is_deleted_by_its_sid_and_its_successor_stays(harness: Harness) -> None:
    harness.apply(desk("a"))
    old = role_sid(harness, "a")
    report = harness.apply(desk("a").replace(f"a: {ROLE}", "a: {type: service, permissions: [addParticipant]}"))
    assert outcome_lines(report) == ["done services/desk/roles/a", "done services/desk/roles/a"]
    assert deletes(harness) == [old]
    assert harness.live("/Services/desk/Roles/a")["type"] == "service"
    assert plan_lines(harness.plan()) == []
    assert harness.ledger
    (entry,) = (each for each in harness.ledger.entries if each.address.key == "a")
    assert (entry.sid, entry.current) == (role_sid(harness, "a"), True)


def test_a_delete_at_the_top_level_waits_for_everything(harness: Harness) -> None:
    push = 'credentials: {push: {type: fcm, secret: "${{ env.PUSH_KEY }}"%s}}\n'
    harness.apply(desk("a", "b", more=push % ""))
    harness.intent = allowed("credentials/push")
    harness.transport = Refusing(harness, _writes_webhooks)
    gone = desk("a", method="POST", more=push % ", lifecycle: {absent: true}")
    assert outcome_lines(harness.apply(gone)) == [
        "failed services/desk/webhooks",
        "not_started credentials/push",
        "not_started services/desk/roles/b",
    ]
    harness.transport = None
    assert set(harness.apply().counts) == {Status.DONE}
    assert sorted(each.split()[1] for each in harness.writes[-2:]) == ["Credentials/…", "Services/…/Roles/…"]


class Undead(InterceptingTransport):
    """Says of what was deleted that it is there all the same, so often."""

    def __init__(self, harness: Harness, times: int) -> None:
        super().__init__(harness.emulator)
        self.times = times
        self.dead: dict[str, bytes] = {}

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        path = request.url.path
        if request.method == "GET" and path in self.dead and self.times:
            self.times -= 1
            return httpx.Response(200, content=self.dead[path], request=request)
        return None

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method == "GET" and "/Roles/" in request.url.path and response.status_code == 200:
            self.body = await response.aread()
        if request.method == "DELETE":
            self.dead[request.url.path] = self.body
        return response


def pruned(harness: Harness, times: int) -> tuple[Report, StillClock]:
    harness.apply(desk("a", "b"))
    harness.clock = clock = StillClock()
    harness.transport = Undead(harness, times)
    return harness.apply(desk("a")), clock


def test_a_delete_that_lags_behind_is_read_again(harness: Harness) -> None:
    report, clock = pruned(harness, times=2)
    assert (report.mismatches, report.exit_code, sum(clock.slept)) == ((), ExitCode.DONE, 5)


def test_a_resource_that_survives_its_delete_stays_owned_and_is_reported(harness: Harness) -> None:
    report, clock = pruned(harness, times=1_000)
    (kept,) = report.mismatches
    assert (kept.location, kept.live) == ("services/desk/roles/b", kept.change.sid)
    assert (report.exit_code, sum(clock.slept)) == (ExitCode.STORED_DIFFERENTLY, 10)
    assert harness.ledger
    assert "b" in {each.address.key for each in harness.ledger.entries}


def test_destroy_restores_default_references_before_it_deletes(harness: Harness) -> None:
    sid = harness.client.made("/Services", {"FriendlyName": "desk"})
    text = desk("a", more="    configuration: {default_conversation_role: a}\n")
    harness.apply(text)
    harness.intent = replace(OVERRIDDEN, destroy=True)
    report = harness.apply(text)
    assert set(report.counts) == {Status.DONE}
    assert harness.writes == [
        "POST Services/…/Configuration DefaultConversationRoleSid",
        "DELETE Services/…/Roles/…",
    ]
    live = harness.client.get(f"/Services/{sid}/Configuration").body
    assert live["default_conversation_role_sid"] == role_sid(harness, "channel user")


def test_a_whole_service_is_deleted_once_and_everything_in_it_is_forgotten(harness: Harness) -> None:
    harness.apply(desk("a", "b"))
    harness.intent = replace(allowed("services/desk"), destroy=True)
    report = harness.apply(desk("a", "b"))
    assert outcome_lines(report) == ["done services/desk"]
    assert harness.writes == ["DELETE Services/…"]
    assert harness.ledger
    assert harness.ledger.entries == ()
