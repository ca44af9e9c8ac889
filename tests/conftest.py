"""Hypothesis profiles, the checks that run beside every test, and the fixtures that many tests share."""

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import cache, partial
from pathlib import Path
from typing import ParamSpec, TypeVar
from unittest.mock import patch

import pytest
from httpx import create_ssl_context
from httpx._transports import default
from hypothesis import HealthCheck, Phase, settings

from confsync.__main__ import OBJECTS_BEFORE_COLLECTION
from confsync.emulator import server
from confsync.emulator.emulator import Emulator
from confsync.state import fingerprints
from confsync.twilio.clock import SystemClock
from tests.advice import plugin as advice
from tests.advice.plugin import AdvicePlugin
from tests.advice.recorder import AdviceRecorder
from tests.campaigns import LONG, LONG_EXAMPLES
from tests.harness import Harness
from tests.missing_tools import not_collected
from tests.openapi import plugin
from tests.openapi.conformance import ConformanceChecker
from tests.openapi.plugin import ConformancePlugin, ViolationRecorder
from tests.read_only_watch.plugin import NAME, ReadOnlyPlugin
from tests.read_only_watch.watch import Watch

P = ParamSpec("P")
R = TypeVar("R")

settings.register_profile("here", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, database=None)
settings.register_profile(LONG, settings.get_profile("here"), max_examples=LONG_EXAMPLES)
settings.register_profile(
    "mutation", settings.get_profile("ci"), max_examples=25, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("ci" if os.environ.get("CI") else "here")


collect_ignore = [file for file, _ in not_collected()]


def selects(config: pytest.Config, marker: str) -> bool:
    """Whether `-m` asks for the tests with a marker, or for all tests."""
    expression: str = config.option.markexpr
    return not expression or marker in expression.replace(f"not {marker}", "")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the files that a run with all tools would have collected."""
    if selects(terminalreporter.config, "needs_tools"):
        for file, missing in not_collected():
            terminalreporter.write_line(f"Not collected: tests/{file}: {missing}.")


def pytest_configure(config: pytest.Config) -> None:
    """Check that read-only code writes nothing, and that every emulator conforms to Twilio's OpenAPI description."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a shell's background job
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.pluginmanager.register(ReadOnlyPlugin(Watch()), NAME)
    config.pluginmanager.register(AdvicePlugin(AdviceRecorder()), advice.NAME)
    config.pluginmanager.register(ConformancePlugin(ViolationRecorder(ConformanceChecker())), plugin.NAME)


@pytest.hookimpl(optionalhook=True)  # a run without xdist does not have this hook
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Use more processes than there are cores: some wait for a process or a server, in campaigns for a long time."""
    return (os.cpu_count() or 1) + (2 if selects(config, "campaign") else 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take a minute each, so that no process is left with one at the end."""
    items.sort(key=lambda item: item.path.name != "test_benchmarks.py")


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over the tests and modules, which stay until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)


@contextmanager
def without_fsync() -> Iterator[None]:
    """Do not wait for the disk: no test survives a power failure."""
    with patch.object(os, "fsync", lambda _: None):
        yield


@contextmanager
def with_prompt_shutdown() -> Iterator[None]:
    """Stop servers soon: hundreds of tests start one."""
    with patch.object(server, "SHUTDOWN_CHECK_SECONDS", 0.005):
        yield


@contextmanager
def with_cheap_fingerprints() -> Iterator[None]:
    """Make fingerprints at little cost; `state/test_scrypt.py` checks what they cost everywhere else."""
    with patch.object(fingerprints, "_SCRYPT_COST", 2):
        yield


@contextmanager
def with_one_tls_context() -> Iterator[None]:
    """Load the certificates of the authorities once: each client would, for 20 milliseconds, also one without TLS."""
    with patch.object(default, "create_ssl_context", cache(create_ssl_context)):
        yield


async def _at_once(_clock: SystemClock, _seconds: float) -> None:
    """Let other tasks run, and no time pass."""
    await asyncio.sleep(0)


@contextmanager
def without_waiting() -> Iterator[None]:
    """Do not wait between two attempts or before another look; a test of the waiting passes a clock of its own."""
    with patch.object(SystemClock, "sleep", _at_once):
        yield


QUICK = {"decide", "read_state", "other_environments", "unused_ledger_guardrails", "_recorder"}
"""What each plan or apply does in a thread, and what takes as long as passing it to one if the account is small."""


@contextmanager
def with_lasting_threads() -> Iterator[None]:
    """Reuse the threads that read and write files: each event loop would start some, and end them.

    What is quick runs without a thread.
    """
    in_new_thread, process = asyncio.to_thread, os.getpid()

    async def in_thread(function: Callable[P, R], /, *arguments: P.args, **named: P.kwargs) -> R:
        if os.getpid() != process:  # a copy of this process does not have its threads
            return await in_new_thread(function, *arguments, **named)
        if getattr(function, "__name__", None) in QUICK and not named.get("branch"):
            await asyncio.sleep(0)  # other tasks run first, as they would beside a thread
            return function(*arguments, **named)
        call = partial(copy_context().run, function, *arguments, **named)
        return await asyncio.get_running_loop().run_in_executor(threads, call)

    with ThreadPoolExecutor() as threads, patch.object(asyncio, "to_thread", in_thread):
        yield


@pytest.fixture(scope="session", autouse=True)
def without_delays() -> Iterator[None]:
    """Apply all of the above at once: each fixture costs every test a little."""
    with (
        without_fsync(),
        with_prompt_shutdown(),
        with_cheap_fingerprints(),
        with_one_tls_context(),
        without_waiting(),
        with_lasting_threads(),
    ):
        yield


@pytest.fixture
def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    """An empty folder, which is the current one, and a fresh account."""
    monkeypatch.chdir(tmp_path)
    with Emulator() as emulator:
        yield Harness(tmp_path, emulator)
