"""A conversation: its messages and its participants."""

from typing import Annotated, Any, Literal

from confsync.annotations import (
    Clearable,
    Contains,
    Key,
    Length,
    Listing,
    Param,
    SendWith,
    ServerDefault,
    Terminal,
    TwilioName,
    UpdateOnly,
    WriteOnly,
    describe,
)
from confsync.codecs import JsonText
from confsync.model import DefaultFrom
from confsync.resources.account_configuration import AccountConfiguration
from confsync.resources.base import Block, Resource
from confsync.resources.channels import Mailbox
from confsync.resources.service import Service
from confsync.resources.shared_risks import MESSAGING_SERVICE_CHANGED, ApplicationData, Displayed
from confsync.resources.vocabulary import ClosedTimer, InactiveTimer, MessagingServiceSid, NameInUrls
from confsync.risk_rules import Level, RiskRule, RiskWhen, When

KIB = 1024

INACTIVE_TIMER_SENT = RiskWhen(
    When.SENT | When.SENT_AGAIN,
    Level.LOW,
    RiskRule.TIMER,
    "{field} is {after}, and Twilio does not return what it was: it may become inactive sooner",
)
CLOSED_TIMER_SENT = RiskWhen(
    When.SENT | When.SENT_AGAIN,
    Level.MEDIUM,
    RiskRule.TIMER,
    "{field} is {after}, and Twilio does not return what it was: it may close sooner, and for good",
)
SENDER_CHANGED = RiskWhen(
    When.SET | When.CHANGED,
    Level.MEDIUM,
    RiskRule.SENDER,
    "{field} is {after} instead of {before}: replies go there",
)
RENAMED = RiskWhen(
    When.CHANGED,
    Level.MEDIUM,
    RiskRule.RENAMED,
    "{field} is {after} instead of {before}: programs that use the old name no longer find it",
)
CLOSED = RiskWhen(
    When.SET | When.CHANGED,
    Level.HIGH,
    RiskRule.CLOSED,
    "it is closed for good: nobody can write to it or change it again",
    "closed",
)
DEACTIVATED = RiskWhen(When.CHANGED, Level.MEDIUM, RiskRule.STATE, "{field} is {after} instead of {before}", "inactive")
ACTIVATED = RiskWhen(When.CHANGED, Level.LOW, RiskRule.STATE, "{field} is {after} instead of {before}", "active")

MESSAGES = Listing(title="message", path="Messages", list_key="messages", page_size=100)


class Timers(Block):
    """When the conversation becomes inactive and closes. Twilio returns the resulting dates, never the timers."""

    inactive: (
        WriteOnly[
            Annotated[
                InactiveTimer,
                SendWith(state="active"),
                ServerDefault("the account's `default_inactive_timer`"),
                DefaultFrom(AccountConfiguration),
                INACTIVE_TIMER_SENT,
            ]
        ]
        | None
    ) = describe("How long the conversation can go without a message before it becomes inactive.", examples=["PT30M"])
    closed: (
        WriteOnly[
            Annotated[
                ClosedTimer,
                SendWith(state="active"),
                ServerDefault("the account's `default_closed_timer`"),
                DefaultFrom(AccountConfiguration),
                CLOSED_TIMER_SENT,
            ]
        ]
        | None
    ) = describe("How long the conversation can go without a message before it closes for good.", examples=["P7D"])


class Email(Block):
    """The sender of its emails."""

    address: Annotated[
        Mailbox | None,
        TwilioName("bindings.email.projected_address"),
        Param("Bindings.Email.Address"),
        ServerDefault("none"),
        SENDER_CHANGED,
    ] = describe("The sender address of emails from the conversation.", examples=["desk@example.com"])
    name: Annotated[Displayed[Annotated[str, Length(1)]] | None, ServerDefault("none")] = describe(
        "The sender name of emails from the conversation.", examples=["Support desk"]
    )


class Bindings(Block):
    """How it reaches people outside the service."""

    email: Email | None = describe("By email.")


class Conversation(
    Resource,
    parent=Service,
    path="Conversations",
    sid_prefix="CH",
    unique=True,
    read_by_name=True,
    personal=True,
    dependents=(Contains("participant"), Contains(MESSAGES)),
):
    """A conversation that is part of your setup, such as a staff lounge. Do not declare conversations with customers.

    You cannot declare a conversation that has no unique name in Twilio, because confsync uses the unique name to find
    conversations that are not in the ledger. You can change the friendly name and the messaging service, but you cannot
    clear them.
    https://www.twilio.com/docs/conversations-classic/api/conversation-resource
    """

    unique_name: Key[Annotated[NameInUrls, RENAMED]] = describe(
        "The name of the conversation in URLs. It must be unique within the service.", examples=["lounge"]
    )
    friendly_name: Displayed[Annotated[str, Length(1, 256), ServerDefault("none")]] | None = describe(
        "The name that people see.", examples=["Staff lounge"]
    )
    attributes: Clearable[ApplicationData[Annotated[dict[str, Any], JsonText(at_most=16 * KIB)]]] | None = describe(
        "Data for your applications.", examples=[{"floor": 2}]
    )
    messaging_service_sid: Annotated[
        MessagingServiceSid | None,
        ServerDefault("the account's `default_messaging_service_sid`"),
        DefaultFrom(AccountConfiguration),
        MESSAGING_SERVICE_CHANGED,
    ] = describe(
        "The messaging service for SMS messages in the conversation.",
        examples=["MG00000000000000000000000000000000"],
    )
    state: Annotated[
        Literal["active", "inactive", "closed"] | None,
        UpdateOnly("closed"),
        Terminal("closed"),
        ServerDefault("active"),
        CLOSED,
        DEACTIVATED,
        ACTIVATED,
    ] = describe(
        "The state of the conversation. Messages and timers change the state too, so declare it only if you want "
        "confsync to enforce it.",
        examples=["active"],
    )
    timers: Timers | None = describe("When it becomes inactive and closes by itself.")
    bindings: Bindings | None = describe("How it reaches people outside the service.")
