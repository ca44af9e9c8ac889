"""API errors: their status and error code."""

import json

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.settings import EmulatorSettings
from tests.emulator.client import Client, Fields

NOBODY = "0" * 32
ROLE: Fields = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage"}
LONG = "x" * 257


INVALID_POSTS = [
    ("/Services", {}, 400, 20001, "a service without a name"),
    ("/Services", {"FriendlyName": ""}, 400, 20001, "a service with an empty name"),
    ("/Services", {"FriendlyName": LONG}, 400, 50003, "a service with a long name"),
    (f"/Services/IS{NOBODY}/Roles", ROLE, 404, 20404, "a role in a missing service"),
    ("{service}/Roles", {**ROLE, "FriendlyName": LONG}, 400, 50003, "a role with a long name"),
    ("{service}/Roles", {**ROLE, "FriendlyName": ""}, 400, 20001, "a role without a name"),
    ("{service}/Roles", {**ROLE, "Type": "channel"}, 400, 50105, "a role of an unknown type"),
    ("{service}/Roles", {**ROLE, "Permission": "fly"}, 400, 50104, "an unknown permission"),
    ("{service}/Roles", {**ROLE, "Permission": ""}, 400, 20001, "a role without permissions"),
    ("{service}/Roles", {**ROLE, "Permission": "joinConversation"}, 400, 50104, "a permission of the other type"),
    ("{role}", {}, 400, 20001, "an empty update of a role"),
    ("{role}", {"permissions": "sendMessage"}, 400, 20001, "an update of a role with a misspelt parameter"),
    ("{role}", {"Permission": ""}, 400, 20001, "an update to no permissions"),
    ("{role}", {"Permission": "joinConversation"}, 400, 50104, "an update to a permission of the other type"),
    (f"{{service}}/Roles/RL{NOBODY}", {"Permission": "sendMessage"}, 404, 20404, "an update of a missing role"),
    ("{service}/Configuration", {"DefaultConversationRoleSid": "agent"}, 400, 20423, "a malformed SID"),
    ("{service}/Configuration", {"DefaultConversationRoleSid": f"RL{NOBODY}"}, 400, 50100, "a missing role"),
    ("{service}/Configuration", {"DefaultConversationRoleSid": "{foreign}"}, 400, 50100, "a role of another service"),
    ("{service}/Configuration", {"DefaultConversationCreatorRoleSid": "{service_role}"}, 400, 50106, "a creator role"),
    ("{service}/Configuration", {"DefaultConversationRoleSid": "{service_role}"}, 400, 50109, "a wrong member role"),
    ("{service}/Configuration", {"DefaultChatServiceRoleSid": "{role_sid}"}, 400, 50102, "a wrong user role"),
    ("{service}/Configuration", {"ReachabilityEnabled": "yes"}, 400, 20422, "not a boolean"),
    ("{service}/Configuration/Webhooks", {"PreWebhookUrl": "example.com"}, 400, 50054, "a URL without a scheme"),
    ("{service}/Configuration/Webhooks", {"PostWebhookUrl": "ftp://example.com"}, 400, 50054, "an ftp URL"),
    ("{service}/Configuration/Webhooks", {"PostWebhookUrl": "http://[::1"}, 400, 50054, "a malformed URL"),
    ("{service}/Configuration/Webhooks", {"Method": "PUT"}, 400, 50055, "an unknown method"),
    ("{service}/Configuration/Notifications", {"NewMessage.Template": "x" * 1025}, 400, 50058, "a long template"),
    ("{service}/Configuration/Notifications", {"NewMessage.Sound": LONG}, 400, 50059, "a long name of a sound"),
    ("/Configuration/Webhooks", {"PreWebhookUrl": "http://localhost:3000/x"}, 400, 50054, "a port of this machine"),
    ("/Configuration/Webhooks", {"PostWebhookUrl": "HTTP://LocalHost:1"}, 400, 50054, "the same in another case"),
    ("/Configuration/Webhooks", {"Target": "studio"}, 400, 20422, "an unknown target"),
    ("/Configuration", {"DefaultChatServiceSid": f"IS{NOBODY}"}, 400, 50050, "a missing default service"),
    ("/Configuration", {"DefaultMessagingServiceSid": "MG1"}, 400, 50341, "a malformed messaging service"),
    ("/Configuration", {"DefaultInactiveTimer": "PT59S"}, 400, 50375, "a short inactive timer"),
    ("/Configuration", {"DefaultClosedTimer": "PT9M"}, 400, 50376, "a short closed timer"),
    ("/Configuration", {"DefaultInactiveTimer": "one minute"}, 400, 50379, "a malformed inactive timer"),
    ("/Configuration", {"DefaultClosedTimer": "P"}, 400, 50380, "a malformed closed timer"),
    ("/Credentials", {"FriendlyName": "ios"}, 400, 52004, "a credential without a type"),
    ("/Credentials", {"Type": "sms"}, 400, 52003, "a credential of an unknown type"),
    ("/Credentials", {"Type": "apn", "FriendlyName": "x" * 65}, 400, 50003, "a credential with a long name"),
    ("/Credentials", {"Type": "apn", "Sandbox": ""}, 400, 20422, "an empty sandbox"),
    (f"/Credentials/CR{NOBODY}", {"Secret": "x"}, 404, 20404, "an update of a missing credential"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "fields", "status", "code"), [pytest.param(*row[:4], id=row[4]) for row in INVALID_POSTS]
)
def test_an_invalid_post_is_an_error(
    client: Client, service: str, path: str, fields: Fields, status: int, code: int
) -> None:
    role_sid = client.made(f"{service}/Roles", ROLE)
    names = {
        "service": service,
        "role_sid": role_sid,
        "role": f"{service}/Roles/{role_sid}",
        "service_role": client.get(f"{service}/Configuration").body["default_chat_service_role_sid"],
        "foreign": client.get("/Roles").body["roles"][1]["sid"],
    }
    sent = {name: value.format(**names) if isinstance(value, str) else value for name, value in fields.items()}
    assert client.post(path.format(**names), sent).error == (status, code)


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        pytest.param(f"/Services/IS{NOBODY}", "", 404, 20404, id="an unknown service"),
        pytest.param("/Services/support", "", 404, 20404, id="a name instead of a SID"),
        pytest.param("/Servces", "", 404, 20404, id="an unknown path"),
        pytest.param("/Services/", "", 404, 20404, id="a trailing slash"),
        pytest.param("", "", 404, 20404, id="only the version"),
        pytest.param("/Roles", "PageSize=0", 400, 20007, id="an empty page"),
        pytest.param("/Roles", "PageSize=-1", 400, 20007, id="a negative page size"),
        pytest.param("/Roles", "PageSize=ten", 400, 20007, id="a page size in words"),
        pytest.param("/Roles", "Page=-1", 400, 20422, id="a negative page"),
        pytest.param("/Roles", "PageToken=PT123", 400, 21481, id="an unknown page token"),
        pytest.param("/Roles", "PageToken=nonsense", 400, 21481, id="a malformed page token"),
        pytest.param("/Roles", "PageToken=PTWyJzZXJ2aWNlIiwgImFmdGVyIiwgMV0", 400, 21481, id="another list's token"),
    ],
)
def test_an_invalid_get_is_an_error(client: Client, path: str, query: str, status: int, code: int) -> None:
    assert client.get(path, query).error == (status, code)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "HEAD", "OPTIONS", "DELETE"])
def test_an_unsupported_method_is_an_error(client: Client, method: str) -> None:
    assert client.send(method, "/Services").error == (405, 20004)


def test_an_error_has_four_keys_and_a_path_without_the_version(client: Client) -> None:
    assert client.get("/Services/IS71").body == {
        "code": 20404,
        "message": "The requested resource /Services/IS71 was not found",
        "more_info": "https://www.twilio.com/docs/errors/20404",
        "status": 404,
    }


def test_a_failed_write_changes_nothing(client: Client, service: str) -> None:
    before = client.get(f"{service}/Configuration/Webhooks").body
    sent = {"PreWebhookUrl": "https://example.com", "Method": "PUT"}
    assert client.post(f"{service}/Configuration/Webhooks", sent).status == 400
    assert client.get(f"{service}/Configuration/Webhooks").body == before


@pytest.mark.openapi_violation("unknown parameter: POST /v1/Services Colour")
def test_an_unknown_parameter_is_ignored_and_logged(emulator: Emulator, client: Client) -> None:
    assert client.post("/Services", {"FriendlyName": "x", "Colour": "red"}).status == 201
    assert emulator.log[-1].unknown == ("Colour",)


def test_json_is_not_accepted_as_a_form(client: Client) -> None:
    body = json.dumps({"FriendlyName": "x"}).encode()
    assert client.send("POST", "/Services", body=body, media_type="application/json").status == 415


@pytest.mark.parametrize("body", [b"FriendlyName=%FF", b"FriendlyName=\xff", b"&".join([b"a=1"] * 1001)])
def test_a_malformed_form_is_an_error(client: Client, body: bytes) -> None:
    assert client.send("POST", "/Services", body=body).error == (400, 20001)


@pytest.mark.parametrize("path", ["/Configuration/Webhooks", "{service}/Configuration/Webhooks"])
def test_localhost_without_a_port_or_with_encryption_is_a_webhook_url(client: Client, service: str, path: str) -> None:
    for url in ("https://localhost:3000/x", "https://localhost/x", "http://localhost/x", "http://localhost.example:1"):
        assert client.post(path.format(service=service), {"PreWebhookUrl": url}).body["pre_webhook_url"] == url


def test_a_setting_accepts_a_port_of_this_machine() -> None:
    with Emulator(settings=EmulatorSettings(local_webhooks="accept")) as emulator:
        assert (
            Client(emulator).post("/Configuration/Webhooks", {"PreWebhookUrl": "http://localhost:3000"}).status == 200
        )
