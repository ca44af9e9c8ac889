"""Each Terraform type, as the configuration that it becomes."""

import re

import pytest

from confsync.terraform.types import NOT_MANAGED, TYPES
from tests.export.exporting import without_comments
from tests.terraform.importing import ACCOUNT, imported, left_out, resource, sid
from tests.terraform.states import CANARY, CONVERSATIONS, Entry

SERVICE, ROLE, FLOW, MESSAGING = sid("IS"), sid("RL"), sid("FW"), sid("MG")
CONVERSATION = sid("CH")
DESK = resource("service", "desk", sid=SERVICE, friendly_name="Desk")
AGENT = resource(
    "role",
    "agent",
    sid=ROLE,
    service_sid=SERVICE,
    friendly_name="Agent",
    type="conversation",
    permissions=["sendMessage"],
)
LOUNGE = resource("conversation", "lounge", sid=CONVERSATION, service_sid=SERVICE, unique_name="lounge")
ACCOUNT_CONFIGURATION = resource("configuration", "main", id=ACCOUNT, account_sid=ACCOUNT, default_service_sid=SERVICE)

IN_SERVICE, IN_CONVERSATION = {"service_sid": SERVICE}, {"service_sid": SERVICE, "conversation_sid": CONVERSATION}
OFFICIAL_SERVICE, OFFICIAL_CONVERSATION = (
    {"chat_service_sid": SERVICE},
    {"chat_service_sid": SERVICE, "conversation_sid": CONVERSATION},
)
PHONE = {"sid": sid("IG"), "address": "+15551230000", "type": "sms"}

TABLE: list[tuple[str, dict[str, object], str]] = [
    (
        "configuration",
        {
            "account_sid": ACCOUNT,
            "default_service_sid": SERVICE,
            "default_messaging_service_sid": MESSAGING,
            "default_closed_timer": "P1D",
            "default_inactive_timer": "PT30M",
        },
        """
        default_service: desk
        default_messaging_service_sid: "${{ var.default_messaging_service_sid }}"
        default_inactive_timer: PT30M
        default_closed_timer: PT24H
        """,
    ),
    (
        "webhook",
        {
            "target": "webhook",
            "method": "POST",
            "pre_webhook_url": "",
            "post_webhook_url": "https://x.example/p",
            "filters": ["onUserAdded", "onMessageAdded"],
        },
        """
        post_webhook_url: https://x.example/p
        method: POST
        filters: [onMessageAdded, onUserAdded]
        target: webhook
        """,
    ),
    (
        "address_configuration_default",
        {**PHONE, "service_sid": SERVICE, "friendly_name": "Hotline", "enabled": True, "integration_type": "default"},
        """
        address: "+15551230000"
        type: sms
        friendly_name: Hotline
        enabled: true
        type: default
        conversation_service: desk
        """,
    ),
    (
        "address_configuration_webhook",
        {**PHONE, "webhook_url": "https://x.example", "webhook_method": "POST", "webhook_filters": ["onMessageAdded"]},
        """
        address: "+15551230000"
        type: sms
        type: webhook
        webhook_url: https://x.example
        webhook_method: post
        webhook_filters: [onMessageAdded]
        """,
    ),
    (
        "address_configuration_studio",
        {**PHONE, "flow_sid": FLOW, "retry_count": 2, "enabled": False},
        """
        address: "+15551230000"
        type: sms
        enabled: false
        type: studio
        studio_flow_sid: "${{ var.studio_flow_sid }}"
        studio_retry_count: 2
        """,
    ),
    (
        "push_credential_apn",
        {"sid": sid("CR"), "friendly_name": "iOS", "certificate": CANARY, "private_key": CANARY, "sandbox": True},
        """
        friendly_name: iOS
        type: apn
        sandbox: true
        """,
    ),
    (
        "push_credential_fcm",
        {"sid": sid("CR"), "friendly_name": "Android", "secret": CANARY, "type": "fcm"},
        """
        friendly_name: Android
        type: fcm
        """,
    ),
    ("service", {"sid": sid("IS", 2), "friendly_name": "Sales: EU"}, 'friendly_name: "Sales: EU"'),
    (
        "service_configuration",
        {**IN_SERVICE, "default_conversation_role_sid": ROLE, "reachability_enabled": True},
        """
        default_conversation_role: agent
        reachability_enabled: true
        """,
    ),
    (
        "service_notification",
        {
            **IN_SERVICE,
            "log_enabled": True,
            "new_message": [{"enabled": True, "template": "${MESSAGE}", "sound": "", "badge_count_enabled": True}],
            "added_to_conversation": [{"enabled": False, "template": "", "sound": "chime"}],
            "removed_from_conversation": [],
        },
        """
        log_enabled: true
        new_message:
        enabled: true
        template: "${MESSAGE}"
        badge_count_enabled: true
        added_to_conversation:
        enabled: false
        sound: chime
        """,
    ),
    (
        "role",
        {
            **IN_SERVICE,
            "sid": sid("RL", 2),
            "friendly_name": "lead",
            "type": "service",
            "permissions": ["joinConversation", "createConversation"],
        },
        """
        friendly_name: lead
        type: service
        permissions: [createConversation, joinConversation]
        """,
    ),
    (
        "user",
        {**IN_SERVICE, "sid": sid("US"), "identity": "alice", "attributes": '{"a":{"b":[1,"x"]}}', "is_online": True},
        """
        identity: alice
        attributes:
        a:
        b: [1, x]
        """,
    ),
    (
        "conversation",
        {
            **IN_SERVICE,
            "sid": sid("CH", 2),
            "unique_name": "hall",
            "friendly_name": "Hall",
            "attributes": "{}",
            "messaging_service_sid": MESSAGING,
            "timers": [{"closed": "", "inactive": "", "date_closed": "2026-01-01T00:00:00Z"}],
        },
        """
        unique_name: hall
        friendly_name: Hall
        messaging_service_sid: "${{ var.messaging_service_sid }}"
        """,
    ),
    (
        "conversation_webhook",
        {
            **IN_CONVERSATION,
            "sid": sid("WH"),
            "webhook_url": "https://x.example",
            "filters": ["onMessageAdded"],
            "method": "GET",
            "target": "webhook",
        },
        """
        target: webhook
        configuration:
        url: https://x.example
        method: get
        filters: [onMessageAdded]
        """,
    ),
    (
        "conversation_trigger_webhook",
        {**IN_CONVERSATION, "sid": sid("WH"), "webhook_url": "https://x.example", "triggers": ["help"]},
        """
        target: trigger
        configuration:
        url: https://x.example
        triggers: [help]
        """,
    ),
    (
        "conversation_studio_webhook",
        {**IN_CONVERSATION, "sid": sid("WH"), "flow_sid": FLOW, "replay_after": 3},
        """
        target: studio
        configuration:
        flow_sid: "${{ var.flow_sid }}"
        replay_after: 3
        """,
    ),
    (
        "configuration_addresses_v1",
        {
            **PHONE,
            "auto_creation_enabled": True,
            "auto_creation_type": "webhook",
            "auto_creation_conversation_service_sid": SERVICE,
            "auto_creation_webhook_url": "https://x.example",
            "auto_creation_webhook_method": "get",
            "auto_creation_webhook_filters": ["onMessageAdded"],
            "auto_creation_studio_flow_sid": None,
        },
        """
        address: "+15551230000"
        type: sms
        enabled: true
        type: webhook
        conversation_service: desk
        webhook_url: https://x.example
        webhook_method: get
        webhook_filters: [onMessageAdded]
        """,
    ),
    (
        "credentials_v1",
        {"sid": sid("CR"), "type": "gcm", "friendly_name": "Old", "api_key": CANARY},
        """
        friendly_name: Old
        type: gcm
        """,
    ),
    ("services_v1", {"id": sid("IS", 2), "friendly_name": "Sales"}, "friendly_name: Sales"),
    (
        "services_roles_v1",
        {
            **OFFICIAL_SERVICE,
            "id": f"{SERVICE}/{sid('RL', 2)}",
            "friendly_name": "lead",
            "type": "service",
            "permission": ["joinConversation"],
        },
        """
        friendly_name: lead
        type: service
        permissions: [joinConversation]
        """,
    ),
    ("services_users_v1", {**OFFICIAL_SERVICE, "sid": sid("US"), "identity": "alice"}, "identity: alice"),
    (
        "services_conversations_v1",
        {**OFFICIAL_SERVICE, "sid": sid("CH", 2), "unique_name": "hall", "attributes": '{"floor": 2}'},
        """
        unique_name: hall
        attributes:
        floor: 2
        """,
    ),
    (
        "services_conversations_participants_v1",
        {
            **OFFICIAL_CONVERSATION,
            "sid": sid("MB"),
            "messaging_binding_address": "+15557650001",
            "messaging_binding_proxy_address": "+15551230000",
            "role_sid": ROLE,
            "last_read_message_index": 4,
        },
        """
        messaging_binding:
        address: "+15557650001"
        proxy_address: "+15551230000"
        role: agent
        """,
    ),
    (
        "services_conversations_webhooks_v1",
        {
            **OFFICIAL_CONVERSATION,
            "sid": sid("WH"),
            "target": "webhook",
            "configuration_url": "https://x.example",
            "configuration_method": "post",
            "configuration_filters": ["onMessageAdded"],
        },
        """
        target: webhook
        configuration:
        url: https://x.example
        method: post
        filters: [onMessageAdded]
        """,
    ),
    (
        "roles_v1",
        {"sid": sid("RL", 2), "friendly_name": "lead", "type": "service", "permission": ["joinConversation"]},
        """
        friendly_name: lead
        type: service
        permissions: [joinConversation]
        """,
    ),
    ("users_v1", {"sid": sid("US"), "identity": "alice"}, "identity: alice"),
    ("conversations_v1", {"sid": sid("CH", 2), "unique_name": "hall"}, "unique_name: hall"),
    (
        "conversations_participants_v1",
        {"conversation_sid": CONVERSATION, "sid": sid("MB"), "identity": "alice"},
        "identity: alice",
    ),
    (
        "conversations_webhooks_v1",
        {"conversation_sid": CONVERSATION, "sid": sid("WH"), "target": "studio", "configuration_flow_sid": FLOW},
        """
        target: studio
        configuration:
        flow_sid: "${{ var.flow_sid }}"
        """,
    ),
]

KEYS = {
    "configuration": "configuration",
    "service_configuration": "configuration",
    "service_notification": "notifications",
    "webhook": "webhooks",
}
"""The keys of singletons; that of anything else is its name in Terraform."""


def fields_of(document: str, key: str) -> list[str]:
    """Return the lines of the resource with a key, without the block around the fields of an address."""
    lines = without_comments(document)
    (start,) = (number for number, line in enumerate(lines) if re.fullmatch(rf" +{key}:(?: {{}})?", line))
    indent = len(lines[start]) - len(lines[start].lstrip())
    found: list[str] = []
    for line in lines[start + 1 :]:
        if len(line) - len(line.lstrip()) <= indent:
            break
        found.append(line.strip())
    return [line for line in found if line != "auto_creation:"]


@pytest.mark.parametrize(("type_", "values", "expected"), [pytest.param(*row, id=row[0]) for row in TABLE])
def test_a_resource_becomes(type_: str, values: dict[str, object], expected: str) -> None:
    own = Entry(CONVERSATIONS + type_, "it", values)
    around = [DESK, AGENT, LOUNGE, *([] if type_.endswith("configuration") else [ACCOUNT_CONFIGURATION])]
    found = imported(own, *around)

    assert left_out(found) == {}
    lines = fields_of(found.document, KEYS.get(type_, "it"))
    assert lines == [line.strip() for line in expected.strip().splitlines()]
    assert CANARY not in found.document
    address = f"{CONVERSATIONS}{type_}.it"
    assert address in found.document
    own_sid = str(values.get("sid") or str(values.get("id", "")).rpartition("/")[2])
    assert not own_sid or f": {own_sid}\n" in found.document


def test_the_table_has_every_type() -> None:
    assert {f"{CONVERSATIONS}{row[0]}" for row in TABLE} == set(TYPES)


@pytest.mark.parametrize("type_", [*NOT_MANAGED, "twilio_taskrouter_workspaces_v1", "aws_sns_topic"])
def test_other_types_are_listed_with_the_reason(type_: str) -> None:
    found = imported(DESK, Entry(type_, "other", {"sid": sid("IM")}))
    assert left_out(found) == {f"{type_}.other": NOT_MANAGED.get(type_, "it is not a resource type of confsync")}
