"""An emulator in which one chosen write fails, and in which the same write always creates the same SID."""

import json
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from typing import Self

from msgspec import Struct

from confsync.emulator.faults.fault import Fault, Phase, Reset, Respond
from confsync.emulator.faults.layer import FaultLayer
from confsync.emulator.http import EmulatorRequest, EmulatorResponse, RequestHandler
from confsync.plan.rehearsal import RehearsedFault

FAULTS = {
    RehearsedFault.TOO_MANY_REQUESTS: Fault(phase=Phase.BEFORE_COMMIT, effect=Respond(status=429, code=20429)),
    RehearsedFault.RESET_BEFORE: Fault(phase=Phase.BEFORE_COMMIT, effect=Reset()),
    RehearsedFault.RESET_AFTER: Fault(phase=Phase.AFTER_COMMIT, effect=Reset()),
}


class ClientKilled(BaseException):
    """Stops the client where SIGKILL would have. Nothing that the client does afterwards counts."""


class WriteKey(Struct, frozen=True):
    """What distinguishes a write from the others of a run. The body may contain secrets, so it is digested."""

    method: str
    path: str
    digest: str

    @classmethod
    def of(cls, request: EmulatorRequest) -> Self:
        """Identify a request."""
        return cls(request.method, request.path, sha256(request.body).hexdigest())


class CommittedWrite(Struct, frozen=True):
    """A write that took effect, and the SID in its response, if there is one."""

    key: WriteKey
    sid: str | None


class RepeatableSids:
    """Chooses the digits of SIDs by the write that creates them, whatever the order of the writes is."""

    # Without this, the runs of a rehearsal could be compared neither write by write nor resource by resource.

    def __init__(self) -> None:
        self._seed = ""
        self._number = 0

    def begin(self, key: WriteKey, before: int) -> None:
        """Begin a write that took effect some times before."""
        self._seed, self._number = f"{key.method} {key.path} {key.digest} {before}", 0

    def __call__(self) -> str:
        """Return the digits of the next SID."""
        self._number += 1
        return sha256(f"{self._seed} {self._number}".encode()).hexdigest()[:32]


class FaultyEmulator:
    """Passes requests to an emulator, except one. `committed` lists the writes that took effect."""

    def __init__(self, emulator: RequestHandler, sids: RepeatableSids, when_killed: Callable[[], object]) -> None:
        self._emulator = emulator
        self._sids = sids
        self._when_killed = when_killed
        self.inject(RehearsedFault.NONE, None)

    def inject(self, fault: RehearsedFault, at: WriteKey | None) -> None:
        """Begin a run in which a fault strikes the first request for a write."""
        self.committed: list[CommittedWrite] = []
        self.struck = self.killed = False
        self._fault, self._at = fault, at

    def revive(self) -> None:
        """Let a new client go on after the first one was killed."""
        self.killed = False

    def handle(self, request: EmulatorRequest) -> EmulatorResponse:
        """Answer a request. Raises ClientKilled if the client is dead, or dies now."""
        if self.killed:
            raise ClientKilled
        if self.struck or self._at != WriteKey.of(request):
            return self._commit(request)
        self.struck = True
        if self._fault.kills:
            return self._kill(request)
        return FaultLayer(_Committing(self._commit)).answer(request, FAULTS[self._fault])

    def _kill(self, request: EmulatorRequest) -> EmulatorResponse:
        if self._fault is RehearsedFault.KILL_AFTER:
            self._commit(request)
        self.killed = True
        self._when_killed()
        raise ClientKilled

    def _commit(self, request: EmulatorRequest) -> EmulatorResponse:
        if request.method == "GET":
            return self._emulator.handle(request)
        key = WriteKey.of(request)
        self._sids.begin(key, Counter(each.key for each in self.committed)[key])
        response = self._emulator.handle(request)
        if response.status < 300:  # noqa: PLR2004 — the first status that is no success
            self.committed.append(CommittedWrite(key, json.loads(response.body or b"{}").get("sid")))
        return response


class _Committing(Struct, frozen=True):
    """Passes requests to a function."""

    handle: Callable[[EmulatorRequest], EmulatorResponse]
