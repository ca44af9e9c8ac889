"""What a doctor says: one sentence for each thing that was looked at, and a way out where it is not well."""

from collections import Counter
from enum import StrEnum

from msgspec import Struct

from confsync.diagnostics import Diagnostic
from confsync.errors import ConfsyncError


class Health(StrEnum):
    """How something is. A warning stops no run."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Check(Struct, frozen=True):
    """One thing that was looked at; `error` is what a run would end with, where it failed."""

    name: str
    status: Health
    text: str
    hint: str = ""
    error: ConfsyncError | None = None


def ok(name: str, text: str) -> Check:
    """Say that something is as it should be."""
    return Check(name, Health.OK, text)


def warning(name: str, text: str, hint: str) -> Check:
    """Say that something could be better, or was not looked at."""
    return Check(name, Health.WARNING, text, hint)


def failed(name: str, error: ConfsyncError) -> Check:
    """Say that something would stop a run."""
    return Check(name, Health.FAILED, error.happened, error.hint, error)


class Diagnosis(Struct, frozen=True):
    """Everything that was looked at; `mistakes` are those of the configuration, line by line."""

    checks: tuple[Check, ...]
    mistakes: tuple[Diagnostic, ...] = ()

    @property
    def counts(self) -> Counter[Health]:
        """How many checks ended how."""
        return Counter(each.status for each in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """What would stop a run."""
        return tuple(each for each in self.checks if each.status is Health.FAILED)
