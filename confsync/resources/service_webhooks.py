"""A service's webhooks: where Twilio reports events."""

from typing import Annotated

from pydantic import Field

from confsync.annotations import Clearable, ServerDefault, SetOf
from confsync.model import Singleton
from confsync.resources.service import Service
from confsync.resources.vocabulary import NO_EVENTS, Method, ServiceEvent, WebhookUrl


class ServiceWebhooks(Singleton, parent=Service, path="Configuration/Webhooks"):
    """Where Twilio asks before an event of this service, and where it reports after one.

    When set, they override the account's webhooks for this service. An unconfigured service answers null for all four.
    https://www.twilio.com/docs/conversations-classic/api/webhook-configuration-resource
    """

    pre_webhook_url: Clearable[WebhookUrl] | None = Field(
        None,
        description="Asked before an event happens; may change or refuse it.",
        examples=["https://example.com/ask"],
    )
    post_webhook_url: Clearable[WebhookUrl] | None = Field(
        None, description="Told after an event happened.", examples=["https://example.com/told"]
    )
    method: Annotated[Method | None, ServerDefault("nothing")] = Field(
        None, description="The HTTP method of both.", examples=["POST"]
    )
    filters: Annotated[SetOf[ServiceEvent] | None, ServerDefault("none"), NO_EVENTS] = Field(
        None,
        description="The events that are reported; an empty list silences all of them.",
        examples=[["onMessageAdded", "onConversationStateUpdated"]],
    )
