"""What somebody changed between a plan and its apply is left as it is, and told."""

from collections.abc import Callable

import httpx
import pytest

from confsync.apply.report import Status
from confsync.cli.exit_codes import ExitCode
from confsync.cli.verdict import code_of, of_report
from confsync.errors import Stale
from confsync.plan.plan import Plan
from tests.harness import Between, Workshop, endings, told

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

Deed = Callable[[Workshop], object]


def changes(path: str, **sent: str) -> Deed:
    return lambda workshop: workshop.client.post(workshop.path(path), sent)


def deletes(path: str) -> Deed:
    return lambda workshop: workshop.client.delete(workshop.path(path))


MEANWHILE: dict[str, tuple[Deed, str]] = {
    "the field that is to change": (changes(WEBHOOKS, Method="POST", Filters="onUserAdded"), "webhooks"),
    "another managed field": (changes(WEBHOOKS, PostWebhookUrl="https://example.com/else"), "webhooks"),
    "a field that nobody manages": (changes(LOUNGE, FriendlyName="Saloon"), "conversations/lounge"),
    "a set": (changes(AGENT, Permission="addParticipant"), "roles/agent"),
    "the end of a conversation": (changes(LOUNGE, State="closed"), "conversations/lounge"),
    "its deletion": (deletes(LOUNGE), "conversations/lounge"),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_what_somebody_changed_since_the_plan_is_left_as_it_is(workshop: Workshop, what: str) -> None:
    workshop.apply(BEFORE)
    deed, address = MEANWHILE[what]
    report = workshop.apply(AFTER, meanwhile=lambda _: deed(workshop))
    assert sorted(endings(report)) == sorted(
        f"{'failed' if each == address else 'done'} services/desk/{each}"
        for each in ("webhooks", "roles/agent", "conversations/lounge")
    )
    assert [type(each) for each in report.errors] == [Stale]
    assert len(workshop.writes) == 3  # theirs, and two of ours
    assert code_of(report) is ExitCode.STALE


def test_it_is_said_what_was_not_made_and_what_to_do_next(workshop: Workshop) -> None:
    workshop.apply(BEFORE)
    report = workshop.apply(
        AFTER, meanwhile=lambda _: changes(WEBHOOKS, PreWebhookUrl="https://example.com/x")(workshop)
    )
    ending = of_report(report)
    assert ending.happened == (
        "1 of 3 changes were not made, since somebody changed the same thing meanwhile: services/desk/webhooks."
    )
    assert ending.changed == "2 done, 0 not started; each is listed."
    assert ending.hint.startswith("Run `confsync plan`")


def test_after_a_look_at_what_is_there_now_the_next_apply_goes_through(workshop: Workshop) -> None:
    workshop.apply(BEFORE)
    workshop.apply(AFTER, meanwhile=lambda _: changes(LOUNGE, FriendlyName="Saloon")(workshop))
    assert set(workshop.apply().counts) == {Status.DONE}
    assert told(workshop.plan()) == []


def test_what_became_as_it_should_be_is_done_without_a_write(workshop: Workshop) -> None:
    workshop.apply(BEFORE)

    def beforehand(_plan: Plan) -> None:
        changes(WEBHOOKS, Method="POST")(workshop)
        changes(AGENT, Permission="leaveConversation")(workshop)
        changes(LOUNGE, Attributes='{"floor": 2}')(workshop)
        workshop.emulator.log.clear()

    report = workshop.apply(AFTER, meanwhile=beforehand)
    assert set(report.counts) == {Status.DONE}
    assert (workshop.writes, report.writes) == ([], 0)
    assert not any(each.wrote for each in report.outcomes)
    assert told(workshop.plan()) == []


def test_a_state_that_twilio_moves_by_itself_stops_nothing(workshop: Workshop) -> None:
    workshop.apply(BEFORE.replace("friendly_name: Lounge", "friendly_name: Lounge, state: inactive"))
    report = workshop.apply(AFTER, meanwhile=lambda _: changes(LOUNGE, State="active")(workshop))
    assert set(report.counts) == {Status.DONE}
    assert workshop.live(LOUNGE)["attributes"] == '{"floor":2}'


def test_an_edit_of_a_set_is_done_where_somebody_did_it_and_more(workshop: Workshop) -> None:
    workshop.apply(BEFORE)

    def more(_plan: Plan) -> None:
        workshop.client.post(
            workshop.path(AGENT), {"Permission": ["sendMessage", "leaveConversation", "addParticipant"]}
        )
        workshop.emulator.log.clear()

    report = workshop.apply(BEFORE.replace("[sendMessage]", "{add: [leaveConversation]}"), meanwhile=more)
    assert endings(report) == ["done services/desk/roles/agent"]
    assert workshop.writes == []


PHONE = "version: 1\naccount: {addresses: {hotline: {address: '+15551230000', type: %s}}}\n"


def test_a_replace_of_what_somebody_changed_deletes_nothing(workshop: Workshop) -> None:
    workshop.apply(PHONE % "sms")
    (before,) = workshop.client.get("/Configuration/Addresses").body["address_configurations"]
    path = f"/Configuration/Addresses/{before['sid']}"
    report = workshop.apply(
        PHONE % "whatsapp", meanwhile=lambda _: workshop.client.post(path, {"FriendlyName": "Do not touch"})
    )
    assert endings(report) == ["failed account/addresses/hotline"]
    assert code_of(report) is ExitCode.STALE
    (after,) = workshop.client.get("/Configuration/Addresses").body["address_configurations"]
    assert after["sid"] == before["sid"]


def test_a_replace_of_what_is_gone_makes_the_new_one(workshop: Workshop) -> None:
    workshop.apply(PHONE % "sms")
    (before,) = workshop.client.get("/Configuration/Addresses").body["address_configurations"]
    path = f"/Configuration/Addresses/{before['sid']}"
    report = workshop.apply(PHONE % "whatsapp", meanwhile=lambda _: workshop.client.delete(path))
    assert endings(report) == ["done account/addresses/hotline"]
    assert told(workshop.plan()) == []


class Quick(Between):
    """Lets somebody else in, between the look at a thing and its write: nobody can see that."""

    def __init__(self, workshop: Workshop) -> None:
        super().__init__(workshop.emulator)
        self.workshop = workshop

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and request.url.path.endswith("/Webhooks"):
            changes(WEBHOOKS, PreWebhookUrl="https://example.com/late")(self.workshop)
        return None


def test_what_happens_between_the_look_and_the_write_is_not_seen_and_only_what_is_sent_is_changed(
    workshop: Workshop,
) -> None:
    workshop.apply(BEFORE)
    workshop.transport = Quick(workshop)
    assert set(workshop.apply(AFTER).counts) == {Status.DONE}
    live = workshop.live(WEBHOOKS)
    assert (live["method"], live["pre_webhook_url"]) == ("POST", "https://example.com/late")


def test_each_thing_is_looked_at_once_before_its_write_and_once_after(workshop: Workshop) -> None:
    workshop.apply(BEFORE)
    planning = workshop.plan(AFTER).reads
    workshop.apply()
    methods = [each.method for each in workshop.emulator.log]
    assert (methods.count("POST"), methods.count("GET")) == (3, planning + 3 + 3)
    workshop.apply()
    assert len(workshop.emulator.log) == planning
