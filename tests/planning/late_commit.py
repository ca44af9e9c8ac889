"""An apply after which a create of its takes effect late, so that Twilio has two of one resource."""

from collections.abc import Callable
from datetime import timedelta

from confsync.apply.report import Status
from confsync.emulator.faults.fault import Fault, Phase, Reset
from confsync.emulator.faults.layer import FaultLayer
from confsync.emulator.transport import EmulatorTransport
from tests.harness import Harness
from tests.twilio.still_clock import StillClock

SECONDS_LATE = 30


def apply_with_late_commit(harness: Harness, text: str, path: str) -> None:
    """Apply; the first create of a collection takes effect some seconds after the second one, when all is over."""
    late: list[Callable[[], object]] = []
    lost = Fault(phase=Phase.LATE_COMMIT, effect=Reset(), method="POST", path=path)
    layer = FaultLayer(harness.emulator, [lost], schedule=lambda _, commit: late.append(commit))
    harness.clock, harness.transport = StillClock(), EmulatorTransport(layer)
    assert set(harness.apply(text).counts) == {Status.DONE}
    harness.transport = None
    harness.emulator.clock.advance(timedelta(seconds=SECONDS_LATE))
    late.pop()()
