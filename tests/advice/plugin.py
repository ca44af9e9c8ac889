"""A pytest plugin: a test fails if confsync gives advice in it that no row of the advice test follows."""

from collections.abc import Generator
from contextlib import ExitStack

import pytest

from tests.advice.recorder import AdviceRecorder
from tests.advice.templates import unknown_advice

NAME = "advice"


class AdvicePlugin:
    """Records the advice of a test run, in each worker of pytest-xdist."""

    def __init__(self, recorder: AdviceRecorder) -> None:
        self.recorder = recorder
        self._recording = ExitStack()

    def pytest_sessionstart(self) -> None:
        """Start to record."""
        self._recording.enter_context(self.recorder.recording())

    def pytest_sessionfinish(self) -> None:
        """Stop recording."""
        self._recording.close()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """Check the advice of one test."""
        self.recorder.take()
        result = yield
        if unknown := sorted(unknown_advice(self.recorder.take())):
            pytest.fail("\n  ".join(("No row in tests/advice follows this advice:", *unknown)), pytrace=False)
        return result
