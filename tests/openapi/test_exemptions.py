"""Every exemption is needed: without it, what it is about is a breach."""

from collections.abc import Callable, Mapping

import pytest

from confsync.emulator.emulator import Emulator
from tests.emulator.client import Client
from tests.openapi import file
from tests.openapi.breach import Breach
from tests.openapi.exemptions import EXEMPTIONS, Exemption, amended
from tests.openapi.file import form_of, operations
from tests.openapi.judge import Judge
from tests.openapi.witness import Witness

pytestmark = file.needed

URL = "https://example.com"
FLOW = "FW" + "0" * 32


def fresh_webhooks(client: Client) -> None:
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


DEEDS: Mapping[str, Callable[[Client], object]] = {
    "fresh service webhooks": fresh_webhooks,
    "types in any case": address,
    "fallback of an RCS address": fallback,
    "triggers of a scoped webhook": trigger,
    "where a scoped webhook's replay begins": lambda client: webhook(client, ReplayAfter="7"),
    "case of a scoped webhook's method": lambda client: webhook(client, Method="POST"),
    "nothing for a SID": lambda client: client.post("/Conversations", {"MessagingServiceSid": ""}),
}
"""What to do at an emulator to need each."""

IN_THE_FILE = {"words of a webhook's method"}
"""Exemptions about the file alone, whatever an emulator does."""


@pytest.mark.parametrize("exemption", EXEMPTIONS, ids=lambda each: each.name)
def test_an_exemption_is_needed_and_enough(exemption: Exemption) -> None:
    if exemption.name in IN_THE_FILE:
        return
    without = Witness(Judge(each for each in EXEMPTIONS if each is not exemption))
    with without.watching(), Emulator() as emulator:
        DEEDS[exemption.name](Client(emulator))
    breaches = without.told()
    assert breaches
    assert all(exemption.covers(breach) for breach in breaches)


def test_a_webhooks_method_has_no_words_in_a_request() -> None:
    (exemption,) = (each for each in EXEMPTIONS if each.name in IN_THE_FILE)
    schemas = [
        schema
        for method, path, operation in operations()
        for name, schema in form_of(operation)["properties"].items()
        if exemption.covers(Breach("unsaid words", f"{method} {path} {name}"))
    ]
    assert len(schemas) == 2
    assert not any("enum" in schema or "$ref" in schema for schema in schemas)


def test_every_exemption_has_a_source_and_a_name_of_its_own() -> None:
    assert {each.name for each in EXEMPTIONS} == DEEDS.keys() | IN_THE_FILE
    assert len({each.name for each in EXEMPTIONS}) == len(EXEMPTIONS)
    assert all(each.source.endswith(".") for each in EXEMPTIONS)


def test_the_amended_file_allows_the_null_that_is_exempt() -> None:
    schema = amended()["components"]["schemas"]
    method = schema["conversations.v1.service.service_configuration.service_webhook_configuration"]["properties"][
        "method"
    ]
    assert method["nullable"]
    assert None in method["enum"]
