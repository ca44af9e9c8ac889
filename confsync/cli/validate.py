"""`confsync validate`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.run import Run
from confsync.cli.verb import Verb

if TYPE_CHECKING:
    from confsync.cli.exit_result import ExitResult


@click.command("validate", cls=Verb)
@click.pass_obj
def validate(run: Run) -> "ExitResult":
    """Check everything that can be known without the network."""
    from confsync.cli.configuration import read
    from confsync.cli.exit_result import DONE
    from confsync.views.diagnostics_text import valid_text

    run.print(valid_text(read(run)))
    return DONE
