"""Rules about conversations and their messages: states, timers, and what a new one gets from the account."""

from typing import Any, Final

from confsync.emulator.account import EmulatedAccount
from confsync.emulator.api_error import ErrorResponse, invalid_parameter
from confsync.emulator.parameter_types import parse_duration
from confsync.emulator.store import Transaction
from confsync.emulator.write_context import Row, WriteContext

TIMERS: Final = ("inactive", "closed")


def reject_update_when_closed(context: WriteContext) -> Row:
    """Reject every update of a closed conversation. It can only be deleted."""
    if not context.is_create and context.existing["state"] == "closed":
        raise conversation_closed()
    return {}


def check_state(context: WriteContext) -> Row:
    """Reject a state that only Twilio sets, a closed initial state, and initial timers without a state."""
    state = context.columns.get("state")
    if state == "initializing":
        raise invalid_parameter("State", 50378, "only Twilio sets it")
    if not context.is_create:
        return {}
    if state == "closed":
        raise invalid_parameter("State", 50384, "a new conversation cannot be closed")
    if state is None and any(context.columns.get(f"timers_{name}") is not None for name in TIMERS):
        raise ErrorResponse(400, 50382, "Timers cannot be set without a State")
    return {}


def apply_account_defaults(context: WriteContext) -> Row:
    """Give a new conversation the account's messaging service and timers unless the client sent others."""
    if not context.is_create:
        return {}
    configuration = context.tx.find("account_configuration", {"account_sid": context.account.sid}) or {}
    defaults: dict[str, Any] = {"messaging_service_sid": configuration.get("default_messaging_service_sid")}
    for name in TIMERS:
        timer = configuration.get(f"default_{name}_timer")
        defaults[f"timers_{name}"] = parse_duration(timer) if timer else None
    return {column: value for column, value in defaults.items() if column not in context.columns}


def start_timers(context: WriteContext) -> Row:
    """Set when each timer expires after the state or the timer changed. Closing a conversation keeps the dates."""
    state = context.get("state") or "active"
    if state == "closed":
        return {}
    state_changed = context.is_create or state != context.existing["state"]
    expiry = _expiry(context.account, state, context.get("timers_inactive"), context.get("timers_closed"))
    return {f"date_{name}": expiry[name] for name in TIMERS if state_changed or f"timers_{name}" in context.columns}


def reject_create_when_closed(context: WriteContext) -> Row:
    """Reject new participants and messages in a closed conversation, unless the settings accept them."""
    if context.settings.write_in_closed == "accept":
        return {}
    conversation = _conversation(context.tx, context.scope["conversation_sid"])
    if context.is_create and conversation["state"] == "closed":
        raise conversation_closed()
    return {}


def assign_message_index(context: WriteContext) -> Row:
    """Give a new message the next index, and make its conversation active again."""
    if not context.is_create:
        return {}
    return {"number": _next_message_index(context.tx, context.account, context.scope["conversation_sid"])}


def resolve_author(context: WriteContext) -> Row:
    """Link the participant whose identity or address is the author. Without an author, it is `system`."""
    if not context.is_create and "author" not in context.columns:
        return {}
    author = context.columns.get("author") or "system"
    conversation = {"conversation_sid": context.scope["conversation_sid"]}
    participant = context.tx.find("participant", {**conversation, "identity": author}) or context.tx.find(
        "participant", {**conversation, "messaging_binding_address": author}
    )
    return {"author": author, "participant_sid": participant["sid"] if participant else None}


def conversation_closed() -> ErrorResponse:
    """Report that a conversation is closed."""
    return ErrorResponse(400, 50377, "The conversation is closed and cannot be changed")


def _next_message_index(tx: Transaction, account: EmulatedAccount, conversation_sid: str) -> int:
    conversation = _conversation(tx, conversation_sid)
    index = int(conversation["next_number"])
    reactivated: dict[str, Any] = {}
    if conversation["state"] != "closed":
        expiry = _expiry(account, "active", conversation["timers_inactive"], conversation["timers_closed"])
        reactivated = {"state": "active"} | {f"date_{name}": expiry[name] for name in TIMERS}
    tx.update("conversation", {"sid": conversation_sid}, {"next_number": index + 1, **reactivated})
    return index


def _expiry(account: EmulatedAccount, state: str, inactive: int | None, closed: int | None) -> dict[str, str | None]:
    return {
        "inactive": account.timestamp_in(inactive) if inactive is not None and state == "active" else None,
        "closed": account.timestamp_in(closed) if closed is not None else None,
    }


def _conversation(tx: Transaction, sid: str) -> Row:
    return tx.find("conversation", {"sid": sid}) or {}
