"""What happens when something goes wrong on the way: what was done is known, and a rerun converges."""

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest

from confsync.apply.report import Status
from confsync.config.digest import digest
from confsync.emulator.emulator import ACCOUNT_SID, Emulator
from confsync.errors import (
    ApiError,
    ContradictoryRead,
    MalformedAnswer,
    NotAuthorised,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from confsync.names import Address
from confsync.plan.intent import Intent, Overrides
from confsync.secret import Secret
from confsync.twilio.credentials import Credentials
from confsync.twilio.origin import Origin
from tests.harness import Between, Workshop, endings, says, told

DESK = """
version: 1
credentials:
  push: {type: fcm}
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


class Wrong(Between):
    """Does something else to each write that a rule picks, as often as it is told to."""

    def __init__(
        self,
        workshop: Workshop,
        picks: Callable[[httpx.Request], bool],
        *,
        status: int = 0,
        lost: bool = False,
        times: int = 1_000,
    ) -> None:
        super().__init__(workshop.emulator)
        self.picks, self.status, self.also_deleted, self.times = picks, status, lost, times

    def _picked(self, request: httpx.Request) -> bool:
        picked = self.times > 0 and request.method == "POST" and self.picks(request)
        self.times -= picked
        return picked

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if self.status and not self.also_deleted and self._picked(request):
            return says(request, self.status, {"code": 20001, "message": "no", "status": self.status})
        return None

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if self.also_deleted and self._picked(request):
            raise httpx.ReadTimeout("silence", request=request)
        return response


def holds(text: str) -> Callable[[httpx.Request], bool]:
    return lambda request: text in request.url.path + "?" + request.content.decode()


def test_a_refused_role_stops_what_needs_it_and_nothing_else(workshop: Workshop) -> None:
    workshop.transport = Wrong(workshop, holds("FriendlyName=agent"), status=400)
    report = workshop.apply(DESK)
    assert sorted(endings(report)) == [
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
    assert workshop.ledger
    assert {str(each.address) for each in workshop.ledger.entries} == {
        "credentials/push",
        "services/first",
        "services/first/webhooks",
        "services/first/roles/clerk",
        "services/second",
        "services/second/webhooks",
    }
    assert workshop.ledger.configuration_digest is None
    workshop.transport = None
    assert sorted(endings(workshop.apply())) == [
        "done services/first/configuration",
        "done services/first/roles/agent",
    ]
    assert told(workshop.plan()) == []
    assert workshop.ledger.configuration_digest == workshop.config().digest


def test_a_service_that_cannot_be_made_stops_everything_in_it(workshop: Workshop) -> None:
    workshop.transport = Wrong(workshop, holds("FriendlyName=first"), status=400)
    report = workshop.apply(DESK)
    assert report.counts == {Status.DONE: 3, Status.FAILED: 1, Status.NOT_STARTED: 4}


@pytest.mark.parametrize("cause", [{"status": 500}, {"lost": True}, {"status": 404}])
def test_a_create_without_an_answer_is_unknown_and_never_sent_again(
    workshop: Workshop, cause: dict[str, bool | int]
) -> None:
    transport = Wrong(workshop, holds("FriendlyName=agent"), **cause)  # type: ignore[arg-type]  # two kinds of options
    workshop.transport = transport
    report = workshop.apply(DESK)
    assert "unknown services/first/roles/agent" in endings(report)
    assert "not_started services/first/configuration" in endings(report)
    assert [type(each) for each in report.errors] == [OutcomeUnknown]
    assert transport.times == 999
    workshop.transport = None
    workshop.apply()
    assert [each["friendly_name"] for each in workshop.live("/Services/first/Roles")["roles"]].count("agent") == 1
    assert told(workshop.plan()) == []


def test_an_update_without_an_answer_that_happened_is_done_and_not_sent_again(workshop: Workshop) -> None:
    workshop.transport = Wrong(workshop, holds("Webhooks"), lost=True)
    report = workshop.apply(DESK)
    assert set(report.counts) == {Status.DONE}
    assert [each for each in workshop.writes if "Webhooks" in each] == [
        "POST Services/…/Configuration/Webhooks Method"
    ] * 2


def test_an_update_without_an_answer_that_did_not_happen_is_sent_once_more(workshop: Workshop) -> None:
    workshop.transport = Wrong(workshop, holds("Webhooks"), status=503, times=1)
    assert set(workshop.apply(DESK).counts) == {Status.DONE}
    assert told(workshop.plan()) == []


def test_an_update_that_stays_without_an_answer_is_unknown(workshop: Workshop) -> None:
    transport = Wrong(workshop, holds("Webhooks"), status=503)
    workshop.transport = transport
    report = workshop.apply(DESK)
    assert report.counts[Status.UNKNOWN] == 2
    assert transport.times == 1_000 - 4
    workshop.transport = None
    workshop.apply()
    assert told(workshop.plan()) == []


class Blind(Wrong):
    """Loses the answers of writes, and then refuses to say what came of them."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "GET" and self.times < 1_000 and self.picks(request):
            return says(request, 400, {"code": 1, "message": "no", "status": 400})
        return await super().before(request)


def test_an_update_of_which_nobody_can_say_what_became_of_it_is_unknown_not_failed(workshop: Workshop) -> None:
    workshop.transport = Blind(workshop, holds("Webhooks"), lost=True)
    report = workshop.apply(DESK)
    assert [str(each.change.address) for each in report.outcomes if each.status is Status.UNKNOWN] == [
        "services/first/webhooks",
        "services/second/webhooks",
    ]


def test_without_permission_in_the_middle_nobody_goes_on(workshop: Workshop) -> None:
    workshop.transport = Wrong(workshop, holds("FriendlyName=first"), status=401)
    report = workshop.apply(DESK)
    assert isinstance(next(iter(report.errors)), NotAuthorised)
    after = [each.status for each in report.outcomes if str(each.change.address).startswith("services/first/")]
    assert set(after) == {Status.NOT_STARTED}
    assert report.counts[Status.FAILED] == 1


def test_wrong_credentials_are_told_before_anything_is_read(workshop: Workshop) -> None:
    workshop.credentials = Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret("wrong-token-canary"))
    with pytest.raises(NotAuthorised) as refused:
        workshop.apply(DESK)
    assert "canary" not in str(refused.value) + refused.value.hint
    assert [str(each) for each in workshop.emulator.log] == ["GET /v1/Configuration -> 401"]


@pytest.mark.parametrize("claimed", [ACCOUNT_SID, None])
def test_another_account_than_the_environments_is_refused_before_anything_else(
    workshop: Workshop, claimed: str | None
) -> None:
    workshop.credentials = Credentials(claimed, ACCOUNT_SID, workshop.credentials.password)
    other = "AC" + "b" * 32
    for verb in (workshop.plan, workshop.apply):
        with pytest.raises(Refused, match=other):
            verb(f"environments: {{prod: {{account_sid: {other}}}}}\n{DESK}")
        asked = [each.path for each in workshop.emulator.log]
        assert asked == ([] if claimed else ["/v1/Configuration"])
    assert list(workshop.folder.glob("*.json")) == []


def test_a_server_that_is_down_is_unreachable(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_seconds: float) -> None:
        await waiting(0)

    waiting = asyncio.sleep
    monkeypatch.setattr("confsync.twilio.clock.SystemClock.sleep", staticmethod(at_once))
    workshop.origin = Origin("http://127.0.0.1:9")

    class Down(Between):
        async def before(self, request: httpx.Request) -> httpx.Response | None:
            raise httpx.ConnectError("refused", request=request)

    workshop.transport = Down(workshop.emulator)
    with pytest.raises(Unreachable) as wrong:
        workshop.apply(DESK)
    assert wrong.value.changed == "Nothing was changed."


SERVICE = "version: 1\nservices: {support: {roles: {agent: {type: conversation, permissions: [sendMessage]}}}}\n"


def test_a_vanished_service_is_not_quietly_made_again(workshop: Workshop) -> None:
    workshop.apply(SERVICE)
    sid = workshop.path("/Services/support").rpartition("/")[2]
    workshop.client.delete(f"/Services/{sid}")
    plan = workshop.plan()
    assert [(guardrail.rule, guardrail.override) for guardrail in plan.guardrails] == [
        ("recreate", "--allow-recreate services/support")
    ]
    assert sid in plan.guardrails[0].text
    assert not any(sid in line for line in told(plan))
    with pytest.raises(Refused, match="services/support"):
        workshop.apply()
    assert workshop.writes == []
    workshop.intent = Intent(overrides=Overrides(allow_recreate=frozenset({Address.parse("services/support")})))
    report = workshop.apply()
    assert set(report.counts) == {Status.DONE}
    workshop.intent = Intent()
    assert told(workshop.plan()) == []


def test_what_was_in_a_vanished_service_is_gone_with_it(workshop: Workshop) -> None:
    workshop.apply(SERVICE)
    workshop.apply("version: 1\nservices: {support: {roles: {}}}\n")
    workshop.client.delete(workshop.path("/Services/support"))
    assert told(workshop.plan()) == [
        "recreate services/support friendly_name:None->support",
        "! recreate services/support",
    ]


def test_a_vanished_role_is_made_again(workshop: Workshop) -> None:
    workshop.apply(SERVICE)
    path = workshop.path("/Services/support/Roles/agent")
    workshop.client.delete(path)
    plan = workshop.plan()
    (change,) = (each for each in plan.changes if each.actions)
    assert (change.actions, change.reason) == (("create",), f"{path.rpartition('/')[2]} was deleted outside")
    assert plan.guardrails == ()
    workshop.apply()
    assert told(workshop.plan()) == []


class Forgetful(Between):
    """Leaves one thing out of every list."""

    def __init__(self, workshop: Workshop, sid: str) -> None:
        super().__init__(workshop.emulator)
        self.sid = sid

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = json.loads(await response.aread())
        for key, value in body.items():
            if isinstance(value, list):
                body[key] = [each for each in value if not isinstance(each, dict) or each.get("sid") != self.sid]
        return says(request, response.status_code, body)


@pytest.mark.parametrize("path", ["/Services/support", "/Services/support/Roles/agent"])
def test_a_list_that_lacks_what_exists_is_not_believed(workshop: Workshop, path: str) -> None:
    workshop.apply(SERVICE)
    workshop.transport = Forgetful(workshop, workshop.path(path).rpartition("/")[2])
    with pytest.raises(ContradictoryRead, match="and yet it exists"):
        workshop.apply()
    assert workshop.writes == []


class Foreign(Between):
    """Says something else in the answers to a path."""

    def __init__(self, workshop: Workshop, path: str, **said: object) -> None:
        super().__init__(workshop.emulator)
        self.path, self.said = path, said

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = json.loads(await response.aread())
        if request.url.path.endswith(self.path):
            body = _with(body, self.said)
        return says(request, response.status_code, body)


def _with(body: dict[str, object], said: dict[str, object]) -> dict[str, object]:
    lists = {key: [{**each, **said} for each in value] for key, value in body.items() if isinstance(value, list)}
    return {**body, **(lists if "meta" in body else said)}


FOREIGN = [
    ("/Webhooks", {"method": "PATCH"}, "services/first/webhooks#method at Twilio: 'PATCH' is none of GET, POST"),
    ("/Configuration", {"a_new_field": {"x": [1]}}, None),
    ("/Roles", {"permissions": ["sendMessage", "fly"]}, "'fly' is not a permission that Twilio documents"),
]


@pytest.mark.parametrize(("path", "said", "warning"), FOREIGN)
def test_what_we_do_not_know_is_a_warning_and_not_a_refusal(
    workshop: Workshop, path: str, said: dict[str, object], warning: str | None
) -> None:
    workshop.apply(DESK)
    workshop.transport = Foreign(workshop, path, **said)
    plan = workshop.plan()
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
def test_what_cannot_be_is_a_malformed_answer(workshop: Workshop, path: str, said: dict[str, object]) -> None:
    workshop.apply(DESK)
    workshop.transport = Foreign(workshop, path, **said)
    with pytest.raises(MalformedAnswer):
        workshop.apply()
    assert workshop.writes == []


class Mistaken(Between):
    """Does what a role's update asks for, and answers with something else."""

    def __init__(self, workshop: Workshop, body: dict[str, str]) -> None:
        super().__init__(workshop.emulator)
        self.body = body

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method == "POST" and "/Roles/" in request.url.path:
            return says(request, 200, self.body)
        return response


@pytest.mark.parametrize("body", [{}, {"sid": "RL" + "0" * 32}, {"sid": "CH" + "0" * 32}])
def test_an_answer_about_something_else_leaves_the_ledger_as_it_is(workshop: Workshop, body: dict[str, str]) -> None:
    workshop.apply(DESK)
    before = workshop.ledger
    workshop.transport = Mistaken(workshop, body)
    report = workshop.apply(DESK.replace("[sendMessage]}\n      clerk", "[leaveConversation]}\n      clerk"))
    assert endings(report) == ["done services/first/roles/agent"]
    after = workshop.ledger
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


class Closed(Between):
    """Refuses every list of roles."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "GET" and request.url.path.endswith("/Roles"):
            return says(request, 400, {"code": 20001, "message": "no", "status": 400})
        return None


def test_what_fails_without_being_a_change_is_told_all_the_same(workshop: Workshop) -> None:
    workshop.transport = Closed(workshop.emulator)
    assert endings(workshop.apply(LOOKED_UP)) == [
        "done services/first",
        "failed services/first/roles/channel user",
        "not_started services/first/configuration",
    ]
    workshop.transport = None
    assert endings(workshop.apply()) == ["done services/first/configuration"]


def test_the_digest_of_what_is_ignored_is_not_that_of_what_was_never_sent(workshop: Workshop) -> None:
    first = "version: 1\nservices: {first: {webhooks: {method: POST, lifecycle: {ignore: [method]}}}}\n"
    workshop.apply(first)
    workshop.apply(first.replace("POST", "GET"))
    ledger = workshop.ledger
    assert ledger
    (entry,) = (each for each in ledger.entries if each.address.key == "webhooks")
    assert entry.applied["method"] == digest("POST")


def test_an_api_key_of_another_account_than_the_one_that_is_named_is_refused(workshop: Workshop) -> None:
    with Emulator(api_keys={"SKkey": "of another account"}) as emulator:
        elsewhere = Workshop(workshop.folder, emulator)
        elsewhere.credentials = Credentials("AC" + "b" * 32, "SKkey", Secret("of another account"))
        with pytest.raises(Refused, match=r"name account ACbb.*, and the credentials open ACaa"):
            elsewhere.apply(DESK)
        assert elsewhere.writes == []
        elsewhere.credentials = Credentials(None, "SKkey", Secret("of another account"))
        assert told(elsewhere.plan())
