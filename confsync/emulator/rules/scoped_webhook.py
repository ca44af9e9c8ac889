"""What each target of a conversation's webhook needs."""

from typing import Final

from confsync.emulator.deed import Deed, Row
from confsync.emulator.refusal import Refusal, missing

MOST: Final = 5

NEEDS: Final = {
    "webhook": (
        ("Configuration.Url", "configuration_url", 50369),
        ("Configuration.Filters", "configuration_filters", 50370),
    ),
    "trigger": (
        ("Configuration.Url", "configuration_url", 50369),
        ("Configuration.Triggers", "configuration_triggers", 50371),
    ),
    "studio": (("Configuration.FlowSid", "configuration_flow_sid", 50367),),
}


def check_room(deed: Deed) -> Row:
    """Refuse a sixth."""
    here = {"conversation_sid": deed.scope["conversation_sid"]}
    if deed.is_new and deed.at.count("scoped_webhook", here) >= MOST:
        raise Refusal(400, 50361, f"A conversation has at most {MOST} webhooks")
    return {}


def check_target(deed: Deed) -> Row:
    """Ask for what the target needs."""
    for name, column, code in NEEDS[deed.get("target")]:
        if not deed.get(column):
            raise missing(name, code)
    return {}
