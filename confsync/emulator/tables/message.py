"""Messages, in the order in which they came."""

import json
from typing import Any, Final

from confsync.emulator.deed import Row
from confsync.emulator.kind import Filter, Kind, Parameter, Property, texts, under_services
from confsync.emulator.rules.conversation import refuse_in_closed
from confsync.emulator.rules.message import name_author, number
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Choice, Json, Moment, Sid, Text

ATTRIBUTES_BYTES = 4 * 1024

COUNTED_AS: Final = {
    "sent": {"sent", "delivered", "undelivered", "read"},
    "delivered": {"delivered", "read"},
    "read": {"read"},
    "failed": {"failed"},
    "undelivered": {"undelivered"},
}
"""Which statuses of receipts count as what: whatever was read was delivered, and whatever was delivered was sent."""


def message(settings: Settings) -> Kind:
    """`…/Conversations/{sid}/Messages`. The index counts up and never counts one twice."""
    body, short = Text(1600, settings.message_too_long), Text(256, settings.message_too_long)
    return Kind(
        name="message",
        docs="https://www.twilio.com/docs/conversations-classic/api/conversation-message-resource",
        paths=(
            "/Services/{ChatServiceSid}/Conversations/{ConversationSid}/Messages",
            "/Conversations/{ConversationSid}/Messages",
        ),
        verbs=("list", "create", "fetch", "update", "delete"),
        sid="IM",
        variable="MessageSid",
        view="message_with_receipts",
        list_key="messages",
        page_maximum=100,
        filters=(Filter("Order", Choice(("asc", "desc"), any_case=True)),),
        parameters=(
            Parameter("Author", short, "optional", "optional"),
            Parameter("Body", body, "optional", "optional"),
            Parameter("DateCreated", Moment(), "optional", "optional"),
            Parameter("DateUpdated", Moment(), "optional", "optional"),
            Parameter("Attributes", Json(ATTRIBUTES_BYTES, echo=settings.attributes), "optional", "optional"),
            Parameter("MediaSid", Sid("ME"), create="optional"),
            Parameter("ContentSid", Sid("HX"), create="optional"),
            Parameter("ContentVariables", Json(ATTRIBUTES_BYTES), create="optional"),
            Parameter("Subject", short, "optional", "optional"),
        ),
        properties=(
            *texts("sid", "account_sid"),
            under_services("chat_service_sid"),
            *texts("conversation_sid"),
            Property("index", lambda row: row["number"]),
            *texts("author", "participant_sid", "body"),
            Property("media", _media),
            *texts("attributes", "content_sid"),
            Property("delivery", _delivery),
            *texts("date_created", "date_updated"),
        ),
        links=(("delivery_receipts", "{url}/Receipts"), ("channel_metadata", "{url}/ChannelMetadata")),
        rules=(refuse_in_closed, name_author, number),
    )


def _media(row: Row) -> list[dict[str, Any]] | None:
    """Name the media; what they contain is kept by a service of Twilio's that is not emulated."""
    if row["media_sid"] is None:
        return None
    return [{"sid": row["media_sid"], "size": 0, "content_type": "application/octet-stream", "filename": None}]


def _delivery(row: Row) -> dict[str, object] | None:
    """Sum the receipts up: how many of them say all, some or none of each."""
    statuses = json.loads(row["statuses"])
    if not statuses:
        return None
    summary: dict[str, object] = {"total": len(statuses)}
    for name, counted in COUNTED_AS.items():
        count = sum(status in counted for status in statuses)
        summary[name] = "none" if count == 0 else "all" if count == len(statuses) else "some"
    return summary
