"""A service's webhooks: where Twilio reports its events."""

from typing import Annotated

from confsync.annotations import Clearable, ServerDefault, describe
from confsync.resources.base import Singleton
from confsync.resources.service import Service
from confsync.resources.shared_risks import NOTHING_SENT, ReportsAndAsks
from confsync.resources.vocabulary import Method, PreWebhookUrl, ServiceEvent, WebhookUrl
from confsync.risk_rules import Level, RiskRule, RiskWhen, When

ACCOUNT_REPLACED = RiskWhen(
    When.SET,
    Level.MEDIUM,
    RiskRule.OVERRIDDEN,
    "{field} is set: the webhooks of this service replace those of the account",
)
ACCOUNT_RESTORED = RiskWhen(
    When.CLEARED,
    Level.MEDIUM,
    RiskRule.OVERRIDDEN,
    "{field} is cleared: unless another URL is left, the webhooks of the account apply again",
)


class ServiceWebhooks(Singleton, parent=Service, path="Configuration/Webhooks"):
    """The URLs that Twilio calls before and after events in this service.

    If any of the four fields is set in Twilio, the service uses these webhooks instead of the account's webhooks. If
    none of them is set, Twilio returns `null` for all four.
    https://www.twilio.com/docs/conversations-classic/api/webhook-configuration-resource
    """

    pre_webhook_url: Annotated[Clearable[PreWebhookUrl] | None, ACCOUNT_REPLACED, ACCOUNT_RESTORED] = describe(
        "The URL that Twilio calls before an event. The response can change or reject the event.",
        examples=["https://example.com/before"],
    )
    post_webhook_url: Annotated[Clearable[WebhookUrl] | None, NOTHING_SENT, ACCOUNT_REPLACED, ACCOUNT_RESTORED] = (
        describe("The URL that Twilio calls after an event.", examples=["https://example.com/after"])
    )
    method: Annotated[Method | None, ServerDefault("none")] = describe(
        "The HTTP method for both URLs.", examples=["POST"]
    )
    filters: Annotated[ReportsAndAsks[frozenset[ServiceEvent]] | None, ServerDefault("none")] = describe(
        "The events that Twilio reports. If the list is empty, Twilio reports no events.",
        examples=[["onMessageAdded", "onConversationStateUpdated"]],
    )
