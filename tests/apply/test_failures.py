"""What happens when a write fails: the ledger knows what was done, and a rerun converges."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable

import httpx
import pytest

from confsync.apply.report import Report, Status
from confsync.config.desired import value_digest
from confsync.emulator.emulator import ACCOUNT_SID, Emulator
from confsync.errors import (
    ApiError,
    ContradictoryRead,
    MalformedResponse,
    NotAuthorised,
    Refused,
    Unreachable,
)
from confsync.names import Address
from confsync.plan.intent import Intent, Overrides
from confsync.secret import Secret
from confsync.twilio.credentials import Credentials
from confsync.twilio.origin import Origin
from tests.harness import Harness, InterceptingTransport, json_response, outcome_lines, plan_lines

DESK = """
version: 1
credentials:
  push: {type: fcm, secret: "${{ env.PUSH_KEY }}"}
services:
  first:
    configuration: {default_conversation_role: agent, reachability_enabled: true}
    webhooks: {method: POST}
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
      clerk: {type: conversation, permissions: [sendMessage]}
  second:
    webhooks: {method: POST}
"""


class Wrong(InterceptingTransport):
    """Does something else to each write that a rule picks, as often as it is told to."""

    def __init__(
        self,
        harness: Harness,
        picks: Callable[[httpx.Request], bool],
        *,
        status: int = 0,
        lost: bool = False,
        times: int = 1_000,
    ) -> None:
        super().__init__(harness.emulator)
        self.picks, self.status, self.also_deleted, self.times = picks, status, lost, times

    def _picked(self, request: httpx.Request) -> bool:
        picked = self.times > 0 and request.method == "POST" and self.picks(request)
        self.times -= picked
        return picked

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if self.status and not self.also_deleted and self._picked(request):
            return json_response(request, self.status, {"code": 20001, "message": "no", "status": self.status})
        return None

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if self.also_deleted and self._picked(request):
            raise httpx.ReadTimeout("silence", request=request)
        return response


def holds(text: str) -> Callable[[httpx.Request], bool]:
    return lambda request: text in request.url.path + "?" + request.content.decode()


def test_a_refused_role_stops_only_what_requires_it(harness: Harness) -> None:
    harness.transport = Wrong(harness, holds("FriendlyName=agent"), status=400)
    report = harness.apply(DESK)
    assert sorted(outcome_lines(report)) == [
        "done credentials/push",
        "done services/first",
        "done services/first/roles/clerk",
        "done services/first/webhooks",
        "done services/second",
        "done services/second/webhooks",
        "failed services/first/roles/agent",
        "not_started services/first/configuration",
    ]
    assert [type(each) for each in report.errors] == [ApiError]
    assert harness.ledger
    assert {str(each.address) for each in harness.ledger.entries} == {
        "credentials/push",
        "services/first",
        "services/first/webhooks",
        "services/first/roles/clerk",
        "services/second",
        "services/second/webhooks",
    }
    assert harness.ledger.configuration_digest is None
    harness.transport = None
    assert sorted(outcome_lines(harness.apply())) == [
        "done services/first/configuration",
        "done services/first/roles/agent",
    ]
    assert plan_lines(harness.plan()) == []
    assert harness.ledger.configuration_digest == harness.config().digest


def reasons(report: Report) -> Counter[str]:
    """Count the reasons why changes were not started."""
    return Counter(each.reason for each in report.outcomes if each.reason)


def test_a_service_that_cannot_be_created_stops_everything_in_it(harness: Harness) -> None:
    harness.transport = Wrong(harness, holds("FriendlyName=first"), status=400)
    report = harness.apply(DESK)
    assert report.counts == {Status.DONE: 3, Status.FAILED: 1, Status.NOT_STARTED: 4}
    assert reasons(report) == {"it requires services/first, which failed": 4}


def test_an_update_without_an_answer_that_happened_is_done_and_not_sent_again(harness: Harness) -> None:
    harness.transport = Wrong(harness, holds("Webhooks"), lost=True)
    report = harness.apply(DESK)
    assert set(report.counts) == {Status.DONE}
    assert [each for each in harness.writes if "Webhooks" in each] == [
        "POST Services/…/Configuration/Webhooks Method"
    ] * 2


def test_an_update_without_an_answer_that_did_not_happen_is_sent_once_more(harness: Harness) -> None:
    harness.transport = Wrong(harness, holds("Webhooks"), status=503, times=1)
    assert set(harness.apply(DESK).counts) == {Status.DONE}
    assert plan_lines(harness.plan()) == []


def test_an_update_that_stays_without_an_answer_is_unknown(harness: Harness) -> None:
    transport = Wrong(harness, holds("Webhooks"), status=503)
    harness.transport = transport
    report = harness.apply(DESK)
    assert report.counts[Status.UNKNOWN] == 2
    assert transport.times == 1_000 - 4
    harness.transport = None
    harness.apply()
    assert plan_lines(harness.plan()) == []


class Blind(Wrong):
    """Loses the answers of writes, and then refuses to say what came of them."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "GET" and self.times < 1_000 and self.picks(request):
            return json_response(request, 400, {"code": 1, "message": "no", "status": 400})
        return await super().before(request)


def test_an_update_without_a_known_outcome_is_unknown_not_failed(harness: Harness) -> None:
    harness.transport = Blind(harness, holds("Webhooks"), lost=True)
    report = harness.apply(DESK)
    assert [str(each.change.address) for each in report.outcomes if each.status is Status.UNKNOWN] == [
        "services/first/webhooks",
        "services/second/webhooks",
    ]


def test_a_missing_permission_stops_everything(harness: Harness) -> None:
    harness.transport = Wrong(harness, holds("FriendlyName=first"), status=401)
    report = harness.apply(DESK)
    assert isinstance(next(iter(report.errors)), NotAuthorised)
    after = [each.status for each in report.outcomes if str(each.change.address).startswith("services/first/")]
    assert set(after) == {Status.NOT_STARTED}
    assert "it requires services/first, which failed" in reasons(report)
    assert report.counts[Status.FAILED] == 1


def test_wrong_credentials_are_reported_before_anything_is_read(harness: Harness) -> None:
    harness.credentials = Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret("wrong-token-canary"))
    with pytest.raises(NotAuthorised) as refused:
        harness.apply(DESK)
    assert "canary" not in str(refused.value) + refused.value.hint
    assert [str(each) for each in harness.emulator.log] == ["GET /v1/Configuration -> 401"]


@pytest.mark.parametrize("claimed", [ACCOUNT_SID, None])
def test_an_account_other_than_the_environments_is_refused_before_anything_else(
    harness: Harness, claimed: str | None
) -> None:
    harness.credentials = Credentials(claimed, ACCOUNT_SID, harness.credentials.password)
    other = "AC" + "b" * 32
    for verb in (harness.plan, harness.apply):
        with pytest.raises(Refused, match=other):
            verb(f"environments: {{prod: {{account_sid: {other}}}}}\n{DESK}")
        asked = [each.path for each in harness.emulator.log]
        assert asked == ([] if claimed else ["/v1/Configuration"])
    assert list(harness.folder.glob("*.json")) == []


def test_a_server_that_is_down_is_unreachable(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_seconds: float) -> None:
        await waiting(0)

    waiting = asyncio.sleep
    monkeypatch.setattr("confsync.twilio.clock.SystemClock.sleep", staticmethod(at_once))
    harness.origin = Origin("http://127.0.0.1:9")

    class Down(InterceptingTransport):
        async def before(self, request: httpx.Request) -> httpx.Response | None:
            raise httpx.ConnectError("refused", request=request)

    harness.transport = Down(harness.emulator)
    with pytest.raises(Unreachable) as wrong:
        harness.apply(DESK)
    assert wrong.value.changed == "Nothing was changed."


SERVICE = "version: 1\nservices: {support: {roles: {agent: {type: conversation, permissions: [sendMessage]}}}}\n"


def test_a_vanished_service_is_not_silently_created_again(harness: Harness) -> None:
    harness.apply(SERVICE)
    sid = harness.path("/Services/support").rpartition("/")[2]
    harness.client.delete(f"/Services/{sid}")
    plan = harness.plan()
    assert [(guardrail.rule, guardrail.override) for guardrail in plan.guardrails] == [
        ("recreate", "`--allow-recreate services/support`")
    ]
    assert sid in plan.guardrails[0].text
    assert not any(sid in line for line in plan_lines(plan))
    with pytest.raises(Refused, match="services/support"):
        harness.apply()
    assert harness.writes == []
    harness.intent = Intent(overrides=Overrides(allow_recreate=frozenset({Address.parse("services/support")})))
    report = harness.apply()
    assert set(report.counts) == {Status.DONE}
    harness.intent = Intent()
    assert plan_lines(harness.plan()) == []


def test_the_contents_of_a_vanished_service_are_gone_too(harness: Harness) -> None:
    harness.apply(SERVICE)
    harness.apply("version: 1\nservices: {support: {roles: {}}}\n")
    harness.client.delete(harness.path("/Services/support"))
    assert plan_lines(harness.plan()) == [
        "recreate services/support friendly_name:None->support",
        "! recreate services/support",
    ]


def test_a_vanished_role_is_created_again(harness: Harness) -> None:
    harness.apply(SERVICE)
    path = harness.path("/Services/support/Roles/agent")
    harness.client.delete(path)
    plan = harness.plan()
    (change,) = (each for each in plan.changes if each.actions)
    assert (change.actions, change.reason) == (("create",), f"{path.rpartition('/')[2]} was deleted outside confsync")
    assert plan.guardrails == ()
    harness.apply()
    assert plan_lines(harness.plan()) == []


class Forgetful(InterceptingTransport):
    """Leaves one thing out of every list."""

    def __init__(self, harness: Harness, sid: str) -> None:
        super().__init__(harness.emulator)
        self.sid = sid

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = json.loads(await response.aread())
        for key, value in body.items():
            if isinstance(value, list):
                body[key] = [each for each in value if not isinstance(each, dict) or each.get("sid") != self.sid]
        return json_response(request, response.status_code, body)


@pytest.mark.parametrize("path", ["/Services/support", "/Services/support/Roles/agent"])
def test_a_list_that_lacks_an_existing_resource_is_an_error(harness: Harness, path: str) -> None:
    harness.apply(SERVICE)
    harness.transport = Forgetful(harness, harness.path(path).rpartition("/")[2])
    with pytest.raises(ContradictoryRead, match="but the resource exists"):
        harness.apply()
    assert harness.writes == []


class MixedResponse(InterceptingTransport):
    """Says something else in the answers to a path."""

    def __init__(self, harness: Harness, path: str, **said: object) -> None:
        super().__init__(harness.emulator)
        self.path, self.said = path, said

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = json.loads(await response.aread())
        if request.url.path.endswith(self.path):
            body = _with(body, self.said)
        return json_response(request, response.status_code, body)


def _with(body: dict[str, object], said: dict[str, object]) -> dict[str, object]:
    lists = {key: [{**each, **said} for each in value] for key, value in body.items() if isinstance(value, list)}
    return {**body, **(lists if "meta" in body else said)}


MIXED = [
    ("/Webhooks", {"method": "PATCH"}, "services/first/webhooks#method in Twilio: 'PATCH' is none of GET, POST"),
    ("/Configuration", {"a_new_field": {"x": [1]}}, None),
    ("/Roles", {"permissions": ["sendMessage", "fly"]}, "'fly' is not a permission that Twilio documents"),
]


@pytest.mark.parametrize(("path", "said", "warning"), MIXED)
def test_an_unknown_live_value_is_a_warning_and_not_an_error(
    harness: Harness, path: str, said: dict[str, object], warning: str | None
) -> None:
    harness.apply(DESK)
    harness.transport = MixedResponse(harness, path, **said)
    plan = harness.plan()
    shown = [each.summary for each in plan.warnings if each.code == "CS4001"]
    assert bool(shown) is bool(warning)
    assert warning is None or any(warning in each for each in shown)
    assert plan.guardrails == ()


MALFORMED = [
    ("/Configuration", {"reachability_enabled": "maybe"}),
    ("/Configuration", {"default_conversation_role_sid": 7}),
    ("/Webhooks", {"method": ["POST"]}),
    ("/Roles", {"permissions": "sendMessage"}),
    ("/Roles", {"permissions": [1]}),
    ("/Roles", {"sid": "nonsense"}),
    ("/Roles", {"sid": None}),
    ("/Credentials", {"type": {"a": "b"}}),
]


@pytest.mark.parametrize(("path", "said"), MALFORMED)
def test_an_impossible_value_is_a_malformed_response(harness: Harness, path: str, said: dict[str, object]) -> None:
    harness.apply(DESK)
    harness.transport = MixedResponse(harness, path, **said)
    with pytest.raises(MalformedResponse):
        harness.apply()
    assert harness.writes == []


class Mistaken(InterceptingTransport):
    """Does what a role's update asks for, and answers with something else."""

    def __init__(self, harness: Harness, body: dict[str, str]) -> None:
        super().__init__(harness.emulator)
        self.body = body

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method == "POST" and "/Roles/" in request.url.path:
            return json_response(request, 200, self.body)
        return response


@pytest.mark.parametrize("body", [{}, {"sid": "RL" + "0" * 32}, {"sid": "CH" + "0" * 32}])
def test_a_response_about_another_resource_leaves_the_ledger_as_it_is(harness: Harness, body: dict[str, str]) -> None:
    harness.apply(DESK)
    before = harness.ledger
    harness.transport = Mistaken(harness, body)
    report = harness.apply(DESK.replace("[sendMessage]}\n      clerk", "[leaveConversation]}\n      clerk"))
    assert outcome_lines(report) == ["done services/first/roles/agent"]
    after = harness.ledger
    assert before
    assert after
    assert {(each.address, each.sid, each.current) for each in after.entries} == {
        (each.address, each.sid, each.current) for each in before.entries
    }


LOOKED_UP = """
version: 1
services:
  first:
    roles:
      channel user: {type: conversation, lifecycle: {lookup: true}}
    configuration: {default_conversation_creator_role: channel user}
"""


class Closed(InterceptingTransport):
    """Refuses every list of roles."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "GET" and request.url.path.endswith("/Roles"):
            return json_response(request, 400, {"code": 20001, "message": "no", "status": 400})
        return None


def test_a_failed_lookup_of_a_built_in_role_is_reported_too(harness: Harness) -> None:
    harness.transport = Closed(harness.emulator)
    assert outcome_lines(harness.apply(LOOKED_UP)) == [
        "done services/first",
        "failed services/first/roles/channel user",
        "not_started services/first/configuration",
    ]
    harness.transport = None
    assert outcome_lines(harness.apply()) == ["done services/first/configuration"]


def test_an_ignored_field_keeps_the_digest_of_what_was_sent(harness: Harness) -> None:
    first = "version: 1\nservices: {first: {webhooks: {method: POST, lifecycle: {ignore: [method]}}}}\n"
    harness.apply(first)
    harness.apply(first.replace("POST", "GET"))
    ledger = harness.ledger
    assert ledger
    (entry,) = (each for each in ledger.entries if each.address.key == "webhooks")
    assert entry.applied["method"] == value_digest("POST")


def test_an_api_key_of_another_account_than_the_one_that_is_named_is_refused(harness: Harness) -> None:
    with Emulator(api_keys={"SKkey": "of another account"}) as emulator:
        elsewhere = Harness(harness.folder, emulator)
        elsewhere.credentials = Credentials("AC" + "b" * 32, "SKkey", Secret("of another account"))
        with pytest.raises(Refused, match=r"name account ACbb.*, but the credentials are for ACaa"):
            elsewhere.apply(DESK)
        assert elsewhere.writes == []
        elsewhere.credentials = Credentials(None, "SKkey", Secret("of another account"))
        assert plan_lines(elsewhere.plan())
