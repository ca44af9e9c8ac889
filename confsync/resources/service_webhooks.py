"""A service's webhooks: where Twilio reports its events."""

from typing import Annotated

from confsync.annotations import Clearable, ServerDefault, describe
from confsync.resources.base import Singleton
from confsync.resources.service import Service
from confsync.resources.vocabulary import NO_EVENTS, Method, ServiceEvent, WebhookUrl


class ServiceWebhooks(Singleton, parent=Service, path="Configuration/Webhooks"):
    """Which URLs Twilio calls before and after an event of this service.

    If any is set, these webhooks replace the account's for this service. Before that, Twilio returns null for all four.
    https://www.twilio.com/docs/conversations-classic/api/webhook-configuration-resource
    """

    pre_webhook_url: Clearable[WebhookUrl] | None = describe(
        "Called before an event; may change or reject it.", examples=["https://example.com/before"]
    )
    post_webhook_url: Clearable[WebhookUrl] | None = describe(
        "Called after an event.", examples=["https://example.com/after"]
    )
    method: Annotated[Method | None, ServerDefault("none")] = describe(
        "The HTTP method for both URLs.", examples=["POST"]
    )
    filters: Annotated[frozenset[ServiceEvent] | None, ServerDefault("none"), NO_EVENTS] = describe(
        "The events to report; an empty list reports none.",
        examples=[["onMessageAdded", "onConversationStateUpdated"]],
    )
