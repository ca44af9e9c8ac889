"""The one place that handles errors: how a run exits after each, and what it reports then."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from confsync import errors
from confsync.cli.exit_result import ExitResult
from confsync.cli.invocation import Invocation
from confsync.errors import NOTHING_CHANGED
from confsync.exit_codes import ExitCode, code_of_error

if TYPE_CHECKING:
    import click

    from confsync.views.palette import Palette


def exit_of_error(error: Exception, invocation: Invocation) -> ExitResult:
    """Return the exit of an error. Any class but ConfsyncError is a bug, whose traceback --debug shows."""
    if not isinstance(error, errors.ConfsyncError):
        return _exit_of_bug(error, invocation)
    return ExitResult(
        code=code_of_error(error),
        happened=error.happened,
        changed=_changed(invocation, error.changed),
        hint=error.hint or f"Run it again: `{_command_line(invocation)}`.",
        mistakes=getattr(error, "diagnostics", ()),
        declined=isinstance(error, errors.Declined),
    )


def exit_of_usage_error(error: "click.ClickException", invocation: Invocation) -> ExitResult:
    """Return the exit of a command line that cannot be parsed."""
    context = getattr(error, "ctx", None)
    return ExitResult(
        code=ExitCode.INVALID,
        happened=error.format_message(),
        changed=_changed(invocation, NOTHING_CHANGED),
        hint=f"Run `{context.command_path if context else 'confsync'} --help`.",
    )


def exit_of_signal(code: ExitCode, invocation: Invocation) -> ExitResult:
    """Return the exit of a run that a signal stopped."""
    wrote = invocation.may_have_written
    return ExitResult(
        code=code,
        happened=f"The run was {code.meaning}.",
        changed=_changed(invocation, NOTHING_CHANGED),
        hint="Run `confsync plan`: it reads the live state." if wrote else f"Run `{_command_line(invocation)}`.",
    )


def report_exit(invocation: Invocation, exit_result: ExitResult) -> ExitResult:
    """Print whatever has not been printed yet: the document, the mistakes, and the three lines of a failure.

    If the document cannot be printed, that is how the run exits, unless it may have written: then its exit code says
    what state the account is in.
    """
    for show in _unprinted(invocation):
        try:
            print_report(invocation, exit_result, partial(show, exit_result))
        except Exception as error:  # noqa: BLE001 — a renderer can have a bug as well
            exit_result = exit_of_error(error, invocation)
    invocation.diagnose(exit_result.mistakes)
    _report_code(invocation, exit_result)
    return exit_result


def _report_code(invocation: Invocation, exit_result: ExitResult) -> None:
    """Print the three lines of a failure. In a log of JSON, they are one line, which every run ends with."""
    console, code = invocation.console, exit_result.code
    if console.log_json:
        from confsync.views.escaping import printable

        console.note(
            printable(exit_result.happened) if code.failure else f"confsync {invocation.command}: {code.meaning}",
            event="exit",
            level="error" if code.failure else "info",
            fields={
                "exit_code": int(code),
                "command": invocation.command,
                "duration_seconds": round(invocation.seconds, 3),
                "state": printable(exit_result.changed) if code.failure else None,
                "next": printable(invocation.add_target(exit_result.hint)) if code.failure else None,
                "declined": exit_result.declined or None,
            },
        )
    elif code.failure:
        for line in _three_lines(exit_result, invocation.add_target(exit_result.hint), console.note_palette):
            console.note(line)


def _unprinted(invocation: Invocation) -> "Iterator[Callable[[ExitResult], object]]":
    """Yield what has not been printed yet: the document, then each other file."""
    if not (invocation.streams or (invocation.result and invocation.prints_at_once(invocation.result))):
        from confsync.cli.rendering import print_document

        yield partial(print_document, invocation)
    yield lambda _: invocation.console.close()
    for format_, file in invocation.console.also:
        from confsync.cli.rendering import write_also

        yield partial(write_also, invocation, format_, file)


def print_report(invocation: Invocation, exit_result: ExitResult, show: Callable[[], object]) -> None:
    """Print a result. If a report of writes cannot be printed, say so, and let the run exit as it would have.

    Raises LocalFileError for any other result.
    """
    try:
        show()
    except errors.LocalFileError as error:
        if not invocation.may_have_written:
            raise
        invocation.console.note(
            f"The report was lost. {error.happened} Exit code {int(exit_result.code)} says what became of the apply.",
            event="report_lost",
            level="error",
        )


def _exit_of_bug(error: Exception, invocation: Invocation) -> ExitResult:
    import traceback

    if invocation.options.debug:
        text = "".join(traceback.format_exception(error)).rstrip()
        invocation.console.note(text, event="traceback", level="error")
    return ExitResult(
        code=ExitCode.BUG,
        happened=f"This is a bug in confsync: {type(error).__name__} [id {_bug_id(error)}].",
        changed=_changed(invocation, NOTHING_CHANGED),
        hint="Report the id and the traceback."
        if invocation.options.debug
        else f"Run `{_command_line(invocation)} --debug` for the traceback, and report it with the id.",
    )


def _bug_id(error: Exception) -> str:
    """Give equal bugs equal ids: hash the place of the error, and none of the values."""
    import hashlib
    import traceback

    places = [
        f"{frame.filename.rpartition('confsync')[2]}:{frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return hashlib.sha256("\n".join((type(error).__name__, *places)).encode()).hexdigest()[:8]


def _changed(invocation: Invocation, otherwise: str) -> str:
    """Once writes may have begun, count the changes by status."""
    report = getattr(invocation.result, "report", None)
    if report is None or not report.counts:
        return otherwise
    counts = ", ".join(f"{count} {status.value.replace('_', ' ')}" for status, count in report.counts.items())
    return f"Changes: {counts}.{'' if otherwise == NOTHING_CHANGED else f' {otherwise}'}"


def _command_line(invocation: Invocation) -> str:
    import shlex

    return shlex.join(["confsync", *invocation.arguments])


def _three_lines(exit_result: ExitResult, hint: str, palette: "Palette") -> tuple[str, str, str]:
    from confsync.views.escaping import printable

    title = palette.loud("Declined:") if exit_result.declined else palette.failure("Error:")
    return (
        f"{title} {printable(exit_result.happened)}",
        f"{palette.loud('State:')} {printable(exit_result.changed)}",
        f"{palette.loud('Next:')}  {printable(hint)}",
    )
