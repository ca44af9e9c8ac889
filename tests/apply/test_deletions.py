"""Deletes come last, one after the other, and only once everything else in their service is done."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from msgspec.structs import replace

from confsync.apply.report import Report, Status
from confsync.cli.exit_codes import ExitCode
from confsync.cli.verdict import code_of
from confsync.names import Address
from confsync.plan.intent import Intent, Overrides
from tests.harness import Between, Workshop, endings, says, told
from tests.twilio.still_clock import StillClock

ROLE = "{type: conversation, permissions: [sendMessage]}"
LIFTED = Intent(overrides=Overrides(max_deletes=100))


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
def _lifted(workshop: Workshop) -> None:
    workshop.intent = LIFTED


def deletes(workshop: Workshop) -> list[str]:
    return [each.path.rpartition("/")[2] for each in workshop.emulator.log.writes() if each.method == "DELETE"]


def allowed(address: str) -> Intent:
    return Intent(overrides=Overrides(max_deletes=100, allow_delete=frozenset({Address.parse(address)})))


def role_sid(workshop: Workshop, name: str) -> str:
    return str(workshop.live(f"/Services/desk/Roles/{name}")["sid"])


def test_deletes_come_after_every_other_write_in_their_service(workshop: Workshop) -> None:
    workshop.apply(desk("a", "b", "c"))
    report = workshop.apply(desk("a", "d", method="POST"))
    assert set(report.counts) == {Status.DONE}
    assert [each.split()[0] for each in workshop.writes] == ["POST", "POST", "DELETE", "DELETE"]
    assert told(workshop.plan()) == []
    assert workshop.ledger
    assert {each.address.key for each in workshop.ledger.entries} == {"desk", "webhooks", "a", "d"}


def test_deletes_follow_each_other_in_the_order_of_the_plan(workshop: Workshop) -> None:
    workshop.apply(desk("a", "b", "c"))
    workshop.transport = slow = Slow(workshop.emulator)
    report = workshop.apply(desk())
    assert deletes(workshop) == [each.change.sid for each in report.outcomes if each.change.deletes]
    assert (len(deletes(workshop)), slow.most) == (3, 1)


class Slow(Between):
    """Takes its time over every delete, and counts how many are under way."""

    under_way = most = 0

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "DELETE":
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            await asyncio.sleep(0.01)
            self.under_way -= 1
        return None


class Refusing(Between):
    """Says no to the requests that a rule picks."""

    def __init__(self, workshop: Workshop, picks: Callable[[httpx.Request], bool], status: int = 400) -> None:
        super().__init__(workshop.emulator)
        self.picks, self.status = picks, status

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if self.picks(request):
            return says(request, self.status, {"code": 20001, "message": "no", "status": self.status})
        return None


def _writes_webhooks(request: httpx.Request) -> bool:
    return request.method == "POST" and request.url.path.endswith("/Webhooks")


def test_what_failed_in_a_service_leaves_its_deletes_unstarted(workshop: Workshop) -> None:
    workshop.apply(desk("a", "b"))
    workshop.transport = Refusing(workshop, _writes_webhooks)
    report = workshop.apply(desk("a", method="POST"))
    assert endings(report) == ["failed services/desk/webhooks", "not_started services/desk/roles/b"]
    assert deletes(workshop) == []
    workshop.transport = None
    assert set(workshop.apply().counts) == {Status.DONE}
    assert told(workshop.plan()) == []


def test_what_somebody_changed_leaves_the_deletes_of_its_service_unstarted(workshop: Workshop) -> None:
    workshop.apply(desk("a", "b"))
    path = workshop.path("/Services/desk/Configuration/Webhooks")
    moved = {"PreWebhookUrl": "https://example.com/x"}
    report = workshop.apply(desk("a", method="POST"), meanwhile=lambda _: workshop.client.post(path, moved))
    assert endings(report) == ["failed services/desk/webhooks", "not_started services/desk/roles/b"]
    assert code_of(report) is ExitCode.STALE


def test_what_failed_in_one_service_is_nothing_to_the_deletes_of_another(workshop: Workshop) -> None:
    other = "  other: {webhooks: {method: %s}}\n"
    workshop.apply(desk("a", "b", more=other % "GET"))
    workshop.transport = Refusing(workshop, _writes_webhooks)
    report = workshop.apply(desk("a", more=other % "POST"))
    assert sorted(endings(report)) == ["done services/desk/roles/b", "failed services/other/webhooks"]


def test_a_delete_that_fails_stops_no_other(workshop: Workshop) -> None:
    workshop.apply(desk("a", "b", "c"))
    first = workshop.path("/Services/desk/Roles/c")
    workshop.transport = Refusing(workshop, lambda each: each.method == "DELETE" and each.url.path.endswith(first))
    report = workshop.apply(desk("a"))
    assert endings(report) == ["failed services/desk/roles/c", "done services/desk/roles/b"]
    assert workshop.ledger
    keys = {each.address.key for each in workshop.ledger.entries}
    assert (keys >= {"a", "c"}, "b" in keys) == (True, False)


def test_what_somebody_changed_is_not_deleted(workshop: Workshop) -> None:
    workshop.apply(desk("a", "b"))
    path = workshop.path("/Services/desk/Roles/b")
    report = workshop.apply(
        desk("a"), meanwhile=lambda _: workshop.client.post(path, {"Permission": "leaveConversation"})
    )
    assert endings(report) == ["failed services/desk/roles/b"]
    assert (deletes(workshop), code_of(report)) == ([], ExitCode.STALE)
    assert workshop.live("/Services/desk/Roles/b")["permissions"] == ["leaveConversation"]


def test_what_somebody_deleted_already_is_done_and_sends_nothing(workshop: Workshop) -> None:
    workshop.apply(desk("a", "b"))
    path = workshop.path("/Services/desk/Roles/b")

    def beforehand(_plan: object) -> None:
        workshop.client.delete(path)
        workshop.emulator.log.clear()

    report = workshop.apply(desk("a"), meanwhile=beforehand)
    assert endings(report) == ["done services/desk/roles/b"]
    assert workshop.writes == []
    assert workshop.ledger
    assert "b" not in {each.address.key for each in workshop.ledger.entries}


def test_what_was_superseded_is_deleted_by_its_sid_and_its_successor_stays(workshop: Workshop) -> None:
    workshop.apply(desk("a"))
    old = role_sid(workshop, "a")
    report = workshop.apply(desk("a").replace(f"a: {ROLE}", "a: {type: service, permissions: [addParticipant]}"))
    assert endings(report) == ["done services/desk/roles/a", "done services/desk/roles/a"]
    assert deletes(workshop) == [old]
    assert workshop.live("/Services/desk/Roles/a")["type"] == "service"
    assert told(workshop.plan()) == []
    assert workshop.ledger
    (entry,) = (each for each in workshop.ledger.entries if each.address.key == "a")
    assert (entry.sid, entry.current) == (role_sid(workshop, "a"), True)


def test_one_thing_deleted_at_the_top_waits_for_everything(workshop: Workshop) -> None:
    push = "credentials: {push: {type: fcm%s}}\n"
    workshop.apply(desk("a", "b", more=push % ""))
    workshop.intent = allowed("credentials/push")
    workshop.transport = Refusing(workshop, _writes_webhooks)
    gone = desk("a", method="POST", more=push % ", lifecycle: {absent: true}")
    assert endings(workshop.apply(gone)) == [
        "failed services/desk/webhooks",
        "not_started credentials/push",
        "not_started services/desk/roles/b",
    ]
    workshop.transport = None
    assert set(workshop.apply().counts) == {Status.DONE}
    assert sorted(each.split()[1] for each in workshop.writes[-2:]) == ["Credentials/…", "Services/…/Roles/…"]


class Undead(Between):
    """Says of what was deleted that it is there all the same, so often."""

    def __init__(self, workshop: Workshop, times: int) -> None:
        super().__init__(workshop.emulator)
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


def pruned(workshop: Workshop, times: int) -> tuple[Report, StillClock]:
    workshop.apply(desk("a", "b"))
    workshop.clock = clock = StillClock()
    workshop.transport = Undead(workshop, times)
    return workshop.apply(desk("a")), clock


def test_what_is_deleted_and_seems_to_be_there_for_a_while_is_waited_for(workshop: Workshop) -> None:
    report, clock = pruned(workshop, times=2)
    assert (report.mismatches, code_of(report), sum(clock.slept)) == ((), ExitCode.DONE, 5)


def test_what_stays_though_it_was_deleted_stays_ours_and_is_told(workshop: Workshop) -> None:
    report, clock = pruned(workshop, times=1_000)
    (kept,) = report.mismatches
    assert (kept.place, kept.live) == ("services/desk/roles/b", kept.change.sid)
    assert (code_of(report), sum(clock.slept)) == (ExitCode.KEPT_OTHERWISE, 10)
    assert workshop.ledger
    assert "b" in {each.address.key for each in workshop.ledger.entries}


def test_destroy_points_what_stays_at_what_came_with_it_and_then_deletes_all_that_we_made(workshop: Workshop) -> None:
    sid = workshop.client.made("/Services", {"FriendlyName": "desk"})
    text = desk("a", more="    configuration: {default_conversation_role: a}\n")
    workshop.apply(text)
    workshop.intent = replace(LIFTED, destroy=True)
    report = workshop.apply(text)
    assert set(report.counts) == {Status.DONE}
    assert workshop.writes == [
        "POST Services/…/Configuration DefaultConversationRoleSid",
        "DELETE Services/…/Roles/…",
    ]
    live = workshop.client.get(f"/Services/{sid}/Configuration").body
    assert live["default_conversation_role_sid"] == role_sid(workshop, "channel user")


def test_a_whole_service_is_deleted_once_and_everything_in_it_is_forgotten(workshop: Workshop) -> None:
    workshop.apply(desk("a", "b"))
    workshop.intent = replace(allowed("services/desk"), destroy=True)
    report = workshop.apply(desk("a", "b"))
    assert endings(report) == ["done services/desk"]
    assert workshop.writes == ["DELETE Services/…"]
    assert workshop.ledger
    assert workshop.ledger.entries == ()
