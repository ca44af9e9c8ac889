"""Counts the points of a run at which it can be killed, and kills it at one of them."""

import asyncio
import os
import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Any

import httpx
from msgspec.json import encode

from confsync.emulator.faults.fault import Fault, FaultFile, Kill, Phase
from confsync.emulator.faults.layer import CONTROL_PATH
from tests.campaigns.machine import kill_this_process
from tests.campaigns.transports import WrappingTransport

COMMIT = "after the commit of "
"""What the name of a point begins with at which the emulator kills the process before it responds."""

MOST_YIELDS = 3
"""How often the event loop may run something else between two phases of a request, so that several are in flight."""


class KillSwitch:
    """Writes the name of each point to a file; at the point with the number `at`, counted from 1, the process dies.

    Only points with `text` in their name are counted. How many events the journal gets with one write depends on what
    happens at the same time, so the same number may be another point in another run.

    The points are each request before it is sent, after the commit before the response is sent, and after the response
    has arrived; and each write, fsync, rename and deletion of a file in a folder, before and after it. A write may also
    be cut in half.
    """

    def __init__(self, at: int, log: Path, folder: Path, seed: int, text: str = "") -> None:
        self._at = at
        self._text = text
        self._log = log
        self._folder = str(folder.resolve())
        self._random = Random(seed)  # noqa: S311 — reproducible
        self._lock = threading.Lock()
        self._passed = 0
        self._doomed = False
        self._write, self._descriptor = os.write, -1

    def install(self) -> None:
        """Watch the files that this process writes."""
        self._descriptor = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write = self._watched_write  # type: ignore[assignment]
        for name in ("fsync", "ftruncate"):
            setattr(os, name, self._watched(name, getattr(os, name), lambda file, *_: _path_of(file)))
        for name in ("replace", "rename", "unlink", "rmdir"):
            setattr(os, name, self._watched(name, getattr(os, name), lambda path, *_: str(Path(path).absolute())))

    def wrap(self, transport: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """Watch the requests that this process sends."""
        return _WatchedTransport(self, transport)

    def pass_by(self, point: str) -> None:
        """Pass a point, unless it is the one at which the process dies."""
        with self._lock:
            if self._is_last(point):
                kill_this_process()

    def is_fatal(self, point: str) -> bool:
        """Count a point that the emulator will reach, and return whether this process is to die there.

        If it is, no further point counts.
        """
        with self._lock:
            is_last = self._is_last(point)
            self._doomed |= is_last
            return is_last

    def _is_last(self, point: str) -> bool:
        if self._doomed:
            return False
        counts = self._text in point
        self._passed += counts
        self._write(self._descriptor, f"{point}\n".encode())
        return counts and self._passed == self._at

    async def let_others_run(self) -> None:
        """Let the event loop run something else, or not."""
        for _ in range(self._random.randrange(MOST_YIELDS + 1)):
            await asyncio.sleep(0)

    def _watched(self, name: str, function: Callable[..., Any], path_of: Callable[..., str]) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 — whatever the function takes
            path = path_of(*arguments)
            if not path.startswith(self._folder):
                return function(*arguments, **options)
            shown = f"{name} {self._shown(path)}"
            self.pass_by(f"before {shown}")
            result = function(*arguments, **options)
            self.pass_by(f"after {shown}")
            return result

        return watched

    def _watched_write(self, file: int, content: bytes) -> int:
        path = _path_of(file)
        if not path.startswith(self._folder):
            return self._write(file, content)
        shown = f"write {self._shown(path)}"
        self.pass_by(f"before {shown}")
        half = self._write(file, content[: len(content) // 2])
        self.pass_by(f"halfway through {shown}")
        done = half + self._write(file, content[half:])
        self.pass_by(f"after {shown}")
        return done

    def _shown(self, path: str) -> str:
        """Name a file without the random part of a temporary one."""
        return str(Path(path).relative_to(self._folder))


class _WatchedTransport(WrappingTransport):
    def __init__(self, switch: KillSwitch, inner: httpx.AsyncBaseTransport) -> None:
        super().__init__(inner)
        self._switch = switch

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        shown = f"{request.method} {request.url.path}"
        await self._switch.let_others_run()
        self._switch.pass_by(f"before {shown}")
        if self._switch.is_fatal(f"{COMMIT}{shown}"):
            await self._die_at_commit(request)
        response = await self._inner.handle_async_request(request)
        await self._switch.let_others_run()
        self._switch.pass_by(f"after the response to {shown}")
        return response

    async def _die_at_commit(self, request: httpx.Request) -> None:
        """Let the emulator kill this process as soon as it has carried out a request like this one."""
        path = request.url.raw_path.decode("ascii").partition("?")[0]
        kill = Fault(phase=Phase.AFTER_COMMIT, effect=Kill(pid=os.getpid()), path=path)
        put = httpx.Request(
            "PUT", request.url.join(CONTROL_PATH), content=encode(FaultFile((kill,))), extensions=request.extensions
        )
        response = await self._inner.handle_async_request(put)
        await response.aread()
        if response.status_code != HTTPStatus.OK:
            raise AssertionError(response.text)


def _path_of(file: int) -> str:
    return str(Path(f"/proc/self/fd/{file}").readlink())
