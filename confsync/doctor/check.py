"""The result of a check: one sentence about it and, unless all is well, a hint."""

from collections import Counter
from enum import StrEnum
from typing import Self

from msgspec import Struct

from confsync.diagnostics import Diagnostic
from confsync.doctor.check_names import CheckName
from confsync.errors import ConfsyncError


class CheckStatus(StrEnum):
    """How a check ended. Neither a warning nor a check that could not be made stops a run."""

    OK = "ok"
    NOT_CHECKED = "not checked"
    WARNING = "warning"
    FAILED = "failed"


class Check(Struct, frozen=True):
    """One check. If it failed, `error` is what a run would end with."""

    name: CheckName
    status: CheckStatus
    text: str
    hint: str = ""
    error: ConfsyncError | None = None

    @classmethod
    def ok(cls, name: CheckName, text: str) -> Self:
        """Report that all is well."""
        return cls(name, CheckStatus.OK, text)

    @classmethod
    def warning(cls, name: CheckName, text: str, hint: str) -> Self:
        """Report something that could be better."""
        return cls(name, CheckStatus.WARNING, text, hint)

    @classmethod
    def failed(cls, name: CheckName, error: ConfsyncError) -> Self:
        """Report something that would stop a run."""
        return cls(name, CheckStatus.FAILED, error.happened, error.hint, error)

    @classmethod
    def skipped(cls, name: CheckName, reason: str, hint: str = "Fix the failed checks first.") -> Self:
        """Report that the check could not be made."""
        return cls(name, CheckStatus.NOT_CHECKED, reason, hint)


class Diagnosis(Struct, frozen=True):
    """Every check, and the diagnostics of the configuration."""

    checks: tuple[Check, ...]
    mistakes: tuple[Diagnostic, ...] = ()

    @property
    def counts(self) -> Counter[CheckStatus]:
        """The number of checks by status."""
        return Counter(each.status for each in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that would stop a run."""
        return tuple(each for each in self.checks if each.status is CheckStatus.FAILED)
