"""Webhooks of one conversation."""

from tests.emulator_sdk.driving import Sdk, api_error, is_missing, pages, unused_sid

URL = "https://example.com/hook"
FLOW = "FW" + "a" * 32
HOOK = {"target": "webhook", "configuration_url": URL, "configuration_filters": ["onMessageAdded"]}


def test_a_webhook_is_read_as_it_was_made(room: Sdk) -> None:
    made = room.webhooks.create(**HOOK, configuration_method="get")
    found = room.webhooks(made.sid).fetch()
    assert (found.sid, found.target) == (made.sid, "webhook")
    assert found.configuration == {"url": URL, "method": "get", "filters": ["onMessageAdded"]}


def test_a_trigger_waits_for_words(room: Sdk) -> None:
    made = room.webhooks.create(
        target="trigger", configuration_url=URL, configuration_triggers=["help", "stop"], configuration_method="post"
    )
    assert made.configuration == {"url": URL, "method": "post", "triggers": ["help", "stop"]}


def test_a_flow_has_no_url(room: Sdk) -> None:
    made = room.webhooks.create(target="studio", configuration_flow_sid=FLOW, configuration_replay_after=7)
    assert made.configuration == {"flow_sid": FLOW, "replay_after": 7}


def test_a_webhook_is_changed(room: Sdk) -> None:
    webhook = room.webhooks(room.webhooks.create(**HOOK).sid)
    changed = webhook.update(configuration_url=f"{URL}/2", configuration_filters=["onMessageRemoved", "onMessageAdded"])
    assert changed.configuration["url"] == f"{URL}/2"
    assert webhook.fetch().configuration["filters"] == ["onMessageRemoved", "onMessageAdded"]


def test_a_conversation_has_at_most_five_webhooks_which_are_listed_page_by_page(room: Sdk) -> None:
    sids = [room.webhooks.create(**HOOK).sid for _ in range(5)]
    assert api_error(lambda: room.webhooks.create(**HOOK)) == (400, 50361)
    assert pages(room.webhooks, 2) == [sids[:2], sids[2:4], sids[4:]]
    assert api_error(lambda: room.webhooks.page(page_size=6)) == (400, 20007)
    assert room.webhooks(sids[0]).delete()
    assert pages(room.webhooks, 5) == [sids[1:]]


def test_each_target_has_its_needs(room: Sdk) -> None:
    make = room.webhooks.create
    assert api_error(lambda: make(target="webhook", configuration_filters=["onMessageAdded"])) == (400, 50369)
    assert api_error(lambda: make(target="webhook", configuration_url=URL)) == (400, 50370)
    assert api_error(lambda: make(target="trigger", configuration_url=URL)) == (400, 50371)
    assert api_error(lambda: make(target="studio")) == (400, 50367)
    assert api_error(lambda: make(target="pigeon")) == (400, 50364)
    assert api_error(lambda: make(target="")) == (400, 50368)
    assert api_error(lambda: make(**HOOK | {"configuration_filters": ["onMessageAdd"]})) == (400, 50365)


def test_a_webhook_that_is_not_there_cannot_be_found_changed_or_deleted(room: Sdk) -> None:
    assert is_missing(room.webhooks(unused_sid("WH")), configuration_url=URL)
