"""`confsync schema`."""

from typing import TYPE_CHECKING

import click

from confsync.cli.command import Command
from confsync.views.schema.document_types import SCHEMAS

if TYPE_CHECKING:
    from confsync.cli.results import Result


HELP = f"""\
Print the JSON Schema of the configuration or of a JSON document.

NAME is one of {", ".join(SCHEMAS)}. If you omit NAME, confsync prints the schema of the configuration (`config`).
"""


@click.command("schema", cls=Command, help=HELP, selected_by=())
@click.argument("name", metavar="[NAME]", type=click.Choice(SCHEMAS), default="config")
@click.option("--write", type=click.Path(file_okay=False), hidden=True, help="Write all schemas to this folder.")
def schema(*, name: str, write: str | None) -> "Result":
    """Print a schema."""
    from confsync.cli.results import TextResult
    from confsync.views.schema.published import schema_text

    if write is None:
        return TextResult(text=schema_text(name))
    _write_all(write)
    return TextResult(text="")


def _write_all(folder: str) -> None:
    from pathlib import Path

    from confsync.cli.output_file import OutputFile
    from confsync.errors import LocalFileError, fix_for
    from confsync.views.schema.published import schema_files

    for file, text in schema_files().items():
        path = Path(folder, file)
        try:
            output = OutputFile(str(path))
            output.write(text)
            output.finish()
        except OSError as error:
            raise LocalFileError(
                f"{path} cannot be written: {error.strerror}.",
                hint=f"{fix_for(error, str(path))}, or name another folder with --write, then run it again.",
            ) from error
