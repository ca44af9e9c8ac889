"""Webhooks of one conversation: at most five, each with its own target."""

import json
from typing import Final

from confsync.emulator.api_error import ErrorResponse, missing_parameter
from confsync.emulator.parameter_types import Choice, Integer, SidString, StringList, WebUrl
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Parameter, Property, ResourceSpec, columns, service_path_column
from confsync.emulator.vocabulary import CONVERSATION_EVENTS, PRE_EVENTS
from confsync.emulator.write_context import Row, WriteContext

MAX_WEBHOOKS: Final = 5
REQUIRED_BY_TARGET: Final = {
    "webhook": (
        ("Configuration.Url", "configuration_url", 50369),
        ("Configuration.Filters", "configuration_filters", 50370),
    ),
    "trigger": (
        ("Configuration.Url", "configuration_url", 50369),
        ("Configuration.Triggers", "configuration_triggers", 50371),
    ),
    "studio": (("Configuration.FlowSid", "configuration_flow_sid", 50367),),
}


def scoped_webhook(settings: EmulatorSettings) -> ResourceSpec:
    """`…/Conversations/{sid}/Webhooks`. The target and the start of a replay are immutable."""
    events = CONVERSATION_EVENTS if settings.unknown_filters == "reject" else None
    filters = StringList(events, 50365, settings.empty_filters, forbidden=frozenset(PRE_EVENTS))
    triggers = StringList(None, 50366, settings.empty_filters, at_most=settings.most_triggers, too_many=50362)
    longest, local = settings.scoped_url_length, settings.local_webhooks
    url = WebUrl(50369, settings.empty_url, at_most=longest, too_long=50372, local=local)
    method = Choice(("get", "post"), 50055, any_case=True, stored="as_sent")
    return ResourceSpec(
        name="scoped_webhook",
        docs="https://www.twilio.com/docs/conversations-classic/api/conversation-scoped-webhook-resource",
        paths=(
            "/Services/{ChatServiceSid}/Conversations/{ConversationSid}/Webhooks",
            "/Conversations/{ConversationSid}/Webhooks",
        ),
        operations=("list", "create", "fetch", "update", "delete"),
        sid_prefix="WH",
        list_key="webhooks",
        page_maximum=5,
        parameters=(
            Parameter("Target", Choice(("webhook", "trigger", "studio"), 50364), create="required", missing=50368),
            Parameter("Configuration.Url", url, "optional", "optional"),
            Parameter("Configuration.Method", method, "optional", "optional"),
            Parameter("Configuration.Filters", filters, "optional", "optional"),
            Parameter("Configuration.Triggers", triggers, "optional", "optional"),
            Parameter("Configuration.FlowSid", SidString("FW", wrong=50367), "optional", "optional"),
            Parameter("Configuration.ReplayAfter", Integer(), create="optional"),
        ),
        properties=(
            *columns("sid", "account_sid"),
            service_path_column("chat_service_sid"),
            *columns("conversation_sid", "target"),
            _configuration(settings),
            *columns("date_created", "date_updated"),
        ),
        rules=(check_webhook_limit, check_target),
    )


def check_webhook_limit(context: WriteContext) -> Row:
    """Reject a webhook if the conversation already has the maximum."""
    conversation = {"conversation_sid": context.scope["conversation_sid"]}
    if context.is_create and context.tx.count("scoped_webhook", conversation) >= MAX_WEBHOOKS:
        raise ErrorResponse(400, 50361, f"A conversation has at most {MAX_WEBHOOKS} webhooks")
    return {}


def check_target(context: WriteContext) -> Row:
    """Require the parameters that the target needs, in an update too."""
    known = context.columns if context.settings.scoped_webhook_update == "complete" else context.result
    for name, column, code in REQUIRED_BY_TARGET[context.get("target")]:
        if not known.get(column):
            raise missing_parameter(name, code)
    return {}


def _configuration(settings: EmulatorSettings) -> Property:
    """Return only the keys of the target."""

    def value_of(row: Row) -> dict[str, object]:
        replay = row["configuration_replay_after"]
        return _for_target(row, settings) | ({} if replay is None else {"replay_after": replay})

    return Property("configuration", value_of)


def _for_target(row: Row, settings: EmulatorSettings) -> dict[str, object]:
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
