"""When a conversation is active, inactive or closed, and what an account gives to a new one."""

from typing import Any, Final

from confsync.emulator.deed import Deed, Row
from confsync.emulator.duration import seconds_in
from confsync.emulator.refusal import Refusal, invalid
from confsync.emulator.store import Transaction
from confsync.emulator.world import World

TIMERS: Final = ("inactive", "closed")


def refuse_what_is_closed(deed: Deed) -> Row:
    """Closed is the end: nothing changes any more, though the conversation can be deleted."""
    if not deed.is_new and deed.before["state"] == "closed":
        raise closed()
    return {}


def check_state(deed: Deed) -> Row:
    """Refuse a state that only Twilio sets, a first state that is the last, and timers without any."""
    state = deed.sent.get("state")
    if state == "initializing":
        raise invalid("State", 50378, "only Twilio sets it")
    if not deed.is_new:
        return {}
    if state == "closed":
        raise invalid("State", 50384, "a conversation cannot begin closed")
    if state is None and any(deed.sent.get(f"timers_{name}") is not None for name in TIMERS):
        raise Refusal(400, 50382, "Timers cannot be set without a State")
    return {}


def take_from_account(deed: Deed) -> Row:
    """Give a new conversation the account's messaging service and timers, where none was sent."""
    if not deed.is_new:
        return {}
    account = deed.at.find("account_configuration", {"account_sid": deed.world.account_sid}) or {}
    given: dict[str, Any] = {"messaging_service_sid": account.get("default_messaging_service_sid")}
    for name in TIMERS:
        default = account.get(f"default_{name}_timer")
        given[f"timers_{name}"] = seconds_in(default) if default else None
    return {column: value for column, value in given.items() if column not in deed.sent}


def start_timers(deed: Deed) -> Row:
    """Say when the state will change by itself, once the state or a timer was set."""
    state = deed.get("state") or "active"
    is_moved = deed.is_new or state != deed.before["state"]
    runs_out = _run_out(deed.world, state, deed.get("timers_inactive"), deed.get("timers_closed"))
    return {f"date_{name}": runs_out[name] for name in TIMERS if is_moved or f"timers_{name}" in deed.sent}


def refuse_in_closed(deed: Deed) -> Row:
    """Nobody joins or writes in a closed conversation, as far as is known."""
    if deed.settings.write_in_closed == "accept":
        return {}
    conversation = _conversation(deed.at, deed.scope["conversation_sid"])
    if deed.is_new and conversation["state"] == "closed":
        raise closed()
    return {}


def count_message(at: Transaction, world: World, conversation_sid: str) -> int:
    """Give the next message its index. It makes the conversation active, and its timers begin anew."""
    conversation = _conversation(at, conversation_sid)
    number = int(conversation["next_number"])
    awake: dict[str, Any] = {}
    if conversation["state"] != "closed":
        runs_out = _run_out(world, "active", conversation["timers_inactive"], conversation["timers_closed"])
        awake = {"state": "active"} | {f"date_{name}": runs_out[name] for name in TIMERS}
    at.change("conversation", {"sid": conversation_sid}, {"next_number": number + 1, **awake})
    return number


def closed() -> Refusal:
    """Say that a conversation is closed."""
    return Refusal(400, 50377, "The conversation is closed and cannot be changed")


def _run_out(world: World, state: str, inactive: int | None, closed: int | None) -> dict[str, str | None]:
    return {
        "inactive": world.later(inactive) if inactive is not None and state == "active" else None,
        "closed": world.later(closed) if closed is not None and state != "closed" else None,
    }


def _conversation(at: Transaction, sid: str) -> Row:
    return at.find("conversation", {"sid": sid}) or {}
