"""A participant: a user or an outside address in a conversation."""

from typing import Annotated, Any

from confsync.annotations import (
    Clearable,
    ClearedBy,
    Immutable,
    Key,
    KeyOption,
    Length,
    OnceInAccount,
    ServerDefault,
    describe,
)
from confsync.codecs import JsonText
from confsync.model import DefaultFrom, MayName
from confsync.resources.base import Block, Resource
from confsync.resources.channels import ParticipantAddress, SameChannelAs
from confsync.resources.conversation import KIB, Conversation
from confsync.resources.role import ConversationRole
from confsync.resources.service_configuration import ServiceConfiguration
from confsync.resources.shared_risks import ROLE_ASSIGNED, ApplicationData
from confsync.resources.user import User
from confsync.risk_rules import Level, RiskRule, RiskWhen, When

ANOTHER_PERSON = RiskWhen(
    When.SET | When.CHANGED,
    Level.HIGH,
    RiskRule.PERSON,
    "{field} is {after} instead of {before}: somebody else reads the conversation and writes in it",
)
ANOTHER_SENDER = RiskWhen(
    When.ANY, Level.MEDIUM, RiskRule.SENDER, "{field} is {after} instead of {before}: people see another number"
)

SAME_CHANNEL = SameChannelAs("messaging_binding.address")


class MessagingBinding(Block):
    """The addresses of someone who is not a user."""

    address: (
        Key[Immutable[OnceInAccount[Annotated[ParticipantAddress, KeyOption("addresses"), ANOTHER_PERSON]]]] | None
    ) = describe("The participant's phone number or other address.", examples=["+15557650001"])
    # Twilio offers a parameter to change it, and refuses it (50441).
    proxy_address: (
        Key[
            Immutable[
                OnceInAccount[Annotated[ParticipantAddress, SAME_CHANNEL, KeyOption("addresses"), ANOTHER_SENDER]]
            ]
        ]
        | None
    ) = describe("Your phone number or other address that the participant writes to.", examples=["+15551230000"])
    projected_address: Annotated[ParticipantAddress, ClearedBy("null"), ANOTHER_SENDER] | None = describe(
        "The address that represents a user in a group MMS.", examples=["+15551230001"]
    )


class Participant(
    Resource,
    parent=Conversation,
    path="Participants",
    sid_prefix="MB",
    page_size=100,
    key_is_label=True,
    unique=True,
    on_immutable_change="replace",
    personal=True,
):
    """A member of a conversation: a user, or someone who writes from a phone number or another address.

    For a user, declare `identity`. For anyone else, declare `messaging_binding.address` and
    `messaging_binding.proxy_address`. The same pair of addresses can be in only one open conversation at a time.
    https://www.twilio.com/docs/conversations-classic/api/conversation-participant-resource
    """

    identity: Key[Annotated[str, Length(1, 256), KeyOption("identity"), MayName(User), ANOTHER_PERSON]] | None = (
        describe("The identity of the user.", examples=["alice"])
    )
    messaging_binding: MessagingBinding | None = describe("The addresses of someone who is not a user.")
    role: Annotated[
        ConversationRole | None,
        ServerDefault(
            "the service's `default_conversation_role` or, for the conversation's creator, "
            "`default_conversation_creator_role`"
        ),
        DefaultFrom(ServiceConfiguration),
        ROLE_ASSIGNED,
    ] = describe(
        "The role that determines what the participant can do in this conversation. You cannot unset it.",
        examples=["agent"],
    )
    attributes: Clearable[ApplicationData[Annotated[dict[str, Any], JsonText(at_most=4 * KIB)]]] | None = describe(
        "Data for your applications.", examples=[{"seat": "window"}]
    )
