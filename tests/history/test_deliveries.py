"""What a channel does not know yet."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confsync.history.deliveries import DeclaredTarget, Deliveries
from confsync.history.history import History
from tests.history.runs import PROD, finding, night

SORTS = ("live", "both")
NAMES = ("agent", "clerk", "boss")

NIGHTS = st.lists(
    st.tuples(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 2), max_size=3), st.booleans()),
    min_size=1,
    max_size=6,
)
"""The findings of each night with their values, and whether the receiver is there."""


@pytest.fixture
def history(tmp_path: Path) -> History:
    opened = History(tmp_path / "drift.sqlite")
    opened.prepare()
    return opened


def undelivered(history: History, channel: str = "webhook") -> tuple[list[str], list[str], list[str], int]:
    change, number = Deliveries(history).undelivered(PROD, channel, SORTS)
    new, edited, repaired = (
        [each.address.rpartition("/")[2] for each in found] for found in (change.new, change.edited, change.repaired)
    )
    return new, edited, repaired, number


def test_everything_is_new_until_something_is_delivered(history: History) -> None:
    history.append(night(1, [finding("agent")]))
    history.append(night(2, [finding("agent"), finding("clerk")]))
    assert undelivered(history) == (["agent", "clerk"], [], [], 2)
    Deliveries(history).mark_delivered(PROD, "webhook")
    assert undelivered(history) == ([], [], [], 2)
    assert undelivered(history, "slack") == (["agent", "clerk"], [], [], 2)


def test_what_came_and_went_in_between_is_not_sent(history: History) -> None:
    history.append(night(1, [finding("agent")]))
    Deliveries(history).mark_delivered(PROD, "webhook")
    history.append(night(2, [finding("agent"), finding("clerk")]))
    history.append(night(3, [finding("agent", "2")]))
    assert undelivered(history) == ([], ["agent"], [], 1)
    history.append(night(4, []))
    assert undelivered(history) == ([], [], ["agent"], 0)
    history.append(night(5, [finding("agent")]))
    assert undelivered(history) == ([], ["agent"], [], 1)


def test_a_sort_that_does_not_count_is_not_sent(history: History) -> None:
    history.append(night(1, [finding("agent", sort="unmanaged")]))
    assert undelivered(history) == ([], [], [], 0)


def test_a_channel_is_notified_once_that_runs_fail(history: History) -> None:
    deliveries, prod = Deliveries(history), DeclaredTarget("AC" + "a" * 32, "prod", None)
    others = (
        prod._replace(account_sid="AC" + "b" * 32),
        prod._replace(environment=None),
        prod._replace(region="ie1"),
        DeclaredTarget(None, None, None),
    )
    assert not deliveries.is_failing(prod, "webhook")
    deliveries.mark_failing(prod, "webhook", failing=True)
    deliveries.mark_failing(prod, "webhook", failing=True)
    assert deliveries.is_failing(prod, "webhook")
    assert not deliveries.is_failing(prod, "slack")
    assert not any(deliveries.is_failing(each, "webhook") for each in others)
    for each in others:
        deliveries.mark_failing(each, "webhook", failing=False)
    assert deliveries.is_failing(prod, "webhook")
    deliveries.mark_failing(prod, "webhook", failing=False)
    assert not deliveries.is_failing(prod, "webhook")


@settings(max_examples=10)
@given(nights=NIGHTS)
def test_a_receiver_that_follows_every_delivery_knows_the_state(
    nights: list[tuple[dict[str, int], bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    history = History(tmp_path_factory.mktemp("history") / "drift.sqlite")
    deliveries = Deliveries(history)
    history.prepare()
    reported: set[str] = set()
    last: dict[str, int] = {}
    for number, (values, reachable) in enumerate(nights):
        history.append(night(number, [finding(name, str(value)) for name, value in values.items()]))
        new, edited, repaired, total = undelivered(history)
        assert total == len(values)
        assert set(new) == values.keys() - reported
        assert set(repaired) == reported - values.keys()
        assert set(edited) >= {name for name in reported & values.keys() if values[name] != last[name]}
        if reachable and (new or edited or repaired):
            deliveries.mark_delivered(PROD, "webhook")
            reported, last = set(values), dict(values)
