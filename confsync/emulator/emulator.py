"""The stand-in itself: takes a request, answers as Twilio would, remembers."""

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from confsync.emulator.clock import Clock
from confsync.emulator.door import check_host, check_sign_in
from confsync.emulator.form import read_form
from confsync.emulator.fresh import open_account
from confsync.emulator.http import Request, Response
from confsync.emulator.log import Log
from confsync.emulator.operations import OPERATIONS, Call
from confsync.emulator.refusal import UNAVAILABLE, Refusal, method_not_allowed, not_found
from confsync.emulator.router import Match, Router
from confsync.emulator.seeding import BindingType, Seeds, Status
from confsync.emulator.settings import Settings
from confsync.emulator.store import Store
from confsync.emulator.tables import offered
from confsync.emulator.world import World

ACCOUNT_SID: Final = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
AUTH_TOKEN: Final = "emulator-token"  # noqa: S105 — a fixed, published token of no worth


class Emulator:
    """One account of Twilio Conversations, in memory or in a database file. Safe to use from several threads.

    `api_keys` maps further sign-in names (SK…) to their secrets. `now` and `new_hex` let tests choose dates and SIDs;
    `clock.advance` lets time pass at once, and timers run out.
    Raises LocalFileTrouble where the file cannot be used.
    """

    def __init__(
        self,
        *,
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        db: Path | None = None,
        api_keys: Mapping[str, str] | None = None,
        settings: Settings | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_hex: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self.account_sid = account_sid
        self.settings = settings or Settings()
        self.log = Log()
        self._passwords = {account_sid: auth_token, **(api_keys or {})}
        self.clock = Clock(now)
        self._world = World(account_sid, self.clock, new_hex)
        self._router = Router(offered(self.settings))
        self._under_way = 0
        self._counting = threading.Lock()
        self._store = _opened(db, self._world)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database; what was answered stays in its file."""
        self._store.close()

    @contextmanager
    def seeding(self) -> Iterator[Seeds]:
        """Put in what no client can make, and much at once; everything or, after an error, nothing."""
        with self._store.writing() as at:
            yield Seeds(at, self._world)

    def seed_binding(
        self,
        service_sid: str,
        *,
        identity: str,
        type: BindingType = "fcm",  # noqa: A002 — Twilio's own word
        credential_sid: str | None = None,
    ) -> str:
        """Register a device of a user's, and give the binding's SID."""
        with self.seeding() as seeds:
            return seeds.binding(service_sid, identity=identity, type=type, credential_sid=credential_sid)

    def seed_receipt(
        self, message_sid: str, *, status: Status = "delivered", participant_sid: str | None = None, error_code: int = 0
    ) -> str:
        """Tell what became of a message, and give the receipt's SID."""
        with self.seeding() as seeds:
            return seeds.receipt(message_sid, status=status, participant_sid=participant_sid, error_code=error_code)

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        started = time.perf_counter()
        match = self._router.find(request.path)
        with self._counted() as concurrent:
            try:
                response = self._answer(request, match)
            except Refusal as refusal:
                response = refusal.as_response()
        self.log.note(request, response.status, match.route.kind if match else None)
        return replace(response, headers={**response.headers, **_marks(concurrent, time.perf_counter() - started)})

    def _answer(self, request: Request, match: Match | None) -> Response:
        check_host(request)
        check_sign_in(request, self._passwords)
        if match is None:
            raise not_found(request.path)
        verb = match.route.verbs.get(request.method)
        if verb is None:
            raise method_not_allowed(request.method)
        form = read_form(request) if request.method == "POST" else {}
        transaction = self._store.reading if request.method == "GET" else self._store.writing
        try:
            self._settle()
            with transaction() as at:
                return OPERATIONS[verb](Call(request, match, form, at, self._world, self.settings))
        except sqlite3.OperationalError as error:
            raise Refusal(503, UNAVAILABLE, "Service unavailable: the emulator's database is busy or full") from error

    def _settle(self) -> None:
        """Let the timers act that ran out since the last request."""
        now = self._world.today()
        with self._store.reading() as at:
            is_due = at.is_due(now)
        if is_due:
            with self._store.writing() as at:
                at.settle(now)

    @contextmanager
    def _counted(self) -> Iterator[int]:
        with self._counting:
            self._under_way += 1
            concurrent = self._under_way
        try:
            yield concurrent
        finally:
            with self._counting:
                self._under_way -= 1


def _opened(db: Path | None, world: World) -> Store:
    store = Store(db)
    try:
        with store.writing() as at:
            open_account(at, world)
    except BaseException:
        store.close()
        raise
    return store


def _marks(concurrent: int, seconds: float) -> dict[str, str]:
    return {
        "Twilio-Request-Id": f"RQ{secrets.token_hex(16)}",
        "Twilio-Request-Duration": f"{seconds:.3f}",
        "Twilio-Concurrent-Requests": str(concurrent),
    }
