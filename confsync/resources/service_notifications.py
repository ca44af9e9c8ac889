"""A service's push notifications."""

from typing import Annotated

from confsync.annotations import Clearable, RegionGap, ServerDefault, describe
from confsync.resources.base import Block, Singleton
from confsync.resources.service import Service
from confsync.resources.shared_risks import Switch
from confsync.risk_rules import Level, RiskRule, RiskWhen, When

TEXT_CHANGED = RiskWhen(When.ANY, Level.LOW, RiskRule.PUSH_TEXT, "{field} is {after} instead of {before}")
COUNT_SHOWN = RiskWhen(When.ENABLED, Level.LOW, RiskRule.SWITCHED_ON, "pushes of {block} include the unread count")
COUNT_HIDDEN = RiskWhen(
    When.DISABLED, Level.LOW, RiskRule.SWITCHED_OFF, "pushes of {block} no longer include the unread count"
)
NO_LOGS = RegionGap("ie1", "notification logs", except_for=(False,))
LOGGED = RiskWhen(When.ENABLED, Level.LOW, RiskRule.SWITCHED_ON, "Twilio logs the notifications that it sends")
NOT_LOGGED = RiskWhen(
    When.DISABLED, Level.LOW, RiskRule.SWITCHED_OFF, "Twilio no longer logs the notifications that it sends"
)


class Media(Block):
    """The push for a message with media."""

    enabled: Annotated[Switch | None, ServerDefault("none")] = describe(
        "Whether Twilio sends a notification for a message with media.", examples=[True]
    )
    template: Annotated[Clearable[str] | None, ServerDefault("none (Twilio uses its own text)"), TEXT_CHANGED] = (
        describe(
            "The text for a message with media. Twilio, not confsync, replaces the `${…}` variables.",
            examples=["${PARTICIPANT} sent ${MEDIA_COUNT} files"],
        )
    )


class Push(Block):
    """The push for an event."""

    enabled: Annotated[Switch | None, ServerDefault("false")] = describe(
        "Whether Twilio sends this notification.", examples=[True]
    )
    template: Annotated[Clearable[str] | None, ServerDefault("none (Twilio uses its own text)"), TEXT_CHANGED] = (
        describe(
            "The text of the notification. Twilio, not confsync, replaces the `${…}` variables.",
            examples=["${PARTICIPANT} in ${CONVERSATION}"],
        )
    )
    sound: Annotated[Clearable[str] | None, TEXT_CHANGED] = describe(
        "The sound that the device plays.", examples=["chime"]
    )


class NewMessage(Push):
    """The push for a message."""

    badge_count_enabled: Annotated[bool | None, ServerDefault("none"), COUNT_SHOWN, COUNT_HIDDEN] = describe(
        "Whether the notification includes the number of unread messages.", examples=[True]
    )
    with_media: Media | None = describe("What differs for a message with media.")


class ServiceNotifications(Singleton, parent=Service, path="Configuration/Notifications"):
    """The push notifications that Twilio sends to devices, and their text.

    Each of the blocks `new_message`, `added_to_conversation` and `removed_from_conversation` configures the
    notification for one event. If a template is not set, Twilio uses its own text. Even if you then declare a template
    with exactly that text, the plan shows a change.
    https://www.twilio.com/docs/conversations-classic/api/service-notification-resource
    """

    log_enabled: Annotated[bool | None, ServerDefault("false"), NO_LOGS, LOGGED, NOT_LOGGED] = describe(
        "Whether Twilio logs the notifications that it sends.", examples=[True]
    )
    new_message: NewMessage | None = describe("When a message was added.")
    added_to_conversation: Push | None = describe("When a user was added to a conversation.")
    removed_from_conversation: Push | None = describe("When a user was removed from a conversation.")
