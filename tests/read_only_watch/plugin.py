"""A pytest plugin: a test fails if a read-only command writes anything while it runs.

It watches every test, both the library and the command line, in this process. It does not see child processes; what is
tested there is tested in this process too.
"""

from collections.abc import Generator
from contextlib import ExitStack

import pytest

from tests.read_only_watch.watch import Watch

NAME = "read-only watch"


class ReadOnlyPlugin:
    """Watches a test run, in each worker of pytest-xdist."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._watching = ExitStack()

    def pytest_sessionstart(self) -> None:
        """Start to watch."""
        self._watching.enter_context(self.watch.watching())

    def pytest_sessionfinish(self) -> None:
        """Stop watching."""
        self._watching.close()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, object, object]:
        """Watch the fixtures of a test."""
        return (yield from self.watched())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """Watch the test."""
        return (yield from self.watched())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Watch the fixtures when they end."""
        return (yield from self.watched())

    def watched(self) -> Generator[None, object, object]:
        """Fail the test if a read-only command wrote something."""
        try:
            result = yield
        except BaseException:
            self.watch.take_violations()
            raise
        violations = self.watch.take_violations()
        if violations:
            pytest.fail("\n  ".join(("A read-only command wrote something:", *violations)), pytrace=False)
        return result
