"""Webhooks of one conversation: at most five, each with a target of its own."""

import json

from confsync.emulator.deed import Row
from confsync.emulator.kind import Kind, Parameter, Property, texts, under_services
from confsync.emulator.rules.scoped_webhook import check_room, check_target
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Choice, Names, Sid, Url, Whole
from confsync.emulator.vocabulary import BEFORE, CONVERSATION_EVENTS


def scoped_webhook(settings: Settings) -> Kind:
    """`…/Conversations/{sid}/Webhooks`. The target and where a replay begins never change."""
    events = CONVERSATION_EVENTS if settings.unknown_filters == "reject" else None
    filters = Names(events, 50365, settings.empty_filters, refused=frozenset(BEFORE))
    triggers = Names(None, 50366, settings.empty_filters, at_most=settings.most_triggers, too_many=50362)
    url = Url(50369, settings.empty_url, at_most=settings.scoped_url_length, too_long=50372)
    method = Choice(("get", "post"), 50055, any_case=True, echo="as_sent")
    return Kind(
        name="scoped_webhook",
        docs="https://www.twilio.com/docs/conversations-classic/api/conversation-scoped-webhook-resource",
        paths=(
            "/Services/{ChatServiceSid}/Conversations/{ConversationSid}/Webhooks",
            "/Conversations/{ConversationSid}/Webhooks",
        ),
        verbs=("list", "create", "fetch", "update", "delete"),
        sid="WH",
        list_key="webhooks",
        page_maximum=5,
        parameters=(
            Parameter("Target", Choice(("webhook", "trigger", "studio"), 50364), create="required", missing=50368),
            Parameter("Configuration.Url", url, "optional", "optional"),
            Parameter("Configuration.Method", method, "optional", "optional"),
            Parameter("Configuration.Filters", filters, "optional", "optional"),
            Parameter("Configuration.Triggers", triggers, "optional", "optional"),
            Parameter("Configuration.FlowSid", Sid("FW", wrong=50367), "optional", "optional"),
            Parameter("Configuration.ReplayAfter", Whole(), create="optional"),
        ),
        properties=(
            *texts("sid", "account_sid"),
            under_services("chat_service_sid"),
            *texts("conversation_sid", "target"),
            _configuration(settings),
            *texts("date_created", "date_updated"),
        ),
        rules=(check_room, check_target),
    )


def _configuration(settings: Settings) -> Property:
    """Show the keys of the target, and no others."""

    def say(row: Row) -> dict[str, object]:
        replay = row["configuration_replay_after"]
        return _for_target(row, settings) | ({} if replay is None else {"replay_after": replay})

    return Property("configuration", say)


def _for_target(row: Row, settings: Settings) -> dict[str, object]:
    request = {
        "url": row["configuration_url"],
        "method": row["configuration_method"] or settings.scoped_method,
    }
    match row["target"]:
        case "studio":
            return {"flow_sid": row["configuration_flow_sid"]}
        case "trigger":
            return request | {settings.trigger_keywords: json.loads(row["configuration_triggers"])}
        case _:
            return request | {"filters": json.loads(row["configuration_filters"])}
