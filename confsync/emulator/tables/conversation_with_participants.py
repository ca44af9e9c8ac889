"""A conversation that is made together with its first participants."""

import json
from dataclasses import replace
from typing import Any, Final

from confsync.emulator.deed import Deed, Form
from confsync.emulator.kind import Kind, Parameter
from confsync.emulator.making import make
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import JsonObjects
from confsync.emulator.tables.conversation import conversation
from confsync.emulator.tables.participant import participant

MOST: Final = 10
SPOKEN: Final = {
    "Identity": ("identity",),
    "MessagingBinding.Address": ("messaging_binding", "address"),
    "MessagingBinding.ProxyAddress": ("messaging_binding", "proxy_address"),
    "MessagingBinding.ProjectedAddress": ("messaging_binding", "projected_address"),
    "Attributes": ("attributes",),
    "RoleSid": ("role_sid",),
}
"""Where the JSON of a participant holds what is a parameter elsewhere."""


def conversation_with_participants(settings: Settings) -> Kind:
    """`/Services/{sid}/ConversationWithParticipants`, and the same without the service. It is ready at once (201)."""
    member, plain = participant(settings), conversation(settings)

    def add_participants(deed: Deed) -> None:
        """Add each as a request of its own would."""
        scope = {**deed.scope, "conversation_sid": deed.before["sid"]}
        for spoken in deed.form.get("Participant", ()):
            make(member, deed.at, deed.world, deed.settings, scope, _form(json.loads(spoken)))

    return replace(
        plain,
        name="conversation_with_participants",
        docs="https://www.twilio.com/docs/conversations-classic/api/conversation-with-participants-resource",
        paths=("/Services/{ChatServiceSid}/ConversationWithParticipants", "/ConversationWithParticipants"),
        verbs=("create",),
        table="conversation",
        variable="",
        filters=(),
        parameters=(*plain.parameters, Parameter("Participant", JsonObjects(MOST), create="optional")),
        url="{root}/Conversations/{key}",
        links=tuple(link for link in plain.links if link[0] != "export"),
        furnish=add_participants,
    )


def _form(spoken: dict[str, Any]) -> Form:
    """Turn a participant's JSON into the form that makes one."""
    found = {name: _inside(spoken, path) for name, path in SPOKEN.items()}
    return {name: [_text(value)] for name, value in found.items() if value is not None}


def _inside(spoken: object, path: tuple[str, ...]) -> object:
    for key in path:
        spoken = spoken.get(key) if isinstance(spoken, dict) else None
    return spoken


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
