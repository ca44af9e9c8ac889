"""A conversation that is created together with its first participants."""

import json
from typing import Any, Final

from msgspec.structs import replace

from confsync.emulator.parameter_types import JsonObjectList
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Parameter, ResourceSpec
from confsync.emulator.tables.conversation import conversation
from confsync.emulator.tables.participant import participant
from confsync.emulator.write_context import FormFields, WriteContext
from confsync.emulator.writes import create_row

INITIAL_LIMIT: Final = 10
JSON_PATHS: Final = {
    "Identity": ("identity",),
    "MessagingBinding.Address": ("messaging_binding", "address"),
    "MessagingBinding.ProxyAddress": ("messaging_binding", "proxy_address"),
    "MessagingBinding.ProjectedAddress": ("messaging_binding", "projected_address"),
    "Attributes": ("attributes",),
    "RoleSid": ("role_sid",),
}
"""Where the JSON of a participant holds the value of each form parameter."""


def conversation_with_participants(settings: EmulatorSettings) -> ResourceSpec:
    """`/Services/{sid}/ConversationWithParticipants` and the shortened path. Twilio creates it synchronously (201)."""
    member, plain = participant(settings), conversation(settings)

    def add_participants(context: WriteContext) -> None:
        """Create each participant as a separate request would."""
        scope = {**context.scope, "conversation_sid": context.existing["sid"]}
        for sent in context.form.get("Participant", ()):
            create_row(member, context.tx, context.account, context.settings, scope, _form(json.loads(sent)))

    return replace(
        plain,
        name="conversation_with_participants",
        docs="https://www.twilio.com/docs/conversations-classic/api/conversation-with-participants-resource",
        paths=("/Services/{ChatServiceSid}/ConversationWithParticipants", "/ConversationWithParticipants"),
        operations=("create",),
        table="conversation",
        variable="",
        filters=(),
        parameters=(
            *plain.parameters,
            Parameter("Participant", JsonObjectList(INITIAL_LIMIT), create="optional"),
        ),
        url="{root}/Conversations/{key}",
        links=tuple(link for link in plain.links if link[0] != "export"),
        on_create=add_participants,
    )


def _form(sent: dict[str, Any]) -> FormFields:
    """Convert a participant's JSON to the form that creates one."""
    found = {name: _inside(sent, path) for name, path in JSON_PATHS.items()}
    return {name: [_text(value)] for name, value in found.items() if value is not None}


def _inside(sent: object, path: tuple[str, ...]) -> object:
    for key in path:
        sent = sent.get(key) if isinstance(sent, dict) else None
    return sent


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
