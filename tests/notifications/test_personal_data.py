"""No notification contains personal data, which the output of the run shows."""

import json

import pytest
from msgspec.structs import replace

from confsync.notifications.slack import slack_message
from confsync.views.documents import document_as_json
from confsync.views.drift.document import drift_document
from confsync.views.drift.record import recorded_findings
from confsync.views.notification import NotificationDocument
from tests.canaries import found_in
from tests.harness import Harness
from tests.notifications.documents import notification

PERSON, NUMBER, STRANGER = "person-canary-81", "+15557654381", "+15557654382"
DESK = """
version: 1
account: {addresses: {}}
services:
  desk:
    roles: {agent: {type: conversation, permissions: [sendMessage]}}
    users: {alice: {friendly_name: alice, attributes: {name: alice}}}
    conversations: {room: {friendly_name: a room, participants: {alice: {identity: alice}}}}
"""


@pytest.fixture
def notified(harness: Harness) -> tuple[str, NotificationDocument]:
    """The output of a run after somebody changed personal data and a role in Twilio, and its notification."""
    harness.apply(DESK)
    desk, client = harness.path("/Services/desk"), harness.client
    room = client.get(f"{desk}/Conversations").body["conversations"][0]["sid"]
    user = client.get(f"{desk}/Users").body["users"][0]["sid"]
    client.post(f"{desk}/Users/{user}", {"FriendlyName": PERSON, "Attributes": json.dumps({"phone": NUMBER})})
    client.post(f"{desk}/Conversations/{room}", {"FriendlyName": PERSON})
    client.made(f"{desk}/Conversations/{room}/Participants", {"Identity": "bob"})
    client.made("/Configuration/Addresses", {"Type": "sms", "Address": STRANGER})
    client.post(harness.path("/Services/desk/Roles/agent"), {"Permission": "editOwnMessage"})
    report = harness.account().drift()
    document = drift_document(report.drift, 2, created_at=report.plan.created_at)
    found = tuple(recorded_findings(document))
    gone = tuple(replace(each, shown="") for each in found)
    return document_as_json(document), notification(new=found, repaired=gone, now=len(found))


def test_a_notification_has_no_personal_data(notified: tuple[str, NotificationDocument]) -> None:
    output, made = notified
    assert [each for each in (PERSON, NUMBER, STRANGER) if each not in output] == []
    for sent in (document_as_json(made), json.dumps(slack_message(made))):
        assert found_in(sent.encode(), (PERSON, NUMBER, STRANGER)) == []


def test_everything_else_is_in_it(notified: tuple[str, NotificationDocument]) -> None:
    _, made = notified
    shown = {each.address.rpartition("/")[2]: (each.path, each.shown) for each in made.new}
    assert shown["agent"] == ("permissions", "+ editOwnMessage, - sendMessage")
    assert [each.shown for each in made.new if each.address == "services/desk/users/alice"] == ["(personal data)"] * 2
    strangers = [each for each in made.new if each.finding == "unmanaged"]
    assert [each.address.rpartition("/")[2] == each.sid for each in strangers] == [True] * len(strangers)
    assert {each.kind for each in strangers} == {"participants", "addresses"}
    assert {each.shown for each in made.repaired} == {""}
