"""A conversation: messages, and those who take part."""

from typing import Annotated, Any, Literal

from pydantic import Field

from confsync.annotations import Clearable, Key, Param, SendWith, ServerDefault, TwilioName, UpdateOnly, WriteOnly
from confsync.codecs import JsonText
from confsync.model import Block, Contains, Listing, Resource
from confsync.resources.service import Service
from confsync.resources.vocabulary import ClosedTimer, InactiveTimer, MessagingServiceSid, NameInUrls

KIB = 1024

MESSAGES = Listing(title="message", path="Messages", list_key="messages", page_size=100)


class Timers(Block):
    """When the conversation rests and ends by itself; Twilio tells dates back, never these."""

    inactive: (
        WriteOnly[Annotated[InactiveTimer, SendWith(state="active"), ServerDefault("the account's default")]] | None
    ) = Field(None, description="After how long without a message it becomes inactive.", examples=["PT30M"])
    closed: (
        WriteOnly[Annotated[ClosedTimer, SendWith(state="active"), ServerDefault("the account's default")]] | None
    ) = Field(None, description="After how long without a message it is closed.", examples=["P7D"])


class Email(Block):
    """From whom its mails come."""

    address: Annotated[
        Annotated[str, Field(min_length=1)] | None,
        TwilioName("bindings.email.projected_address"),
        Param("Bindings.Email.Address"),
        ServerDefault("nothing"),
    ] = Field(None, description="The sender of its mails.", examples=["desk@example.com"])
    name: Annotated[Annotated[str, Field(min_length=1)] | None, ServerDefault("nothing")] = Field(
        None, description="The sender's name.", examples=["Support desk"]
    )


class Bindings(Block):
    """How it reaches people outside."""

    email: Email | None = Field(None, description="By mail.")


class Conversation(
    Resource,
    parent=Service,
    path="Conversations",
    sid_prefix="CH",
    unique=True,
    read_by_name=True,
    personal=True,
    terminal={"state": "closed"},
    dependents=(Contains("participant"), Contains(MESSAGES)),
):
    """A conversation that is always there, such as a lounge. Those that come and go are no configuration.

    Conversations are read one by one, by unique name; one without a unique name cannot be declared. A closed one can
    never be changed again. Twilio cannot clear a friendly name or a messaging service.
    https://www.twilio.com/docs/conversations-classic/api/conversation-resource
    """

    unique_name: Key[NameInUrls] = Field(description="Its name in URLs, unique in the service.", examples=["lounge"])
    friendly_name: Annotated[str, Field(min_length=1, max_length=256), ServerDefault("nothing")] | None = Field(
        None, description="The name that people see.", examples=["Staff lounge"]
    )
    attributes: Clearable[Annotated[dict[str, Any], JsonText(at_most=16 * KIB)]] | None = Field(
        None, description="Whatever applications want to know of it.", examples=[{"floor": 2}]
    )
    messaging_service_sid: Annotated[MessagingServiceSid | None, ServerDefault("the account's default")] = Field(
        None, description="The messaging service of its SMS.", examples=["MG00000000000000000000000000000000"]
    )
    state: Annotated[Literal["active", "inactive", "closed"] | None, UpdateOnly("closed"), ServerDefault("active")] = (
        Field(
            None,
            description="Twilio moves it as messages come and timers run out, so declare it only to hold it there.",
            examples=["active"],
        )
    )
    timers: Timers | None = Field(None, description="When it rests and ends by itself.")
    bindings: Bindings | None = Field(None, description="How it reaches people outside.")
