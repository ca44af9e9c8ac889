"""An account's configuration: its defaults for services and conversations."""

from typing import Annotated

from confsync.annotations import Clearable, Level, RiskWhen, ServerDefault, TwilioName, When, describe
from confsync.model import Ref
from confsync.resources.account import Account
from confsync.resources.base import Singleton
from confsync.resources.service import Service
from confsync.resources.vocabulary import ClosedTimer, InactiveTimer, MessagingServiceSid

ServiceName = Annotated[str, Ref(Service)]

DEFAULT_SERVICE_CHANGED = RiskWhen(
    When.CHANGED,
    Level.HIGH,
    "default-service",
    "{field} is {after} instead of {before}: Flex and every account-level URL mean another service",
)


class AccountConfiguration(Singleton, parent=Account, path="Configuration", permission_probe="sign-in"):
    """Which service is the account's default, and when its conversations close by themselves.

    The account-level roles, users and conversations of Twilio's API are those of the default service, so declare them
    under that service; Flex works with the default service alone. Twilio cannot unset either SID, only change it.
    https://www.twilio.com/docs/conversations-classic/api/configuration-resource
    """

    default_service: Annotated[
        ServiceName | None,
        TwilioName("default_chat_service_sid"),
        ServerDefault("one that Twilio created"),
        DEFAULT_SERVICE_CHANGED,
    ] = describe("The service that Flex and every account-level URL use.", examples=["support"])
    default_messaging_service_sid: Annotated[MessagingServiceSid | None, ServerDefault("one that Twilio created")] = (
        describe("The messaging service of new conversations.", examples=["MG00000000000000000000000000000000"])
    )
    default_inactive_timer: Clearable[InactiveTimer] | None = describe(
        "How long without a message until a new conversation becomes inactive.", examples=["PT30M"]
    )
    default_closed_timer: Clearable[ClosedTimer] | None = describe(
        "How long without a message until a new conversation closes.", examples=["P1D"]
    )
