"""How a run behaves: how fast, how patient, what it is meant to do, and by which keys."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from confsync.secret import Secret

if TYPE_CHECKING:
    from confsync.plan.intent import Intent
    from confsync.state.fingerprints import Fingerprinter

FINGERPRINT_KEY = "CONFSYNC_FINGERPRINT_KEY"
PLAN_KEY = "CONFSYNC_PLAN_KEY"


def _no_intent() -> "Intent":
    from confsync.plan.intent import Intent

    return Intent()


class Settings(Struct, frozen=True, kw_only=True):
    """How a run behaves. `timeout` is the whole of one request in seconds, `max_rps` the requests a second at most.

    `plan_key` signs saved plans, and refuses others. `watch` is told after every answer how many reads and writes were
    sent.
    """

    parallelism: int = 32
    timeout: float = 20.0
    max_rps: float | None = None
    intent: "Intent" = field(default_factory=_no_intent)
    fingerprint_key: Secret | None = None
    plan_key: Secret | None = None
    watch: Callable[[Mapping[str, int]], None] = lambda _: None

    @property
    def fingerprinter(self) -> "Fingerprinter":
        """What takes and compares the fingerprints of secrets."""
        from confsync.state.fingerprints import Fingerprinter

        return Fingerprinter(self.fingerprint_key)
