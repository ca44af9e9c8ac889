"""A service's own webhooks, which take the place of the account's once any is set."""

from confsync.emulator.kind import Kind, Parameter, names, texts
from confsync.emulator.refusal import INVALID_VALUE
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Choice, Names, Url
from confsync.emulator.vocabulary import SERVICE_EVENTS


def service_webhook(settings: Settings) -> Kind:
    """`/Services/{sid}/Configuration/Webhooks`. Unset is null throughout, unlike the account's; there is no target."""
    events = SERVICE_EVENTS if settings.unknown_filters == "reject" else None
    url = Url(wrong=50054, when_empty=settings.empty_url)
    return Kind(
        name="service_webhook",
        docs="https://www.twilio.com/docs/conversations-classic/conversations-webhooks",
        paths=("/Services/{ChatServiceSid}/Configuration/Webhooks",),
        verbs=("fetch", "update"),
        parameters=(
            Parameter("PreWebhookUrl", url, update="optional"),
            Parameter("PostWebhookUrl", url, update="optional"),
            Parameter("Filters", Names(events, INVALID_VALUE, settings.empty_filters), update="optional"),
            Parameter("Method", Choice(("GET", "POST"), wrong=50055, any_case=True), update="optional"),
        ),
        properties=(
            *texts("account_sid", "chat_service_sid", "pre_webhook_url", "post_webhook_url"),
            names("filters"),
            *texts("method"),
        ),
    )
