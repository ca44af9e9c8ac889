"""A service's push notifications: the events, templates and sounds."""

from confsync.emulator.parameter_types import Boolean, String
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import (
    OMIT,
    Parameter,
    Property,
    ResourceSpec,
    boolean_column,
    columns,
    omit_if_null,
    snake_case,
)
from confsync.emulator.write_context import Row


def service_notification(settings: EmulatorSettings) -> ResourceSpec:
    """`/Services/{sid}/Configuration/Notifications`. Responses leave out what was never set."""
    cleared: object = {"absent": OMIT, "empty": "", "null": None}[settings.cleared_template]

    def clearable(name: str) -> Property:
        """Return a template or sound: absent if never set; if cleared, what the settings choose."""
        stored = snake_case(name)

        def value_of(row: Row) -> object:
            value = row[stored]
            return value or (OMIT if value is None else cleared)

        return Property(name, value_of)

    return ResourceSpec(
        name="service_notification",
        docs="https://www.twilio.com/docs/conversations-classic/api/service-notification-resource",
        paths=("/Services/{ChatServiceSid}/Configuration/Notifications",),
        operations=("fetch", "update"),
        parameters=_parameters(settings),
        properties=(
            *columns("account_sid", "chat_service_sid"),
            boolean_column("new_message.enabled"),
            clearable("new_message.template"),
            clearable("new_message.sound"),
            omit_if_null(boolean_column("new_message.badge_count_enabled")),
            omit_if_null(boolean_column("new_message.with_media.enabled")),
            clearable("new_message.with_media.template"),
            boolean_column("added_to_conversation.enabled"),
            clearable("added_to_conversation.template"),
            clearable("added_to_conversation.sound"),
            boolean_column("removed_from_conversation.enabled"),
            clearable("removed_from_conversation.template"),
            clearable("removed_from_conversation.sound"),
            boolean_column("log_enabled"),
        ),
    )


def _parameters(settings: EmulatorSettings) -> tuple[Parameter, ...]:
    template = String(at_most=settings.template_length, too_long=50058, when_empty="store")
    sound = String(at_most=settings.sound_length, too_long=50059, when_empty="store")
    return (
        Parameter("LogEnabled", Boolean(), update="optional"),
        Parameter("NewMessage.Enabled", Boolean(), update="optional"),
        Parameter("NewMessage.Template", template, update="optional"),
        Parameter("NewMessage.Sound", sound, update="optional"),
        Parameter("NewMessage.BadgeCountEnabled", Boolean(), update="optional"),
        Parameter("NewMessage.WithMedia.Enabled", Boolean(), update="optional"),
        Parameter("NewMessage.WithMedia.Template", template, update="optional"),
        Parameter("AddedToConversation.Enabled", Boolean(), update="optional"),
        Parameter("AddedToConversation.Template", template, update="optional"),
        Parameter("AddedToConversation.Sound", sound, update="optional"),
        Parameter("RemovedFromConversation.Enabled", Boolean(), update="optional"),
        Parameter("RemovedFromConversation.Template", template, update="optional"),
        Parameter("RemovedFromConversation.Sound", sound, update="optional"),
    )
