"""Where Twilio is known to differ from its own file, each with the source.

What we decide otherwise on our own side, with the file in sight, stands in `tests/contract/`.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from tests.openapi.breach import Breach, Offence
from tests.openapi.file import Json, spec


@dataclass(frozen=True, slots=True)
class Exemption:
    """A breach that is none: what it is called, which offence, where (a regular expression), and who says so."""

    name: str
    offence: Offence
    where: str
    source: str

    def covers(self, breach: Breach) -> bool:
        """Whether this is about a breach."""
        return self.offence == breach.offence and re.fullmatch(self.where, breach.where) is not None


EXEMPTIONS: Final = (
    Exemption(
        "fresh service webhooks",
        "null",
        r"conversations\.v1\.service\.service_configuration\.service_webhook_configuration\.method",
        "Null while unset: the file's own example fetchEmpty, against the schema of its property.",
    ),
    Exemption(
        "words of a webhook's method",
        "unsaid words",
        r"POST /v1/(Services/\{ChatServiceSid\}/)?Configuration/Webhooks Method",
        "Free text in requests; the file's own answers list GET and POST.",
    ),
    Exemption(
        "types in any case",
        "parameter value",
        r"POST /v1/(Configuration/Addresses|Credentials(/\{Sid\})?) Type",
        "The file's own examples createWhatsappCaseInsensitive, createPushTypeGcm and createPushTypeFcm send such.",
    ),
    Exemption(
        "fallback of an RCS address",
        "unknown parameter",
        r"POST /v1/.*Conversations/\{ConversationSid\}/Participants MessagingBinding\.ProxyAddressFallback",
        "The file's own example createRcsWithFallback sends it.",
    ),
    Exemption(
        "triggers of a scoped webhook",
        "unknown property",
        r"conversations\.v1\..*conversation_scoped_webhook\.configuration\.triggers",
        "Terraform's RJPearson94/twilio reads the keywords from there; the file's examples show them under filters.",
    ),
    Exemption(
        "where a scoped webhook's replay begins",
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
        "nothing for a SID",
        "empty parameter",
        r".*Sid",
        'An empty SID is skipped or clears: the acceptance tests of RJPearson94/twilio send "" for several.',
    ),
)


def is_exempt(offence: Offence, where: str) -> bool:
    """Whether a breach would be none."""
    return any(each.covers(Breach(offence, where)) for each in EXEMPTIONS)


def amended() -> dict[str, Any]:
    """Give a copy of the file in which a property may be null where an exemption says so."""
    content: dict[str, Any] = json.loads(json.dumps(spec()))
    for each in EXEMPTIONS:
        if each.offence == "null":
            schema, _, name = each.where.replace("\\", "").rpartition(".")
            properties = content["components"]["schemas"][schema]["properties"]
            properties[name] = _or_null(content, properties[name])
    return content


def _or_null(content: Json, schema: Json) -> Json:
    meant = content["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return (
        {**meant, "nullable": True, "enum": [*meant["enum"], None]} if "enum" in meant else {**meant, "nullable": True}
    )
