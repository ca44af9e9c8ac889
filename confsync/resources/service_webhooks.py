"""A service's webhooks: where Twilio reports events."""

from typing import Annotated

from pydantic import Field

from confsync.model import Clearable, Names, Singleton
from confsync.resources.service import Service
from confsync.resources.vocabulary import Method, ServiceEvent

WebhookUrl = Annotated[str, Field(pattern=r"^https?://[^\s/?#]+[^\s]*$")]


class ServiceWebhooks(Singleton, parent=Service, path="Configuration/Webhooks"):
    """Where Twilio asks before an event of this service, and where it reports after one.

    When set, they override the account's webhooks for this service. An unconfigured service answers null for all four.
    https://www.twilio.com/docs/conversations-classic/api/webhook-configuration-resource
    """

    pre_webhook_url: Clearable[WebhookUrl] | None = Field(
        None, description="Asked before an event happens; may change or refuse it."
    )
    post_webhook_url: Clearable[WebhookUrl] | None = Field(None, description="Told after an event happened.")
    method: Method | None = Field(None, description="The HTTP method of both.")
    filters: Names[ServiceEvent] | None = Field(
        None, description="The events that are reported; an empty list silences all of them."
    )
