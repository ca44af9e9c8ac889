"""The rule that what reads only reads, as pytest's hooks: a breach fails the test in whose course it happened.

It holds in every test of the suite, for verbs that are called and for verbs that are typed, in this process. What is
run in a process of its own is not seen; whatever is tested there is tested here as well.
"""

from collections.abc import Generator
from contextlib import ExitStack

import pytest

from tests.read_only_watch.watch import Watch

NAME = "reading only"


class ReadOnlyPlugin:
    """Keeps watch through a whole test run, in each worker of pytest-xdist where there are several."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._watching = ExitStack()

    def pytest_sessionstart(self) -> None:
        """Begin."""
        self._watching.enter_context(self.watch.watching())

    def pytest_sessionfinish(self) -> None:
        """Stop."""
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
        """Watch what its fixtures do at the end."""
        return (yield from self.watched())

    def watched(self) -> Generator[None, object, object]:
        """Fail what did more than read."""
        try:
            result = yield
        except BaseException:
            self.watch.with_addresses()
            raise
        breaches = self.watch.with_addresses()
        if breaches:
            pytest.fail("\n  ".join(("What reads did more than read:", *breaches)), pytrace=False)
        return result
