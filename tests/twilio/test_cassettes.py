"""Conversations from tape, byte for byte."""

import asyncio

import pytest

from tests.twilio.recording import CASSETTES, TAPES, cassette, conversation
from tests.twilio.still_clock import StillClock


def played(name: str) -> tuple[list[object], StillClock, bool]:
    clock = StillClock()
    with cassette(name, record=False) as tape:
        return asyncio.run(conversation(TAPES[name], clock)), clock, tape.all_played


@pytest.mark.parametrize("name", TAPES)
def test_a_conversation_on_tape_comes_out_as_expected_and_is_held_to_its_end(name: str) -> None:
    reported, _, to_the_end = played(name)
    assert reported == TAPES[name].expected
    assert to_the_end


def test_too_many_requests_are_waited_out_as_long_as_asked_in_seconds_and_by_date() -> None:
    _, clock, _ = played("too_many_requests")
    first, second = clock.slept
    assert 2 <= first <= 2.5
    assert 5 <= second <= 6


def test_every_cassette_is_of_a_conversation_that_is_still_held() -> None:
    assert {path.stem for path in CASSETTES.glob("*.yaml")} == set(TAPES)


@pytest.mark.parametrize("name", TAPES)
def test_no_cassette_holds_what_is_secret(name: str) -> None:
    text = (CASSETTES / f"{name}.yaml").read_text().lower()
    assert not [
        word
        for word in ("authorization", "basic ", "emulatortoken", "wrong-token", "private key", "miicanary")
        if word in text
    ]
