"""What of a saved plan is applied later: what was reviewed and is as it was, however the last apply ended."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from confsync.apply.report import Report, Status
from confsync.emulator.emulator import ACCOUNT_SID, Emulator
from confsync.errors import ConfsyncError, InvalidConfiguration, Stale
from confsync.names import Address
from confsync.plan.intent import Intent, Overrides
from confsync.twilio.origin import Origin
from tests.harness import Harness, InterceptingTransport, json_response, outcome_lines, plan_lines
from tests.planfile.saving import Saving

ROLE = "{type: conversation, permissions: [sendMessage]}"
BEFORE = f"""
version: 1
services:
  desk:
    lifecycle: {{prune: [roles]}}
    webhooks: {{method: GET}}
    roles:
      agent: {ROLE}
      lead: {ROLE}
      old: {ROLE}
"""
AFTER = f"""
version: 1
services:
  desk:
    lifecycle: {{prune: [roles]}}
    webhooks: {{method: POST}}
    roles:
      agent: {{type: conversation, permissions: [sendMessage, leaveConversation]}}
      lead: {ROLE}
      new: {ROLE}
    configuration: {{default_conversation_role: new}}
"""
WRITTEN = [
    "POST Services/…/Roles FriendlyName Type Permission",
    "POST Services/…/Configuration DefaultConversationRoleSid",
    "POST Services/…/Configuration/Webhooks Method",
    "POST Services/…/Roles/… Permission",
    "DELETE Services/…/Roles/…",
]


@pytest.fixture
def saving(harness: Harness) -> Saving:
    harness.intent = Intent(overrides=Overrides(max_deletes=5))
    return Saving(harness)


@pytest.fixture
def planned(saving: Saving) -> Saving:
    """Give a plan that makes, changes and deletes."""
    saving.harness.apply(BEFORE)
    saving.save(AFTER)
    saving.harness.intent = Intent()
    return saving


def role(harness: Harness, name: str) -> str:
    return harness.path(f"/Services/desk/Roles/{name}")


def allow(harness: Harness, name: str, *permissions: str) -> None:
    assert harness.client.post(role(harness, name), {"Permission": permissions}).status == 200


def make_role(harness: Harness, name: str) -> str:
    fields = {"FriendlyName": name, "Type": "conversation", "Permission": "leaveConversation"}
    return harness.client.made(f"{harness.path('/Services/desk')}/Roles", fields)


def test_a_plan_is_applied_as_it_was_reviewed_and_with_what_was_lifted_then(planned: Saving) -> None:
    report = planned.apply()
    assert set(report.counts) == {Status.DONE}
    assert sorted(planned.harness.writes) == sorted(WRITTEN)
    assert plan_lines(planned.harness.plan()) == []


UNRELATED: dict[str, Callable[[Harness], object]] = {
    "nothing": lambda _: None,
    "another role was made": lambda harness: make_role(harness, "stranger"),
    "a role that is not in the plan was changed": lambda harness: allow(harness, "lead", "leaveConversation"),
    "another service was made": lambda harness: harness.client.made("/Services", {"FriendlyName": "another"}),
}


@pytest.mark.parametrize("what", UNRELATED)
def test_what_the_plan_leaves_alone_does_not_spoil_it(what: str, planned: Saving) -> None:
    UNRELATED[what](planned.harness)
    assert set(planned.apply().counts) == {Status.DONE}
    assert sorted(planned.harness.writes) == sorted(WRITTEN)


DONE_BY_HAND: dict[str, tuple[Callable[[Harness], object], str, str]] = {
    "an update": (
        lambda harness: allow(harness, "agent", "sendMessage", "leaveConversation"),
        "services/desk/roles/agent",
        "POST Services/…/Roles/… Permission",
    ),
    "an update of a singleton": (
        lambda harness: harness.client.post(
            f"{harness.path('/Services/desk')}/Configuration/Webhooks", {"Method": "POST"}
        ),
        "services/desk/webhooks",
        "POST Services/…/Configuration/Webhooks Method",
    ),
    "a delete": (
        lambda harness: harness.client.delete(role(harness, "old")),
        "services/desk/roles/old",
        "DELETE Services/…/Roles/…",
    ),
}


@pytest.mark.parametrize("what", DONE_BY_HAND)
def test_what_somebody_did_already_counts_as_done(what: str, planned: Saving) -> None:
    by_hand, address, saved_write = DONE_BY_HAND[what]
    by_hand(planned.harness)
    assert set(planned.apply().counts) == {Status.DONE}
    assert planned.done == (Address.parse(address),)
    assert sorted(planned.harness.writes) == sorted(each for each in WRITTEN if each != saved_write)
    assert plan_lines(planned.harness.plan()) == []


MOVED: dict[str, tuple[Callable[[Harness], object], str]] = {
    "what is to be changed was changed otherwise": (
        lambda harness: allow(harness, "agent", "editOwnMessage"),
        r"services/desk/roles/agent: RL\w+ was changed at Twilio since \(permissions\)",
    ),
    "what is to be changed was changed where the plan says nothing": (
        lambda harness: harness.client.post(
            f"{harness.path('/Services/desk')}/Configuration/Webhooks", {"PostWebhookUrl": "https://x.example.com/"}
        ),
        "services/desk/webhooks: it was changed at Twilio since",
    ),
    "what is to be changed is gone": (
        lambda harness: harness.client.delete(role(harness, "agent")),
        r"services/desk/roles/agent: RL\w+ no longer exists",
    ),
    "what is to be deleted was changed": (
        lambda harness: allow(harness, "old", "editOwnMessage"),
        r"services/desk/roles/old: RL\w+ was changed at Twilio since",
    ),
    "what is to be made is there, and not ours": (
        lambda harness: make_role(harness, "new"),
        r"services/desk/roles/new: RL\w+ has its name now, and confsync does not own it",
    ),
    "what is to be made is there twice": (
        lambda harness: (make_role(harness, "new"), make_role(harness, "new")),
        "services/desk/roles/new: confsync can no longer tell which live resource it is",
    ),
    "the service is gone": (
        lambda harness: harness.client.delete(harness.path("/Services/desk")),
        "changes of the plan are stale",
    ),
}


@pytest.mark.parametrize("what", MOVED)
def test_what_moved_is_named_before_anything_is_written(what: str, planned: Saving) -> None:
    by_hand, why = MOVED[what]
    by_hand(planned.harness)
    planned.harness.emulator.log.clear()
    with pytest.raises(Stale, match=why):
        planned.apply()
    assert planned.harness.writes == []


def test_all_that_moved_is_named_at_once(planned: Saving) -> None:
    allow(planned.harness, "agent", "editOwnMessage")
    allow(planned.harness, "old", "editOwnMessage")
    assert "2 of 5 changes of the plan are stale: services/desk/roles/agent" in planned.refusal()
    assert "services/desk/roles/old" in planned.refusal()


class KilledError(BaseException):
    """Ends a run as a signal does."""


class Breaking(InterceptingTransport):
    """Stands in the way of the write of that number, before or after it was done."""

    def __init__(self, emulator: Emulator, number: int, how: str) -> None:
        super().__init__(emulator)
        self.left, self.how = number, how

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "GET":
            return None
        self.left -= 1
        if self.left < 0 and self.how == "refused":
            return json_response(request, 400, {"code": 20001, "message": "no", "status": 400})
        if self.left < 0 and self.how == "not allowed":
            return json_response(request, 403, {"code": 20403, "message": "no", "status": 403})
        if self.left == 0 and self.how == "stopped before":
            raise KilledError
        return None

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method != "GET" and self.left == 0 and self.how == "stopped after":
            raise KilledError
        return response


NEW = f"""
version: 1
services:
  desk:
    webhooks: {{method: POST, pre_webhook_url: "https://x.example.com/"}}
    roles:
      channel admin: {{type: conversation, permissions: {{add: [editNotificationLevel]}}}}
      agent: {ROLE}
    configuration: {{default_conversation_role: agent}}
    conversations:
      lobby: {{friendly_name: Lobby, timers: {{inactive: PT10M}}}}
"""
ENDS = ("refused", "not allowed", "stopped before")


def broken_off(saving: Saving, number: int, how: str) -> int:
    """Apply until something stands in the way; how much was written before that."""
    saving.harness.transport = Breaking(saving.harness.emulator, number, how)
    try:
        saving.apply()
    except (ConfsyncError, BaseExceptionGroup):
        pass
    finally:
        saving.harness.transport = None
    return len(saving.harness.writes)


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("number", range(1, 5))
def test_an_apply_that_was_broken_off_goes_on(number: int, how: str, planned: Saving) -> None:
    harness = planned.harness
    broken_off(planned, number, how)
    assert set(planned.apply().counts) <= {Status.DONE}
    assert plan_lines(harness.plan()) == []
    assert planned.show().id in harness.ledger.spent_plans if harness.ledger else False
    roles = harness.client.get(f"{harness.path('/Services/desk')}/Roles", "PageSize=50").body["roles"]
    assert sorted(
        each["friendly_name"] for each in roles if each["friendly_name"] in ("agent", "lead", "new", "old")
    ) == [
        "agent",
        "lead",
        "new",
    ]


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("number", range(1, 5))
def test_a_new_service_that_was_half_made_is_made_to_its_end(number: int, how: str, saving: Saving) -> None:
    harness = saving.harness
    saving.save(NEW)
    broken_off(saving, number, how)
    assert set(saving.apply().counts) <= {Status.DONE}
    assert plan_lines(harness.plan()) == []
    services = harness.client.get("/Services", "PageSize=50").body["services"]
    assert [each["friendly_name"] for each in services].count("desk") == 1
    assert saving.refusal() == "Stale: The plan is spent: it was already applied."


# Without the reference to a role, whose write could come after the one that fails.
CLOSED = (
    NEW.replace("    configuration: {default_conversation_role: agent}\n", "")
    + "      archive: {friendly_name: Archive, state: closed}\n"
)


def test_what_a_create_leaves_to_an_update_is_said_by_the_next_apply(saving: Saving) -> None:
    harness = saving.harness
    saving.save(CLOSED)
    broken_off(saving, [*_writes_of(CLOSED)].index("POST Services/…/Conversations/… State"), "refused")
    assert plan_lines(harness.plan()) == ["update services/desk/conversations/archive state:active->closed"]
    assert set(saving.apply().counts) == {Status.DONE}
    assert harness.writes == ["POST Services/…/Conversations/… State"]


def _writes_of(text: str) -> list[str]:
    """What an apply of a configuration sends, in an account of its own."""
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        harness = Harness(Path(folder), emulator)
        harness.apply(text)
        return harness.writes


def test_a_create_that_nobody_remembers_is_not_taken_for_ours(saving: Saving) -> None:
    saving.save(NEW)
    broken_off(saving, 1, "stopped after")
    assert "services/desk" in saving.refusal()
    assert saving.refusal().startswith("Stale: ")


def test_half_a_replace_goes_on(saving: Saving) -> None:
    harness = saving.harness
    address = "version: 1\naccount:\n  addresses:\n    '+15550000001': {type: sms, auto_creation: {enabled: false}}\n"
    harness.apply(address)
    other = address.replace("sms", "whatsapp")
    saving.save(other)
    assert plan_lines(saving.show().plan)[0].startswith("replace account/addresses")
    broken_off(saving, 1, "refused")
    assert [each.split()[0] for each in harness.writes] == ["DELETE"]
    assert set(saving.apply().counts) == {Status.DONE}
    assert [each.split()[0] for each in harness.writes] == ["POST"]
    assert plan_lines(harness.plan()) == []


def test_a_plan_is_spent_once_it_is_complete_also_where_nothing_was_left_to_do(planned: Saving) -> None:
    planned.harness.intent = Intent(overrides=Overrides(max_deletes=5))
    planned.harness.apply(AFTER)
    report = planned.apply()
    assert planned.harness.writes == []
    assert set(report.counts) <= {Status.DONE}
    assert planned.refusal() == "Stale: The plan is spent: it was already applied."


def test_a_plan_that_failed_is_not_spent(planned: Saving) -> None:
    broken_off(planned, 2, "refused")
    assert planned.harness.ledger
    assert planned.harness.ledger.spent_plans == {}


def test_an_expired_plan_is_shown_and_not_applied(planned: Saving) -> None:
    planned.edit(lambda content: content.update(expires_at="2026-01-01T00:00:00Z"))
    saved = planned.show()
    assert saved.has_expired(datetime.now(UTC))
    assert saved.plan.changes
    assert planned.refusal() == "Stale: The plan expired at 2026-01-01T00:00:00+00:00."
    assert "expired" in planned.refusal(planned.approved)


def test_a_plan_expires_when_it_was_said_to(saving: Saving) -> None:
    saved = saving.save(BEFORE, timedelta(minutes=5))
    assert not saved.has_expired(saved.created_at + timedelta(minutes=4, seconds=59))
    assert saved.has_expired(saved.created_at + timedelta(minutes=5))


def test_another_configuration_is_another_plan_and_another_comment_is_not(planned: Saving) -> None:
    harness = planned.harness
    harness.write(AFTER.replace("POST", "GET"))
    assert planned.refusal() == "Stale: The configuration is not the one that was planned."
    harness.write("# said otherwise\n" + AFTER)
    assert set(planned.apply().counts) == {Status.DONE}


def test_a_plan_is_for_one_account_one_host_and_one_environment(planned: Saving) -> None:
    saved = planned.show()

    def refused(**target: object) -> str:
        planned.edit(lambda content: content["plan"]["target"].update(target))
        said = planned.refusal()
        planned.edit(
            lambda content: content["plan"]["target"].update(
                {name: getattr(saved.plan.target, name) for name in target}
            )
        )
        return said

    assert refused(account_sid="AC" + "b" * 32).startswith(f"Refused: The plan is for account AC{'b' * 32}, and this")
    assert refused(base_url="http://127.0.0.1:9").startswith(
        "Refused: The plan is for http://127.0.0.1:9, and this run"
    )
    assert refused(emulator=False) == "Refused: The plan was made on Twilio, and this run is on the emulator."
    expected = "Refused: The plan is for environment 'dev', and this run is for no environment."
    assert refused(environment="dev") == expected


def test_the_account_is_checked_also_where_the_credentials_do_not_name_it(planned: Saving) -> None:
    harness = planned.harness
    planned.edit(lambda content: content["plan"]["target"].update(account_sid="AC" + "b" * 32))
    harness.credentials = replace(harness.credentials, account_sid=None)
    assert planned.refusal().startswith(
        f"Refused: The plan is for account AC{'b' * 32}, and this run is for {ACCOUNT_SID}"
    )


def test_a_plan_made_with_a_ledger_is_refused_where_another_was_made_since(planned: Saving) -> None:
    """What it would delete is not ours any more, and what nobody owns is not even looked at."""
    planned.harness.ledger_path.unlink()
    planned.harness.apply()
    assert planned.refusal().startswith("Stale: The plan was made with another ledger")


def test_a_plan_made_with_a_ledger_is_refused_where_that_is_gone(planned: Saving) -> None:
    planned.harness.ledger_path.unlink()
    assert planned.refusal().startswith("Stale: The plan was made with a ledger, and there is none here")


def test_a_plan_made_with_a_guardrail_in_the_way_is_refused(saving: Saving) -> None:
    saving.harness.apply(BEFORE)
    saving.harness.intent = Intent(overrides=Overrides(max_deletes=0))
    saving.save(AFTER.replace("      lead: " + ROLE + "\n", ""))
    assert not saving.show().plan.applyable
    saving.harness.intent = Intent(overrides=Overrides(max_deletes=9))
    assert saving.refusal().startswith("Refused: The plan is not applied")


SECRETIVE = """
version: 1
credentials:
  ios: {type: apn, certificate: "${{ env.CERT }}", private_key: "${{ env.KEY }}", sandbox: %s}
"""


def test_a_secret_that_the_plan_does_not_list_is_not_sent(saving: Saving) -> None:
    harness = saving.harness
    harness.environ = {"CERT": "one", "KEY": "one"}
    harness.apply(SECRETIVE % "true")
    saving.save(SECRETIVE % "false")
    harness.environ = {"CERT": "one", "KEY": "two"}
    assert set(saving.apply().counts) == {Status.DONE}
    assert harness.writes == ["POST Credentials/… Sandbox"]
    assert plan_lines(harness.plan()) == ["update credentials/ios"]


def test_a_plan_made_without_its_secrets_is_applied_where_they_are(saving: Saving) -> None:
    harness = saving.harness
    harness.environ = {}
    saved = saving.save(SECRETIVE % "true")
    assert {name for _, name in saved.secrets} == {"certificate", "private_key"}
    with pytest.raises(InvalidConfiguration):
        saving.apply()
    assert harness.writes == []
    harness.environ = {"CERT": "one", "KEY": "one"}
    assert set(saving.apply().counts) == {Status.DONE}


def test_an_approved_plan_is_made_anew_and_applied_where_all_of_it_was_reviewed(planned: Saving) -> None:
    harness = planned.harness
    allow(harness, "agent", "sendMessage", "leaveConversation")
    report = planned.approved("# another layout\n" + AFTER)
    assert outcome_lines(report)
    assert set(report.counts) == {Status.DONE}
    assert plan_lines(harness.plan()) == []
    assert "spent" in planned.refusal(planned.approved)


NEWS: dict[str, tuple[Callable[[str], str], str]] = {
    "one more": (
        lambda text: text + f"  other:\n    roles:\n      more: {ROLE}\n",
        r"2 of 7 changes are not in the approved plan: services/other: create; services/other/roles/more: create",
    ),
    "another value": (
        lambda text: text.replace("leaveConversation]", "editOwnMessage]"),
        "services/desk/roles/agent: other values",
    ),
    "more to delete": (
        lambda text: text.replace(f"      lead: {ROLE}\n", ""),
        "services/desk/roles/lead: delete",
    ),
}


@pytest.mark.parametrize("what", NEWS)
def test_what_is_new_since_the_approval_is_named(what: str, planned: Saving) -> None:
    change, why = NEWS[what]
    with pytest.raises(Stale, match=why):
        planned.approved(change(AFTER))
    assert planned.harness.writes == []


def test_a_guardrail_that_came_up_since_the_approval_stops_it_wherever_it_stands(planned: Saving) -> None:
    make_role(planned.harness, "lead")
    assert planned.refusal(lambda: planned.approved(AFTER)).startswith("Refused: The plan is not applied")
    assert set(planned.apply().counts) == {Status.DONE}


def test_less_than_was_approved_is_applied(planned: Saving) -> None:
    less = AFTER.replace("webhooks: {method: POST}", "webhooks: {method: GET}")
    assert set(planned.approved(less).counts) == {Status.DONE}
    assert "POST Services/…/Configuration/Webhooks Method" not in planned.harness.writes


def test_what_was_changed_at_twilio_since_the_approval_is_new(planned: Saving) -> None:
    allow(planned.harness, "agent", "editOwnMessage")
    assert "services/desk/roles/agent: other values" in planned.refusal(lambda: planned.approved(AFTER))


def test_of_a_token_in_another_configuration_nobody_can_say_whether_it_was_approved(saving: Saving) -> None:
    hook = 'version: 1\nservices:\n  desk: {webhooks: {pre_webhook_url: "https://a:%s@x.example.com/", method: %s}}\n'
    saving.save(hook % ("one", "GET"))
    assert "because it may contain a token" in saving.refusal(lambda: saving.approved(hook % ("two", "GET")))
    assert set(saving.approved(hook % ("one", "GET")).counts) == {Status.DONE}


def test_everything_that_we_made_is_destroyed_by_a_plan_that_says_so(saving: Saving) -> None:
    harness = saving.harness
    harness.apply(BEFORE)
    allowed = frozenset({Address.parse("services/desk")})
    harness.intent = Intent(overrides=Overrides(max_deletes=9, allow_delete=allowed), destroy=True)
    saving.save()
    harness.intent = Intent()
    report: Report = saving.apply()
    assert set(report.counts) == {Status.DONE}
    assert harness.writes == ["DELETE Services/…"]
    assert harness.ledger
    assert [each.address for each in harness.ledger.entries if each.sid] == []


def test_what_came_to_stand_in_a_thing_that_is_to_be_deleted_is_told(saving: Saving) -> None:
    harness = saving.harness
    harness.apply(BEFORE)
    allowed = frozenset({Address.parse("services/desk")})
    harness.intent = Intent(overrides=Overrides(max_deletes=9, allow_delete=allowed), destroy=True)
    saving.save()
    harness.intent = Intent()
    harness.apply(BEFORE + f"      late: {ROLE}\n")
    harness.write(BEFORE)
    assert "services/desk: services/desk/roles/late would be deleted with it as well" in saving.refusal()


def test_a_saved_plan_reaches_no_other_host(planned: Saving) -> None:
    planned.harness.origin = Origin("http://127.0.0.1:1")
    assert planned.refusal().startswith("Refused: ")
