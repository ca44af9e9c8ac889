"""`confsync show`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.run import Run
from confsync.cli.verb import Verb, summary

if TYPE_CHECKING:
    from confsync.cli.exit_result import ExitResult


@click.command("show", cls=Verb)
@click.argument("saved", metavar="FILE", type=click.Path(dir_okay=False))
@summary
@click.pass_obj
def show(run: Run, *, saved: str, summary: bool) -> "ExitResult":
    """Show a saved plan, in any format, also one that is spent or has expired; Twilio is not asked."""
    from confsync.cli.document import planned_document
    from confsync.cli.exit_codes import ExitCode
    from confsync.cli.exit_result import ExitResult
    from confsync.cli.saving import doubts_about, taken_from
    from confsync.views.plan_text import plan_as_text

    run.brief = summary
    known = taken_from(run, saved)
    run.plan = known.plan
    run.print(plan_as_text(planned_document(run, known.plan), run.console.palette, brief=summary))
    return ExitResult(ExitCode.DONE, mistakes=tuple(doubts_about(run, known)))
