"""An account's webhooks: where Twilio reports the events of every service that has no webhooks of its own."""

from typing import Annotated, Literal

from confsync.annotations import Clearable, ServerDefault, describe
from confsync.resources.account import Account
from confsync.resources.base import Singleton
from confsync.resources.shared_risks import NOTHING_SENT, ReportsAndAsks
from confsync.resources.vocabulary import NO_LOCAL_PORT, AccountEvent, Method, PreWebhookUrl, WebhookUrl
from confsync.risk_rules import Level, RiskRule, RiskWhen, When

TARGET_CHANGED = RiskWhen(
    When.CHANGED, Level.HIGH, RiskRule.REROUTED, "{field} is {after} instead of {before}: events go somewhere else"
)


class AccountWebhooks(Singleton, parent=Account, path="Configuration/Webhooks"):
    """The URLs that Twilio calls before and after events in every service that has no webhooks of its own.

    If a service has its own webhooks, Twilio does not call the account's webhooks for events in that service. If
    one of the account's URLs must receive those events as well, declare that URL in the service too.
    https://www.twilio.com/docs/conversations-classic/api/webhook-configuration-resource
    """

    pre_webhook_url: Clearable[Annotated[PreWebhookUrl, NO_LOCAL_PORT]] | None = describe(
        "The URL that Twilio calls before an event. The response can change or reject the event.",
        examples=["https://example.com/before"],
    )
    post_webhook_url: Annotated[Clearable[Annotated[WebhookUrl, NO_LOCAL_PORT]] | None, NOTHING_SENT] = describe(
        "The URL that Twilio calls after an event.", examples=["https://example.com/after"]
    )
    method: Annotated[Method | None, ServerDefault("POST")] = describe(
        "The HTTP method for both URLs.", examples=["POST"]
    )
    filters: Annotated[ReportsAndAsks[frozenset[AccountEvent]] | None, ServerDefault("none")] = describe(
        "The events that Twilio reports. If the list is empty, Twilio reports no events.",
        examples=[["onMessageAdded", "onUserAdded"]],
    )
    target: Annotated[Literal["webhook", "flex"] | None, ServerDefault("webhook"), TARGET_CHANGED] = describe(
        "Whether Twilio reports events to the URLs or to Flex.", examples=["webhook"]
    )
