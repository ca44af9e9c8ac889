"""The witness: stands behind every emulator of a test run, sees each request with its answer, and asks the judge."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from confsync.emulator.emulator import Emulator
from confsync.emulator.http import Request, Response
from tests.openapi.breach import Breach
from tests.openapi.judge import Judge


class Witness:
    """Remembers the breaches of a test, and every operation that was ever answered well."""

    def __init__(self, judge: Judge) -> None:
        self.operations: set[str] = set()
        self._judge = judge
        self._breaches: dict[Breach, None] = {}
        self._lock = threading.Lock()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Stand behind all emulators for as long as the block lasts."""
        handle = Emulator.handle

        def handled(emulator: Emulator, request: Request) -> Response:
            response = handle(emulator, request)
            self.see(request, response)
            return response

        Emulator.handle = handled  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            Emulator.handle = handle  # type: ignore[method-assign]

    def see(self, request: Request, response: Response) -> None:
        """Take one request and its answer down."""
        breaches = self._judge.breaches(request, response)
        operation = self._judge.find(request)
        with self._lock:
            self._breaches |= dict.fromkeys(breaches)
            if operation is not None and response.status < 300:
                self.operations.add(operation.name)

    def told(self) -> list[Breach]:
        """Give the breaches since the last time."""
        with self._lock:
            breaches, self._breaches = list(self._breaches), {}
        return breaches
