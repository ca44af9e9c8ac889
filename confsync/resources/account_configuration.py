"""An account's configuration: what it falls back on where nothing else is said."""

from typing import Annotated

from pydantic import Field

from confsync.annotations import Clearable, Level, RiskWhen, ServerDefault, TwilioName, When
from confsync.model import Ref, Singleton
from confsync.resources.account import Account
from confsync.resources.service import Service
from confsync.resources.vocabulary import ClosedTimer, InactiveTimer, MessagingServiceSid

ServiceName = Annotated[str, Ref(Service)]

OTHER_SERVICE = RiskWhen(
    When.CHANGED,
    Level.HIGH,
    "default-service",
    "{field} is {after} instead of {before}: Flex and every account-level URL mean another service",
)


class AccountConfiguration(Singleton, parent=Account, path="Configuration", permission_probe="sign-in"):
    """Which service is the account's default, and when its conversations close by themselves.

    The account-level roles, users and conversations of Twilio's API are those of the default service, and are declared
    under that service; Flex works with the default service alone. Twilio cannot unset either SID, only point it
    elsewhere. https://www.twilio.com/docs/conversations-classic/api/configuration-resource
    """

    default_service: Annotated[
        ServiceName | None,
        TwilioName("default_chat_service_sid"),
        ServerDefault("one of Twilio's making"),
        OTHER_SERVICE,
    ] = Field(None, description="The service that Flex and every account-level URL mean.", examples=["support"])
    default_messaging_service_sid: Annotated[MessagingServiceSid | None, ServerDefault("one of Twilio's making")] = (
        Field(
            None,
            description="The messaging service of new conversations.",
            examples=["MG00000000000000000000000000000000"],
        )
    )
    default_inactive_timer: Clearable[InactiveTimer] | None = Field(
        None, description="After how long without a message a new conversation becomes inactive.", examples=["PT30M"]
    )
    default_closed_timer: Clearable[ClosedTimer] | None = Field(
        None, description="After how long without a message a new conversation is closed.", examples=["P1D"]
    )
