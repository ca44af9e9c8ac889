"""What a configuration asks for that Twilio does not offer in the region of its environment."""

import pytest

from tests.harness import Harness

REGION = "version: 1\nenvironments: {dev: {account_sid: AC%s, region: %s}}\n"


def warnings(harness: Harness, region: str, text: str = "services: {}") -> list[str]:
    return [
        each.summary for each in harness.config(REGION % ("a" * 32, region) + text).warnings if each.code == "CS2021"
    ]


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("us1", []),
        ("ie1", []),
        ("au1", ["Twilio lists no part of Conversations for the region au1"]),
        ("br1", ["Twilio holds no data in the region br1"]),
        ("us2", ["Twilio holds no data in the region us2"]),
        ("xx9, edge: dublin", []),
    ],
)
def test_a_region_without_conversations_is_a_warning(harness: Harness, region: str, expected: list[str]) -> None:
    assert warnings(harness, region) == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("ie1", []),
        ("ie1, edge: dublin", []),
        ("us1, edge: roaming", []),
        ("us1, edge: ashburn-ix", []),
        ("ie1, edge: dublim", ["Twilio does not document the edge 'dublim'"]),
        ("xx9, edge: dublin", ["Twilio does not document the region 'xx9'"]),
    ],
)
def test_a_region_or_an_edge_that_twilio_does_not_document_is_a_warning(
    harness: Harness, place: str, expected: list[str]
) -> None:
    loaded = harness.config(REGION % ("a" * 32, place) + "services: {}")
    assert [each.summary for each in loaded.warnings if each.code == "CS2016"] == expected


def test_a_region_without_a_known_edge_is_an_error(harness: Harness) -> None:
    (mistake,) = harness.mistakes(REGION % ("a" * 32, "xx9") + "services: {}")
    assert "CS2015 no edge is known for region 'xx9'" in mistake


GUEST = "messaging_binding: {address: '+15557650001', proxy_address: '+15550000001'}"
GAPS = {
    "account: {addresses: {'+15551230000': {type: sms}}}": "addresses of this type",
    "account: {addresses: {lobby: {type: chat}}}": "",
    f"account: {{configuration: {{default_messaging_service_sid: MG{'0' * 32}}}}}": "messaging services",
    f"services: {{a: {{conversations: {{c: {{messaging_service_sid: MG{'0' * 32}}}}}}}}}": "messaging services",
    "services: {a: {conversations: {c: {bindings: {email: {address: a@example.com}}}}}}": "conversations by email",
    "services: {a: {notifications: {log_enabled: true}}}": "notification logs",
    "services: {a: {notifications: {log_enabled: false}}}": "",
    "services: {a: {webhooks: {filters: [onDeliveryUpdated, onMessageAdded]}}}": "delivery receipts",
    "services: {a: {webhooks: {filters: [onMessageAdded]}}}": "",
    "services: {a: {conversations: {c: {participants: {p: {identity: alice}}}}}}": "",
}
"""Configurations, and what of each is not offered in ie1."""


@pytest.mark.parametrize(("text", "feature"), GAPS.items())
def test_what_ie1_does_not_offer_is_a_warning_there_and_nowhere_else(harness: Harness, text: str, feature: str) -> None:
    expected = [f"Twilio does not offer {feature} in the region ie1"] if feature else []
    assert warnings(harness, "ie1", text) == expected
    assert warnings(harness, "us1", text) == []


def test_a_participant_with_an_address_is_a_warning_for_both_addresses(harness: Harness) -> None:
    text = f"services: {{a: {{conversations: {{c: {{participants: {{p: {{{GUEST}}}}}}}}}}}}}"
    assert len(warnings(harness, "ie1", text)) == 2


def test_the_region_may_come_from_the_environment_variable(harness: Harness) -> None:
    harness.environ["TWILIO_REGION"] = "ie1"
    loaded = harness.config("version: 1\nservices: {a: {notifications: {log_enabled: true}}}\n")
    assert [each.code for each in loaded.warnings] == ["CS2021"]
