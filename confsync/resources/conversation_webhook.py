"""A conversation's own webhook: where Twilio reports the events of this one conversation."""

from typing import Annotated, Literal

from confsync.annotations import AlsoAt, Bounds, Immutable, Key, Length, OnlyIf, RequiredIf, ServerDefault, describe
from confsync.resources.base import Block, Resource
from confsync.resources.conversation import Conversation
from confsync.resources.shared_risks import FLOW_CHANGED, Reports
from confsync.resources.vocabulary import NO_LOCAL_PORT, EventAfter, FlowSid, LowerMethod, WebhookUrl
from confsync.risk_rules import Level, RiskRule, RiskWhen, When

FEWER_WORDS = RiskWhen(
    When.REMOVED,
    Level.MEDIUM,
    RiskRule.SILENCED,
    "{field} no longer contains {members}",
    condition="you remove a word",
)
MORE_WORDS = RiskWhen(
    When.ADDED, Level.LOW, RiskRule.REPORTED, "{field} also contains {members}", condition="you add a word"
)
REPLAYED = RiskWhen(
    When.SET | When.CHANGED,
    Level.MEDIUM,
    RiskRule.REPLAYED,
    "{field} is {after} instead of {before}: the flow gets earlier messages again",
)
TARGET_CHANGED = RiskWhen(
    When.CHANGED,
    Level.HIGH,
    RiskRule.REROUTED,
    "{field} is {after} instead of {before}: messages of the conversation go somewhere else",
)


class WebhookConfiguration(Block, atomic=True):
    """What the webhook does. Which fields exist depends on the target."""

    url: (
        Key[
            Annotated[
                WebhookUrl,
                NO_LOCAL_PORT,
                OnlyIf(target=("webhook", "trigger")),
                RequiredIf(target=("webhook", "trigger")),
            ]
        ]
        | None
    ) = describe("The URL that Twilio calls.", examples=["https://example.com/lounge"])
    method: Annotated[LowerMethod, OnlyIf(target=("webhook", "trigger")), ServerDefault("not documented")] | None = (
        describe("The HTTP method that Twilio uses to call the URL.", examples=["post"])
    )
    filters: (
        Reports[Annotated[frozenset[EventAfter], Length(1), OnlyIf(target="webhook"), RequiredIf(target="webhook")]]
        | None
    ) = describe("The events that Twilio reports to the URL.", examples=[["onMessageAdded"]])
    triggers: (
        Annotated[
            frozenset[Annotated[str, Length(1)]],
            Length(1),
            OnlyIf(target="trigger"),
            RequiredIf(target="trigger"),
            AlsoAt("configuration.filters"),
            FEWER_WORDS,
            MORE_WORDS,
        ]
        | None
    ) = describe("The words to look for. Twilio calls the URL if a message contains one of them.", examples=[["help"]])
    flow_sid: Key[Annotated[FlowSid, OnlyIf(target="studio"), RequiredIf(target="studio"), FLOW_CHANGED]] | None = (
        describe("The Studio flow that Twilio starts.", examples=["FW00000000000000000000000000000000"])
    )
    replay_after: Immutable[Annotated[int, Bounds(0), ServerDefault("none"), REPLAYED]] | None = describe(
        "The index of the first message that Twilio replays to the webhook.", examples=[0]
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
    """What Twilio does when something happens in a conversation: call a URL or start a Studio flow.

    If you change the URL or the Studio flow, confsync updates the webhook, as long as the ledger contains its SID.
    Otherwise, confsync does not recognize the webhook and creates a second one.
    https://www.twilio.com/docs/conversations-classic/api/conversation-scoped-webhook-resource
    """

    target: Key[Immutable[Annotated[Literal["webhook", "trigger", "studio"], TARGET_CHANGED]]] = describe(
        "What Twilio does: `webhook` calls the URL when an event happens, `trigger` calls it when a message contains "
        "one of the `triggers`, and `studio` starts a Studio flow.",
        examples=["webhook"],
    )
    configuration: WebhookConfiguration | None = describe("What it does.")
