"""How a run ends: its exit code and, where that is trouble, the three lines that say what it means."""

import hashlib
import shlex
import traceback
from typing import TYPE_CHECKING

from msgspec import Struct

from confsync.cli import exit_codes
from confsync.cli.exit_codes import ExitCode
from confsync.errors import NOTHING_CHANGED

if TYPE_CHECKING:
    import click

    from confsync.cli.run import Run
    from confsync.diagnostics import Diagnostic


class ExitResult(Struct, frozen=True):
    """What happened, what was and was not changed, and what to do next."""

    code: ExitCode
    happened: str = ""
    changed: str = NOTHING_CHANGED
    hint: str = ""
    mistakes: "tuple[Diagnostic, ...]" = ()

    @property
    def diagnostics(self) -> "tuple[Diagnostic, ...]":
        """Tell it to a program: the mistakes, else one diagnostic that stands for the whole; and any warnings."""
        from confsync.diagnostics import Diagnostic

        if any(each.severity == "error" for each in self.mistakes) or not self.code.trouble:
            return self.mistakes
        return (Diagnostic("error", self.code.diagnostic, self.happened, self.hint), *self.mistakes)


DONE = ExitResult(ExitCode.DONE)


def of_error(error: Exception, run: "Run") -> ExitResult:
    """Tell an error that was raised on purpose; any other is a bug, whose traceback is shown if that is wished."""
    from confsync.errors import ConfsyncError

    if not isinstance(error, ConfsyncError):
        if run.options.debug:
            run.console.note("".join(traceback.format_exception(error)).rstrip())
        return _of_bug(error, run)
    return ExitResult(
        code=exit_codes.of_error(error),
        happened=error.happened,
        changed=_changed(run, error.changed),
        hint=error.hint or f"Run it again: `{_command(run)}`.",
        mistakes=getattr(error, "diagnostics", ()),
    )


def of_usage(error: "click.ClickException", run: "Run") -> ExitResult:
    """Tell a command line that cannot be understood."""
    context = getattr(error, "ctx", None)
    return ExitResult(
        code=ExitCode.INVALID,
        happened=error.format_message(),
        changed=_changed(run, NOTHING_CHANGED),
        hint=f"Run `{context.command_path if context else 'confsync'} --help`.",
    )


def of_stop(code: ExitCode, run: "Run") -> ExitResult:
    """Tell that somebody stopped the run."""
    return ExitResult(
        code=code,
        happened=f"The run was {code.meaning}.",
        changed=_changed(run, NOTHING_CHANGED),
        hint="Run `confsync plan`: it reads what is there now." if run.consented else f"Run `{_command(run)}`.",
    )


def _of_bug(error: Exception, run: "Run") -> ExitResult:
    return ExitResult(
        code=ExitCode.BUG,
        happened=f"This is a bug of confsync: {type(error).__name__} [id {_id_of(error)}].",
        changed=_changed(run, NOTHING_CHANGED),
        hint=f"Run `{_command(run)} --debug` for the traceback, and report it with the id.",
    )


def _id_of(error: Exception) -> str:
    """Give equal bugs equal ids: the id is made of where it happened, not of what was in the values."""
    places = [
        f"{frame.filename.rpartition('confsync')[2]}:{frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return hashlib.sha256("\n".join((type(error).__name__, *places)).encode()).hexdigest()[:8]


def _changed(run: "Run", said: str) -> str:
    """Once writes may have begun, tell how many did what."""
    report = run.report
    if report is None or not report.counts:
        return said
    counts = ", ".join(f"{count} {status.value.replace('_', ' ')}" for status, count in report.counts.items())
    return f"Changes: {counts}.{'' if said == NOTHING_CHANGED else f' {said}'}"


def _command(run: "Run") -> str:
    return shlex.join(["confsync", *run.arguments])
