"""The conversations that a user takes part in, as that user sees them."""

from confsync.emulator.deed import Row
from confsync.emulator.kind import Kind, Parameter, Property, texts
from confsync.emulator.rules.participant import note_reading
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Choice, Moment, Whole
from confsync.emulator.tables.conversation import timers


def user_conversation(settings: Settings) -> Kind:
    """`…/Users/{sid}/Conversations`. It exists while the user is a participant; deleting it is leaving."""

    def unread(row: Row) -> int | None:
        """Count what came after the last message that was read."""
        has_read = row["last_read_message_index"] is not None or settings.unread_before_reading == "all"
        return int(row["unread_messages_count"]) if has_read else None

    return Kind(
        name="user_conversation",
        docs="https://www.twilio.com/docs/conversations-classic/api/user-conversation-resource",
        paths=(
            "/Services/{ChatServiceSid}/Users/{UserSid}/Conversations",
            "/Users/{UserSid}/Conversations",
        ),
        verbs=("list", "fetch", "update", "delete"),
        member="ConversationSid",
        key="conversation_sid",
        also_by="unique_name",
        table="participant",
        view="user_conversation",
        list_key="conversations",
        page_maximum=50,
        parameters=(
            Parameter("NotificationLevel", Choice(("default", "muted")), update="optional"),
            Parameter("LastReadTimestamp", Moment(), update="optional"),
            Parameter("LastReadMessageIndex", Whole(may_be_unset=True), update="optional"),
        ),
        properties=(
            *texts("account_sid", "chat_service_sid", "conversation_sid"),
            Property("unread_messages_count", unread),
            *texts("last_read_message_index", "participant_sid", "user_sid", "friendly_name"),
            Property("conversation_state", lambda row: row["state"]),
            Property("timers", timers),
            *texts("attributes", "date_created", "date_updated", "created_by", "notification_level", "unique_name"),
        ),
        links=(
            ("participant", "{root}/Conversations/{conversation_sid}/Participants/{participant_sid}"),
            ("conversation", "{root}/Conversations/{conversation_sid}"),
        ),
        rules=(note_reading,),
    )
