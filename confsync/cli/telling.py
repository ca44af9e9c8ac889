"""Tells how a run ended: what is one document on stdout, mistakes and the three lines on stderr."""

from confsync.cli.ending import Ending
from confsync.cli.run import Run
from confsync.errors import LocalFileTrouble
from confsync.views.foreign import printable


def tell(run: Run, ending: Ending) -> Ending:
    """Say everything that is still to be said; where even that fails, that is the ending."""
    if not run.in_pieces and not run.answered:
        ending = _document(run, ending)
    if ending.mistakes:
        from confsync.views.diagnostics_text import as_text

        run.outlet.note(as_text(ending.mistakes, run.outlet.note_palette))
    if ending.code.trouble:
        for line in _three_lines(run, ending):
            run.outlet.note(line)
    return ending


def _document(run: Run, ending: Ending) -> Ending:
    from confsync.cli.ending import of_error
    from confsync.cli.result import print_whole

    try:
        print_whole(run, ending)
    except LocalFileTrouble as trouble:
        return of_error(trouble, run)
    return ending


def _three_lines(run: Run, ending: Ending) -> tuple[str, str, str]:
    palette = run.outlet.note_palette
    return (
        f"{palette.bad('Error:')} {printable(ending.happened)}",
        f"{palette.loud('State:')} {printable(ending.changed)}",
        f"{palette.loud('Next:')}  {printable(ending.next_step)}",
    )
