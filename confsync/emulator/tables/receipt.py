"""Delivery receipts: the status of a message for each participant with an address."""

from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import ResourceSpec, columns, service_path_column


def receipt(_settings: EmulatorSettings) -> ResourceSpec:
    """`…/Messages/{sid}/Receipts`. Phone networks create them, so tests seed them."""
    return ResourceSpec(
        name="receipt",
        docs="https://www.twilio.com/docs/conversations-classic/api/receipt-resource",
        paths=(
            "/Services/{ChatServiceSid}/Conversations/{ConversationSid}/Messages/{MessageSid}/Receipts",
            "/Conversations/{ConversationSid}/Messages/{MessageSid}/Receipts",
        ),
        operations=("list", "fetch"),
        sid_prefix="DY",
        list_key="delivery_receipts",
        page_maximum=50,
        properties=(
            *columns("sid", "account_sid"),
            service_path_column("chat_service_sid"),
            *columns("conversation_sid", "message_sid", "channel_message_sid", "participant_sid"),
            *columns("status", "error_code", "date_created", "date_updated"),
        ),
    )
