"""A phone address: a number, mailbox or other address of the account, and what happens when a message arrives at it."""

from typing import Annotated, Literal

from confsync.annotations import (
    Bounds,
    Clearable,
    Immutable,
    Key,
    Length,
    Lower,
    Pattern,
    RequiredIf,
    ServerDefault,
    Stops,
    Upper,
    describe,
)
from confsync.model import Ref
from confsync.resources.account import Account
from confsync.resources.base import Block, Resource
from confsync.resources.service import Service
from confsync.resources.vocabulary import NO_EVENTS, EventAfter, FlowSid, LowerMethod, Switch, WebhookUrl

AddressType = Literal["sms", "whatsapp", "messenger", "gbm", "email", "rcs", "apple", "chat"]


class AutoCreation(Block, atomic=True):
    """What happens when a message arrives from an unknown sender."""

    enabled: Annotated[Switch | None, ServerDefault("false")] = describe(
        "Whether it starts a conversation. If not, the number's own settings apply.", examples=[True]
    )
    type: Annotated[Literal["default", "studio", "webhook"] | None, ServerDefault("default")] = describe(
        "Whether the new conversation is reported to a webhook or to a Studio flow.", examples=["webhook"]
    )
    conversation_service: Clearable[Annotated[str, Ref(Service)]] | None = describe(
        "The service of the new conversation; `null` means the account's default.", examples=["support"]
    )
    webhook_url: Annotated[WebhookUrl | None, RequiredIf(auto_creation__type="webhook")] = describe(
        "The URL that Twilio calls, for type `webhook`.", examples=["https://example.com/inbound"]
    )
    webhook_method: Annotated[LowerMethod | None, ServerDefault("none")] = describe(
        "The HTTP method of the call.", examples=["post"]
    )
    webhook_filters: Annotated[frozenset[EventAfter] | None, ServerDefault("none"), NO_EVENTS] = describe(
        "The events to report to the URL.", examples=[["onMessageAdded"]]
    )
    studio_flow_sid: Annotated[FlowSid | None, RequiredIf(auto_creation__type="studio")] = describe(
        "The Studio flow to start, for type `studio`.", examples=["FW00000000000000000000000000000000"]
    )
    studio_retry_count: Annotated[int, Bounds(0, 3), ServerDefault("none")] | None = describe(
        "How often Twilio retries to start the flow.", examples=[2]
    )


class PhoneAddress(
    Resource,
    parent=Account,
    path="Configuration/Addresses",
    sid_prefix="IG",
    list_key="address_configurations",
    page_size=50,
    unique=True,
    on_immutable_change="replace",
    dependents=(
        Stops(
            "messages to it now begin a conversation",
            while_set="auto_creation.enabled",
            detail="auto_creation.type",
        ),
    ),
):
    """An address at which people reach the account, and what happens when an unknown sender writes to it.

    Twilio keeps one configuration per address, so a changed type or country is a delete and a create; in between,
    messages are handled by the number's own settings. When the number is released, Twilio deletes the configuration.
    https://www.twilio.com/docs/conversations-classic/api/address-configuration-resource
    """

    address: Key[Immutable[Annotated[str, Length(1)]]] = describe(
        "The number in E.164 format, `whatsapp:+…`, an email address, or `messenger:…`.", examples=["+15551230000"]
    )
    type: Immutable[Lower[AddressType]] = describe("The type of the address.", examples=["sms"])
    address_country: (
        Immutable[Upper[Annotated[str, Pattern("[A-Za-z]{2}", "has two letters"), ServerDefault("none")]]] | None
    ) = describe("The two-letter country code of a short code.", examples=["US"])
    friendly_name: Clearable[Annotated[str, Length(1, 256)]] | None = describe("Its name.", examples=["Hotline"])
    auto_creation: AutoCreation | None = describe("What happens when a message arrives from an unknown sender.")
