"""An export loads even if Twilio returns values that confsync would not accept from a person."""

import json
from collections.abc import Mapping

import httpx
from hypothesis import given
from hypothesis import strategies as st

from confsync.emulator.emulator import Emulator
from tests.campaigns import campaign
from tests.configurations import GeneratedConfiguration
from tests.export.exporting import exported, problems
from tests.harness import InterceptingTransport, harness_of

FIELDS = (
    *("friendly_name", "unique_name", "identity", "attributes", "template", "sound", "address", "address_country"),
    *("post_webhook_url", "pre_webhook_url", "webhook_url", "url", "flow_sid", "studio_flow_sid", "proxy_address"),
    *("default_messaging_service_sid", "messaging_service_sid", "target", "state", "type", "name", "method"),
)
STRANGE = st.sampled_from(
    [
        None,
        "",
        "x" * 2_000,
        "http://localhost:8080/",
        "https://user:canary@example.com/",
        "not a url",
        '{"half": "\\ud800"}',
        "\x00\u202e",
        "${{ env.HOME }}",
        "{}",
        "[1, 2]",
        '{"${{": 1, "a": {"b": ["https://user:canary@example.com/", 1e400]}}',
        json.dumps({"deep": [[[[[[[[{"x": {}}]]]]]]]]}),
        "{" + ", ".join(f'"k{number}": "v"' for number in range(2_000)) + "}",
        "default",
        "lifecycle",
        "MG" + "0" * 32,
        "FW" + "0" * 32,
        "AC" + "0" * 32,
        "studio",
        "teleport",
    ]
)
SEEDED = """
version: 1
account:
  addresses:
    "+15551230000": {type: sms, auto_creation: {enabled: true, type: webhook, webhook_url: "https://example.com/"}}
    "whatsapp:+15551230000":
      type: whatsapp
      auto_creation: {type: studio, studio_flow_sid: FW00000000000000000000000000000000, conversation_service: desk}
credentials: {ios: {type: apn, certificate: "${{ env.PUSH_KEY }}", private_key: "${{ env.PUSH_KEY }}"}}
services:
  desk:
    roles: {agent: {type: conversation, permissions: [sendMessage]}}
    configuration: {default_conversation_role: agent}
    notifications: {new_message: {template: hello}}
    webhooks: {post_webhook_url: "https://example.com/", method: POST}
    users: {alice: {friendly_name: Alice, attributes: {team: night}, notification_levels: {lounge: muted}}}
    conversations:
      lounge:
        friendly_name: Lounge
        attributes: {floor: 2}
        participants: {alice: {identity: alice}}
        webhooks: {hook: {target: webhook, configuration: {url: "https://example.com/", filters: [onMessageAdded]}}}
"""


class StrangeTransport(InterceptingTransport):
    """Replaces the values of some fields in every resource."""

    def __init__(self, emulator: Emulator, strange: Mapping[str, object]) -> None:
        super().__init__(emulator)
        self.strange = strange

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = {name: self._replaced(each) for name, each in json.loads(response.content).items()}
        return httpx.Response(response.status_code, content=json.dumps(body), request=request)

    def _replaced(self, value: object) -> object:
        if isinstance(value, dict):
            return {name: self.strange.get(name, self._replaced(each)) for name, each in value.items()}
        return [self._replaced(each) for each in value] if isinstance(value, list) else value


@campaign(sample=8, at_length=1_000)
@given(st.dictionaries(st.sampled_from(FIELDS), STRANGE, min_size=1, max_size=4))
def test_whatever_twilio_returns_the_export_loads_and_changes_nothing(strange: Mapping[str, object]) -> None:
    with harness_of(GeneratedConfiguration({"version": 1}, {"PUSH_KEY": "key"})) as harness:
        assert not harness.apply(SEEDED).errors
        harness.transport = StrangeTransport(harness.emulator, strange)
        found = exported(harness)
        assert problems(found) == [], found.document
        assert "canary" not in found.document
