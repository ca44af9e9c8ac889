"""What a new user is given."""

from confsync.emulator.deed import Deed, Row
from confsync.emulator.newcomers import default_role


def give_role(deed: Deed) -> Row:
    """Give the service's default role where none was sent."""
    if not deed.is_new or deed.sent.get("role_sid"):
        return {}
    return {"role_sid": default_role(deed.at, deed.scope["chat_service_sid"], "default_chat_service_role_sid")}
