"""Records every piece of advice that confsync gives in this process."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch

from confsync import errors
from confsync.account import planning_run
from confsync.cli import error_handler
from confsync.cli.exit_result import ExitResult
from confsync.cli.invocation import Invocation
from confsync.diagnostics import Diagnostic
from confsync.doctor.check import Check
from confsync.errors import ConfsyncError, InvalidConfiguration
from confsync.planning.make import LivePlan

PACKAGE = str(Path(errors.__file__).parent)


class AdviceRecorder:
    """Collects the texts: hints of errors, diagnostics and checks, overrides of guardrails, advice about orphans.

    The hints of errors that a test makes itself are left out.
    """

    def __init__(self) -> None:
        self.texts: set[str] = set()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record while the block runs."""
        with ExitStack() as patches:
            patches.enter_context(patch.object(ConfsyncError, "__init__", self._raising(ConfsyncError.__init__)))
            patches.enter_context(
                patch.object(InvalidConfiguration, "__init__", self._rejecting(InvalidConfiguration.__init__))
            )
            patches.enter_context(patch.object(planning_run, "plan_from", self._planning(planning_run.plan_from)))
            patches.enter_context(
                patch.object(error_handler, "report_exit", self._reporting(error_handler.report_exit))
            )
            patches.enter_context(patch.object(Check, "warning", self._checking(Check.warning)))
            patches.enter_context(patch.object(Check, "skipped", self._checking(Check.skipped)))
            yield

    def take(self) -> frozenset[str]:
        """Return the texts since the last call, and forget them."""
        texts, self.texts = frozenset(self.texts - {""}), set()
        return texts

    def _details(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.texts.update(each.detail for each in diagnostics)

    def _raising(self, inner: Callable[..., None]) -> Callable[..., None]:
        @wraps(inner)
        def create(error: ConfsyncError, *values: Any, **named: Any) -> None:  # noqa: ANN401 — handed on
            inner(error, *values, **named)
            if _raised_by_confsync():
                self.texts.add(error.hint)

        return create

    def _rejecting(self, inner: Callable[..., None]) -> Callable[..., None]:
        @wraps(inner)
        def create(error: InvalidConfiguration, *values: Any, **named: Any) -> None:  # noqa: ANN401 — handed on
            inner(error, *values, **named)
            if _raised_by_confsync():
                self._details(error.diagnostics)

        return create

    def _planning(self, inner: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(inner)
        async def plan(*values: Any, **named: Any) -> LivePlan:  # noqa: ANN401 — handed on
            made: LivePlan = await inner(*values, **named)
            self.texts.update(each.override for each in made.guardrails)
            self.texts.update(part for each in made.orphaned for part in each.advice.split("; "))
            self.texts.update("`confsync repair duplicates` to delete the newer one" for _ in made.probable_duplicates)
            self._details(made.warnings)
            self._details(each.diagnostic for each in made.missing_secrets)
            return made

        return plan

    def _reporting(self, inner: Callable[..., ExitResult]) -> Callable[..., ExitResult]:
        @wraps(inner)
        def report(invocation: Invocation, exit_result: ExitResult) -> ExitResult:
            ended = inner(invocation, exit_result)
            self.texts.add(ended.hint)
            self._details(ended.mistakes)
            return ended

        return report

    def _checking(self, inner: Callable[..., Check]) -> Callable[..., Check]:
        @wraps(inner)
        def warn(name: str, text: str, *hint: str) -> Check:
            check = inner(name, text, *hint)
            self.texts.add(check.hint)
            return check

        return warn


def _raised_by_confsync() -> bool:
    """Whether the code that makes the error at hand, above the classes of errors, belongs to the package."""
    frame = sys._getframe(2)  # noqa: SLF001 — the standard way to look at a caller
    while frame.f_back and frame.f_code.co_filename in (errors.__file__, __file__):
        frame = frame.f_back
    return frame.f_code.co_filename.startswith(PACKAGE)
