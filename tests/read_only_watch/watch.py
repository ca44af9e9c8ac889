"""The watch: sees whatever our own client and our own process do while a verb runs that may only read."""

import os
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import PurePath
from typing import Any, Concatenate, ParamSpec, TypeVar
from unittest.mock import patch

import click

from confsync.account import configuration, diagnosis, results
from confsync.account.account import Account
from confsync.cli.command import Command
from confsync.twilio.exchange import Exchange
from confsync.twilio.messages import Request, Response

READING = ("validate", "plan", "show", "drift", "doctor")
"""The verbs that write nothing, wherever: to Twilio, to the ledger, to the journal, or to a lock."""

CALLED: tuple[tuple[str, Any, str], ...] = (
    ("validate", configuration, "load_configuration"),
    ("plan", Account, "plan"),
    ("plan", Account, "resume_plan"),
    ("plan", Account, "plan_approved"),
    ("show", results, "load_plan"),
    ("doctor", diagnosis, "diagnose"),
)
"""The functions of the library that do the same as those verbs."""

KEPT = ("ledger", "journal", "lock")
"""What the names of those files have in them, and those of the files that they are renamed from."""

P = ParamSpec("P")
R = TypeVar("R")


class Watch:
    """Knows which verb is under way, in each thread and each task of its own, and takes down what it must not do.

    Requests are seen where the client hands them to its transport, so that another hand may do what it likes to the
    emulator. Files and locks are seen by the interpreter's own audit, below every library; what a process does that we
    start is not seen. An audit hook cannot be taken away: there is one watch in a test run.
    """

    def __init__(self) -> None:
        self._verb: ContextVar[str] = ContextVar("verb", default="")
        self._breaches: dict[str, None] = {}
        self._turn = threading.Lock()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Stand beside all verbs for as long as the block lasts."""
        sys.addaudithook(self._audited)
        with patch.object(Exchange, "send", self._sending(Exchange.send)), self._named(), self._typed():
            yield

    @contextmanager
    def over(self, verb: str) -> Iterator[None]:
        """Say that a verb is under way, unless it is one that may write."""
        before = self._verb.set(verb if verb in READING else "")
        try:
            yield
        finally:
            self._verb.reset(before)

    def with_addresses(self) -> list[str]:
        """Give the breaches since the last time."""
        with self._turn:
            breaches, self._breaches = list(self._breaches), {}
        return breaches

    @contextmanager
    def _named(self) -> Iterator[None]:
        """See the verbs that are called as functions."""
        with ExitStack() as patches:
            for verb, home, name in CALLED:
                function = getattr(home, name)
                during = self._during_async if iscoroutinefunction(function) else self._during
                patches.enter_context(patch.object(home, name, during(verb, function)))
            yield

    @contextmanager
    def _typed(self) -> Iterator[None]:
        """See the verbs that are typed, in this process."""
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
        async def sent(exchange: Exchange, outgoing: Request) -> Response:
            if outgoing.method != "GET":
                self._note(f"sent {outgoing.method} {outgoing.target}")
            reply: Response = await send(exchange, outgoing)
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
                self._breaches[f"`{verb}` {done}"] = None


def _opened(path: object, _: object, flags: int, /) -> Iterator[str]:
    if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
        yield from _kept("wrote", path)


def _renamed(before: object, after: object, *_: object) -> Iterator[str]:
    yield from _kept("took away", before)
    yield from _kept("wrote", after)


def _removed(path: object, *_: object) -> Iterator[str]:
    yield from _kept("took away", path)


def _changed(path: object, *_: object) -> Iterator[str]:
    yield from _kept("wrote", path)


def _locked(*_: object) -> Iterator[str]:
    yield "took a lock"


_TOUCHED: dict[str, Callable[..., Iterator[str]]] = {
    "open": _opened,
    "os.rename": _renamed,
    "os.link": _renamed,
    "os.remove": _removed,
    "os.truncate": _changed,
    "fcntl.flock": _locked,
    "fcntl.lockf": _locked,
}


def _kept(done: str, path: object) -> Iterator[str]:
    """Tell of a file that is one of ours by its name; what the interpreter compiles is not."""
    if isinstance(path, str | bytes | os.PathLike):
        name = PurePath(os.fsdecode(path))
        if any(each in name.name for each in KEPT) and "__pycache__" not in name.parts:
            yield f"{done} {name.name}"
