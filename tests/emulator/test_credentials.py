"""Push credentials: their secrets are write-only."""

from hashlib import sha256
from pathlib import Path

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.settings import EmulatorSettings
from tests.emulator.client import Client, Fields
from tests.emulator.clock import Clock

CANARIES = {
    "Certificate": "-----BEGIN CERTIFICATE-----\ncanary-one\n",
    "PrivateKey": "canary-two",
    "ApiKey": "canary-three",
    "Secret": '{"private_key": "canary-four"}',
}


def test_an_apple_credential_returns_its_sandbox_as_a_string(client: Client) -> None:
    answer = client.post("/Credentials", {"Type": "apn", "FriendlyName": "ios", "Sandbox": "true", **CANARIES})
    assert answer.body == {
        "sid": answer.body["sid"],
        "account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "friendly_name": "ios",
        "type": "apn",
        "sandbox": "True",
        "date_created": "2026-03-01T12:00:00Z",
        "date_updated": "2026-03-01T12:00:00Z",
        "url": f"http://127.0.0.1/v1/Credentials/{answer.body['sid']}",
    }


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"Type": "apn"}, "False"),
        ({"Type": "apn", "Sandbox": "false"}, "False"),
        ({"Type": "fcm"}, None),
        ({"Type": "fcm", "Sandbox": "true"}, None),
        ({"Type": "gcm"}, None),
    ],
)
def test_only_apple_has_a_sandbox(client: Client, fields: Fields, shown: str | None) -> None:
    assert client.post("/Credentials", fields).body["sandbox"] == shown


def test_a_setting_shows_a_sandbox_for_gcm() -> None:
    with Emulator(settings=EmulatorSettings(gcm_sandbox="False")) as emulator:
        assert Client(emulator).post("/Credentials", {"Type": "gcm"}).body["sandbox"] == "False"


def test_a_new_secret_changes_only_the_date(client: Client, clock: Clock) -> None:
    path = "/Credentials/" + client.made("/Credentials", {"Type": "fcm", "Secret": "one"})
    before = client.get(path).body
    clock.move(60)
    assert client.post(path, {"Secret": "two"}).body == before | {"date_updated": "2026-03-01T12:01:00Z"}


@pytest.mark.parametrize(("sent", "read"), [("GcM", "gcm"), ("FCM", "fcm")])
def test_a_type_is_accepted_in_any_case_and_returned_in_lower_case(client: Client, sent: str, read: str) -> None:
    assert client.post("/Credentials", {"Type": sent}).body["type"] == read


def test_a_credential_is_listed_and_deleted(client: Client) -> None:
    sid = client.made("/Credentials", {"Type": "fcm"})
    assert [each["sid"] for each in client.get("/Credentials").body["credentials"]] == [sid]
    assert client.delete(f"/Credentials/{sid}").status == 204
    assert client.get("/Credentials").body["credentials"] == []


@pytest.mark.openapi_violation("unknown parameter: POST /v1/Credentials PrivateKy")
def test_no_secret_reaches_a_response_the_log_or_the_file(tmp_path: Path) -> None:
    with Emulator(db=tmp_path / "account.db") as emulator:
        client = Client(emulator)
        made = client.post("/Credentials", {"Type": "apn", "PrivateKy": "canary-misspelt", **CANARIES})
        path = f"/Credentials/{made.body['sid']}"
        refused = client.post(path, {"Type": "canary-type", **CANARIES})
        shown = repr([made, refused, client.get(path), client.get("/Credentials"), list(emulator.log)])
        files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    files += b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert "canary" not in shown.replace("canary-type", "")
    assert b"canary" not in files
    assert sha256(b"canary-two").hexdigest().encode() in files
