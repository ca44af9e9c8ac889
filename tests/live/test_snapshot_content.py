"""A snapshot contains what a plan needs, but no secret and no personal data."""

import json
from typing import Any

import httpx
import pytest

from confsync.live.snapshot_file import checksum_of
from tests.acceptance.test_offline_plans import offline_plan, snapshot_file
from tests.canaries import found_in
from tests.harness import Harness, InterceptingTransport, change_lines, json_response

PERSON, NUMBER, ROOM = "person-canary-71", "+15557654321", "room-canary-72"
TOKEN, PATH, QUERY = "token-canary-73/x", "path-canary-75", "query-canary-76"
DESK = f"""
version: 1
variables: {{hook: {{sensitive: true}}}}
account: {{addresses: {{"{NUMBER}": {{type: sms, friendly_name: {PERSON}}}}}}}
credentials: {{phone: {{type: fcm, secret: "${{{{ env.KEY }}}}"}}}}
services:
  desk:
    webhooks: {{post_webhook_url: "https://hooks.example.com/${{{{ var.hook }}}}", method: POST}}
    notifications: {{new_message: {{template: "text"}}}}
    roles: {{agent: {{type: conversation, permissions: [sendMessage]}}}}
    users: {{{PERSON}: {{friendly_name: {PERSON}, attributes: {{name: {PERSON}}}}}}}
    conversations: {{{ROOM}: {{attributes: {{with: {PERSON}}}}}}}
"""


@pytest.fixture
def desk(harness: Harness) -> Harness:
    """A desk that was applied."""
    harness.environ = {"KEY": TOKEN, "CONFSYNC_VAR_hook": TOKEN}
    harness.apply(DESK)
    return harness


def drift(harness: Harness) -> Any:  # noqa: ANN401 — JSON
    """Leave a snapshot, and return what is in it."""
    account = harness.account()
    account.save_snapshot(account.drift().plan)
    return json.loads(snapshot_file(harness).read_text("utf-8"))


def fields_of(content: Any, address: str) -> dict[str, Any]:  # noqa: ANN401 — JSON
    (found,) = (each for each in content["resources"] if each["address"] == address)
    return {**found["fields"], "masked": found["masked"]}


def test_a_snapshot_contains_no_secret_and_no_personal_data(desk: Harness) -> None:
    service = desk.path("/Services/desk")
    desk.client.post(f"{service}/Configuration/Webhooks", {"PreWebhookUrl": f"https://example.com/{PATH}"})
    desk.client.post(f"{service}/Configuration/Notifications", {"NewMessage.Template": f"see {TOKEN}"})
    desk.client.post(
        "/Configuration/Webhooks", {"PostWebhookUrl": f"https://example.com/?token={QUERY}", "Method": "POST"}
    )
    content = drift(desk)
    found = snapshot_file(desk).read_bytes()
    assert found_in(found, (PERSON, NUMBER, ROOM, TOKEN, PATH, QUERY)) == []
    assert fields_of(content, "services/desk/webhooks")["post_webhook_url"] == "(sensitive)"
    assert fields_of(content, "services/desk/webhooks")["pre_webhook_url"] == "https://example.com/(sensitive)"
    assert fields_of(content, "services/desk/notifications")["masked"] == {"new_message.template": False}
    assert fields_of(content, "services/desk/roles/agent")["permissions"] == ["sendMessage"]
    offline = offline_plan(desk, secrets=False)
    assert change_lines(offline.live) == ["update services/desk/notifications new_message.template:(sensitive)->text"]
    assert found_in(offline.to_json().encode(), (TOKEN, PATH, QUERY)) == []


def test_a_collection_with_a_sensitive_name_is_left_out(desk: Harness) -> None:
    form = {"FriendlyName": f"a {TOKEN}", "Type": "conversation", "Permission": "sendMessage"}
    desk.client.made(desk.path("/Services/desk/Roles"), form)
    content = drift(desk)
    assert found_in(snapshot_file(desk).read_bytes(), (TOKEN,)) == []
    assert "services/desk/roles" not in [each["address"] for each in content["collections"]]
    plan = offline_plan(desk, secrets=False)
    assert plan.changes == ()
    assert "services/desk/roles" in [str(each.address) for each in plan.live.unrecorded]


URL = "https://hooks.example.com/"


@pytest.mark.parametrize(
    ("live", "declared", "expected"),
    [
        (f"{URL}a", f"{URL}a", []),
        (f"{URL}a", f"{URL}b", [f"{URL}a->{URL}b"]),
        (f"{URL}other", f"{URL}a", [f"{URL}(sensitive)->{URL}a"]),
        (f"{URL}other", f"{URL}other", ["not checked"]),
        (f"{URL}other", "https://b.example.com/x", [f"{URL}(sensitive)->https://b.example.com/x"]),
        ("https://b.example.com", f"{URL}a", [f"https://b.example.com->{URL}a"]),
    ],
)
def test_the_path_of_a_webhook_is_shown_only_if_it_was_applied_openly(
    live: str, declared: str, expected: list[str], harness: Harness
) -> None:
    def text(url: str) -> str:
        return f"version: 1\naccount: {{webhooks: {{post_webhook_url: '{url}'}}}}\n"

    harness.apply(text(f"{URL}a"))
    harness.client.post("/Configuration/Webhooks", {"PostWebhookUrl": live})
    drift(harness)
    harness.write(text(declared))
    plan = offline_plan(harness)
    unchecked = ["not checked" for change in plan.live.changes for _ in change.unchecked]
    differences = [line.partition(":")[2] for line in change_lines(plan.live)]
    assert differences + unchecked == expected


def test_a_field_that_an_older_version_did_not_know_is_not_checked(desk: Harness) -> None:
    content = drift(desk)
    for each in content["resources"]:
        each["fields"].pop("new_message.template", None)
    del content["checksum"]
    path = snapshot_file(desk)
    path.write_text(json.dumps(content | {"checksum": checksum_of(content)}), "utf-8")
    desk.write(DESK.replace('"text"', '"another text"'))
    plan = offline_plan(desk)
    assert plan.changes == ()
    unchecked = [(str(change.address), each.path) for change in plan.live.changes for each in change.unchecked]
    assert ("services/desk/notifications", "new_message.template") in unchecked


OFFICE = """
version: 1
services:
  office:
    webhooks: {method: POST, post_webhook_url: "https://example.com/told"}
    configuration: {default_conversation_role: clerk}
    roles: {clerk: {type: conversation, permissions: [sendMessage]}}
"""


def save_after_apply(harness: Harness, text: str) -> list[str]:
    """Apply, leave a snapshot, and return the paths that only the snapshot read."""
    harness.write(text)
    account = harness.account()
    plan = account.plan()
    report = account.apply(plan)
    harness.emulator.log.clear()
    account.save_snapshot(plan, report)
    return [each.path.rpartition("/")[2] for each in harness.emulator.log]


def test_what_an_apply_read_back_is_not_read_again_for_the_snapshot(harness: Harness) -> None:
    assert save_after_apply(harness, OFFICE) == []
    assert offline_plan(harness).changes == ()


def test_of_an_updated_service_only_what_the_apply_did_not_read_back_is_read(harness: Harness) -> None:
    harness.apply(OFFICE)
    assert sorted(save_after_apply(harness, OFFICE.replace("told", "asked"))) == ["Configuration", "Roles", "Services"]
    assert offline_plan(harness).changes == ()


def test_a_list_that_lags_behind_an_apply_is_read_again_for_the_snapshot(harness: Harness) -> None:
    harness.transport = LaggingOnce(harness)
    assert save_after_apply(harness, OFFICE) == ["Roles"]
    assert offline_plan(harness).changes == ()


class LaggingOnce(InterceptingTransport):
    """Leaves the permissions of each role out of the first list after a write."""

    def __init__(self, harness: Harness) -> None:
        super().__init__(harness.emulator)
        self.wrote, self.lagged = False, False

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        self.wrote = self.wrote or request.method != "GET"
        if request.method != "GET" or not request.url.path.endswith("/Roles") or not self.wrote or self.lagged:
            return response
        self.lagged = True
        page = json.loads(await response.aread())
        roles = [{**each, "permissions": []} for each in page["roles"]]
        return json_response(request, response.status_code, {**page, "roles": roles})
