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
    Personal,
    RegionGap,
    RequiredIf,
    ServerDefault,
    Stops,
    Upper,
    describe,
)
from confsync.model import Ref
from confsync.resources.account import Account
from confsync.resources.base import Block, Resource
from confsync.resources.channels import AccountAddress
from confsync.resources.service import Service
from confsync.resources.shared_risks import FLOW_CHANGED, NO_EVENTS, Reports
from confsync.resources.vocabulary import EventAfter, FlowSid, LowerMethod, WebhookUrl
from confsync.risk_rules import Level, NoRisk, RiskRule, RiskWhen, When

AddressType = Literal["sms", "whatsapp", "messenger", "gbm", "email", "rcs", "apple", "chat"]

ADDRESS_CHANGED = RiskWhen(
    When.CHANGED,
    Level.HIGH,
    RiskRule.REROUTED,
    "messages to {before} are handled by its own settings again, and those to {after} as declared here",
)
CREATES_CONVERSATIONS = RiskWhen(
    When.ENABLED,
    Level.HIGH,
    RiskRule.REROUTED,
    "messages from unknown senders start conversations, and the number's own settings no longer apply",
    condition="if switched on, even in a new resource",
    on_create=True,
)
CREATES_NONE = RiskWhen(
    When.DISABLED,
    Level.HIGH,
    RiskRule.REROUTED,
    "messages from unknown senders start no conversation any more: the number's own settings apply",
)
TYPE_CHANGED = RiskWhen(
    When.SET | When.CHANGED,
    Level.HIGH,
    RiskRule.REROUTED,
    "{field} is {after} instead of {before}: new conversations go somewhere else",
)
SERVICE_CHANGED = RiskWhen(
    When.ANY,
    Level.HIGH,
    RiskRule.REROUTED,
    "{field} is {after} instead of {before}: new conversations begin in another service",
)
FEWER_RETRIES = RiskWhen(
    When.LOWERED | When.SET,
    Level.MEDIUM,
    RiskRule.RETRIES,
    "{field} is {after} instead of {before}: Twilio gives up sooner on a flow that fails to start",
)
MORE_RETRIES = RiskWhen(
    When.RAISED,
    Level.LOW,
    RiskRule.RETRIES,
    "{field} is {after} instead of {before}: Twilio tries a flow that fails to start more often",
)
REPLACED = NoRisk("changing it replaces the resource, which a plan shows as the risk `replaced`")
IS_LABEL = NoRisk("people do not see the name")


ONLY_CHAT = RegionGap("ie1", "addresses of this type", except_for=("chat",))


class AutoCreation(Block, atomic=True):
    """What happens when a message arrives from an unknown sender."""

    enabled: Annotated[bool | None, ServerDefault("false"), CREATES_NONE, CREATES_CONVERSATIONS] = describe(
        "Whether a message from an unknown sender starts a conversation. If `false`, the phone number's own settings "
        "apply.",
        examples=[True],
    )
    type: Annotated[Literal["default", "studio", "webhook"] | None, ServerDefault("default"), TYPE_CHANGED] = describe(
        "What Twilio adds to the new conversation: a webhook (`webhook`), a Studio flow (`studio`) or nothing "
        "(`default`).",
        examples=["webhook"],
    )
    conversation_service: Clearable[Annotated[str, Ref(Service), SERVICE_CHANGED]] | None = describe(
        "The service in which Twilio creates the conversation. `null` means the account's default service.",
        examples=["support"],
    )
    webhook_url: Annotated[WebhookUrl | None, RequiredIf(auto_creation__type="webhook")] = describe(
        "The URL that Twilio calls if `auto_creation.type` is `webhook`.", examples=["https://example.com/inbound"]
    )
    webhook_method: Annotated[LowerMethod | None, ServerDefault("none")] = describe(
        "The HTTP method that Twilio uses to call the URL.", examples=["post"]
    )
    webhook_filters: Annotated[Reports[frozenset[EventAfter]] | None, ServerDefault("none"), NO_EVENTS] = describe(
        "The events that Twilio reports to the URL.", examples=[["onMessageAdded"]]
    )
    studio_flow_sid: Annotated[FlowSid | None, RequiredIf(auto_creation__type="studio"), FLOW_CHANGED] = describe(
        "The Studio flow that Twilio starts if `auto_creation.type` is `studio`.",
        examples=["FW00000000000000000000000000000000"],
    )
    studio_retry_count: Annotated[int, Bounds(0, 3), ServerDefault("none"), FEWER_RETRIES, MORE_RETRIES] | None = (
        describe("How many times Twilio retries if the flow fails to start.", examples=[2])
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
    """An address at which people can contact you, and what happens when an unknown sender writes to it.

    Twilio calls this resource an address configuration. A sender is unknown if no open conversation contains both the
    sender's address and this address.

    While confsync is replacing the resource, Twilio handles messages according to the phone number's own settings. If
    you release the phone number, Twilio deletes the resource.
    https://www.twilio.com/docs/conversations-classic/api/address-configuration-resource
    """

    address: Personal[Key[Immutable[Annotated[AccountAddress, ADDRESS_CHANGED]]]] = describe(
        "A phone number in E.164 format, a short code, an email address, or an address with a channel prefix, such as "
        "`whatsapp:+…` or `messenger:…`.",
        examples=["+15551230000"],
    )
    type: Immutable[Annotated[Lower[AddressType], ONLY_CHAT, REPLACED]] = describe(
        "The type of the address.", examples=["sms"]
    )
    address_country: (
        Immutable[
            Upper[Annotated[str, Pattern("[A-Za-z]{2}", "consists of two letters"), ServerDefault("none"), REPLACED]]
        ]
        | None
    ) = describe("The two-letter code of the country to which a short code belongs.", examples=["US"])
    friendly_name: Clearable[Annotated[str, Length(1, 256), IS_LABEL]] | None = describe(
        "The name of the phone address.", examples=["Hotline"]
    )
    auto_creation: AutoCreation | None = describe("What happens when a message arrives from an unknown sender.")
