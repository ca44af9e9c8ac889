"""Conversations: who said what to whom, for as long as they are not closed."""

from confsync.emulator.deed import Row
from confsync.emulator.kind import Filter, Kind, Parameter, Property, Unique, texts
from confsync.emulator.rules.conversation import check_state, refuse_what_is_closed, start_timers, take_from_account
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Choice, Duration, Json, Moment, Name, Sid, Text

MINUTE = 60
STATES = ("initializing", "inactive", "active", "closed")
ATTRIBUTES_BYTES = 16 * 1024


def conversation(settings: Settings) -> Kind:
    """`/Services/{sid}/Conversations` and `/Conversations`. Found by SID or unique name."""
    state = Choice(STATES, wrong=50378, empty=50374)
    inactive = Duration(MINUTE, 50375, 50379, settings.empty_timer, echo="seconds")
    closed = Duration(10 * MINUTE, 50376, 50380, settings.empty_timer, echo="seconds")
    unique_name = Name(settings.unique_name_length, 50004, sid="CH", like_sid=50390)
    friendly_name = Text(at_most=256, too_long=50003, when_empty="keep")
    return Kind(
        name="conversation",
        docs="https://www.twilio.com/docs/conversations-classic/api/conversation-resource",
        paths=("/Services/{ChatServiceSid}/Conversations", "/Conversations"),
        verbs=("list", "create", "fetch", "update", "delete"),
        sid="CH",
        variable="ConversationSid",
        also_by="unique_name",
        list_key="conversations",
        page_maximum=100,
        filters=(
            Filter("StartDate", Moment(), "date_created >= ?"),
            Filter("EndDate", Moment("end"), "date_created <= ?"),
            Filter("State", state, "state = ?"),
        ),
        unique=(
            Unique(("chat_service_sid", "unique_name"), 50353, "Conversation with provided unique name already exists"),
        ),
        parameters=(
            Parameter("FriendlyName", friendly_name, "optional", "optional"),
            Parameter("UniqueName", unique_name, "optional", "optional"),
            Parameter("DateCreated", Moment(), "optional", "optional"),
            Parameter("DateUpdated", Moment(), "optional", "optional"),
            Parameter("MessagingServiceSid", Sid("MG", wrong=50341), "optional", "optional"),
            Parameter("Attributes", Json(ATTRIBUTES_BYTES, echo=settings.attributes), "optional", "optional"),
            Parameter("State", state, "optional", "optional"),
            Parameter("Timers.Inactive", inactive, "optional", "optional"),
            Parameter("Timers.Closed", closed, "optional", "optional"),
            Parameter("Bindings.Email.Address", Text(), "optional", "optional"),
            Parameter("Bindings.Email.Name", Text(), "optional", "optional"),
        ),
        properties=(
            *texts("sid", "account_sid", "chat_service_sid", "messaging_service_sid", "friendly_name", "unique_name"),
            *texts("attributes", "state", "date_created", "date_updated"),
            Property("timers", timers),
            Property("bindings", _bindings),
        ),
        links=(
            ("participants", "{url}/Participants"),
            ("messages", "{url}/Messages"),
            ("webhooks", "{url}/Webhooks"),
            ("export", "{url}/Export"),
        ),
        rules=(refuse_what_is_closed, check_state, take_from_account, start_timers),
    )


def timers(row: Row) -> dict[str, str]:
    """Say when the state will change by itself: dates, never the durations that were sent."""
    return {name: row[name] for name in ("date_inactive", "date_closed") if row[name]}


def _bindings(row: Row) -> dict[str, object]:
    """Show the e-mail address under the name that it has in bodies."""
    address, name = row["bindings_email_address"], row["bindings_email_name"]
    return {"email": {"projected_address": address, "name": name}} if address or name else {}
