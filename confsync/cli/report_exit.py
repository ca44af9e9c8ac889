"""Tells how a run ended: what is one document on stdout, mistakes and the three lines on stderr."""

from confsync.cli.exit_result import ExitResult
from confsync.cli.run import Run
from confsync.errors import LocalFileError
from confsync.views.escaping import printable


def report_exit(run: Run, ending: ExitResult) -> ExitResult:
    """Say everything that is still to be said; where even that fails, that is the ending."""
    if not run.in_pieces and not run.answered:
        ending = _document(run, ending)
    if ending.mistakes:
        from confsync.views.diagnostics_text import diagnostics_as_text

        run.console.note(diagnostics_as_text(ending.mistakes, run.console.note_palette))
    if ending.code.trouble:
        for line in _three_lines(run, ending):
            run.console.note(line)
    return ending


def _document(run: Run, ending: ExitResult) -> ExitResult:
    from confsync.cli.exit_result import of_error
    from confsync.cli.result import print_whole

    try:
        print_whole(run, ending)
    except LocalFileError as trouble:
        return of_error(trouble, run)
    return ending


def _three_lines(run: Run, ending: ExitResult) -> tuple[str, str, str]:
    palette = run.console.note_palette
    return (
        f"{palette.bad('Error:')} {printable(ending.happened)}",
        f"{palette.loud('State:')} {printable(ending.changed)}",
        f"{palette.loud('Next:')}  {printable(ending.hint)}",
    )
