"""A participant: a user or an outside address in a conversation."""

from typing import Annotated, Any

from pydantic import Field

from confsync.annotations import Clearable, ClearedBy, Immutable, Key, ServerDefault
from confsync.codecs import JsonText
from confsync.model import Block, MayName, Resource
from confsync.resources.conversation import KIB, Conversation
from confsync.resources.role import ConversationRole
from confsync.resources.user import User

WAYS = (("identity",), ("messaging_binding.address", "messaging_binding.proxy_address"))


class MessagingBinding(Block):
    """How somebody outside is reached."""

    address: Key[Immutable[Annotated[str, Field(min_length=1)]]] | None = Field(
        None, description="The phone number or other address of somebody outside.", examples=["+15557650001"]
    )
    proxy_address: Key[Annotated[str, ClearedBy("null"), Field(min_length=1)]] | None = Field(
        None, description="The address of ours that they write to.", examples=["+15551230000"]
    )
    projected_address: Annotated[str, ClearedBy("null"), Field(min_length=1)] | None = Field(
        None, description="The address under which a user appears in a group MMS.", examples=["+15551230001"]
    )


class Participant(
    Resource,
    parent=Conversation,
    path="Participants",
    sid_prefix="MB",
    page_size=100,
    key_is_label=True,
    keys=WAYS,
    unique=True,
    replaced=True,
    personal=True,
):
    """A user, by identity, or somebody outside, by address and proxy address.

    Its YAML key is a label of yours. It is found by the ledger, else by identity or by both addresses; an address can
    be in one open conversation with the same proxy address only.
    https://www.twilio.com/docs/conversations-classic/api/conversation-participant-resource
    """

    identity: Key[Annotated[str, Field(min_length=1, max_length=256), MayName(User)]] | None = Field(
        None, description="Which user it is.", examples=["alice"]
    )
    messaging_binding: MessagingBinding | None = Field(None, description="How somebody outside is reached.")
    role: Annotated[ConversationRole | None, ServerDefault("the service's default")] = Field(
        None, description="What they may do here; Twilio cannot unset it.", examples=["agent"]
    )
    attributes: Clearable[Annotated[dict[str, Any], JsonText(at_most=4 * KIB)]] | None = Field(
        None, description="Whatever applications want to know of them.", examples=[{"seat": "window"}]
    )
