"""A conversation's own webhook: where Twilio reports the events of this one conversation."""

from typing import Annotated, Literal

from confsync.annotations import AlsoAt, Bounds, Immutable, Key, Length, OnlyIf, RequiredIf, ServerDefault, describe
from confsync.resources.base import Block, Resource
from confsync.resources.conversation import Conversation
from confsync.resources.vocabulary import NO_EVENTS, EventAfter, FlowSid, LowerMethod, WebhookUrl


class WebhookConfiguration(Block):
    """What the webhook does. Which fields exist depends on the target."""

    url: (
        Key[Annotated[WebhookUrl, OnlyIf(target=("webhook", "trigger")), RequiredIf(target=("webhook", "trigger"))]]
        | None
    ) = describe("The URL that Twilio calls.", examples=["https://example.com/lounge"])
    method: Annotated[LowerMethod, OnlyIf(target=("webhook", "trigger")), ServerDefault("not documented")] | None = (
        describe("The HTTP method of the call.", examples=["post"])
    )
    filters: (
        Annotated[frozenset[EventAfter], Length(1), OnlyIf(target="webhook"), RequiredIf(target="webhook"), NO_EVENTS]
        | None
    ) = describe("The events to report.", examples=[["onMessageAdded"]])
    triggers: (
        Annotated[
            frozenset[Annotated[str, Length(1)]],
            Length(1),
            OnlyIf(target="trigger"),
            RequiredIf(target="trigger"),
            AlsoAt("configuration.filters"),
        ]
        | None
    ) = describe("The words in a message that trigger the call.", examples=[["help"]])
    flow_sid: Key[Annotated[FlowSid, OnlyIf(target="studio"), RequiredIf(target="studio")]] | None = describe(
        "The Studio flow to start.", examples=["FW00000000000000000000000000000000"]
    )
    replay_after: Immutable[Annotated[int, Bounds(0), ServerDefault("none")]] | None = describe(
        "The index of the first earlier message to replay to the flow.", examples=[0]
    )


class ConversationWebhook(
    Resource,
    parent=Conversation,
    path="Webhooks",
    sid_prefix="WH",
    page_size=5,
    max_per_parent=5,
    key_is_label=True,
    on_immutable_change="replace",
    personal=True,
):
    """Which URL Twilio calls for the events of one conversation, or which Studio flow it starts.

    Its YAML key is a label that you choose. confsync finds it by the ledger, otherwise by target and URL or flow. A
    changed URL is an update; a changed target is a delete and a create. A conversation has at most five.
    https://www.twilio.com/docs/conversations-classic/api/conversation-scoped-webhook-resource
    """

    target: Key[Immutable[Literal["webhook", "trigger", "studio"]]] = describe(
        "Whether it reports events, reports words in messages, or starts a Studio flow.", examples=["webhook"]
    )
    configuration: WebhookConfiguration | None = describe("What it does.")
