"""What an account sets for all of its services: defaults, timers and webhooks."""

from confsync.emulator.kind import Kind, Parameter, names, texts
from confsync.emulator.refusal import INVALID_VALUE
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Choice, Duration, Names, Reference, Sid, Url
from confsync.emulator.vocabulary import EVENTS

MINUTE = 60


def account_configuration(settings: Settings) -> Kind:
    """`/Configuration`: which services are the account's defaults, and when conversations close by themselves."""
    inactive = Duration(
        MINUTE, too_short=50375, malformed=50379, when_empty=settings.empty_timer, echo=settings.durations
    )
    closed = Duration(
        10 * MINUTE, too_short=50376, malformed=50380, when_empty=settings.empty_timer, echo=settings.durations
    )
    return Kind(
        name="account_configuration",
        docs="https://www.twilio.com/docs/conversations-classic/api/configuration-resource",
        paths=("/Configuration",),
        verbs=("fetch", "update"),
        parameters=(
            Parameter("DefaultChatServiceSid", Reference("IS", kind="service", unknown=50050), update="optional"),
            Parameter("DefaultMessagingServiceSid", Sid("MG", wrong=50341), update="optional"),
            Parameter("DefaultInactiveTimer", inactive, update="optional"),
            Parameter("DefaultClosedTimer", closed, update="optional"),
        ),
        properties=texts(
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


def account_webhook(settings: Settings) -> Kind:
    """`/Configuration/Webhooks`: whom to tell what happens, unless a service says otherwise."""
    events = EVENTS if settings.unknown_filters == "reject" else None
    url = Url(wrong=50054, when_empty=settings.empty_url)
    return Kind(
        name="account_webhook",
        docs="https://www.twilio.com/docs/conversations-classic/api/webhook-configuration-resource",
        paths=("/Configuration/Webhooks",),
        verbs=("fetch", "update"),
        parameters=(
            Parameter("Method", Choice(("GET", "POST"), wrong=50055, any_case=True), update="optional"),
            Parameter("Filters", Names(events, INVALID_VALUE, settings.empty_filters), update="optional"),
            Parameter("PreWebhookUrl", url, update="optional"),
            Parameter("PostWebhookUrl", url, update="optional"),
            Parameter("Target", Choice(("webhook", "flex")), update="optional"),
        ),
        properties=(
            *texts("account_sid", "method"),
            names("filters"),
            *texts("pre_webhook_url", "post_webhook_url", "target"),
        ),
    )
