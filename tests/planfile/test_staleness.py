"""What is applied of a saved plan: what was reviewed and is unchanged since, however the last apply ended."""

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
from confsync.state.journal import Journal
from confsync.state.store import StateStore
from confsync.twilio.origin import Origin
from tests.campaigns import every_pair
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
    """Return a plan that creates, updates and deletes."""
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


def test_a_plan_is_applied_as_reviewed_with_its_overrides(planned: Saving) -> None:
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
def test_changes_outside_the_plan_do_not_make_it_stale(what: str, planned: Saving) -> None:
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
def test_a_change_that_someone_else_made_counts_as_done(what: str, planned: Saving) -> None:
    by_hand, address, saved_write = DONE_BY_HAND[what]
    by_hand(planned.harness)
    assert set(planned.apply().counts) == {Status.DONE}
    assert planned.done == (Address.parse(address),)
    assert sorted(planned.harness.writes) == sorted(each for each in WRITTEN if each != saved_write)
    assert plan_lines(planned.harness.plan()) == []


MOVED: dict[str, tuple[Callable[[Harness], object], str]] = {
    "what is to be changed was changed otherwise": (
        lambda harness: allow(harness, "agent", "editOwnMessage"),
        r"services/desk/roles/agent: RL\w+ was changed in Twilio since \(permissions\)",
    ),
    "what is to be changed was changed where the plan says nothing": (
        lambda harness: harness.client.post(
            f"{harness.path('/Services/desk')}/Configuration/Webhooks", {"PostWebhookUrl": "https://x.example.com/"}
        ),
        "services/desk/webhooks: it was changed in Twilio since",
    ),
    "what is to be changed is gone": (
        lambda harness: harness.client.delete(role(harness, "agent")),
        r"services/desk/roles/agent: RL\w+ no longer exists",
    ),
    "what is to be deleted was changed": (
        lambda harness: allow(harness, "old", "editOwnMessage"),
        r"services/desk/roles/old: RL\w+ was changed in Twilio since",
    ),
    "what is to be made is there, and not ours": (
        lambda harness: make_role(harness, "new"),
        r"services/desk/roles/new: RL\w+ has its name now, and confsync does not own it",
    ),
    "what is to be made is there twice": (
        lambda harness: (make_role(harness, "new"), make_role(harness, "new")),
        "services/desk/roles/new: confsync no longer knows which live resource it is",
    ),
    "the service is gone": (
        lambda harness: harness.client.delete(harness.path("/Services/desk")),
        "changes of the plan are stale",
    ),
}


@pytest.mark.parametrize("what", MOVED)
def test_a_stale_change_is_named_before_any_write(what: str, planned: Saving) -> None:
    by_hand, why = MOVED[what]
    by_hand(planned.harness)
    planned.harness.emulator.log.clear()
    with pytest.raises(Stale, match=why):
        planned.apply()
    assert planned.harness.writes == []


def test_all_stale_changes_are_named_at_once(planned: Saving) -> None:
    allow(planned.harness, "agent", "editOwnMessage")
    allow(planned.harness, "old", "editOwnMessage")
    assert "2 of 5 changes of the plan are stale: services/desk/roles/agent" in planned.refusal_of()
    assert "services/desk/roles/old" in planned.refusal_of()


class KilledError(BaseException):
    """Stops a run as a signal does."""


class Breaking(InterceptingTransport):
    """Interrupts the write of that number, before or after it was done."""

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


def interrupted(saving: Saving, number: int, how: str) -> int:
    """Apply until a write is interrupted, and return how many were done before."""
    saving.harness.transport = Breaking(saving.harness.emulator, number, how)
    try:
        saving.apply()
    except (ConfsyncError, BaseExceptionGroup):
        pass
    finally:
        saving.harness.transport = None
    return len(saving.harness.writes)


@pytest.mark.parametrize(("number", "how"), list(every_pair(range(1, 5), ENDS)))
def test_an_interrupted_apply_is_resumed(number: int, how: str, planned: Saving) -> None:
    harness = planned.harness
    interrupted(planned, number, how)
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


@pytest.mark.parametrize(("number", "how"), list(every_pair(range(1, 5), ENDS)))
def test_a_half_created_service_is_completed(number: int, how: str, saving: Saving) -> None:
    harness = saving.harness
    saving.save(NEW)
    interrupted(saving, number, how)
    assert set(saving.apply().counts) <= {Status.DONE}
    assert plan_lines(harness.plan()) == []
    services = harness.client.get("/Services", "PageSize=50").body["services"]
    assert [each["friendly_name"] for each in services].count("desk") == 1
    assert saving.refusal_of() == "Stale: The plan is spent: it was already applied."


# Without the reference to a role, whose write could come after the one that fails.
CLOSED = (
    NEW.replace("    configuration: {default_conversation_role: agent}\n", "")
    + "      archive: {friendly_name: Archive, state: closed}\n"
)


def test_the_next_apply_sends_what_a_create_left_to_an_update(saving: Saving) -> None:
    harness = saving.harness
    saving.save(CLOSED)
    interrupted(saving, [*_writes_of(CLOSED)].index("POST Services/…/Conversations/… State"), "refused")
    assert plan_lines(harness.plan()) == ["update services/desk/conversations/archive state:active->closed"]
    assert set(saving.apply().counts) == {Status.DONE}
    assert harness.writes == ["POST Services/…/Conversations/… State"]


def _writes_of(text: str) -> list[str]:
    """Return the writes that an apply of a configuration sends to a new account."""
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        harness = Harness(Path(folder), emulator)
        harness.apply(text)
        return harness.writes


def test_a_create_whose_end_is_not_recorded_is_found_and_not_repeated(saving: Saving) -> None:
    saving.save(NEW)
    interrupted(saving, 1, "stopped after")
    assert set(saving.apply().counts) == {Status.DONE}
    assert "POST Services FriendlyName" not in saving.harness.writes
    assert saving.harness.ledger
    assert saving.harness.ledger.current[Address(("services", "desk"))].origin == "created"


def test_a_half_done_replace_is_resumed(saving: Saving) -> None:
    harness = saving.harness
    address = "version: 1\naccount:\n  addresses:\n    '+15550000001': {type: sms, auto_creation: {enabled: false}}\n"
    harness.apply(address)
    other = address.replace("sms", "rcs")
    saving.save(other)
    assert plan_lines(saving.show().plan)[0].startswith("replace account/addresses")
    interrupted(saving, 1, "refused")
    assert [each.split()[0] for each in harness.writes] == ["DELETE"]
    assert set(saving.apply().counts) == {Status.DONE}
    assert [each.split()[0] for each in harness.writes] == ["POST"]
    assert plan_lines(harness.plan()) == []


def test_a_complete_plan_is_spent_even_if_nothing_was_left_to_do(planned: Saving) -> None:
    planned.harness.intent = Intent(overrides=Overrides(max_deletes=5))
    planned.harness.apply(AFTER)
    report = planned.apply()
    assert planned.harness.writes == []
    assert set(report.counts) <= {Status.DONE}
    assert planned.refusal_of() == "Stale: The plan is spent: it was already applied."


ROOM = "version: 1\nservices: {desk: {conversations: {hall: {friendly_name: %s, timers: {closed: %s}}}}}\n"


@pytest.mark.parametrize("outside", [False, True])
def test_an_update_that_is_done_and_not_recorded_is_sent_again_for_what_twilio_does_not_return(
    saving: Saving, *, outside: bool
) -> None:
    harness = saving.harness
    harness.apply(ROOM % ("Hall", "P1D"))
    saving.save(ROOM % ("Great hall", "P2D"))
    hall = harness.path("/Services/desk/Conversations/hall")
    done = {"FriendlyName": "Great hall", "Timers.Closed": "P2D", **({"Attributes": '{"x": 1}'} if outside else {})}
    assert harness.client.post(hall, done).status == 200
    if outside:
        assert "was changed in Twilio since" in saving.refusal_of()
        return
    assert set(saving.apply().counts) == {Status.DONE}
    assert harness.writes == ["POST Services/…/Conversations/… Timers.Closed"]


class Killed(BaseException):
    """Stands for a process that is gone from one moment to the next."""


def die_before_deleting(journal: Journal) -> None:
    if journal.path.exists():
        raise Killed


def die_before_writing(*_: object) -> None:
    raise Killed


@pytest.fixture(params=["once", "twice"])
def killed_at_the_end(planned: Saving, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Saving:
    """Apply a plan in a process that is killed after it wrote the ledger and before it deleted the journal.

    The second time, the process is killed before it writes the ledger.
    """
    deaths: dict[str, list[tuple[type, str, Callable[..., None]]]] = {
        "once": [(Journal, "remove", die_before_deleting)]
    }
    deaths["twice"] = [*deaths["once"], (StateStore, "close", die_before_writing)]
    for owner, name, death in deaths[request.param]:
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, death)
            with pytest.raises(Killed):
                planned.apply()
    return planned


def test_a_plan_whose_apply_was_killed_at_the_very_end_is_done_and_not_spent(killed_at_the_end: Saving) -> None:
    assert killed_at_the_end.apply().outcomes == ()
    assert killed_at_the_end.harness.writes == []
    assert killed_at_the_end.refusal_of() == "Stale: The plan is spent: it was already applied."


def test_a_plan_that_failed_is_not_spent(planned: Saving) -> None:
    interrupted(planned, 2, "refused")
    assert planned.harness.ledger
    assert planned.harness.ledger.spent_plans == {}


def test_an_expired_plan_is_shown_and_not_applied(planned: Saving) -> None:
    planned.edit(lambda content: content.update(expires_at="2026-01-01T00:00:00Z"))
    saved = planned.show()
    assert saved.has_expired(datetime.now(UTC))
    assert saved.plan.changes
    assert planned.refusal_of() == "Stale: The plan expired at 2026-01-01T00:00:00+00:00."
    assert "expired" in planned.refusal_of(planned.approved)


def test_a_plan_expires_at_its_expiry_time(saving: Saving) -> None:
    saved = saving.save(BEFORE, timedelta(minutes=5))
    assert not saved.has_expired(saved.created_at + timedelta(minutes=4, seconds=59))
    assert saved.has_expired(saved.created_at + timedelta(minutes=5))


def test_a_changed_configuration_makes_a_plan_stale_and_a_changed_comment_does_not(planned: Saving) -> None:
    harness = planned.harness
    harness.write(AFTER.replace("POST", "GET"))
    assert planned.refusal_of() == "Stale: The configuration is not the one that was planned."
    harness.write("# another comment\n" + AFTER)
    assert set(planned.apply().counts) == {Status.DONE}


def test_a_plan_is_for_one_account_one_host_and_one_environment(planned: Saving) -> None:
    saved = planned.show()

    def refused(**target: object) -> str:
        planned.edit(lambda content: content["plan"]["target"].update(target))
        refusal_of = planned.refusal_of()
        planned.edit(
            lambda content: content["plan"]["target"].update(
                {name: getattr(saved.plan.target, name) for name in target}
            )
        )
        return refusal_of

    assert refused(account_sid="AC" + "b" * 32).startswith(f"Refused: The plan is for account AC{'b' * 32}, and this")
    assert refused(base_url="http://127.0.0.1:9").startswith(
        "Refused: The plan is for http://127.0.0.1:9, and this run"
    )
    assert refused(emulator=False) == "Refused: The plan was made on Twilio, and this run is on the emulator."
    expected = "Refused: The plan is for environment 'dev', and this run is for no environment."
    assert refused(environment="dev") == expected


def test_the_account_is_checked_even_if_the_credentials_do_not_name_it(planned: Saving) -> None:
    harness = planned.harness
    planned.edit(lambda content: content["plan"]["target"].update(account_sid="AC" + "b" * 32))
    harness.credentials = replace(harness.credentials, account_sid=None)
    assert planned.refusal_of().startswith(
        f"Refused: The plan is for account AC{'b' * 32}, and this run is for {ACCOUNT_SID}"
    )


def test_a_plan_is_refused_if_its_ledger_was_replaced(planned: Saving) -> None:
    """With another ledger, confsync may not own what the plan would delete."""
    planned.harness.ledger_path.unlink()
    planned.harness.apply()
    assert planned.refusal_of().startswith("Stale: The plan was made with another ledger")


def test_a_plan_is_refused_if_its_ledger_is_missing(planned: Saving) -> None:
    planned.harness.ledger_path.unlink()
    assert planned.refusal_of().startswith("Stale: The plan was made with a ledger, and there is none here")


def test_a_blocked_plan_is_refused(saving: Saving) -> None:
    saving.harness.apply(BEFORE)
    saving.harness.intent = Intent(overrides=Overrides(max_deletes=0))
    saving.save(AFTER.replace("      lead: " + ROLE + "\n", ""))
    assert not saving.show().plan.applyable
    saving.harness.intent = Intent(overrides=Overrides(max_deletes=9))
    assert saving.refusal_of().startswith("Refused: The plan was not applied")


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


def test_a_plan_made_without_its_secrets_is_applied_where_they_are_available(saving: Saving) -> None:
    harness = saving.harness
    harness.environ = {}
    saved = saving.save(SECRETIVE % "true")
    assert {name for _, name in saved.secrets} == {"certificate", "private_key"}
    with pytest.raises(InvalidConfiguration):
        saving.apply()
    assert harness.writes == []
    harness.environ = {"CERT": "one", "KEY": "one"}
    assert set(saving.apply().counts) == {Status.DONE}


def test_a_new_plan_is_applied_if_all_of_it_was_approved(planned: Saving) -> None:
    harness = planned.harness
    allow(harness, "agent", "sendMessage", "leaveConversation")
    report = planned.approved("# another layout\n" + AFTER)
    assert outcome_lines(report)
    assert set(report.counts) == {Status.DONE}
    assert plan_lines(harness.plan()) == []
    assert "spent" in planned.refusal_of(planned.approved)


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
def test_an_unapproved_change_is_named(what: str, planned: Saving) -> None:
    change, why = NEWS[what]
    with pytest.raises(Stale, match=why):
        planned.approved(change(AFTER))
    assert planned.harness.writes == []


def test_a_new_guardrail_blocks_an_approved_plan(planned: Saving) -> None:
    limited = f"{AFTER}guardrails: {{max_updates: 0}}\n"
    assert planned.refusal_of(lambda: planned.approved(limited)).startswith("Refused: The plan was not applied")
    planned.harness.write(AFTER)
    assert set(planned.apply().counts) == {Status.DONE}


def test_less_than_was_approved_is_applied(planned: Saving) -> None:
    less = AFTER.replace("webhooks: {method: POST}", "webhooks: {method: GET}")
    assert set(planned.approved(less).counts) == {Status.DONE}
    assert "POST Services/…/Configuration/Webhooks Method" not in planned.harness.writes


def test_a_change_at_twilio_since_the_approval_is_unapproved(planned: Saving) -> None:
    allow(planned.harness, "agent", "editOwnMessage")
    assert "services/desk/roles/agent: other values" in planned.refusal_of(lambda: planned.approved(AFTER))


def test_a_masked_value_of_another_configuration_cannot_be_approved(saving: Saving) -> None:
    hook = 'version: 1\nservices:\n  desk: {webhooks: {pre_webhook_url: "https://a:%s@x.example.com/", method: %s}}\n'
    saving.save(hook % ("one", "GET"))
    assert "because it may contain a token" in saving.refusal_of(lambda: saving.approved(hook % ("two", "GET")))
    assert set(saving.approved(hook % ("one", "GET")).counts) == {Status.DONE}


def test_a_saved_destroy_plan_deletes_everything_that_confsync_created(saving: Saving) -> None:
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


def test_a_new_resource_inside_one_to_be_deleted_makes_the_plan_stale(saving: Saving) -> None:
    harness = saving.harness
    harness.apply(BEFORE)
    allowed = frozenset({Address.parse("services/desk")})
    harness.intent = Intent(overrides=Overrides(max_deletes=9, allow_delete=allowed), destroy=True)
    saving.save()
    harness.intent = Intent()
    harness.apply(BEFORE + f"      late: {ROLE}\n")
    harness.write(BEFORE)
    assert "services/desk: services/desk/roles/late would be deleted with it as well" in saving.refusal_of()


def test_a_saved_plan_reaches_no_other_host(planned: Saving) -> None:
    planned.harness.origin = Origin("http://127.0.0.1:1")
    assert planned.refusal_of().startswith("Refused: ")
