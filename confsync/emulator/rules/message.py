"""Who wrote a message, and where it stands in its conversation."""

from confsync.emulator.deed import Deed, Row
from confsync.emulator.rules.conversation import count_message


def number(deed: Deed) -> Row:
    """Number a new message, and wake its conversation."""
    if not deed.is_new:
        return {}
    return {"number": count_message(deed.at, deed.world, deed.scope["conversation_sid"])}


def name_author(deed: Deed) -> Row:
    """Point at the participant whose identity or address the author is; nobody named is `system`."""
    if not deed.is_new and "author" not in deed.sent:
        return {}
    author = deed.sent.get("author") or "system"
    here = {"conversation_sid": deed.scope["conversation_sid"]}
    participant = deed.at.find("participant", {**here, "identity": author}) or deed.at.find(
        "participant", {**here, "messaging_binding_address": author}
    )
    return {"author": author, "participant_sid": participant["sid"] if participant else None}
