"""A service's own webhooks, which replace the account's once one is set."""

from confsync.emulator.api_error import INVALID_VALUE
from confsync.emulator.parameter_types import Choice, StringList, WebUrl
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Parameter, ResourceSpec, columns, list_column
from confsync.emulator.vocabulary import SERVICE_EVENTS


def service_webhook(settings: EmulatorSettings) -> ResourceSpec:
    """`/Services/{sid}/Configuration/Webhooks`. Unset properties are null; there is no target."""
    events = SERVICE_EVENTS if settings.unknown_filters == "reject" else None
    url = WebUrl(wrong=50054, when_empty=settings.empty_url)
    return ResourceSpec(
        name="service_webhook",
        docs="https://www.twilio.com/docs/conversations-classic/conversations-webhooks",
        paths=("/Services/{ChatServiceSid}/Configuration/Webhooks",),
        operations=("fetch", "update"),
        parameters=(
            Parameter("PreWebhookUrl", url, update="optional"),
            Parameter("PostWebhookUrl", url, update="optional"),
            Parameter("Filters", StringList(events, INVALID_VALUE, settings.empty_filters), update="optional"),
            Parameter("Method", Choice(("GET", "POST"), wrong=50055, any_case=True), update="optional"),
        ),
        properties=(
            *columns("account_sid", "chat_service_sid", "pre_webhook_url", "post_webhook_url"),
            list_column("filters"),
            *columns("method"),
        ),
    )
