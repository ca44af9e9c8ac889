"""The hearing: pytest's hooks by which a breach fails the test in whose course it happened."""

from collections.abc import Generator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.openapi.file import names
from tests.openapi.witness import Witness

OUTPUT = "operations"


class Hearing:
    """Listens to the witness through a whole test run, in each worker of pytest-xdist where there are several."""

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._covered = set[str]()
        self._watching = ExitStack()

    def pytest_sessionstart(self) -> None:
        """Begin."""
        self._watching.enter_context(self._witness.watching())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, object, object]:
        """Hear the fixtures of a test."""
        return (yield from self._heard(frozenset()))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Hear the test."""
        meant = frozenset(each.args[0] for each in item.iter_markers("breach"))
        return (yield from self._heard(meant, asks_anything=item.get_closest_marker("fuzz") is not None))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Hear what its fixtures did at the end."""
        return (yield from self._heard(frozenset()))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Stop, and in a worker tell what was covered."""
        self._watching.close()
        self._covered |= self._witness.operations
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[OUTPUT] = sorted(self._covered)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401 — pytest-xdist has no types for it
        """Take down what a worker covered."""
        self._covered |= set(getattr(node, "workeroutput", {}).get(OUTPUT, ()))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        """Say how much of the API was covered, and by a full run what was not."""
        told = names()
        terminalreporter.write_line(f"Twilio's operations covered: {len(self._covered & told)} of {len(told)}")
        if config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword:
            for each in sorted(told - self._covered):
                terminalreporter.write_line(f"  not covered: {each}")

    def _heard(self, meant: frozenset[str], *, asks_anything: bool = False) -> Generator[None, object, object]:
        """Fail what broke the file, unless it was meant to; then, fail what did not."""
        try:
            result = yield
        except BaseException:
            self._witness.told()
            raise
        breaches = [each for each in self._witness.told() if not (asks_anything and each.is_of_request)]
        wrong = [str(each) for each in breaches if each.title not in meant]
        wrong += [f"marked as a breach, and none: {each}" for each in meant - {each.title for each in breaches}]
        if wrong:
            pytest.fail("\n  ".join(("Against Twilio's OpenAPI file:", *wrong)), pytrace=False)
        return result
