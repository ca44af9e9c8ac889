"""Who may take part in a conversation: a user by identity, or somebody outside by an address."""

from typing import Final

from confsync.emulator.deed import Deed, Row
from confsync.emulator.newcomers import default_role, user_of
from confsync.emulator.refusal import Refusal, invalid
from confsync.emulator.store import Slice

ADDRESS: Final = "messaging_binding_address"
PROXY: Final = "messaging_binding_proxy_address"
MOST: Final = 1_000
MOST_BY_ADDRESS: Final = 50


def check_who(deed: Deed) -> Row:
    """Ask for an identity or an address, and not for both; a proxy address serves an address alone."""
    identity, address = deed.get("identity"), deed.get(ADDRESS)
    if identity and address:
        raise invalid("Identity", deed.settings.participant_named_twice, "an identity or an address, not both")
    if not identity and not address:
        raise Refusal(400, deed.settings.participant_not_named, "Identity or MessagingBinding.Address is required")
    if identity and deed.get(PROXY):
        raise invalid("MessagingBinding.ProxyAddress", deed.settings.participant_named_twice, "it goes with an address")
    return {}


def check_room(deed: Deed) -> Row:
    """Refuse one participant too many."""
    if not deed.is_new:
        return {}
    conversation = {"conversation_sid": deed.scope["conversation_sid"]}
    if deed.at.count("participant", conversation) >= MOST:
        raise Refusal(400, deed.settings.too_many_participants, f"At most {MOST} participate")
    if deed.sent.get(ADDRESS):
        outside = deed.at.page("participant", conversation, Slice("up", 0, MOST_BY_ADDRESS, {f"{ADDRESS} >= ?": ""}))
        if len(outside) == MOST_BY_ADDRESS:
            raise Refusal(400, deed.settings.too_many_addresses, f"At most {MOST_BY_ADDRESS} come from outside")
    return {}


def check_pair(deed: Deed) -> Row:
    """Refuse a pair of addresses that is in use in an open conversation of the account."""
    address, proxy = deed.get(ADDRESS), deed.get(PROXY)
    if address is None or proxy is None:
        return {}
    pair = {"account_sid": deed.scope["account_sid"], ADDRESS: address, PROXY: proxy}
    others = deed.at.page("participant_conversation", pair, Slice("up", 0, 2, {"conversation_state <> ?": "closed"}))
    if any(each["id"] != deed.before.get("id") for each in others):
        raise Refusal(409, 50416, "A binding for this participant and proxy address already exists in a conversation")
    return {}


def make_user(deed: Deed) -> Row:
    """Make the user of an identity that the service never saw."""
    identity = deed.sent.get("identity")
    return {"user_sid": user_of(deed.at, deed.world, deed.scope, identity)} if identity else {}


def give_role(deed: Deed) -> Row:
    """Give a newcomer the service's default role."""
    if not deed.is_new or deed.sent.get("role_sid"):
        return {}
    if deed.sent.get(ADDRESS) and deed.settings.role_of_address == "none":
        return {}
    return {"role_sid": default_role(deed.at, deed.scope["chat_service_sid"], "default_conversation_role_sid")}


def note_reading(deed: Deed) -> Row:
    """Date what was read last, where the client did not."""
    if "last_read_message_index" not in deed.sent or "last_read_timestamp" in deed.sent:
        return {}
    return {"last_read_timestamp": None if deed.sent["last_read_message_index"] is None else deed.world.today()}
