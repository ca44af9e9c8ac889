"""Watches what the client and this process do while a read-only command runs."""

import os
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path, PurePath
from typing import Any, Concatenate, ParamSpec, TypeVar
from unittest.mock import patch

import click

from confsync.account import configuration, diagnosis, saved_plans
from confsync.account.account import Account
from confsync.cli.command import Command
from confsync.emulator.transport import EmulatorTransport
from confsync.rehearsal import rehearse as rehearsal
from confsync.rehearsal.faulty_emulator import FaultyEmulator
from confsync.rehearsal.rehearse import PREFIX
from confsync.terraform import importing
from confsync.twilio.exchange import Exchange
from confsync.twilio.messages import Request, Response

READING = (
    *(
        "init",
        "validate",
        "plan",
        "show",
        "drift",
        "diff",
        "explain",
        "fmt",
        "pull",
        "list",
        "export",
        "import-terraform",
    ),
    *("output", "doctor", "rehearse"),
)
"""The commands that write nothing: not to Twilio, nor to the ledger, the journal or a lock.

A rehearsal writes to an emulator of its own, and to files in a temporary folder of its own.
"""

CALLED: tuple[tuple[str, Any, str], ...] = (
    ("validate", configuration, "load_configuration"),
    ("plan", Account, "plan"),
    ("plan", Account, "resume_plan"),
    ("plan", Account, "plan_approved"),
    ("show", saved_plans, "load_plan"),
    ("list", Account, "list_resources"),
    ("export", Account, "export"),
    ("import-terraform", importing, "import_state"),
    ("doctor", diagnosis, "diagnose"),
    ("rehearse", rehearsal, "rehearse"),
)
"""The functions of the library behind those commands."""

STATE_FILES = ("ledger", "journal", "lock")
"""Parts of the names of the files that hold state, and of the temporary files that are renamed to them."""

NO_FOLDER = -1
"""Stands for the current folder, where an operation can be relative to an open one."""

P = ParamSpec("P")
R = TypeVar("R")


class Watch:
    """Knows which command each thread and task runs, and records what a read-only one must not do.

    It sees requests where the client passes them to its transport, so a test may change the emulator by other means.
    It sees files and locks through the audit hooks of the interpreter, below every library, but not in child processes.
    An audit hook cannot be removed, so a test run has one watch.
    """

    def __init__(self) -> None:
        self._verb: ContextVar[str] = ContextVar("verb", default="")
        self._violations: dict[str, None] = {}
        self._turn = threading.Lock()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch all commands while the block runs."""
        sys.addaudithook(self._audited)
        with patch.object(Exchange, "receive", self._sending(Exchange.receive)), self._named(), self._typed():
            yield

    @contextmanager
    def over(self, verb: str) -> Iterator[None]:
        """Set the running command, unless it may write."""
        before = self._verb.set(verb if verb in READING else "")
        try:
            yield
        finally:
            self._verb.reset(before)

    def take_violations(self) -> list[str]:
        """Return the violations since the last call, and forget them."""
        with self._turn:
            violations, self._violations = list(self._violations), {}
        return violations

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Watch the functions of the library."""
        with ExitStack() as patches:
            for verb, home, name in CALLED:
                function = getattr(home, name)
                during = self._during_async if iscoroutinefunction(function) else self._during
                patches.enter_context(patch.object(home, name, during(verb, function)))
            yield

    @contextmanager
    def _typed(self) -> Iterator[None]:
        """Watch the command line in this process."""
        invoke = Command.invoke

        def invoked(verb: Command, context: click.Context) -> Any:  # noqa: ANN401 — as in click
            with self.over(str(verb.name)):
                return invoke(verb, context)

        with patch.object(Command, "invoke", invoked):
            yield

    def _during(self, name: str, verb: Callable[P, R]) -> Callable[P, R]:
        @wraps(verb)
        def called(*arguments: P.args, **named: P.kwargs) -> R:
            with self.over(name):
                return verb(*arguments, **named)

        return called

    def _during_async(self, name: str, verb: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        @wraps(verb)
        async def called(*arguments: P.args, **named: P.kwargs) -> R:
            with self.over(name):
                return await verb(*arguments, **named)

        return called

    def _sending(self, send: Callable[Concatenate[Exchange, Request, ...], Any]) -> Callable[..., Any]:
        async def sent(exchange: Exchange, request: Request) -> Response:
            if request.method != "GET" and not _is_rehearsal(exchange):
                self._note(f"sent {request.method} {request.target}")
            reply: Response = await send(exchange, request)
            return reply

        return sent

    def _audited(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._verb.get() and event in _TOUCHED:
            for done in _TOUCHED[event](*arguments):
                self._note(done)

    def _note(self, done: str) -> None:
        verb = self._verb.get()
        if verb:
            with self._turn:
                self._violations[f"`{verb}` {done}"] = None


def _is_rehearsal(exchange: Exchange) -> bool:
    """Whether requests go to the emulator of a rehearsal."""
    transport = vars(exchange)["_transport"]
    return isinstance(transport, EmulatorTransport) and isinstance(vars(transport)["_emulator"], FaultyEmulator)


def _opened(path: object, _: object, flags: int, /) -> Iterator[str]:
    if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
        yield from _state_file("wrote", path)


def _renamed(before: object, after: object, *_: object) -> Iterator[str]:
    yield from _state_file("removed", before)
    yield from _state_file("wrote", after)


def _removed(path: object, folder: object = NO_FOLDER, *_: object) -> Iterator[str]:
    if folder == NO_FOLDER or not _is_of_rehearsal(_path_of(folder)):
        yield from _state_file("removed", path)


def _changed(path: object, *_: object) -> Iterator[str]:
    yield from _state_file("wrote", path)


def _locked(descriptor: object, *_: object) -> Iterator[str]:
    if not _is_of_rehearsal(_path_of(descriptor)):
        yield "took a lock"


def _path_of(descriptor: object) -> PurePath:
    """Return the path of an open file, on a system that knows it."""
    link = Path(f"/proc/self/fd/{descriptor}")
    return link.readlink() if link.is_symlink() else PurePath()


_TOUCHED: dict[str, Callable[..., Iterator[str]]] = {
    "open": _opened,
    "os.rename": _renamed,
    "os.link": _renamed,
    "os.remove": _removed,
    "os.truncate": _changed,
    "fcntl.flock": _locked,
    "fcntl.lockf": _locked,
}


def _state_file(done: str, path: object) -> Iterator[str]:
    """Report a file that holds state, by its name; compiled Python files and those of a rehearsal do not count."""
    if isinstance(path, str | bytes | os.PathLike):
        name = PurePath(os.fsdecode(path))
        if any(each in name.name for each in STATE_FILES) and not _is_compiled(name) and not _is_of_rehearsal(name):
            yield f"{done} {name.name}"


def _is_compiled(path: PurePath) -> bool:
    return "__pycache__" in path.parts


def _is_of_rehearsal(path: PurePath) -> bool:
    return any(part.startswith(PREFIX) for part in path.parts)
