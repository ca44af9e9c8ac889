"""`confsync version`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.run import Run
from confsync.cli.verb import Verb
from confsync.version import __version__

if TYPE_CHECKING:
    from confsync.cli.exit_result import ExitResult


@click.command("version", cls=Verb)
@click.pass_obj
def version(run: Run) -> "ExitResult | None":
    """Print the version."""
    if run.json:
        from confsync.cli.exit_result import DONE

        return DONE
    run.console.result(f"confsync {__version__}\n")
    return None
