"""Messages of a conversation, in the order of their index."""

import json
from typing import Any, Final

from confsync.emulator.conversation_rules import assign_message_index, reject_create_when_closed, resolve_author
from confsync.emulator.parameter_types import Choice, JsonString, SidString, String, Timestamp
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Filter, Parameter, Property, ResourceSpec, columns, service_path_column
from confsync.emulator.tables.user import ATTRIBUTES_BYTES
from confsync.emulator.write_context import Row

COUNTED_STATUSES: Final = {
    "sent": {"sent", "delivered", "undelivered", "read"},
    "delivered": {"delivered", "read"},
    "read": {"read"},
    "failed": {"failed"},
    "undelivered": {"undelivered"},
}
"""The receipt statuses that each key of the summary counts: a read message also counts as delivered and sent."""


def message(settings: EmulatorSettings) -> ResourceSpec:
    """`…/Conversations/{sid}/Messages`. The index increases, and no index is used twice."""
    body, short = String(1600, settings.message_too_long), String(256, settings.message_too_long)
    return ResourceSpec(
        name="message",
        docs="https://www.twilio.com/docs/conversations-classic/api/conversation-message-resource",
        paths=(
            "/Services/{ChatServiceSid}/Conversations/{ConversationSid}/Messages",
            "/Conversations/{ConversationSid}/Messages",
        ),
        operations=("list", "create", "fetch", "update", "delete"),
        sid_prefix="IM",
        variable="MessageSid",
        view="message_with_receipts",
        list_key="messages",
        page_maximum=100,
        filters=(Filter("Order", Choice(("asc", "desc"), any_case=True)),),
        parameters=(
            Parameter("Author", short, "optional", "optional"),
            Parameter("Body", body, "optional", "optional"),
            Parameter("DateCreated", Timestamp(), "optional", "optional"),
            Parameter("DateUpdated", Timestamp(), "optional", "optional"),
            Parameter("Attributes", JsonString(ATTRIBUTES_BYTES, stored=settings.attributes), "optional", "optional"),
            Parameter("MediaSid", SidString("ME"), create="optional"),
            Parameter("ContentSid", SidString("HX"), create="optional"),
            Parameter("ContentVariables", JsonString(ATTRIBUTES_BYTES), create="optional"),
            Parameter("Subject", short, "optional", "optional"),
        ),
        properties=(
            *columns("sid", "account_sid"),
            service_path_column("chat_service_sid"),
            *columns("conversation_sid"),
            Property("index", lambda row: row["number"]),
            *columns("author", "participant_sid", "body"),
            Property("media", _media),
            *columns("attributes", "content_sid"),
            Property("delivery", _delivery),
            *columns("date_created", "date_updated"),
        ),
        links=(("delivery_receipts", "{url}/Receipts"), ("channel_metadata", "{url}/ChannelMetadata")),
        rules=(reject_create_when_closed, resolve_author, assign_message_index),
    )


def _media(row: Row) -> list[dict[str, Any]] | None:
    """Return the media SID. Another Twilio service, which is not emulated, stores the content."""
    if row["media_sid"] is None:
        return None
    return [{"sid": row["media_sid"], "size": 0, "content_type": "application/octet-stream", "filename": None}]


def _delivery(row: Row) -> dict[str, object] | None:
    """Summarise the receipts: whether all, some or none of them have each status."""
    statuses = json.loads(row["statuses"])
    if not statuses:
        return None
    summary: dict[str, object] = {"total": len(statuses)}
    for name, counted in COUNTED_STATUSES.items():
        count = sum(status in counted for status in statuses)
        summary[name] = "none" if count == 0 else "all" if count == len(statuses) else "some"
    return summary
