"""Conversation timers expire between requests and take effect before the next response."""

from datetime import timedelta
from pathlib import Path

import pytest

from confsync.emulator.emulator import Emulator
from tests.emulator.client import Client
from tests.emulator.clock import Clock

TIMED = {"State": "active", "Timers.Inactive": "PT1M", "Timers.Closed": "PT10M"}


@pytest.fixture
def timed(client: Client, service: str) -> str:
    """The path of a conversation that becomes inactive after one minute and closes after ten."""
    return f"{service}/Conversations/" + client.made(f"{service}/Conversations", TIMED)


def state(client: Client, path: str) -> tuple[str, dict[str, str]]:
    found = client.get(path).body
    return found["state"], found["timers"]


def test_timers_are_returned_as_dates(client: Client, timed: str) -> None:
    assert state(client, timed) == (
        "active",
        {"date_inactive": "2026-03-01T12:01:00Z", "date_closed": "2026-03-01T12:10:00Z"},
    )


def test_a_conversation_becomes_inactive_and_then_closes(emulator: Emulator, client: Client, timed: str) -> None:
    emulator.clock.advance(timedelta(seconds=59))
    assert state(client, timed)[0] == "active"
    emulator.clock.advance(timedelta(seconds=1))
    assert state(client, timed) == ("inactive", {"date_closed": "2026-03-01T12:10:00Z"})
    assert client.get(timed).body["date_updated"] == "2026-03-01T12:01:00Z"
    emulator.clock.advance(timedelta(minutes=9))
    assert state(client, timed) == ("closed", {})


def test_a_conversation_that_was_closed_keeps_the_dates_of_its_timers(
    emulator: Emulator, client: Client, timed: str
) -> None:
    dates = {"date_inactive": "2026-03-01T12:01:00Z", "date_closed": "2026-03-01T12:10:00Z"}
    updated = client.post(timed, {"State": "closed"}).body
    assert (updated["state"], updated["timers"]) == ("closed", dates)
    emulator.clock.advance(timedelta(days=1))
    assert client.get(timed).body == updated


def test_a_conversation_closes_even_if_nothing_reads_it(
    emulator: Emulator, client: Client, service: str, timed: str
) -> None:
    emulator.clock.advance(timedelta(days=1))
    assert client.post(timed, {"FriendlyName": "too late"}).error == (400, 50377)
    assert len(client.get(f"{service}/Conversations", "State=closed").body["conversations"]) == 1


def test_a_message_activates_a_conversation_and_restarts_its_timers(
    emulator: Emulator, client: Client, timed: str
) -> None:
    emulator.clock.advance(timedelta(minutes=5))
    assert state(client, timed)[0] == "inactive"
    client.made(f"{timed}/Messages", {"Body": "anybody there?"})
    assert state(client, timed) == (
        "active",
        {"date_inactive": "2026-03-01T12:06:00Z", "date_closed": "2026-03-01T12:15:00Z"},
    )


def test_another_state_restarts_the_timers_and_the_same_state_does_not(
    emulator: Emulator, client: Client, timed: str
) -> None:
    emulator.clock.advance(timedelta(seconds=30))
    client.post(timed, {"State": "active"})
    assert state(client, timed)[1]["date_inactive"] == "2026-03-01T12:01:00Z"
    client.post(timed, {"State": "inactive"})
    assert state(client, timed)[1] == {"date_closed": "2026-03-01T12:10:30Z"}


def test_a_timer_can_be_set_later_and_cleared(client: Client, room: str) -> None:
    client.post(room, {"Timers.Closed": "PT1H"})
    assert state(client, room)[1] == {"date_closed": "2026-03-01T13:00:00Z"}
    client.post(room, {"Timers.Closed": ""})
    assert state(client, room)[1] == {}


def test_a_new_conversation_has_the_accounts_timers_unless_it_sets_its_own(client: Client, service: str) -> None:
    client.post("/Configuration", {"DefaultInactiveTimer": "PT2M", "DefaultClosedTimer": "P1D"})
    made = client.post(f"{service}/Conversations", {"State": "active", "Timers.Inactive": "PT1M"}).body
    assert made["timers"] == {"date_inactive": "2026-03-01T12:01:00Z", "date_closed": "2026-03-02T12:00:00Z"}


def test_an_overflowing_timer_expires_at_the_last_representable_moment(client: Client, service: str) -> None:
    sent = {"State": "active", "Timers.Closed": "PT999999999H"}
    made = client.post(f"{service}/Conversations", sent).body
    assert made["timers"] == {"date_closed": "9999-12-31T23:59:59Z"}


def test_timers_expire_while_the_emulator_is_not_running(tmp_path: Path, clock: Clock) -> None:
    db = tmp_path / "account.db"
    with Emulator(db=db, now=clock) as emulator:
        path = "/Conversations/" + Client(emulator).made("/Conversations", TIMED)
    clock.move(3_600)
    with Emulator(db=db, now=clock) as emulator:
        assert state(Client(emulator), path) == ("closed", {})
