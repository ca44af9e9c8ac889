"""A conversation's own webhook: where Twilio reports what happens in this one conversation."""

from typing import Annotated, Literal

from pydantic import Field

from confsync.annotations import AlsoAt, Immutable, Key, OnlyIf, RequiredIf, ServerDefault, SetOf
from confsync.model import Block, Resource
from confsync.resources.conversation import Conversation
from confsync.resources.vocabulary import NO_EVENTS, EventAfter, FlowSid, LowerMethod, WebhookUrl


class WebhookConfiguration(Block):
    """What the webhook does; which of it there is room for depends on the target."""

    url: (
        Key[Annotated[WebhookUrl, OnlyIf(target=("webhook", "trigger")), RequiredIf(target=("webhook", "trigger"))]]
        | None
    ) = Field(None, description="Where events are reported.", examples=["https://example.com/lounge"])
    method: Annotated[LowerMethod, OnlyIf(target=("webhook", "trigger")), ServerDefault("not documented")] | None = (
        Field(None, description="The HTTP method of that.", examples=["post"])
    )
    filters: (
        Annotated[
            SetOf[EventAfter],
            Field(min_length=1),
            OnlyIf(target="webhook"),
            RequiredIf(target="webhook"),
            NO_EVENTS,
        ]
        | None
    ) = Field(None, description="The events that are reported.", examples=[["onMessageAdded"]])
    triggers: (
        Annotated[
            SetOf[Annotated[str, Field(min_length=1)]],
            Field(min_length=1),
            OnlyIf(target="trigger"),
            RequiredIf(target="trigger"),
            AlsoAt("configuration.filters"),
        ]
        | None
    ) = Field(None, description="The words in a message that are reported.", examples=[["help"]])
    flow_sid: Key[Annotated[FlowSid, OnlyIf(target="studio"), RequiredIf(target="studio")]] | None = Field(
        None, description="The Studio flow that is started.", examples=["FW00000000000000000000000000000000"]
    )
    replay_after: Immutable[Annotated[int, Field(ge=0), ServerDefault("nothing")]] | None = Field(
        None, description="From which message on a flow is told of what was said before.", examples=[0]
    )


class ConversationWebhook(
    Resource,
    parent=Conversation,
    path="Webhooks",
    sid_prefix="WH",
    page_size=5,
    at_most=5,
    key_is_label=True,
    replaced=True,
    personal=True,
):
    """Where Twilio reports what happens in this conversation, or which Studio flow it starts.

    Its YAML key is a label of yours. It is found by the ledger, else by target and URL or flow; a changed URL is an
    update, a changed target a delete and a create. A conversation has room for five.
    https://www.twilio.com/docs/conversations-classic/api/conversation-scoped-webhook-resource
    """

    target: Key[Immutable[Literal["webhook", "trigger", "studio"]]] = Field(
        description="Whether events, words or a Studio flow are meant.", examples=["webhook"]
    )
    configuration: WebhookConfiguration | None = Field(None, description="What it does.")
