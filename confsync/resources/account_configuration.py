"""An account's configuration: its defaults for services and conversations."""

from typing import Annotated

from confsync.annotations import Clearable, ServerDefault, TwilioName, UsedByFlex, describe
from confsync.model import Ref
from confsync.resources.account import Account
from confsync.resources.base import Singleton
from confsync.resources.service import Service
from confsync.resources.shared_risks import MESSAGING_SERVICE_CHANGED
from confsync.resources.vocabulary import ClosedTimer, InactiveTimer, MessagingServiceSid
from confsync.risk_rules import Level, RiskRule, RiskWhen, When

ServiceName = Annotated[str, Ref(Service)]

DEFAULT_SERVICE_CHANGED = RiskWhen(
    When.CHANGED,
    Level.HIGH,
    RiskRule.DEFAULT_SERVICE,
    "{field} is {after} instead of {before}: Flex and every account-level URL mean another service",
)
INACTIVE_SOONER = RiskWhen(
    When.SET | When.LOWERED,
    Level.MEDIUM,
    RiskRule.TIMER,
    "{field} is {after} instead of {before}: new conversations become inactive sooner",
)
INACTIVE_LATER = RiskWhen(
    When.RAISED | When.CLEARED,
    Level.LOW,
    RiskRule.TIMER,
    "{field} is {after} instead of {before}: new conversations stay active longer",
)
CLOSED_SOONER = RiskWhen(
    When.SET | When.LOWERED,
    Level.HIGH,
    RiskRule.TIMER,
    "{field} is {after} instead of {before}: new conversations close sooner, and for good",
)
CLOSED_LATER = RiskWhen(
    When.RAISED | When.CLEARED,
    Level.LOW,
    RiskRule.TIMER,
    "{field} is {after} instead of {before}: new conversations stay open longer",
)


class AccountConfiguration(Singleton, parent=Account, path="Configuration", permission_probe="sign-in"):
    """The account's default service, its default messaging service, and the default timers of new conversations.

    The default service is the only one that Flex can use. In Twilio's API, account-level roles, users and
    conversations belong to the default service, so declare them in that service. You can change the default service and
    the default messaging service, but you cannot unset them.
    https://www.twilio.com/docs/conversations-classic/api/configuration-resource
    """

    default_service: Annotated[
        UsedByFlex[ServiceName] | None,
        TwilioName("default_chat_service_sid"),
        ServerDefault("a service that Twilio creates"),
        DEFAULT_SERVICE_CHANGED,
    ] = describe("The service that Flex and the account-level URLs of Twilio's API use.", examples=["support"])
    default_messaging_service_sid: Annotated[
        MessagingServiceSid | None,
        ServerDefault("a messaging service that Twilio creates"),
        MESSAGING_SERVICE_CHANGED,
    ] = describe("The messaging service that new conversations use.", examples=["MG00000000000000000000000000000000"])
    default_inactive_timer: Annotated[Clearable[InactiveTimer] | None, INACTIVE_SOONER, INACTIVE_LATER] = describe(
        "How long a new conversation can go without a message before it becomes inactive.", examples=["PT30M"]
    )
    default_closed_timer: Annotated[Clearable[ClosedTimer] | None, CLOSED_SOONER, CLOSED_LATER] = describe(
        "How long a new conversation can go without a message before it closes for good.", examples=["P1D"]
    )
