"""A phone address: a number, mailbox or other address of the account's, and what a message to it begins."""

from typing import Annotated, Literal

from pydantic import Field

from confsync.annotations import Clearable, Immutable, Key, Lower, Pattern, RequiredIf, ServerDefault, SetOf, Upper
from confsync.model import Block, Ref, Resource, Stops
from confsync.resources.account import Account
from confsync.resources.service import Service
from confsync.resources.vocabulary import NO_EVENTS, EventAfter, FlowSid, LowerMethod, Switch, WebhookUrl

AddressType = Literal["sms", "whatsapp", "messenger", "gbm", "email", "rcs", "apple", "chat"]


class AutoCreation(Block, atomic=True):
    """What a message from a stranger to this address begins."""

    enabled: Annotated[Switch | None, ServerDefault("false")] = Field(
        None,
        description="Whether it begins a conversation; if not, it goes wherever the number's own settings say.",
        examples=[True],
    )
    type: Annotated[Literal["default", "studio", "webhook"] | None, ServerDefault("default")] = Field(
        None, description="Whether something is told of the new conversation.", examples=["webhook"]
    )
    conversation_service: Clearable[Annotated[str, Ref(Service)]] | None = Field(
        None, description="The service of the new conversation; none means the account's default.", examples=["support"]
    )
    webhook_url: Annotated[WebhookUrl | None, RequiredIf(auto_creation__type="webhook")] = Field(
        None, description="Where type `webhook` reports.", examples=["https://example.com/inbound"]
    )
    webhook_method: Annotated[LowerMethod | None, ServerDefault("nothing")] = Field(
        None, description="The HTTP method of that.", examples=["post"]
    )
    webhook_filters: Annotated[SetOf[EventAfter] | None, ServerDefault("none"), NO_EVENTS] = Field(
        None, description="The events that are reported there.", examples=[["onMessageAdded"]]
    )
    studio_flow_sid: Annotated[FlowSid | None, RequiredIf(auto_creation__type="studio")] = Field(
        None, description="The flow that type `studio` starts.", examples=["FW00000000000000000000000000000000"]
    )
    studio_retry_count: Annotated[int, Field(ge=0, le=3), ServerDefault("nothing")] | None = Field(
        None, description="How often starting the flow is tried again.", examples=[2]
    )


class PhoneAddress(
    Resource,
    parent=Account,
    path="Configuration/Addresses",
    sid_prefix="IG",
    list_key="address_configurations",
    page_size=50,
    unique=True,
    replaced=True,
    dependents=(
        Stops(
            "messages to it now begin a conversation",
            while_set="auto_creation.enabled",
            detail="auto_creation.type",
        ),
    ),
):
    """An address at which the account is reached, and what a message from a stranger to it begins.

    Twilio keeps one configuration for each address, so a changed type or country is a delete and a create, between
    which messages go elsewhere; it deletes the configuration by itself where the number is released.
    https://www.twilio.com/docs/conversations-classic/api/address-configuration-resource
    """

    address: Key[Immutable[Annotated[str, Field(min_length=1)]]] = Field(
        description="The number in E.164, `whatsapp:+…`, a mailbox, `messenger:…`.", examples=["+15551230000"]
    )
    type: Immutable[Lower[AddressType]] = Field(description="What kind of address it is.", examples=["sms"])
    address_country: (
        Immutable[Upper[Annotated[str, Pattern("[A-Za-z]{2}", "has two letters"), ServerDefault("nothing")]]] | None
    ) = Field(None, description="The country of a short code, in two letters.", examples=["US"])
    friendly_name: Clearable[Annotated[str, Field(min_length=1, max_length=256)]] | None = Field(
        None, description="The name that people give it.", examples=["Hotline"]
    )
    auto_creation: AutoCreation | None = Field(None, description="What a message from a stranger begins.")
