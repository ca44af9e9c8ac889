"""A pytest plugin that fails each test in which an emulator violates Twilio's OpenAPI description."""

import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.http import EmulatorRequest, EmulatorResponse
from tests.openapi.conformance import ConformanceChecker
from tests.openapi.facts import operation_names
from tests.openapi.violation import Violation

NAME = "conformance"
OUTPUT = "operations"


class ViolationRecorder:
    """Records the violations of a test, and every operation that succeeded in the whole run."""

    def __init__(self, checker: ConformanceChecker) -> None:
        self.operations: set[str] = set()
        self._checker = checker
        self._violations: dict[Violation, None] = {}
        self._lock = threading.Lock()

    @contextmanager
    def observing(self) -> Iterator[None]:
        """Check every request to any emulator for the duration of the block."""
        handle = Emulator.handle

        def observed(emulator: Emulator, request: EmulatorRequest) -> EmulatorResponse:
            response = handle(emulator, request)
            self.record(request, response)
            return response

        Emulator.handle = observed  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            Emulator.handle = handle  # type: ignore[method-assign]

    def record(self, request: EmulatorRequest, response: EmulatorResponse) -> None:
        """Check one request and its response."""
        violations = self._checker.violations(request, response)
        operation = self._checker.find(request)
        with self._lock:
            self._violations |= dict.fromkeys(violations)
            if operation is not None and response.status < 300:
                self.operations.add(operation.name)

    def take_violations(self) -> list[Violation]:
        """Return the violations since the last call."""
        with self._lock:
            violations, self._violations = list(self._violations), {}
        return violations


class ConformancePlugin:
    """Observes all emulators of a test run, in each worker of pytest-xdist."""

    def __init__(self, recorder: ViolationRecorder) -> None:
        self._recorder = recorder
        self._covered = set[str]()
        self._observing = ExitStack()

    def add_covered(self, operations: set[str]) -> None:
        """Count operations that a test observed itself, because the emulator ran in another process."""
        self._covered |= operations

    def pytest_sessionstart(self) -> None:
        """Start observing."""
        self._observing.enter_context(self._recorder.observing())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, object, object]:
        """Check the fixtures of a test."""
        return (yield from self._checked(frozenset()))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Check the test."""
        expected = frozenset(each.args[0] for each in item.iter_markers("openapi_violation"))
        is_fuzz = item.get_closest_marker("fuzz") is not None
        return (yield from self._checked(expected, ignore_requests=is_fuzz))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Check what the fixtures do at the end."""
        return (yield from self._checked(frozenset()))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Stop observing. A worker reports the operations that it covered."""
        self._observing.close()
        self._covered |= self._recorder.operations
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[OUTPUT] = sorted(self._covered)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 — pytest-xdist has no types for it
        """Collect the operations that a worker covered."""
        self._covered |= set(getattr(node, "workeroutput", {}).get(OUTPUT, ()))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        """Print how many operations were covered. A full run lists the others."""
        known = operation_names()
        terminalreporter.write_line(f"Twilio's operations covered: {len(self._covered & known)} of {len(known)}")
        if config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword:
            for each in sorted(known - self._covered):
                terminalreporter.write_line(f"  not covered: {each}")

    def _checked(self, expected: frozenset[str], *, ignore_requests: bool = False) -> Generator[None, object, object]:
        """Fail a test with an unexpected violation, or without an expected one."""
        try:
            result = yield
        except BaseException:
            self._recorder.take_violations()
            raise
        violations = [each for each in self._recorder.take_violations() if not (ignore_requests and each.is_in_request)]
        wrong = [str(each) for each in violations if each.title not in expected]
        wrong += [f"expected violation, but none: {each}" for each in expected - {each.title for each in violations}]
        if wrong:
            pytest.fail("\n  ".join(("Violations of Twilio's OpenAPI description:", *wrong)), pytrace=False)
        return result
