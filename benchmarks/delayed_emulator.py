"""An empty account on an emulator that answers after a delay: `delayed_emulator.py SECONDS`.

It prints its URL. It answers `/tally` without delay, with the CPU seconds, the requests, the writes, and the requests
that it refused since the last tally.
"""

import sys
import threading
import time
from collections import Counter

from confsync.emulator.emulator import Emulator
from confsync.emulator.http import EmulatorRequest, EmulatorResponse, json_response
from confsync.emulator.server import serve

TALLY = "/tally"
FIRST_ERROR = 400


class DelayedEmulator:
    """Passes each request to the emulator at once, and delays the response. It is called in many threads."""

    def __init__(self, emulator: Emulator, seconds: float) -> None:
        self.emulator = emulator
        self.seconds = seconds
        self.lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.since = time.process_time()

    def handle(self, request: EmulatorRequest) -> EmulatorResponse:
        """Answer one request."""
        if request.path == TALLY:
            return json_response(200, self.tally())
        began = time.perf_counter()
        response = self.emulator.handle(request)
        with self.lock:
            self.counts["requests"] += 1
            self.counts["writes"] += request.method != "GET"
            self.counts["unknown"] += response.status >= FIRST_ERROR
        time.sleep(max(0.0, self.seconds - (time.perf_counter() - began)))
        return response

    def tally(self) -> dict[str, float]:
        """Report the counts, and reset them."""
        now = time.process_time()
        with self.lock:
            counts = {name: self.counts[name] for name in ("requests", "writes", "unknown")}
            self.counts.clear()
        cpu, self.since = now - self.since, now
        return {"cpu": cpu, **counts}


def main() -> None:
    """Serve until the process is terminated."""
    with Emulator() as emulator:
        serve(DelayedEmulator(emulator, float(sys.argv[1])), 0, lambda url: print(url, flush=True))


if __name__ == "__main__":
    main()
