"""Every operation: lists with a page size over the maximum, updates without parameters, and paths by their old name."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.router import Router
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import OperationName, ResourceSpec
from confsync.emulator.tables import resource_specs
from tests.emulator.client import Client, Fields
from tests.emulator.populated import Names, populated_emulator
from tests.openapi.exemptions import OLD_NAMES
from tests.openapi.facts import operation_names

OPERATIONS: Mapping[str, tuple[ResourceSpec, OperationName]] = {
    f"{method} /v1{route.path}": (route.spec, operation)
    for route in Router(resource_specs(EmulatorSettings())).routes
    for method, operation in route.operations.items()
}

NEEDED_BY_A_LIST = {"participant_conversation": "Identity=alice&"}

NEEDED_BY_A_CREATE: Mapping[str, Fields] = {
    "credential": {"Type": "fcm"},
    "message": {},
    "participant": {"Identity": "bob"},
    "phone_address": {"Type": "sms", "Address": "+15005550001"},
    "role": {"FriendlyName": "guest", "Type": "conversation", "Permission": "sendMessage"},
    "scoped_webhook": {"Target": "studio", "Configuration.FlowSid": "FW" + "0" * 32},
    "service": {"FriendlyName": "new"},
    "user": {"Identity": "bob"},
}

REFUSES_AN_EMPTY_UPDATE = {
    "role": 20001,  # Permission is required
    "scoped_webhook": 50369,  # what the target needs is required
}


def path_of(name: str, names: Names) -> str:
    """Fill in the path of an operation, without the version, with names of existing resources."""
    steps = name.partition(" ")[2].removeprefix("/v1").split("/")
    return "/".join(
        names[before][0] if step.startswith("{") else step for before, step in zip(["", *steps], steps, strict=False)
    )


def named(operation: OperationName) -> list[str]:
    return [name for name, (_, each) in OPERATIONS.items() if each == operation]


def test_the_tests_below_drive_every_operation_also_by_its_old_name() -> None:
    old = {f"{method} {path}" for path in OLD_NAMES for method in ("GET", "POST")}
    driven = {name for operation in ("list", "create", "fetch", "update", "delete") for name in named(operation)}
    assert driven == operation_names() | old
    assert (len(operation_names()), len(old)) == (103, 2)


@pytest.mark.parametrize("name", named("list"))
@pytest.mark.parametrize("size", [50, 1_000])
def test_a_page_size_over_the_maximum_is_the_maximum(name: str, size: int) -> None:
    spec, _ = OPERATIONS[name]
    with populated_emulator() as (emulator, names):
        query = f"{NEEDED_BY_A_LIST.get(spec.name, '')}PageSize={size}"
        answer = Client(emulator).get(path_of(name, names), query)
    assert (answer.status, answer.body["meta"]["page_size"]) == (200, min(size, spec.page_maximum))
    assert answer.body[spec.list_key]


@pytest.mark.parametrize("name", named("update"))
def test_an_update_without_parameters_changes_nothing(name: str) -> None:
    spec, _ = OPERATIONS[name]
    with populated_emulator() as (emulator, names):
        client, path = Client(emulator), path_of(name, names)
        before = client.get(path).body
        emulator.clock.advance(timedelta(minutes=1))
        answer = client.post(path)
        assert client.get(path).body == before
    if spec.name in REFUSES_AN_EMPTY_UPDATE:
        assert answer.error == (400, REFUSES_AN_EMPTY_UPDATE[spec.name])
    else:
        assert (answer.status, answer.body) == (200, before)


@pytest.mark.parametrize("name", named("create"))
def test_a_create_needs_only_its_required_parameters(name: str) -> None:
    with populated_emulator() as (emulator, names):
        fields = NEEDED_BY_A_CREATE.get(OPERATIONS[name][0].name, {})
        assert Client(emulator).post(path_of(name, names), fields).status == 201


@pytest.mark.parametrize("name", named("fetch"))
def test_a_fetch_returns_the_resource_and_its_url(name: str) -> None:
    with populated_emulator() as (emulator, names):
        answer = Client(emulator).get(path_of(name, names))
        assert answer.status == 200
        again = Client(emulator).get(answer.body["url"].partition("/v1")[2])
        assert again.body == answer.body


@pytest.mark.parametrize("name", named("delete"))
def test_a_delete_removes_the_resource(name: str) -> None:
    with populated_emulator() as (emulator, names):
        unused = {**names, "Services": names["Services"][1:]} if name == "DELETE /v1/Services/{Sid}" else names
        client, path = Client(emulator), path_of(name, unused)
        assert client.delete(path).status == 204
        assert client.get(path).status == 404


@pytest.mark.parametrize(("old", "new"), OLD_NAMES.items())
def test_an_old_name_reads_and_writes_the_same_resource(client: Client, old: str, new: str) -> None:
    old, new = old.removeprefix("/v1"), new.removeprefix("/v1")
    changed = client.post(old, {"Filters": ["onMessageAdded"], "Method": "GET"})
    assert (changed.status, changed.body["filters"], changed.body["method"]) == (200, ["onMessageAdded"], "GET")
    found = [client.get(each).body for each in (old, new)]
    assert [each.pop("url") for each in found] == [f"http://127.0.0.1/v1{each}" for each in (old, new)]
    assert found[0] == found[1]
    assert client.delete(old).error == (405, 20004)


def test_a_setting_refuses_an_update_without_parameters_and_a_large_page() -> None:
    strict = EmulatorSettings(empty_update="reject", page_size_over_maximum="reject")
    with Emulator(settings=strict) as emulator:
        client = Client(emulator)
        assert client.post("/Configuration").error == (400, 20161)
        assert client.get("/Roles", "PageSize=51").error == (400, 20007)
