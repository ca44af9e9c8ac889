"""Conversations, their states and their timers."""

from confsync.emulator.conversation_rules import (
    apply_account_defaults,
    check_state,
    reject_update_when_closed,
    start_timers,
)
from confsync.emulator.parameter_types import (
    MINUTE,
    Choice,
    DurationString,
    Identifier,
    JsonString,
    SidString,
    String,
    Timestamp,
)
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Filter, Parameter, Property, ResourceSpec, Unique, columns
from confsync.emulator.write_context import Row

STATE = Choice(("initializing", "inactive", "active", "closed"), wrong=50378, empty=50374)
CONVERSATION_ATTRIBUTES = 16 * 1024


def conversation(settings: EmulatorSettings) -> ResourceSpec:
    """`/Services/{sid}/Conversations` and `/Conversations`. It is found by SID or unique name."""
    return ResourceSpec(
        name="conversation",
        docs="https://www.twilio.com/docs/conversations-classic/api/conversation-resource",
        paths=("/Services/{ChatServiceSid}/Conversations", "/Conversations"),
        operations=("list", "create", "fetch", "update", "delete"),
        sid_prefix="CH",
        variable="ConversationSid",
        alternate_key="unique_name",
        list_key="conversations",
        page_maximum=100,
        filters=(
            Filter("StartDate", Timestamp(), "date_created >= ?"),
            Filter("EndDate", Timestamp(without_time="end"), "date_created <= ?"),
            Filter("State", STATE, "state = ?"),
        ),
        unique=(
            Unique(("chat_service_sid", "unique_name"), 50353, "Conversation with provided unique name already exists"),
        ),
        parameters=_parameters(settings),
        properties=(
            *columns("sid", "account_sid", "chat_service_sid", "messaging_service_sid", "friendly_name", "unique_name"),
            *columns("attributes", "state", "date_created", "date_updated"),
            Property("timers", timer_dates),
            Property("bindings", _bindings),
        ),
        links=(
            ("participants", "{url}/Participants"),
            ("messages", "{url}/Messages"),
            ("webhooks", "{url}/Webhooks"),
            ("export", "{url}/Export"),
        ),
        rules=(reject_update_when_closed, check_state, apply_account_defaults, start_timers),
    )


def timer_dates(row: Row) -> dict[str, str]:
    """Return when the state will change: dates, never the durations that the client sent."""
    return {name: row[name] for name in ("date_inactive", "date_closed") if row[name]}


def _parameters(settings: EmulatorSettings) -> tuple[Parameter, ...]:
    inactive = DurationString(MINUTE, 50375, 50379, settings.empty_timer, stored="seconds")
    closed = DurationString(10 * MINUTE, 50376, 50380, settings.empty_timer, stored="seconds")
    unique_name = Identifier(settings.unique_name_length, 50004, sid_prefix="CH", like_sid=50390)
    friendly_name = String(at_most=256, too_long=50003, when_empty="keep")
    return (
        Parameter("FriendlyName", friendly_name, "optional", "optional"),
        Parameter("UniqueName", unique_name, "optional", "optional"),
        Parameter("DateCreated", Timestamp(), "optional", "optional"),
        Parameter("DateUpdated", Timestamp(), "optional", "optional"),
        Parameter("MessagingServiceSid", SidString("MG", wrong=50341), "optional", "optional"),
        Parameter(
            "Attributes", JsonString(CONVERSATION_ATTRIBUTES, stored=settings.attributes), "optional", "optional"
        ),
        Parameter("State", STATE, "optional", "optional"),
        Parameter("Timers.Inactive", inactive, "optional", "optional"),
        Parameter("Timers.Closed", closed, "optional", "optional"),
        Parameter("Bindings.Email.Address", String(), "optional", "optional"),
        Parameter("Bindings.Email.Name", String(), "optional", "optional"),
    )


def _bindings(row: Row) -> dict[str, object]:
    """Return the email address under the name that responses use."""
    address, name = row["bindings_email_address"], row["bindings_email_name"]
    return {"email": {"projected_address": address, "name": name}} if address or name else {}
