"""The emulator records who wrote what, as Twilio's Monitor does."""

from datetime import timedelta
from typing import Any

import pytest

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from tests.emulator.client import Client
from tests.emulator.clock import Clock

USER, KEY = "US" + "a" * 32, "SK" + "b" * 32
ROLE = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage"}


def events(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get("/Events", query)
    assert answer.status == 200, answer
    found: list[dict[str, Any]] = answer.body["events"]
    return found


def shown(client: Client, query: str = "") -> list[str]:
    return [f"{each['event_type']} {each['actor_type']} {each['source']}" for each in events(client, query)]


def test_every_write_of_a_resource_is_an_event(client: Client, service: str) -> None:
    role = client.made(f"{service}/Roles", ROLE)
    client.post(f"{service}/Roles/{role}", {"Permission": "leaveConversation"})
    client.delete(f"{service}/Roles/{role}")
    assert shown(client, f"ResourceSid={role}") == [
        "role.deleted account api",
        "role.updated account api",
        "role.created account api",
    ]
    assert {each["actor_sid"] for each in events(client)} == {ACCOUNT_SID}
    assert shown(client)[-1] == "service.created account api"


def test_reads_failures_and_singletons_are_no_events(client: Client, service: str) -> None:
    client.get(service)
    client.post(f"{service}/Roles", {})
    client.post(f"{service}/Configuration", {"ReachabilityEnabled": "true"})
    assert shown(client) == ["service.created account api"]


def test_a_write_in_the_console_has_its_user(client: Client, emulator: Emulator) -> None:
    with emulator.monitor.console(USER):
        client.made("/Services", {"FriendlyName": "desk"})
    client.made("/Services", {"FriendlyName": "other"})
    assert shown(client) == ["service.created account api", "service.created user web"]
    assert [each["actor_sid"] for each in events(client, f"ActorSid={USER}")] == [USER]


def test_an_api_key_is_an_actor_of_its_own() -> None:
    with Emulator(api_keys={KEY: "secret"}) as emulator:
        client = Client(emulator, KEY, "secret")
        client.made("/Services", {"FriendlyName": "desk"})
        assert [each["actor_sid"] for each in events(client)] == [KEY]


def test_dates_limit_the_events(client: Client, clock: Clock, emulator: Emulator) -> None:
    client.made("/Services", {"FriendlyName": "old"})
    middle = (clock() + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    emulator.clock.advance(timedelta(minutes=2))
    new = client.made("/Services", {"FriendlyName": "new"})
    assert [each["resource_sid"] for each in events(client, f"StartDate={middle}")] == [new]
    assert next(each["resource_sid"] for each in events(client, "EventType=service.created")) == new
    assert new not in [each["resource_sid"] for each in events(client, f"EndDate={middle}")]


def test_events_have_pages(client: Client) -> None:
    for number in range(3):
        client.made("/Services", {"FriendlyName": f"s{number}"})
    first = client.get("/Events", "PageSize=2").body
    assert (len(first["events"]), first["meta"]["page_size"], first["meta"]["key"]) == (2, 2, "events")
    path, _, query = first["meta"]["next_page_url"].partition("/v1")[2].partition("?")
    second = client.get(path, query).body
    assert (len(second["events"]), second["meta"]["next_page_url"], second["meta"]["page"]) == (1, None, 1)


@pytest.mark.parametrize("query", ["PageSize=x", "PageSize=-1", "Page=999999999", "PageSize=%C2%B2"])
def test_a_wrong_number_is_refused(query: str, client: Client) -> None:
    assert client.get("/Events", query).error == (400, 20007)


def test_events_can_only_be_read_and_only_with_credentials(client: Client, emulator: Emulator) -> None:
    assert client.post("/Events", {}).error == (405, 20004)
    assert Client(emulator, ACCOUNT_SID, f"{AUTH_TOKEN}x").get("/Events").error == (401, 20003)
