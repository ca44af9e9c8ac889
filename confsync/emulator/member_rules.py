"""Rules about members: users, participants with an identity, and participants with an address."""

from typing import Final

from confsync.emulator.addresses import channel_of, has_form_of
from confsync.emulator.api_error import ErrorResponse, invalid_parameter
from confsync.emulator.defaults import default_role, find_or_create_user
from confsync.emulator.store import RowRange
from confsync.emulator.write_context import Row, WriteContext

ADDRESS: Final = "messaging_binding_address"
PROXY: Final = "messaging_binding_proxy_address"
MAX_PARTICIPANTS: Final = 1_000
MAX_BY_ADDRESS: Final = 50


def assign_user_role(context: WriteContext) -> Row:
    """Give a new user the service's default role unless the client sent one."""
    if not context.is_create or context.columns.get("role_sid"):
        return {}
    return {"role_sid": default_role(context.tx, context.scope["chat_service_sid"], "default_chat_service_role_sid")}


def check_identity_or_address(context: WriteContext) -> Row:
    """Require either an identity or an address, and allow a proxy address only with an address."""
    identity, address = context.get("identity"), context.get(ADDRESS)
    both = context.settings.participant_named_twice
    if identity and address:
        raise invalid_parameter("Identity", both, "an identity or an address, not both")
    if not identity and not address:
        raise ErrorResponse(
            400, context.settings.participant_not_named, "Identity or MessagingBinding.Address is required"
        )
    if identity and context.get(PROXY):
        raise invalid_parameter("MessagingBinding.ProxyAddress", both, "it requires an address")
    return {}


def check_participant_limits(context: WriteContext) -> Row:
    """Reject a new participant if the conversation is full."""
    if not context.is_create:
        return {}
    conversation = {"conversation_sid": context.scope["conversation_sid"]}
    if context.tx.count("participant", conversation) >= MAX_PARTICIPANTS:
        code = context.settings.too_many_participants
        raise ErrorResponse(400, code, f"A conversation has at most {MAX_PARTICIPANTS} participants")
    if context.columns.get(ADDRESS):
        with_address = RowRange("up", 0, MAX_BY_ADDRESS, {f"{ADDRESS} >= ?": ""})
        if len(context.tx.page("participant", conversation, with_address)) == MAX_BY_ADDRESS:
            code = context.settings.too_many_addresses
            raise ErrorResponse(400, code, f"A conversation has at most {MAX_BY_ADDRESS} participants with an address")
    return {}


def reject_update_of_proxy(context: WriteContext) -> Row:
    """Reject another proxy address for an existing participant. Clearing it is allowed."""
    is_allowed = context.is_create or context.settings.update_proxy_address == "accept"
    if not is_allowed and context.columns.get(PROXY) is not None:
        raise ErrorResponse(400, 50441, "Failed to add a proxy address to a participant")
    return {}


def check_addresses(context: WriteContext) -> Row:
    """Reject addresses that are malformed, equal, or of different channels."""
    address, proxy = context.columns.get(ADDRESS), context.columns.get(PROXY)
    if context.settings.address_form == "any":
        return {}
    for name, code, sent in (("Address", 50407, address), ("ProxyAddress", 50408, proxy)):
        if sent is not None and not has_form_of(channel_of(sent), sent):
            raise invalid_parameter(f"MessagingBinding.{name}", code, "not a valid address")
    if address is not None and proxy is not None:
        if address.lower() == proxy.lower():
            raise ErrorResponse(400, 50409, "Participant address equals proxy address")
        if channel_of(address) != channel_of(proxy):
            raise ErrorResponse(400, 50414, "Participant address type does not match proxy address type")
    return {}


def check_address_pair(context: WriteContext) -> Row:
    """Reject a pair of addresses that another open conversation of the account uses."""
    address, proxy = context.get(ADDRESS), context.get(PROXY)
    if address is None or proxy is None:
        return {}
    pair = {"account_sid": context.scope["account_sid"], ADDRESS: address, PROXY: proxy}
    in_open = RowRange("up", 0, 2, {"conversation_state <> ?": "closed"})
    others = context.tx.page("participant_conversation", pair, in_open)
    if any(each["id"] != context.existing.get("id") for each in others):
        raise ErrorResponse(
            409, 50416, "A binding for this participant and proxy address already exists in a conversation"
        )
    return {}


def link_user(context: WriteContext) -> Row:
    """Link the user with the participant's identity, creating the user if necessary."""
    identity = context.columns.get("identity")
    return {"user_sid": find_or_create_user(context.tx, context.account, context.scope, identity)} if identity else {}


def assign_participant_role(context: WriteContext) -> Row:
    """Give a new participant the service's default role unless the client sent one."""
    if not context.is_create or context.columns.get("role_sid"):
        return {}
    if context.columns.get(ADDRESS) and context.settings.role_of_address == "none":
        return {}
    return {"role_sid": default_role(context.tx, context.scope["chat_service_sid"], "default_conversation_role_sid")}


def date_last_read(context: WriteContext) -> Row:
    """Set when the last message was read, unless the client sent it."""
    if "last_read_message_index" not in context.columns or "last_read_timestamp" in context.columns:
        return {}
    is_unset = context.columns["last_read_message_index"] is None
    return {"last_read_timestamp": None if is_unset else context.account.timestamp()}
