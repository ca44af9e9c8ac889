"""Scenarios: the notifications of `drift`."""

import json

from tests.advice.desk import Desk
from tests.advice.row import advice
from tests.receiver import receiver

EMPTY = "version: 1\n"
ROLE = "version: 1\nservices: {desk: {roles: {agent: {type: conversation, permissions: [sendMessage]}}}}\n"
NOTIFY = "drift --history drift.db --notify webhook"


@advice("add --history FILE, and keep the file between the runs.")
def a_notification_without_a_history(desk: Desk) -> None:
    desk.write(EMPTY)
    with receiver() as server:
        desk.set("CONFSYNC_WEBHOOK_URL", server.url)
        desk.failed("drift --notify webhook", code=3)
        desk.done(NOTIFY)


@advice("remove --target, --exclude and --kind, or remove --notify.")
def a_notification_about_a_part(desk: Desk) -> None:
    desk.apply(ROLE)
    with receiver() as server:
        desk.set("CONFSYNC_WEBHOOK_URL", server.url)
        desk.failed(f"{NOTIFY} --kind roles", code=3)
        desk.done(NOTIFY)
        desk.done("drift --history drift.db --kind roles")


@advice("set {} to the URL, as a secret of the job.", "correct {}.")
def a_channel_without_a_url_that_can_be_used(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.failed(NOTIFY, code=3)
    desk.set("CONFSYNC_WEBHOOK_URL", "hooks.example.com")
    assert desk.failed(NOTIFY, code=3) == "Correct CONFSYNC_WEBHOOK_URL."
    with receiver() as server:
        desk.set("CONFSYNC_WEBHOOK_URL", server.url)
        desk.done(NOTIFY)


@advice("the next run sends it again, with what changed until then")
def a_notification_that_is_not_delivered(desk: Desk) -> None:
    desk.write(ROLE)
    with receiver(404) as server:
        desk.set("CONFSYNC_WEBHOOK_URL", server.url)
        assert "CS4011" in desk.run(NOTIFY).err
        assert desk.run(NOTIFY).code == 2
    refused, accepted = (json.loads(each.body) for each in server.requests)
    assert accepted["new"] == refused["new"]
