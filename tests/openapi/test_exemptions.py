"""Every exemption is needed: without it, the emulator violates the description."""

from collections.abc import Callable, Mapping

import pytest

from confsync.emulator.emulator import Emulator
from tests.emulator.client import Client
from tests.openapi.conformance import ConformanceChecker
from tests.openapi.exemptions import EXEMPTIONS, Exemption, adjusted_document
from tests.openapi.facts import described_operations, form_schema
from tests.openapi.plugin import ViolationRecorder
from tests.openapi.violation import Violation

URL = "https://example.com"
FLOW = "FW" + "0" * 32


def webhooks_of_new_service(client: Client) -> None:
    client.get(f"/Services/{client.made('/Services', {'FriendlyName': 'x'})}/Configuration/Webhooks")


def address(client: Client) -> None:
    client.made("/Configuration/Addresses", {"Type": "whAtsAPP", "Address": "whatsapp:+15005550006"})


def fallback(client: Client) -> None:
    conversation = client.made("/Conversations", {})
    sent = {"MessagingBinding.Address": "rcs:x", "MessagingBinding.ProxyAddressFallback": "+15005550006"}
    client.made(f"/Conversations/{conversation}/Participants", sent)


def webhook(client: Client, **fields: str) -> None:
    conversation = client.made("/Conversations", {})
    sent = {f"Configuration.{name}": value for name, value in fields.items()}
    client.made(f"/Conversations/{conversation}/Webhooks", {"Target": "studio", "Configuration.FlowSid": FLOW} | sent)


def trigger(client: Client) -> None:
    conversation = client.made("/Conversations", {})
    sent = {"Target": "trigger", "Configuration.Url": URL, "Configuration.Triggers": "help"}
    client.made(f"/Conversations/{conversation}/Webhooks", sent)


def messages_in_order(client: Client) -> None:
    client.get(f"/Conversations/{client.made('/Conversations', {})}/Messages", "Order=DESC")


REQUESTS: Mapping[str, Callable[[Client], object]] = {
    "webhooks of a new service": webhooks_of_new_service,
    "types in any case": address,
    "fallback of an RCS address": fallback,
    "triggers of a scoped webhook": trigger,
    "start of a scoped webhook's replay": lambda client: webhook(client, ReplayAfter="7"),
    "case of a scoped webhook's method": lambda client: webhook(client, Method="POST"),
    "page size over the maximum": lambda client: client.get("/Services", "PageSize=101"),
    "case of an order": messages_in_order,
    "empty SID": lambda client: client.post("/Conversations", {"MessagingServiceSid": ""}),
    "events of Monitor": lambda client: client.get("/Events"),
}
"""The requests that need each exemption."""

ABOUT_THE_DESCRIPTION = {"values of a webhook's method"}
"""Exemptions that concern only the description, whatever an emulator does."""


@pytest.mark.parametrize("exemption", EXEMPTIONS, ids=lambda each: each.name)
def test_an_exemption_is_needed_and_enough(exemption: Exemption) -> None:
    if exemption.name in ABOUT_THE_DESCRIPTION:
        return
    without = ViolationRecorder(ConformanceChecker(each for each in EXEMPTIONS if each is not exemption))
    with without.observing(), Emulator() as emulator:
        REQUESTS[exemption.name](Client(emulator))
    violations = without.take_violations()
    assert violations
    assert all(exemption.covers(violation) for violation in violations)


def test_the_description_lists_no_values_of_a_webhooks_method_in_a_request() -> None:
    (exemption,) = (each for each in EXEMPTIONS if each.name in ABOUT_THE_DESCRIPTION)
    schemas = [
        schema
        for method, path, operation in described_operations()
        for name, schema in form_schema(operation)["properties"].items()
        if exemption.covers(Violation("undocumented values", f"{method} {path} {name}"))
    ]
    assert len(schemas) == 2
    assert not any("enum" in schema or "$ref" in schema for schema in schemas)


def test_every_exemption_has_a_source_and_a_unique_name() -> None:
    assert {each.name for each in EXEMPTIONS} == REQUESTS.keys() | ABOUT_THE_DESCRIPTION
    assert len({each.name for each in EXEMPTIONS}) == len(EXEMPTIONS)
    assert all(each.source.endswith(".") for each in EXEMPTIONS)


def test_the_adjusted_document_allows_the_exempt_null() -> None:
    schema = adjusted_document()["components"]["schemas"]
    method = schema["conversations.v1.service.service_configuration.service_webhook_configuration"]["properties"][
        "method"
    ]
    assert method["nullable"]
    assert None in method["enum"]
