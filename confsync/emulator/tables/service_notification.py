"""A service's push notifications: which events are told, with which words and which sound."""

from confsync.emulator.deed import Row
from confsync.emulator.kind import ABSENT, Kind, Parameter, Property, flag, snake, texts, unless_null
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Flag, Text


def service_notification(settings: Settings) -> Kind:
    """`/Services/{sid}/Configuration/Notifications`. What was never set is absent; no default is shown."""
    template = Text(at_most=settings.template_length, too_long=50058, when_empty="stay")
    sound = Text(at_most=settings.sound_length, too_long=50059, when_empty="stay")
    cleared: object = {"absent": ABSENT, "empty": "", "null": None}[settings.cleared_template]

    def words(name: str) -> Property:
        """Show a template or a sound: never set is absent, cleared is what the settings say."""
        column = snake(name)

        def say(row: Row) -> object:
            value = row[column]
            return value or (ABSENT if value is None else cleared)

        return Property(name, say)

    return Kind(
        name="service_notification",
        docs="https://www.twilio.com/docs/conversations-classic/api/service-notification-resource",
        paths=("/Services/{ChatServiceSid}/Configuration/Notifications",),
        verbs=("fetch", "update"),
        parameters=(
            Parameter("LogEnabled", Flag(), update="optional"),
            Parameter("NewMessage.Enabled", Flag(), update="optional"),
            Parameter("NewMessage.Template", template, update="optional"),
            Parameter("NewMessage.Sound", sound, update="optional"),
            Parameter("NewMessage.BadgeCountEnabled", Flag(), update="optional"),
            Parameter("NewMessage.WithMedia.Enabled", Flag(), update="optional"),
            Parameter("NewMessage.WithMedia.Template", template, update="optional"),
            Parameter("AddedToConversation.Enabled", Flag(), update="optional"),
            Parameter("AddedToConversation.Template", template, update="optional"),
            Parameter("AddedToConversation.Sound", sound, update="optional"),
            Parameter("RemovedFromConversation.Enabled", Flag(), update="optional"),
            Parameter("RemovedFromConversation.Template", template, update="optional"),
            Parameter("RemovedFromConversation.Sound", sound, update="optional"),
        ),
        properties=(
            *texts("account_sid", "chat_service_sid"),
            flag("new_message.enabled"),
            words("new_message.template"),
            words("new_message.sound"),
            unless_null(flag("new_message.badge_count_enabled")),
            unless_null(flag("new_message.with_media.enabled")),
            words("new_message.with_media.template"),
            flag("added_to_conversation.enabled"),
            words("added_to_conversation.template"),
            words("added_to_conversation.sound"),
            flag("removed_from_conversation.enabled"),
            words("removed_from_conversation.template"),
            words("removed_from_conversation.sound"),
            flag("log_enabled"),
        ),
    )
