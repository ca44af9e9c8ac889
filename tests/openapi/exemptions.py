"""Where Twilio is known to differ from its own OpenAPI description, each with the source.

`tests/contract/` lists where confsync deviates deliberately.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from tests.openapi.extract import Json
from tests.openapi.facts import described_operations, openapi_document
from tests.openapi.violation import Violation, ViolationType


@dataclass(frozen=True, slots=True)
class Exemption:
    """A violation to ignore: its name, its type, a regular expression for the place, and the source."""

    name: str
    type: ViolationType
    where: str
    source: str

    def covers(self, violation: Violation) -> bool:
        """Return whether it applies to a violation."""
        return self.type == violation.type and re.fullmatch(self.where, violation.where) is not None


EXEMPTIONS: Final = (
    Exemption(
        "webhooks of a new service",
        "null",
        r"conversations\.v1\.service\.service_configuration\.service_webhook_configuration\.method",
        "Null while unset: the description's own example fetchEmpty contradicts the schema of the property.",
    ),
    Exemption(
        "values of a webhook's method",
        "undocumented values",
        r"POST /v1/((Services/\{ChatServiceSid\}/)?Configuration|Conversations)/Webhooks Method",
        "Free text in requests; the response schema lists GET and POST.",
    ),
    Exemption(
        "types in any case",
        "parameter value",
        r"POST /v1/(Configuration/Addresses|Credentials(/\{Sid\})?) Type",
        "Examples of the description do this: createWhatsappCaseInsensitive, createPushTypeGcm, createPushTypeFcm.",
    ),
    Exemption(
        "fallback of an RCS address",
        "unknown parameter",
        r"POST /v1/.*Conversations/\{ConversationSid\}/Participants MessagingBinding\.ProxyAddressFallback",
        "The description's own example createRcsWithFallback sends it.",
    ),
    Exemption(
        "triggers of a scoped webhook",
        "unknown property",
        r"conversations\.v1\..*conversation_scoped_webhook\.configuration\.triggers",
        "Terraform's RJPearson94/twilio reads the keywords from there; the examples show them under filters.",
    ),
    Exemption(
        "start of a scoped webhook's replay",
        "unknown property",
        r"conversations\.v1\..*conversation_scoped_webhook\.configuration\.replay_after",
        "Terraform's RJPearson94/twilio reads it back from the live API.",
    ),
    Exemption(
        "case of a scoped webhook's method",
        "parameter value",
        r"POST /v1/.*Conversations/\{ConversationSid\}/Webhooks(/\{Sid\})? Configuration\.Method",
        "The acceptance tests of Terraform's RJPearson94/twilio send POST to the live API, and read it back.",
    ),
    Exemption(
        "page size over the maximum",
        "parameter value",
        r"GET /v1/.* PageSize",
        "Twilio's SDK for Go sends 50 to every list unless told otherwise, also where the maximum is 5.",
    ),
    Exemption(
        "case of an order",
        "parameter value",
        r"GET /v1/.*Messages Order",
        "In a published sample, the URLs of a response show the order in lower case although the request did not.",
    ),
    Exemption(
        "empty SID",
        "empty parameter",
        r".*Sid",
        'An empty SID is ignored or clears: the acceptance tests of RJPearson94/twilio send "" for several.',
    ),
    Exemption(
        "events of Monitor",
        "unknown operation",
        r"GET /v1/Events",
        "A different API of Twilio, on a host of its own, which the emulator answers as well.",
    ),
)


OLD_NAMES: Final = {"/v1/Conversations/Webhooks": "/v1/Configuration/Webhooks"}
"""Paths that Twilio still answers, each with the path that replaced it in the description.

Source: a page of Twilio's on delivery receipts, and the responses in the tests of RJPearson94/twilio-sdk-go.
"""

_BUSINESS_ID: Final = "Its address is Apple's id of a business: the description uses one for every type."
IMPOSSIBLE_EXAMPLES: Final = {
    f"POST /v1/Configuration/Addresses {name}": _BUSINESS_ID
    for name in ("createWhatsapp", "createMessenger", "createWhatsappCaseInsensitive")
}
"""Requests in the description that Twilio cannot mean literally, each with the reason."""


def known_operations() -> Iterator[tuple[str, str, Json]]:
    """Return the method, path and facts of each operation, also under its old name."""
    for method, path, described in described_operations():
        yield method, path, described
        yield from ((method, old, described) for old, new in OLD_NAMES.items() if new == path)


def is_exempt(type_: ViolationType, where: str) -> bool:
    """Return whether a violation would be ignored."""
    return any(each.covers(Violation(type_, where)) for each in EXEMPTIONS)


def adjusted_document() -> dict[str, Any]:
    """Build the OpenAPI document with the properties nullable that are exempt."""
    content: dict[str, Any] = json.loads(json.dumps(openapi_document()))
    for each in EXEMPTIONS:
        if each.type == "null":
            schema, _, name = each.where.replace("\\", "").rpartition(".")
            properties = content["components"]["schemas"][schema]["properties"]
            properties[name] = _or_null(content, properties[name])
    return content


def _or_null(content: Json, schema: Json) -> Json:
    target = content["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    nullable = {**target, "nullable": True}
    return {**nullable, "enum": [*target["enum"], None]} if "enum" in target else nullable
