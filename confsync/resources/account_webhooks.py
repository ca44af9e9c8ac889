"""An account's webhooks: where Twilio reports the events of every service that has none of its own."""

from typing import Annotated, Literal

from pydantic import Field

from confsync.annotations import Clearable, ServerDefault, SetOf
from confsync.model import Singleton
from confsync.resources.account import Account
from confsync.resources.vocabulary import NO_EVENTS, AccountEvent, Method, WebhookUrl


class AccountWebhooks(Singleton, parent=Account, path="Configuration/Webhooks"):
    """Where Twilio asks before an event of any service, and where it reports after one.

    The webhooks of a service, once set, take the place of these for that service: the same URL at both levels is not
    redundant. https://www.twilio.com/docs/conversations-classic/api/webhook-configuration-resource
    """

    pre_webhook_url: Clearable[WebhookUrl] | None = Field(
        None,
        description="Asked before an event happens; may change or refuse it.",
        examples=["https://example.com/ask"],
    )
    post_webhook_url: Clearable[WebhookUrl] | None = Field(
        None, description="Told after an event happened.", examples=["https://example.com/told"]
    )
    method: Annotated[Method | None, ServerDefault("POST")] = Field(
        None, description="The HTTP method of both.", examples=["POST"]
    )
    filters: Annotated[SetOf[AccountEvent] | None, ServerDefault("none"), NO_EVENTS] = Field(
        None,
        description="The events that are reported; an empty list silences all of them.",
        examples=[["onMessageAdded", "onUserAdded"]],
    )
    target: Annotated[Literal["webhook", "flex"] | None, ServerDefault("webhook")] = Field(
        None, description="Whether events go to the URLs or to Flex.", examples=["webhook"]
    )
