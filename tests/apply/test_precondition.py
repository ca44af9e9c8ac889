"""A resource that someone changed between a plan and its apply is left alone and reported."""

from collections.abc import Callable

import httpx
import pytest

from confsync.apply.report import Status
from confsync.cli.verdict import exit_of_report
from confsync.errors import Stale
from confsync.exit_codes import ExitCode
from confsync.plan.plan import Plan
from tests.harness import Harness, InterceptingTransport, outcome_lines, plan_lines

BEFORE = """
version: 1
services:
  desk:
    webhooks: {method: GET, post_webhook_url: "https://example.com/told"}
    roles: {agent: {type: conversation, permissions: [sendMessage]}}
    conversations: {lounge: {friendly_name: Lounge, attributes: {floor: 1}}}
"""
AFTER = BEFORE.replace("GET", "POST").replace("floor: 1", "floor: 2").replace("[sendMessage]", "[leaveConversation]")

WEBHOOKS = "/Services/desk/Configuration/Webhooks"
LOUNGE = "/Services/desk/Conversations/lounge"
AGENT = "/Services/desk/Roles/agent"

OutsideChange = Callable[[Harness], object]


def changes(path: str, **sent: str) -> OutsideChange:
    return lambda harness: harness.client.post(harness.path(path), sent)


def deletes(path: str) -> OutsideChange:
    return lambda harness: harness.client.delete(harness.path(path))


MEANWHILE: dict[str, tuple[OutsideChange, str]] = {
    "the field that is to change": (changes(WEBHOOKS, Method="POST", Filters="onUserAdded"), "webhooks"),
    "another managed field": (changes(WEBHOOKS, PostWebhookUrl="https://example.com/else"), "webhooks"),
    "a field that nobody manages": (changes(LOUNGE, FriendlyName="Saloon"), "conversations/lounge"),
    "a set": (changes(AGENT, Permission="addParticipant"), "roles/agent"),
    "the end of a conversation": (changes(LOUNGE, State="closed"), "conversations/lounge"),
    "its deletion": (deletes(LOUNGE), "conversations/lounge"),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_a_resource_that_someone_changed_since_the_plan_is_left_alone(harness: Harness, what: str) -> None:
    harness.apply(BEFORE)
    change_it, address = MEANWHILE[what]
    report = harness.apply(AFTER, meanwhile=lambda _: change_it(harness))
    assert sorted(outcome_lines(report)) == sorted(
        f"{'failed' if each == address else 'done'} services/desk/{each}"
        for each in ("webhooks", "roles/agent", "conversations/lounge")
    )
    assert [type(each) for each in report.errors] == [Stale]
    assert len(harness.writes) == 3  # theirs, and two of ours
    assert report.exit_code is ExitCode.STALE


def test_the_error_says_what_was_not_applied_and_what_to_do_next(harness: Harness) -> None:
    harness.apply(BEFORE)
    report = harness.apply(AFTER, meanwhile=lambda _: changes(WEBHOOKS, PreWebhookUrl="https://example.com/x")(harness))
    result = exit_of_report(report)
    assert result.happened == (
        "1 of 3 changes were not made, because someone else changed the same resource in the meantime: "
        "services/desk/webhooks."
    )
    assert result.changed == "2 done; the output lists each change."
    assert result.hint.startswith("Run `confsync plan`")


def test_after_a_new_plan_the_next_apply_succeeds(harness: Harness) -> None:
    harness.apply(BEFORE)
    harness.apply(AFTER, meanwhile=lambda _: changes(LOUNGE, FriendlyName="Saloon")(harness))
    assert set(harness.apply().counts) == {Status.DONE}
    assert plan_lines(harness.plan()) == []


def test_a_resource_that_already_has_the_desired_values_is_done_without_a_write(harness: Harness) -> None:
    harness.apply(BEFORE)

    def beforehand(_plan: Plan) -> None:
        changes(WEBHOOKS, Method="POST")(harness)
        changes(AGENT, Permission="leaveConversation")(harness)
        changes(LOUNGE, Attributes='{"floor": 2}')(harness)
        harness.emulator.log.clear()

    report = harness.apply(AFTER, meanwhile=beforehand)
    assert set(report.counts) == {Status.DONE}
    assert (harness.writes, report.writes) == ([], 0)
    assert not any(each.wrote for each in report.outcomes)
    assert plan_lines(harness.plan()) == []


def test_a_state_that_twilio_changes_by_itself_does_not_block_a_write(harness: Harness) -> None:
    harness.apply(BEFORE.replace("friendly_name: Lounge", "friendly_name: Lounge, state: inactive"))
    report = harness.apply(AFTER, meanwhile=lambda _: changes(LOUNGE, State="active")(harness))
    assert set(report.counts) == {Status.DONE}
    assert harness.live(LOUNGE)["attributes"] == '{"floor":2}'


def test_an_edit_of_a_set_is_done_if_someone_made_it_and_more(harness: Harness) -> None:
    harness.apply(BEFORE)

    def more(_plan: Plan) -> None:
        harness.client.post(harness.path(AGENT), {"Permission": ["sendMessage", "leaveConversation", "addParticipant"]})
        harness.emulator.log.clear()

    report = harness.apply(BEFORE.replace("[sendMessage]", "{add: [leaveConversation]}"), meanwhile=more)
    assert outcome_lines(report) == ["done services/desk/roles/agent"]
    assert harness.writes == []


PHONE = "version: 1\naccount: {addresses: {hotline: {address: '+15551230000', type: %s}}}\n"


def test_a_replacement_of_a_resource_that_someone_changed_deletes_nothing(harness: Harness) -> None:
    harness.apply(PHONE % "sms")
    (before,) = harness.client.get("/Configuration/Addresses").body["address_configurations"]
    path = f"/Configuration/Addresses/{before['sid']}"
    report = harness.apply(
        PHONE % "rcs", meanwhile=lambda _: harness.client.post(path, {"FriendlyName": "Do not touch"})
    )
    assert outcome_lines(report) == ["failed account/addresses/hotline"]
    assert report.exit_code is ExitCode.STALE
    (after,) = harness.client.get("/Configuration/Addresses").body["address_configurations"]
    assert after["sid"] == before["sid"]


def test_a_replacement_of_a_missing_resource_creates_the_new_one(harness: Harness) -> None:
    harness.apply(PHONE % "sms")
    (before,) = harness.client.get("/Configuration/Addresses").body["address_configurations"]
    path = f"/Configuration/Addresses/{before['sid']}"
    report = harness.apply(PHONE % "rcs", meanwhile=lambda _: harness.client.delete(path))
    assert outcome_lines(report) == ["done account/addresses/hotline"]
    assert plan_lines(harness.plan()) == []


class Quick(InterceptingTransport):
    """Lets somebody else in, between the look at a thing and its write: nobody can see that."""

    def __init__(self, harness: Harness) -> None:
        super().__init__(harness.emulator)
        self.harness = harness

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and request.url.path.endswith("/Webhooks"):
            changes(WEBHOOKS, PreWebhookUrl="https://example.com/late")(self.harness)
        return None


def test_a_change_between_the_read_and_the_write_is_not_noticed_and_only_sent_fields_change(
    harness: Harness,
) -> None:
    harness.apply(BEFORE)
    harness.transport = Quick(harness)
    assert set(harness.apply(AFTER).counts) == {Status.DONE}
    live = harness.live(WEBHOOKS)
    assert (live["method"], live["pre_webhook_url"]) == ("POST", "https://example.com/late")


def test_each_resource_is_read_once_before_its_write_and_once_after(harness: Harness) -> None:
    harness.apply(BEFORE)
    planning = harness.plan(AFTER).reads
    harness.apply()
    methods = [each.method for each in harness.emulator.log]
    assert (methods.count("POST"), methods.count("GET")) == (3, planning + 3 + 3)
    harness.apply()
    assert len(harness.emulator.log) == planning
