"""Webhooks of one conversation: the keys of each target, and the limit of five."""

from typing import Literal

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.settings import EmulatorSettings
from tests.emulator.client import Client, Fields

URL = "https://example.com/hook"
FLOW = "FW" + "1" * 32
WEBHOOK: Fields = {"Target": "webhook", "Configuration.Url": URL, "Configuration.Filters": ["onMessageAdded"]}
TRIGGER: Fields = {"Target": "trigger", "Configuration.Url": URL, "Configuration.Triggers": ["help", "stop"]}
STUDIO: Fields = {"Target": "studio", "Configuration.FlowSid": FLOW}


@pytest.fixture
def hooks(room: str) -> str:
    return f"{room}/Webhooks"


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        pytest.param(WEBHOOK, {"url": URL, "method": "POST", "filters": ["onMessageAdded"]}, id="a webhook"),
        pytest.param(TRIGGER, {"url": URL, "method": "POST", "triggers": ["help", "stop"]}, id="a trigger"),
        pytest.param(STUDIO, {"flow_sid": FLOW}, id="a flow"),
        pytest.param(
            {**STUDIO, "Configuration.Url": URL, "Configuration.ReplayAfter": "3"},
            {"flow_sid": FLOW, "replay_after": 3},
            id="a replay, and a URL that a flow ignores",
        ),
        pytest.param(
            {**WEBHOOK, "Configuration.Method": "get"},
            {"url": URL, "method": "get", "filters": ["onMessageAdded"]},
            id="a method in lower case",
        ),
    ],
)
def test_only_the_keys_of_the_target_are_returned(
    client: Client, hooks: str, fields: Fields, shown: dict[str, object]
) -> None:
    made = client.post(hooks, fields).body
    assert (made["target"], made["configuration"]) == (fields["Target"], shown)
    assert client.get(f"{hooks}/{made['sid']}").body == made


@pytest.mark.parametrize("name", ["triggers", "filters"])
def test_a_setting_chooses_the_key_of_the_trigger_keywords(name: Literal["triggers", "filters"]) -> None:
    with Emulator(settings=EmulatorSettings(trigger_keywords=name)) as emulator:
        client = Client(emulator)
        made = client.post(f"/Conversations/{client.made('/Conversations', {})}/Webhooks", TRIGGER).body
        assert made["configuration"] == {"url": URL, "method": "POST", name: ["help", "stop"]}


@pytest.mark.openapi_violation(
    "unknown parameter: POST /v1/Services/{ChatServiceSid}/Conversations/{ConversationSid}/Webhooks/{Sid} Target"
)
def test_an_update_keeps_the_method_and_never_changes_the_target(client: Client, hooks: str) -> None:
    hook = f"{hooks}/{client.made(hooks, WEBHOOK)}"
    needed = {name: value for name, value in WEBHOOK.items() if name != "Target"}
    changed = client.post(hook, {**needed, "Target": "studio", "Configuration.Method": "GET"}).body
    assert changed["configuration"] == {"url": URL, "method": "GET", "filters": ["onMessageAdded"]}
    assert client.post(hook, needed).body["configuration"] == changed["configuration"]
    assert client.post(hook, {**needed, "Configuration.Filters": ""}).error == (400, 50370)


@pytest.mark.parametrize(
    ("made", "sent", "code"),
    [
        pytest.param(WEBHOOK, {}, 50369, id="nothing"),
        pytest.param(WEBHOOK, {"Configuration.Method": "GET"}, 50369, id="only a method"),
        pytest.param(WEBHOOK, {"Configuration.Url": URL}, 50370, id="only a URL"),
        pytest.param(TRIGGER, {"Configuration.Url": URL}, 50371, id="a URL without keywords"),
        pytest.param(STUDIO, {"Configuration.Url": URL}, 50367, id="a URL for a flow"),
    ],
)
def test_an_update_includes_what_the_target_needs(
    client: Client, hooks: str, made: Fields, sent: Fields, code: int
) -> None:
    assert client.post(f"{hooks}/{client.made(hooks, made)}", sent).error == (400, code)


def test_a_setting_keeps_what_an_update_leaves_out() -> None:
    with Emulator(settings=EmulatorSettings(scoped_webhook_update="partial")) as emulator:
        client = Client(emulator)
        hooks = f"/Conversations/{client.made('/Conversations', {})}/Webhooks"
        changed = client.post(f"{hooks}/{client.made(hooks, WEBHOOK)}", {"Configuration.Method": "GET"}).body
        assert changed["configuration"] == {"url": URL, "method": "GET", "filters": ["onMessageAdded"]}


def test_a_conversation_has_at_most_five_webhooks_on_one_page(client: Client, hooks: str) -> None:
    sids = [client.made(hooks, STUDIO) for _ in range(5)]
    assert client.post(hooks, STUDIO).error == (400, 50361)
    page = client.get(hooks).body
    assert (page["meta"]["page_size"], [each["sid"] for each in page["webhooks"]]) == (5, sids)
    assert len(client.get(hooks, "PageSize=50").body["webhooks"]) == 5
    client.delete(f"{hooks}/{sids[0]}")
    assert client.post(hooks, STUDIO).status == 201


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({}, 50368, id="no target"),
        pytest.param({"Target": "flex"}, 50364, id="an unknown target"),
        pytest.param({**WEBHOOK, "Configuration.Url": ""}, 50369, id="a webhook without a URL"),
        pytest.param({**WEBHOOK, "Configuration.Url": "example.com"}, 50369, id="a URL without a scheme"),
        pytest.param({**WEBHOOK, "Configuration.Url": "http://localhost:3000/x"}, 50369, id="a port of this machine"),
        pytest.param({**WEBHOOK, "Configuration.Url": URL + "x" * 2048}, 50372, id="a long URL"),
        pytest.param({**WEBHOOK, "Configuration.Filters": ""}, 50370, id="a webhook without filters"),
        pytest.param({**WEBHOOK, "Configuration.Filters": "onMessageAdd"}, 50365, id="a pre-event"),
        pytest.param({**WEBHOOK, "Configuration.Method": "PUT"}, 50055, id="an unknown method"),
        pytest.param({"Target": "trigger", "Configuration.Url": URL}, 50371, id="a trigger without keywords"),
        pytest.param({**TRIGGER, "Configuration.Url": ""}, 50369, id="a trigger without a URL"),
        pytest.param({**TRIGGER, "Configuration.Triggers": ["x"] * 101}, 50362, id="too many keywords"),
        pytest.param({"Target": "studio"}, 50367, id="no flow"),
        pytest.param({"Target": "studio", "Configuration.FlowSid": "FW1"}, 50367, id="a malformed flow"),
        pytest.param({**STUDIO, "Configuration.ReplayAfter": "9" * 40}, 20422, id="an overflowing replay index"),
    ],
)
def test_an_invalid_scoped_webhook_is_an_error(client: Client, hooks: str, fields: Fields, code: int) -> None:
    assert client.post(hooks, fields).error == (400, code)
