"""`confsync schema`."""

import click

from confsync.cli.run import Run
from confsync.cli.verb import Verb

NAMES = ("config", "plan", "apply", "drift", "ledger", "doctor", "diagnostics")


@click.command("schema", cls=Verb)
@click.argument("name", type=click.Choice(NAMES), default="config")
@click.option("--write", type=click.Path(file_okay=False), hidden=True, help="Write all of them here.")
@click.pass_obj
def schema(run: Run, *, name: str, write: str | None) -> None:
    """Print the JSON Schema of the configuration, or of a document."""
    from pathlib import Path

    from confsync.errors import LocalFileError
    from confsync.views.documents import json_text
    from confsync.views.schemas import schema_files, schema_of

    if write is None:
        run.answered = True
        run.console.result(json_text(schema_of(name)))
        return
    for file, text in schema_files().items():
        try:
            Path(write, file).write_text(text, encoding="utf-8")
        except OSError as trouble:
            raise LocalFileError(
                f"{Path(write, file)} cannot be written: {trouble.strerror}.",
                hint="Name a folder that is there and may be written to.",
            ) from trouble
    run.answered = True
