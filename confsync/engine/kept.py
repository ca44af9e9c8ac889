"""A value that was sent and that Twilio keeps otherwise."""

from dataclasses import dataclass

from confsync.config.desired import Wanted
from confsync.engine.change import Change
from confsync.engine.snapshot import Told


@dataclass(frozen=True, slots=True)
class Kept:
    """One field of a change that was applied: what was wanted, and what is there all the same.

    Where the wanted value is sensitive, so is the live one, whatever form it has.
    """

    change: Change
    path: str
    wanted: Wanted
    live: Told
