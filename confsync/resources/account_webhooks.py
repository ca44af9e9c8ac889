"""An account's webhooks: where Twilio reports the events of every service that has no webhooks of its own."""

from typing import Annotated, Literal

from confsync.annotations import Clearable, ServerDefault, describe
from confsync.resources.account import Account
from confsync.resources.base import Singleton
from confsync.resources.vocabulary import NO_EVENTS, AccountEvent, Method, WebhookUrl


class AccountWebhooks(Singleton, parent=Account, path="Configuration/Webhooks"):
    """Which URLs Twilio calls before and after an event of any service.

    If a service has webhooks of its own, they replace these for that service: the same URL at both levels is not
    redundant. https://www.twilio.com/docs/conversations-classic/api/webhook-configuration-resource
    """

    pre_webhook_url: Clearable[WebhookUrl] | None = describe(
        "Called before an event; may change or reject it.", examples=["https://example.com/before"]
    )
    post_webhook_url: Clearable[WebhookUrl] | None = describe(
        "Called after an event.", examples=["https://example.com/after"]
    )
    method: Annotated[Method | None, ServerDefault("POST")] = describe(
        "The HTTP method for both URLs.", examples=["POST"]
    )
    filters: Annotated[frozenset[AccountEvent] | None, ServerDefault("none"), NO_EVENTS] = describe(
        "The events to report; an empty list reports none.", examples=[["onMessageAdded", "onUserAdded"]]
    )
    target: Annotated[Literal["webhook", "flex"] | None, ServerDefault("webhook")] = describe(
        "Whether events go to the URLs or to Flex.", examples=["webhook"]
    )
