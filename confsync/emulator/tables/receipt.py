"""Delivery receipts: what became of a message on its way to each participant outside."""

from confsync.emulator.kind import Kind, texts, under_services
from confsync.emulator.settings import Settings


def receipt(_settings: Settings) -> Kind:
    """`…/Messages/{sid}/Receipts`. They come from the networks, so tests make them by seeding."""
    return Kind(
        name="receipt",
        docs="https://www.twilio.com/docs/conversations-classic/api/receipt-resource",
        paths=(
            "/Services/{ChatServiceSid}/Conversations/{ConversationSid}/Messages/{MessageSid}/Receipts",
            "/Conversations/{ConversationSid}/Messages/{MessageSid}/Receipts",
        ),
        verbs=("list", "fetch"),
        sid="DY",
        list_key="delivery_receipts",
        page_maximum=50,
        properties=(
            *texts("sid", "account_sid"),
            under_services("chat_service_sid"),
            *texts("conversation_sid", "message_sid", "channel_message_sid", "participant_sid"),
            *texts("status", "error_code", "date_created", "date_updated"),
        ),
    )
