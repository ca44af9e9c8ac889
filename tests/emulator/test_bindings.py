"""Bindings: tests seed them; clients list and delete them."""

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.settings import EmulatorSettings
from tests.emulator.client import Client


@pytest.fixture
def service_sid(service: str) -> str:
    return service.rpartition("/")[2]


def identities(client: Client, service: str, query: str = "") -> list[str]:
    return [each["identity"] for each in client.get(f"{service}/Bindings", query).body["bindings"]]


def test_a_binding_creates_its_user(emulator: Emulator, client: Client, service: str, service_sid: str) -> None:
    credential = client.made("/Credentials", {"Type": "apn"})
    sid = emulator.seed_binding(service_sid, identity="alice", type="apn", credential_sid=credential)
    found = client.get(f"{service}/Bindings/{sid}").body
    assert (found["identity"], found["binding_type"], found["credential_sid"]) == ("alice", "apn", credential)
    assert found["message_types"] == ["removed_from_conversation", "new_message", "added_to_conversation"]
    assert client.get(f"{service}/Users/alice").status == 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["alice", "bob", "carol"]),
        ("BindingType=apn", ["alice"]),
        ("BindingType=apn&BindingType=gcm", ["alice", "carol"]),
        ("Identity=bob&Identity=carol", ["bob", "carol"]),
        ("BindingType=fcm&Identity=alice", []),
        ("Identity=", ["alice", "bob", "carol"]),
    ],
)
def test_bindings_are_listed_by_type_and_identity(
    emulator: Emulator, client: Client, service: str, service_sid: str, query: str, expected: list[str]
) -> None:
    emulator.seed_binding(service_sid, identity="alice", type="apn")
    emulator.seed_binding(service_sid, identity="bob", type="fcm")
    emulator.seed_binding(service_sid, identity="carol", type="gcm")
    assert identities(client, service, query) == expected


def test_an_unknown_binding_type_is_an_error(client: Client, service: str) -> None:
    assert client.get(f"{service}/Bindings", "BindingType=fax").error == (400, 20422)


def test_a_binding_is_deleted_alone_or_with_its_user(
    emulator: Emulator, client: Client, service: str, service_sid: str
) -> None:
    sid = emulator.seed_binding(service_sid, identity="alice")
    emulator.seed_binding(service_sid, identity="bob")
    assert client.delete(f"{service}/Bindings/{sid}").status == 204
    client.delete(f"{service}/Users/bob")
    assert identities(client, service) == []


def test_a_credential_in_use_can_be_deleted_and_the_binding_then_has_none(
    emulator: Emulator, client: Client, service: str, service_sid: str
) -> None:
    credential = client.made("/Credentials", {"Type": "apn"})
    emulator.seed_binding(service_sid, identity="alice", credential_sid=credential)
    assert client.delete(f"/Credentials/{credential}").status == 204
    assert client.get(f"{service}/Bindings").body["bindings"][0]["credential_sid"] is None


def test_a_setting_prevents_the_deletion_of_a_credential_in_use() -> None:
    with Emulator(settings=EmulatorSettings(delete_credential_in_use="reject")) as emulator:
        client = Client(emulator)
        credential = client.made("/Credentials", {"Type": "apn"})
        service = client.made("/Services", {"FriendlyName": "support"})
        emulator.seed_binding(service, identity="alice", credential_sid=credential)
        assert client.delete(f"/Credentials/{credential}").error == (409, 20409)


def test_a_user_with_a_device_is_notifiable_if_reachability_is_enabled(
    emulator: Emulator, client: Client, service: str, service_sid: str
) -> None:
    emulator.seed_binding(service_sid, identity="alice")
    alice = f"{service}/Users/alice"
    assert client.get(alice).body["is_notifiable"] is None
    client.post(f"{service}/Configuration", {"ReachabilityEnabled": "true"})
    assert client.get(alice).body["is_notifiable"] is True
    assert client.get(f"{service}/Users").body["users"][0]["is_notifiable"] is None


def test_thousands_of_rows_can_be_seeded_at_once(
    emulator: Emulator, client: Client, service: str, service_sid: str
) -> None:
    with emulator.seeding() as seeds:
        seeds.users(service_sid, 300)
        seeds.conversations(service_sid, 2_500)
        seeds.bindings(service_sid, 40)
    assert client.get(f"{service}/Conversations/conversation-2499").status == 200
    assert len(client.get(f"{service}/Bindings", "PageSize=100").body["bindings"]) == 40
    assert client.get(f"{service}/Users/user-299").status == 200


def test_failed_seeding_is_rolled_back(emulator: Emulator, client: Client, service: str, service_sid: str) -> None:
    def seed() -> None:
        with emulator.seeding() as seeds:
            seeds.users(service_sid, 3)
            seeds.users("IS" + "0" * 32, 1)

    with pytest.raises(LookupError, match="no service"):
        seed()
    assert client.get(f"{service}/Users").body["users"] == []
