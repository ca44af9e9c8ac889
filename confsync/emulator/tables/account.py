"""The account's settings for all of its services: defaults, timers and webhooks."""

from confsync.emulator.api_error import INVALID_VALUE
from confsync.emulator.parameter_types import (
    MINUTE,
    Choice,
    DurationString,
    SidReference,
    SidString,
    StringList,
    WebUrl,
)
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Parameter, ResourceSpec, columns, list_column
from confsync.emulator.vocabulary import EVENTS


def account_configuration(settings: EmulatorSettings) -> ResourceSpec:
    """`/Configuration`: the account's default services and conversation timers."""
    inactive = DurationString(
        MINUTE, too_short=50375, malformed=50379, when_empty=settings.empty_timer, stored=settings.durations
    )
    closed = DurationString(
        10 * MINUTE, too_short=50376, malformed=50380, when_empty=settings.empty_timer, stored=settings.durations
    )
    return ResourceSpec(
        name="account_configuration",
        docs="https://www.twilio.com/docs/conversations-classic/api/configuration-resource",
        paths=("/Configuration",),
        operations=("fetch", "update"),
        parameters=(
            Parameter("DefaultChatServiceSid", SidReference("IS", table="service", unknown=50050), update="optional"),
            Parameter("DefaultMessagingServiceSid", SidString("MG", wrong=50341), update="optional"),
            Parameter("DefaultInactiveTimer", inactive, update="optional"),
            Parameter("DefaultClosedTimer", closed, update="optional"),
        ),
        properties=columns(
            "account_sid",
            "default_chat_service_sid",
            "default_messaging_service_sid",
            "default_inactive_timer",
            "default_closed_timer",
        ),
        links=(
            ("service", "{v1}/Services/{default_chat_service_sid}/Configuration"),
            ("webhooks", "{url}/Webhooks"),
        ),
    )


def account_webhook(settings: EmulatorSettings) -> ResourceSpec:
    """`/Configuration/Webhooks`: the webhooks of services that have none of their own. The second path is older."""
    events = EVENTS if settings.unknown_filters == "reject" else None
    url = WebUrl(wrong=50054, when_empty=settings.empty_url, local=settings.local_webhooks)
    return ResourceSpec(
        name="account_webhook",
        docs="https://www.twilio.com/docs/conversations-classic/api/webhook-configuration-resource",
        paths=("/Configuration/Webhooks", "/Conversations/Webhooks"),
        operations=("fetch", "update"),
        parameters=(
            Parameter("Method", Choice(("GET", "POST"), wrong=50055, any_case=True), update="optional"),
            Parameter("Filters", StringList(events, INVALID_VALUE, settings.empty_filters), update="optional"),
            Parameter("PreWebhookUrl", url, update="optional"),
            Parameter("PostWebhookUrl", url, update="optional"),
            Parameter("Target", Choice(("webhook", "flex")), update="optional"),
        ),
        properties=(
            *columns("account_sid", "method"),
            list_column("filters"),
            *columns("pre_webhook_url", "post_webhook_url", "target"),
        ),
    )
