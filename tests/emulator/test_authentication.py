"""Authentication, and the check of the host."""

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.http import EmulatorRequest
from tests.emulator.client import Client, answer, basic

KEY = "SK" + "1" * 32


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "wrong"),
        ("ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "emulatortoken"),
        (KEY, "emulatortoken"),
        ("", ""),
    ],
)
def test_wrong_credentials_are_rejected(emulator: Emulator, name: str, password: str) -> None:
    assert Client(emulator, name, password).get("/Services").error == (401, 20003)


@pytest.mark.parametrize("header", ["", "Bearer emulatortoken", "Basic", "Basic !!!", "Basic /w=="])
def test_other_authentication_schemes_are_rejected(emulator: Emulator, header: str) -> None:
    response = emulator.handle(EmulatorRequest("GET", "/v1/Services", headers={"authorization": header}))
    assert answer(response).error == (401, 20003)
    assert response.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'


def test_an_api_key_authenticates_with_its_secret() -> None:
    with Emulator(api_keys={KEY: "key:secret"}) as emulator:
        assert Client(emulator, KEY, "key:secret").get("/Services").status == 200
        assert Client(emulator, KEY, "other").get("/Services").status == 401


def test_an_unauthenticated_client_cannot_probe_paths(emulator: Emulator) -> None:
    assert Client(emulator, password="wrong").get("/Nowhere").error == (401, 20003)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost", "LocalHost:1"])
def test_requests_to_the_local_host_are_accepted(emulator: Emulator, host: str) -> None:
    assert Client(emulator, host=host).get("/Services").status == 200


@pytest.mark.parametrize(
    "host",
    ["", "example.com", "127.0.0.1.example.com", "localhost.example.com:80", "127.0.0.1:", "[::1]", "127.0.0.1:80\n"],
)
def test_requests_to_another_host_are_rejected(emulator: Emulator, host: str) -> None:
    assert Client(emulator, host=host).get("/Services").status == 421


def test_every_response_has_twilios_headers(emulator: Emulator) -> None:
    signed_in = {"authorization": basic(emulator.account_sid, "emulatortoken")}
    for headers in (signed_in, {}):
        received = emulator.handle(EmulatorRequest("GET", "/v1/Services", headers=headers)).headers
        assert received["Twilio-Request-Id"].startswith("RQ")
        assert len(received["Twilio-Request-Id"]) == 34
        assert received["Twilio-Concurrent-Requests"] == "1"
