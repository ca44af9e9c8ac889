"""Where Twilio is known to differ from its own OpenAPI description, each with the source.

`tests/contract/` lists where confsync deviates deliberately.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from tests.openapi.extract import Json
from tests.openapi.facts import openapi_document
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
        r"POST /v1/(Services/\{ChatServiceSid\}/)?Configuration/Webhooks Method",
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
        "empty SID",
        "empty parameter",
        r".*Sid",
        'An empty SID is ignored or clears: the acceptance tests of RJPearson94/twilio send "" for several.',
    ),
)


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
