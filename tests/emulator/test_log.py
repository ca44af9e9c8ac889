"""The request log, which tests inspect."""

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.log import LoggedRequest
from tests.emulator.client import Client


def test_the_log_lists_requests_in_order(emulator: Emulator, client: Client, service: str) -> None:
    emulator.log.clear()
    client.get(service)
    client.post(f"{service}/Configuration/Webhooks", {"Method": "GET"})
    client.delete("/Nowhere")
    assert [str(each) for each in emulator.log] == [
        f"GET /v1{service} -> 200",
        f"POST /v1{service}/Configuration/Webhooks -> 200",
        "DELETE /v1/Nowhere -> 404",
    ]


def test_the_log_can_list_only_writes(emulator: Emulator, client: Client, service: str) -> None:
    emulator.log.clear()
    client.get(service)
    assert emulator.log.writes() == ()
    client.delete(service)
    assert [each.method for each in emulator.log.writes()] == ["DELETE"]


@pytest.mark.openapi_violation("unknown parameter: POST /v1/Credentials Colour")
def test_the_log_names_every_parameter_and_stores_no_secret_values(emulator: Emulator, client: Client) -> None:
    client.post("/Credentials", {"Type": "fcm", "Secret": "hush", "Colour": "red"})
    assert emulator.log[-1] == LoggedRequest(
        "POST",
        "/v1/Credentials",
        201,
        parameters=("Type", "Secret", "Colour"),
        values={"Type": ("fcm",)},
        unknown=("Colour",),
    )


def test_the_log_stores_the_query_of_a_list(emulator: Emulator, client: Client) -> None:
    client.get("/Services", "PageSize=2")
    assert emulator.log[-1].values == {"PageSize": ("2",)}
    assert len(emulator.log[:]) == len(emulator.log) == 1
