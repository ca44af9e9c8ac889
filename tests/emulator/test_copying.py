"""An account that was read elsewhere is copied into an emulator, and then returns the same."""

from collections.abc import Iterator
from typing import Any

import pytest

from confsync.emulator.emulator import Emulator
from tests.emulator.client import Client
from tests.emulator.populated import populated_emulator

COLLECTIONS = (
    "/Configuration",
    "/Configuration/Webhooks",
    "/Configuration/Addresses",
    "/Credentials",
    "/Services",
    "/Services/{Services}/Configuration",
    "/Services/{Services}/Configuration/Notifications",
    "/Services/{Services}/Configuration/Webhooks",
    "/Services/{Services}/Roles",
    "/Services/{Services}/Users",
    "/Services/{Services}/Bindings",
    "/Services/{Services}/Conversations",
    "/Services/{Services}/Conversations/{Conversations}/Participants",
    "/Services/{Services}/Conversations/{Conversations}/Webhooks",
)


@pytest.fixture
def read() -> Iterator[dict[str, Any]]:
    """Read an account with a resource of every type; give each body by its path."""
    with populated_emulator() as (emulator, names):
        client = Client(emulator)
        sids = {name: values[0] for name, values in names.items()}
        service = f"/Services/{sids['Services']}"
        client.post(f"{service}/Configuration/Notifications", {"NewMessage.WithMedia.Template": "${MESSAGE}"})
        client.post(f"{service}/Configuration/Webhooks", {"Filters": ["onMessageAdded", "onUserAdded"]})
        client.made(f"{service}/Conversations", {"UniqueName": "later", "Timers.Inactive": "PT5M", "State": "inactive"})
        client.made("/Credentials", {"Type": "apn", "Sandbox": "true", "Certificate": "a secret"})
        yield {path: client.get(path).body for path in (each.format(**sids) for each in COLLECTIONS)}


def test_a_copy_returns_what_was_copied(read: dict[str, Any]) -> None:
    with Emulator() as copy:
        copy.copy((f"/v1{path}", body) for path, body in read.items())
        client = Client(copy)
        for path, body in read.items():
            assert client.get(path).body == body, path


def test_a_copy_holds_nothing_else(read: dict[str, Any]) -> None:
    with Emulator() as copy:
        copy.copy([("/v1/Services", {"services": []}), ("/v1/Unknown", {"sid": "x"})])
        assert Client(copy).get("/Services").body["services"] == []
        assert read


def test_a_member_that_was_read_alone_is_a_part_of_its_list(read: dict[str, Any]) -> None:
    service = read["/Services"]["services"][0]
    users = next(body["users"] for path, body in read.items() if path.endswith("/Users"))
    with Emulator() as copy:
        copy.copy([("/v1/Services", read["/Services"]), (f"/v1/Services/{service['sid']}/Users/alice", users[0])])
        client = Client(copy)
        assert client.get(f"/Services/{service['sid']}/Users/alice").body["sid"] == users[0]["sid"]
        assert client.get(f"/Services/{service['sid']}/Users").body["users"][0]["identity"] == "alice"


def test_a_secret_becomes_a_placeholder(read: dict[str, Any]) -> None:
    with Emulator() as copy:
        copy.copy([("/v1/Credentials", read["/Credentials"])])
        digests = [row["certificate_digest"] for kind, row in copy.contents() if kind == "credential"]
        assert digests == ["a placeholder: Twilio never returns the secret"] * 2


def test_a_copy_goes_on_as_an_account(read: dict[str, Any]) -> None:
    with Emulator() as copy:
        copy.copy((f"/v1{path}", body) for path, body in read.items())
        client, service = Client(copy), read["/Services"]["services"][0]["sid"]
        role = {"FriendlyName": "clerk", "Type": "conversation", "Permission": "sendMessage"}
        made = client.made(f"/Services/{service}/Roles", role)
        assert client.post(f"/Services/{service}/Configuration", {"DefaultConversationRoleSid": made}).status == 200
        assert client.delete(f"/Services/{service}/Conversations/room").status == 204
        assert all(kind != "participant" for kind, _ in copy.contents())
