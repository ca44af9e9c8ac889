"""Everything that was written is read back; what Twilio stored differently is reported, not recorded as applied."""

import json
from collections.abc import Callable

import httpx
import pytest

from confsync.apply.mismatch import ignore_line
from confsync.apply.report import Report, Status
from confsync.cli.verdict import exit_of_report
from confsync.exit_codes import ExitCode
from confsync.secret import Secret
from confsync.views.apply.document import report_document
from tests.harness import Harness, InterceptingTransport, change_lines, json_response, outcome_lines, plan_lines
from tests.twilio.still_clock import StillClock

DESK = """
version: 1
services:
  desk:
    webhooks: {method: POST, post_webhook_url: "https://example.com/told"}
    configuration: {default_conversation_role: agent}
    roles: {agent: {type: conversation, permissions: [sendMessage]}}
"""
HOOKS = "/Configuration/Webhooks"


@pytest.fixture
def clock(harness: Harness) -> StillClock:
    """Let waiting take no time."""
    harness.clock = still = StillClock()
    return still


class Keeps(InterceptingTransport):
    """Tells other values than were sent in the answers about a path: always, or as often as it is told to."""

    def __init__(self, harness: Harness, path: str, times: int = 1_000, **said: object) -> None:
        super().__init__(harness.emulator)
        self.path, self.times, self.said = path, times, said
        self.wrote = False

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        here = self.path in request.url.path
        self.wrote = self.wrote or (here and request.method != "GET")
        if not (here and self.wrote and self.times and request.method == "GET"):
            return response
        self.times -= 1
        return json_response(request, response.status_code, {**json.loads(await response.aread()), **self.said})


def lines(report: Report) -> list[str]:
    return [f"{each.location} {_shown(each.desired)} -> {_shown(each.live)}" for each in report.mismatches]


def _shown(value: object) -> str:
    return f"[{','.join(sorted(value))}]" if isinstance(value, frozenset) else str(value)


def test_a_value_stored_differently_is_reported_with_the_line_that_accepts_it(
    harness: Harness, clock: StillClock
) -> None:
    harness.transport = Keeps(harness, HOOKS, post_webhook_url="https://example.com/told/", method="GET")
    report = harness.apply(DESK)
    assert set(report.counts) == {Status.DONE}
    assert lines(report) == [
        "services/desk/webhooks#post_webhook_url https://example.com/told -> https://example.com/told/",
        "services/desk/webhooks#method POST -> GET",
    ]
    assert sum(clock.slept) == 10
    assert report.exit_code is ExitCode.STORED_DIFFERENTLY
    result = exit_of_report(report)
    assert result.happened == (
        "Twilio confirmed a value and then returned another one: services/desk/webhooks#post_webhook_url and 1 more."
    )
    assert result.hint == (
        "Run `confsync apply` again, in case someone else changed it in the meantime. If Twilio returns another value "
        "again, write `ignore: [method, post_webhook_url]` under `lifecycle` of services/desk/webhooks."
    )


def test_the_suggested_line_removes_the_difference(harness: Harness, clock: StillClock) -> None:
    harness.transport = Keeps(harness, HOOKS, method="GET")
    report = harness.apply(DESK)
    assert change_lines(harness.plan()) == ["update services/desk/webhooks method:GET->POST"]
    line = ignore_line(report.mismatches)
    assert plan_lines(harness.plan(DESK.replace("{method: POST", f"{{lifecycle: {{{line}}}, method: POST"))) == []
    assert clock.slept


def test_the_suggested_line_includes_what_was_ignored_before(harness: Harness, clock: StillClock) -> None:
    harness.transport = Keeps(harness, HOOKS, method="GET")
    report = harness.apply(DESK.replace("{method: POST", "{lifecycle: {ignore: [filters]}, method: POST"))
    assert ignore_line(report.mismatches) == "ignore: [filters, method]"
    assert clock.slept


def test_a_value_stored_differently_is_not_recorded_as_applied(harness: Harness, clock: StillClock) -> None:
    harness.transport = Keeps(harness, HOOKS, method="GET")
    harness.apply(DESK)
    assert harness.ledger
    (entry,) = (each for each in harness.ledger.entries if each.address.key == "webhooks")
    assert set(entry.applied) == {"post_webhook_url"}
    assert harness.ledger.configuration_digest is None
    assert clock.slept


def test_a_read_that_lags_behind_is_repeated(harness: Harness, clock: StillClock) -> None:
    harness.transport = Keeps(harness, HOOKS, times=2, method="GET")
    report = harness.apply(DESK)
    assert (report.mismatches, report.exit_code, sum(clock.slept)) == ((), ExitCode.DONE, 5)
    assert harness.ledger
    assert harness.ledger.configuration_digest == harness.config().digest


def test_only_what_differs_is_read_again(harness: Harness, clock: StillClock) -> None:
    harness.transport = Keeps(harness, HOOKS, times=2, method="GET")
    harness.apply(DESK)
    asked = [(each.method, each.path.rpartition("/")[2]) for each in harness.emulator.log]
    # The two collections with something new are listed again, so the service and the role need no read of their own.
    assert sorted(asked[-6:-4]) == [("GET", "Roles"), ("GET", "Services")]
    assert sorted(asked[-4:-2]) == [("GET", "Configuration"), ("GET", "Webhooks")]
    assert asked[-2:] == [("GET", "Webhooks")] * 2
    assert clock.slept


def test_a_reference_is_compared_by_its_target(harness: Harness, clock: StillClock) -> None:
    report = harness.apply(DESK)
    assert (report.mismatches, sum(clock.slept)) == ((), 0)
    other = harness.live("/Services/desk/Roles/channel user")["sid"]
    harness.transport = Keeps(harness, "/Configuration", default_conversation_role_sid=other)
    harness.client.post(harness.path("/Services/desk/Configuration"), {"DefaultConversationRoleSid": other})
    place = "services/desk/configuration#default_conversation_role"
    assert lines(harness.apply()) == [f"{place} services/desk/roles/agent -> services/desk/roles/channel user"]


def test_a_completed_edit_of_a_set_is_no_mismatch(harness: Harness, clock: StillClock) -> None:
    edit = DESK.replace("[sendMessage]", "{add: [sendMessage], remove: [leaveConversation]}")
    harness.apply(DESK)
    assert harness.apply(edit.replace("[sendMessage]", "[addParticipant]")).mismatches == ()
    assert sum(clock.slept) == 0
    harness.transport = Keeps(harness, "/Roles", permissions=["sendMessage", "leaveConversation"])
    report = harness.apply(edit.replace("[sendMessage]", "[editOwnMessage]"))
    assert lines(report) == [
        "services/desk/roles/agent#permissions [editOwnMessage,sendMessage] -> [leaveConversation,sendMessage]"
    ]


SENSITIVE = """
version: 1
variables: {token: {sensitive: true}}
services:
  desk: {webhooks: {post_webhook_url: "https://example.com/${{ var.token }}"}}
"""


def test_a_sensitive_value_is_hidden_on_both_sides(harness: Harness, clock: StillClock) -> None:
    harness.environ["CONFSYNC_VAR_token"] = "canary"
    harness.transport = Keeps(harness, HOOKS, post_webhook_url="https://example.com/canar")
    (mismatch,) = harness.apply(SENSITIVE).mismatches
    assert (mismatch.desired, mismatch.live) == (
        Secret("https://example.com/canary"),
        Secret("https://example.com/canar"),
    )
    assert "canar" not in str(mismatch)
    assert clock.slept


NEVER_RETURNED = """
version: 1
credentials: {push: {type: gcm, api_key: "${{ env.KEY }}"}}
services:
  desk: {conversations: {lounge: {state: active, timers: {closed: P1D}}}}
"""


def test_a_field_that_twilio_never_returns_is_not_read_back(harness: Harness, clock: StillClock) -> None:
    harness.environ["KEY"] = "k"
    report = harness.apply(NEVER_RETURNED)
    assert (set(report.counts), report.mismatches, sum(clock.slept)) == ({Status.DONE}, (), 0)


class Closing(InterceptingTransport):
    """Closes a conversation right after it was made, as a timer would."""

    def __init__(self, harness: Harness) -> None:
        super().__init__(harness.emulator)
        self.harness = harness

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/Conversations"):
            path = _made(request, await response.aread())
            self.harness.client.post(path, {"State": "closed"})
        return response


def _made(request: httpx.Request, body: bytes) -> str:
    return f"{request.url.path.removeprefix('/v1')}/{json.loads(body)['sid']}"


def test_a_state_that_became_terminal_is_no_mismatch(harness: Harness, clock: StillClock) -> None:
    harness.transport = Closing(harness)
    lounge = "version: 1\nservices: {desk: {conversations: {lounge: {state: active, friendly_name: Lounge}}}}\n"
    assert harness.apply(lounge).mismatches == ()
    assert sum(clock.slept) == 0


class Deaf(InterceptingTransport):
    """Answers no more reads once anything was written: with an error, or not at all."""

    def __init__(self, harness: Harness, fails: Callable[[httpx.Request], httpx.Response]) -> None:
        super().__init__(harness.emulator)
        self.fails = fails
        self.last = ""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method != "GET":
            self.last = request.url.path
        return self.fails(request) if request.method == "GET" and self.last.endswith(HOOKS) else None


def _nobody_there(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def _broken(request: httpx.Request) -> httpx.Response:
    return json_response(request, 500, {"code": 20500, "message": "no", "status": 500})


HOOKS_ALONE = "version: 1\nservices: {desk: {webhooks: {method: POST}}}\n"


@pytest.mark.parametrize("fails", [_nobody_there, _broken])
def test_a_change_that_cannot_be_read_back_is_done_and_reported_as_unread(
    harness: Harness, clock: StillClock, fails: Callable[[httpx.Request], httpx.Response]
) -> None:
    harness.transport = Deaf(harness, fails)
    report = harness.apply(HOOKS_ALONE)
    assert set(report.counts) == {Status.DONE}
    assert [str(each.address) for each in report.unread] == ["services/desk", "services/desk/webhooks"]
    assert (report.mismatches, report.exit_code) == ((), ExitCode.DONE)
    assert [
        (each.severity, each.code, each.summary.partition(" could")[0]) for each in exit_of_report(report).mistakes
    ] == [("warning", "CS4004", "services/desk and 1 more")]
    assert clock.slept


class Contrary(Deaf):
    """Answers a write with something else than was sent, and no more reads after it."""

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith(HOOKS):
            return json_response(request, 200, {**json.loads(await response.aread()), "method": "GET"})
        return response


def test_a_change_that_cannot_be_read_back_is_compared_by_the_response_to_its_write(
    harness: Harness, clock: StillClock
) -> None:
    harness.transport = Contrary(harness, _broken)
    report = harness.apply(HOOKS_ALONE)
    assert lines(report) == ["services/desk/webhooks#method POST -> GET"]
    assert report.exit_code is ExitCode.STORED_DIFFERENTLY
    result = exit_of_report(report)
    assert result.happened == "Twilio stored a value differently: services/desk/webhooks#method."
    assert result.hint.startswith("To accept it, write `ignore: [method]` under `lifecycle` of services/desk/webhooks.")
    assert clock.slept


class Racing(InterceptingTransport):
    """Lets someone else change the default roles right after they were written, once."""

    def __init__(self, harness: Harness) -> None:
        super().__init__(harness.emulator)
        self.harness = harness
        self.done = False

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("/Configuration") and not self.done:
            self.done = True
            path = request.url.path.removeprefix("/v1")
            other = self.harness.live("/Services/desk/Roles/channel user")["sid"]
            self.harness.client.post(path, {"DefaultConversationRoleSid": other})
        return response


def test_a_value_that_someone_else_changes_right_after_is_not_to_be_ignored(
    harness: Harness, clock: StillClock
) -> None:
    harness.transport = Racing(harness)
    report = harness.apply(DESK)
    assert [each.location for each in report.mismatches] == ["services/desk/configuration#default_conversation_role"]
    assert [each.accept for each in report_document(report, 12).mismatches] == [""]
    assert exit_of_report(report).hint.startswith("Run `confsync apply` again, in case someone else changed it")
    assert set(harness.apply().counts) == {Status.DONE}
    assert change_lines(harness.plan()) == []
    assert clock.slept


class Lagging(InterceptingTransport):
    """Leaves the new role out of every list."""

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method != "GET" or not request.url.path.endswith("/Roles"):
            return response
        page = json.loads(await response.aread())
        page["roles"] = [each for each in page["roles"] if each["friendly_name"] != "agent"]
        return json_response(request, response.status_code, page)


class Vanishing(Lagging):
    """Says of every role, once it was made, that there is no such thing."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "GET" and "/Roles/" in request.url.path:
            return json_response(request, 404, {"code": 20404, "message": "no", "status": 404})
        return None


def test_a_created_resource_that_the_list_lacks_is_read_by_its_sid(harness: Harness, clock: StillClock) -> None:
    harness.transport = Lagging(harness.emulator)
    report = harness.apply(DESK)
    assert (report.mismatches, report.unread, sum(clock.slept)) == ((), (), 0)
    role = harness.live("/Services/desk/Roles/agent")["sid"]
    assert any(each.method == "GET" and each.path.endswith(f"/Roles/{role}") for each in harness.emulator.log)


def test_a_created_resource_that_is_missing_is_reported_without_a_suggested_line(
    harness: Harness, clock: StillClock
) -> None:
    harness.transport = Vanishing(harness.emulator)
    report = harness.apply(DESK)
    (mismatch,) = report.mismatches
    assert (mismatch.location, mismatch.live) == ("services/desk/roles/agent", None)
    assert mismatch.desired == harness.live("/Services/desk/Roles/agent")["sid"]
    assert ignore_line(report.mismatches) == ""
    assert exit_of_report(report).hint == "Run `confsync plan`: it reads the live state."
    assert sum(clock.slept) == 10


class Shut(InterceptingTransport):
    """Takes the permission away with the first write of a webhook."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and request.url.path.endswith(HOOKS):
            return json_response(request, 401, {"code": 20003, "message": "no", "status": 401})
        return None


def test_a_run_that_was_stopped_reads_nothing_back(harness: Harness, clock: StillClock) -> None:
    harness.transport = Shut(harness.emulator)
    report = harness.apply(HOOKS_ALONE)
    assert outcome_lines(report) == ["done services/desk", "failed services/desk/webhooks"]
    assert harness.emulator.log[-1].method == "POST"
    assert clock.slept == []
