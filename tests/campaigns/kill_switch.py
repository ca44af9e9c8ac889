"""Counts the points of a run at which it can be killed, and kills it at one of them."""

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import httpx

from tests.campaigns.machine import kill_this_process

MOST_YIELDS = 3
"""How often the event loop may run something else between two phases of a request, so that several are in flight."""


class KillSwitch:
    """Writes the name of each point to a file; at the point with the number `at`, counted from 1, the process dies.

    Only points with `text` in their name are counted. How many events the journal gets with one write depends on what
    happens at the same time, so the same number may be another point in another run.

    The points are each request before it is sent, after the commit before the response is read, and after the response;
    and each write, fsync, rename and deletion of a file in a folder, before and after it. A write may also be cut in
    half.
    """

    def __init__(self, at: int, log: Path, folder: Path, seed: int, text: str = "") -> None:
        self._at = at
        self._text = text
        self._log = log
        self._folder = str(folder.resolve())
        self._random = Random(seed)  # noqa: S311 — reproducible
        self._lock = threading.Lock()
        self._passed = 0
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
            self._passed += self._text in point
            self._write(self._descriptor, f"{point}\n".encode())
            if self._passed == self._at and self._text in point:
                kill_this_process()

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


class _WatchedTransport(httpx.AsyncBaseTransport):
    def __init__(self, switch: KillSwitch, inner: httpx.AsyncBaseTransport) -> None:
        self._switch = switch
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        shown = f"{request.method} {request.url.path}"
        await self._switch.let_others_run()
        self._switch.pass_by(f"before {shown}")
        response = await self._inner.handle_async_request(request)
        self._switch.pass_by(f"after the commit of {shown}")
        await self._switch.let_others_run()
        self._switch.pass_by(f"after the response to {shown}")
        return response


def _path_of(file: int) -> str:
    return str(Path(f"/proc/self/fd/{file}").readlink())
