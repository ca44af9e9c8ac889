"""The log: what was asked and answered, for tests to look at."""

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.log import LoggedRequest
from tests.emulator.client import Client


def test_the_log_tells_requests_in_their_order(emulator: Emulator, client: Client, service: str) -> None:
    emulator.log.clear()
    client.get(service)
    client.post(f"{service}/Configuration/Webhooks", {"Method": "GET"})
    client.delete("/Nowhere")
    assert [str(each) for each in emulator.log] == [
        f"GET /v1{service} -> 200",
        f"POST /v1{service}/Configuration/Webhooks -> 200",
        "DELETE /v1/Nowhere -> 404",
    ]


def test_the_log_gives_the_writes_alone(emulator: Emulator, client: Client, service: str) -> None:
    emulator.log.clear()
    client.get(service)
    assert emulator.log.writes() == ()
    client.delete(service)
    assert [each.method for each in emulator.log.writes()] == ["DELETE"]


@pytest.mark.openapi_violation("unknown parameter: POST /v1/Credentials Colour")
def test_the_log_names_every_parameter_and_keeps_the_values_that_are_no_secret(
    emulator: Emulator, client: Client
) -> None:
    client.post("/Credentials", {"Type": "fcm", "Secret": "hush", "Colour": "red"})
    assert emulator.log[-1] == LoggedRequest(
        "POST",
        "/v1/Credentials",
        201,
        parameters=("Type", "Secret", "Colour"),
        values={"Type": ("fcm",)},
        unknown=("Colour",),
    )


def test_the_log_keeps_what_a_list_was_asked_for(emulator: Emulator, client: Client) -> None:
    client.get("/Services", "PageSize=2")
    assert emulator.log[-1].values == {"PageSize": ("2",)}
    assert len(emulator.log[:]) == len(emulator.log) == 1
