"""Options that name files: each says whether its file is read or written."""

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from confsync.account.configuration import LoadOptions


class InputPath(click.Path):
    """The type of a parameter that names what is read."""


class OutputPath(click.Path):
    """The type of a parameter that names what is written."""

    def convert(
        self, value: "str | os.PathLike[str]", param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Refuse what many programs take for standard output, so that no file gets that name by mistake."""
        if value == "-":
            self.fail("`-` does not mean standard output. To write a file of that name, use ./-", param, ctx)
        return super().convert(value, param, ctx)


class AlsoOutput(NamedTuple):
    """A file that gets the result in a format of its own."""

    format: str
    path: str


class AlsoPath(click.ParamType[AlsoOutput]):
    """The type of `--also FORMAT=FILE`."""

    name = "FORMAT=FILE"
    envvar_list_splitter = os.pathsep

    def __init__(self, formats: tuple[str, ...]) -> None:
        self._formats = formats
        self._path = OutputPath(dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> AlsoOutput:  # noqa: ANN401 — as in click
        """Split at the first equals sign, and refuse a format that is not offered."""
        if isinstance(value, AlsoOutput):
            return value
        format_, _, path = str(value).partition("=")
        check_format(format_, self._formats, ctx, "--also")
        if not path:
            self.fail("write FORMAT=FILE, such as json=result.json.", param, ctx)
        return AlsoOutput(format_, str(self._path.convert(path, param, ctx)))

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem[str]]":
        """Complete the format, and after the equals sign the file."""
        from click.shell_completion import CompletionItem

        if "=" in incomplete:
            return self._path.shell_complete(ctx, param, incomplete)
        return [CompletionItem(f"{each}=") for each in self._formats if each.startswith(incomplete)]


def check_format(format_: str, offered: Sequence[str], ctx: click.Context | None, option: str) -> None:
    """Raise BadParameter for a format that a command does not offer."""
    if format_ not in offered:
        listed = ", ".join(map(repr, offered))
        raise click.BadParameter(f"{format_!r} is not one of {listed}.", ctx, param_hint=f"'{option}'")


Written = Sequence[tuple[str, str]]
"""What a command line names to write: the option as it is typed before the path, and the path."""


def written_files(context: click.Context, common: Sequence[tuple[str, str | None]]) -> Written:
    """Return what a command line names to write; `common` are the values of the common options."""
    own = [(f"{name} ", path) for name, path in _named(context, OutputPath)]
    return [*((name, path) for name, path in common if path), *own]


def check_outputs(context: click.Context, written: Written, options: "LoadOptions") -> None:
    """Raise UsageError if a file to write is one that is read, or is named twice."""
    from pathlib import Path

    from confsync.account.inputs import check_other_file, find_input_files, is_same_file
    from confsync.errors import UsageError

    also = [path for _, path in _named(context, InputPath)]
    inputs = find_input_files(options, read=also, emulator_db=dict(written).get("--emulator-db "))
    for number, (name, path) in enumerate(written):
        check_other_file(Path(path), inputs, name)
        for other, second in written[number + 1 :]:
            if is_same_file(Path(path), Path(second)):
                both = f"{other.rstrip(' =')} and {name.rstrip(' =')}"
                raise UsageError(f"{both} name the same file.", hint="Name another file for one of them.")


def _named(context: click.Context, declared: type[click.Path]) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a type that have a value: what the user types, and the path."""
    for each in context.command.params:
        value = context.params.get(str(each.name))
        if isinstance(each.type, declared) and isinstance(value, str):
            yield each.opts[0], value
