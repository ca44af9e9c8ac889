"""The resources of Twilio Conversations, one file each. Read them next to Twilio's documentation."""

from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import ResourceSpec
from confsync.emulator.tables.account import account_configuration, account_webhook
from confsync.emulator.tables.binding import binding
from confsync.emulator.tables.conversation import conversation
from confsync.emulator.tables.conversation_with_participants import conversation_with_participants
from confsync.emulator.tables.credential import credential
from confsync.emulator.tables.message import message
from confsync.emulator.tables.participant import participant
from confsync.emulator.tables.participant_conversation import participant_conversation
from confsync.emulator.tables.phone_address import phone_address
from confsync.emulator.tables.receipt import receipt
from confsync.emulator.tables.role import role
from confsync.emulator.tables.scoped_webhook import scoped_webhook
from confsync.emulator.tables.service import service
from confsync.emulator.tables.service_configuration import service_configuration
from confsync.emulator.tables.service_notification import service_notification
from confsync.emulator.tables.service_webhook import service_webhook
from confsync.emulator.tables.user import user
from confsync.emulator.tables.user_conversation import user_conversation


def resource_specs(settings: EmulatorSettings) -> tuple[ResourceSpec, ...]:
    """Build the specification of every resource; the settings choose the undocumented behaviour."""
    return (
        account_configuration(settings),
        account_webhook(settings),
        phone_address(settings),
        credential(settings),
        service(settings),
        service_configuration(settings),
        service_notification(settings),
        service_webhook(settings),
        role(settings),
        user(settings),
        conversation(settings),
        participant(settings),
        scoped_webhook(settings),
        conversation_with_participants(settings),
        message(settings),
        receipt(settings),
        user_conversation(settings),
        participant_conversation(settings),
        binding(settings),
    )
