"""Options that name files: each says whether its file is read or written."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from confsync.account.configuration import LoadOptions


class InputPath(click.Path):
    """The type of a parameter that names what is read."""


class OutputPath(click.Path):
    """The type of a parameter that names what is written."""


def written_files(context: click.Context, common: Mapping[str, str | None]) -> dict[str, str]:
    """Return what a command line names to write, by option; `common` are the values of the common options."""
    return {name: path for name, path in common.items() if path} | dict(_named(context, OutputPath))


def check_outputs(context: click.Context, written: Mapping[str, str], options: "LoadOptions") -> None:
    """Raise UsageError if a file to write is one that is read, or is named twice."""
    from pathlib import Path

    from confsync.account.inputs import check_other_file, find_input_files, is_same_file
    from confsync.errors import UsageError

    also = [path for _, path in _named(context, InputPath)]
    inputs = find_input_files(options, read=also, emulator_db=written.get("--emulator-db"))
    for name, path in written.items():
        check_other_file(Path(path), inputs, f"{name} ")
        for other, second in written.items():
            if other != name and is_same_file(Path(path), Path(second)):
                raise UsageError(f"{other} and {name} name the same file.", hint="Name another file for one of them.")


def _named(context: click.Context, declared: type[click.Path]) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a type that have a value: what the user types, and the path."""
    for each in context.command.params:
        value = context.params.get(str(each.name))
        if isinstance(each.type, declared) and isinstance(value, str):
            yield each.opts[0], value
