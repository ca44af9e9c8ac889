"""`confsync version`."""

from typing import TYPE_CHECKING

import click

from confsync import __version__
from confsync.cli.run import Run
from confsync.cli.verb import Verb

if TYPE_CHECKING:
    from confsync.cli.ending import Ending


@click.command("version", cls=Verb)
@click.pass_obj
def version(run: Run) -> "Ending | None":
    """Print the version."""
    if run.json:
        from confsync.cli.ending import DONE

        return DONE
    run.outlet.result(f"confsync {__version__}\n")
    return None
