"""Records the cassettes again: `python -m tests.twilio.record_cassettes`."""

import asyncio
from datetime import UTC, datetime
from itertools import count

from confsync.emulator.emulator import Emulator
from confsync.emulator.server import running
from tests.twilio.recording import CASSETTES, PORT, TAPES, Busy, Tape, cassette, conversation
from tests.twilio.still_clock import StillClock


def record(name: str, tape: Tape) -> None:
    """Hold one conversation with an emulator whose SIDs and dates are always the same, and keep it."""
    numbers = count(1)
    (CASSETTES / f"{name}.yaml").unlink(missing_ok=True)
    with (
        Emulator(now=lambda: datetime(2026, 5, 4, 12, tzinfo=UTC), new_hex=lambda: f"{next(numbers):032x}") as emulator,
        running(Busy(emulator, tape.busy), PORT),
        cassette(name, record=True),
    ):
        asyncio.run(conversation(tape, StillClock()))


if __name__ == "__main__":
    for name, tape in TAPES.items():
        record(name, tape)
