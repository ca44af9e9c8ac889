"""The emulator: answers each request as Twilio would, and stores the result."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

from msgspec.structs import replace

from confsync.emulator.account import AdjustableClock, EmulatedAccount
from confsync.emulator.api_error import UNAVAILABLE, ErrorResponse, method_not_allowed, not_found
from confsync.emulator.authentication import check_credentials, check_host_header
from confsync.emulator.copying import Copier
from confsync.emulator.defaults import create_account_if_missing
from confsync.emulator.forms import parse_form
from confsync.emulator.http import EmulatorRequest, EmulatorResponse
from confsync.emulator.log import RequestLog
from confsync.emulator.monitor import EVENTS, MonitorEvents
from confsync.emulator.operations import OPERATION_HANDLERS, ApiCall, response_properties
from confsync.emulator.router import RouteMatch, Router
from confsync.emulator.seeding import BindingType, ReceiptStatus, Seeder
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.store import Store, is_digest, unusable_database
from confsync.emulator.tables import resource_specs

ACCOUNT_SID: Final = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
AUTH_TOKEN: Final = "emulatortoken"  # noqa: S105 — a fixed, published token that protects nothing


class Emulator:
    """One account of Twilio Conversations, in memory or in a database file. Safe to use from several threads.

    `api_keys` maps API key SIDs (SK…) to their secrets. `now` and `new_hex` let tests choose dates and SIDs.
    `clock.advance` moves time forward, so that timers expire. `monitor` records who writes.
    Raises LocalFileError if the file is unusable.
    """

    def __init__(
        self,
        *,
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        db: Path | None = None,
        api_keys: Mapping[str, str] | None = None,
        settings: EmulatorSettings | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_hex: Callable[[], str] = lambda: os.urandom(16).hex(),
    ) -> None:
        self.account_sid = account_sid
        self.settings = settings or EmulatorSettings()
        self.log = RequestLog()
        self._passwords = {account_sid: auth_token, **(api_keys or {})}
        self.clock = AdjustableClock(now)
        self._account = EmulatedAccount(account_sid, self.clock, new_hex)
        self._router = _router(self.settings)
        self._in_progress = 0
        self._progress_lock = threading.Lock()
        self.monitor = MonitorEvents(self._account)
        self._store = _open_store(db, self._account)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database. A file keeps its content."""
        self._store.close()

    @contextmanager
    def seeding(self) -> Iterator[Seeder]:
        """Create what no REST client can, and many resources at once. An error rolls everything back."""
        with self._store.writing() as tx:
            yield Seeder(tx, self._account)

    def seed_binding(
        self,
        service_sid: str,
        *,
        identity: str,
        type: BindingType = "fcm",  # noqa: A002 — Twilio's own name
        credential_sid: str | None = None,
    ) -> str:
        """Register a user's device, and return the binding's SID."""
        with self.seeding() as seeder:
            return seeder.binding(service_sid, identity=identity, type=type, credential_sid=credential_sid)

    def seed_receipt(
        self,
        message_sid: str,
        *,
        status: ReceiptStatus = "delivered",
        participant_sid: str | None = None,
        error_code: int = 0,
    ) -> str:
        """Record a delivery receipt for a message, and return its SID."""
        with self.seeding() as seeder:
            return seeder.receipt(message_sid, status=status, participant_sid=participant_sid, error_code=error_code)

    def copy(self, responses: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Hold what another account returned, and nothing else: bodies of successful GET requests with their paths.

        Resources keep their SIDs. Secrets, which are never returned, become placeholders.
        """
        with self._store.writing() as tx:
            tx.delete("service", {"account_sid": self.account_sid})
        with self._store.copying() as tx:
            Copier(tx, self._account, self._router).copy(responses)

    def contents(self) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """Return every resource: its type, and what a response would contain, with the digests of its secrets."""
        stored = {route.spec.name: route.spec for route in self._router.routes if route.spec.is_stored}
        with self._store.reading() as tx:
            return tuple(
                (name, response_properties(spec, row) | {column: row[column] for column in row if is_digest(column)})
                for name, spec in stored.items()
                for row in tx.rows(spec.read_from)
            )

    def dump(self) -> bytes:
        """Return the state of the account, so that a test can come back to it."""
        return self._store.dump()

    def load(self, state: bytes) -> None:
        """Go back to a state of the account that was dumped. The emulator must keep its state in memory."""
        self._store.load(state)

    def handle(self, request: EmulatorRequest) -> EmulatorResponse:
        """Answer one request."""
        started = time.perf_counter()
        match = self._router.find(request.path)
        with self._count_in_progress() as concurrent:
            try:
                response = self._answer(request, match)
            except ErrorResponse as error:
                response = error.as_response()
        self.log.record(request, response.status, match.route.spec if match else None)
        headers = _twilio_headers(concurrent, time.perf_counter() - started)
        return replace(response, headers={**response.headers, **headers})

    def _answer(self, request: EmulatorRequest, match: RouteMatch | None) -> EmulatorResponse:
        check_host_header(request)
        user_name = check_credentials(request, self._passwords)
        if request.path == EVENTS:
            return self.monitor.answer(request)
        if match is None:
            raise not_found(request.path)
        operation = match.route.operations.get(request.method)
        if operation is None:
            raise method_not_allowed(request.method)
        form = parse_form(request) if request.method == "POST" else {}
        transaction = self._store.reading if request.method == "GET" else self._store.writing
        try:
            self._apply_expired_timers()
            with transaction() as tx:
                call = ApiCall(request, match, form, tx, self._account, self.settings)
                response = OPERATION_HANDLERS[operation](call)
        except sqlite3.OperationalError as error:
            raise ErrorResponse(
                503, UNAVAILABLE, "Service unavailable: the emulator's database is busy or full"
            ) from error
        self.monitor.record(user_name, match, operation, response)
        return response

    def _apply_expired_timers(self) -> None:
        """Apply the timers that have expired since the last request."""
        now = self._account.timestamp()
        if self._store.has_expired_timers(now):
            with self._store.writing() as tx:
                tx.apply_expired_timers(now)

    @contextmanager
    def _count_in_progress(self) -> Iterator[int]:
        with self._progress_lock:
            self._in_progress += 1
            concurrent = self._in_progress
        try:
            yield concurrent
        finally:
            with self._progress_lock:
                self._in_progress -= 1


@cache
def _router(settings: EmulatorSettings) -> Router:
    return Router(resource_specs(settings))


def _open_store(db: Path | None, account: EmulatedAccount) -> Store:
    store = Store(db)
    try:
        with store.writing() as tx:
            create_account_if_missing(tx, account)
    except sqlite3.Error as error:
        store.close()
        raise unusable_database(db, str(error)) from error
    except BaseException:
        store.close()
        raise
    return store


def _twilio_headers(concurrent: int, seconds: float) -> dict[str, str]:
    return {
        "Twilio-Request-Id": f"RQ{os.urandom(16).hex()}",
        "Twilio-Request-Duration": f"{seconds:.3f}",
        "Twilio-Concurrent-Requests": str(concurrent),
    }
