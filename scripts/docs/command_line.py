"""The commands, their options, the exit codes and the diagnostic codes, as Markdown."""

from collections.abc import Iterable, Iterator

import click

from confsync.cli.command import Command
from confsync.cli.main import confsync as command_line
from confsync.config.codes import Code
from confsync.exit_codes import ExitCode


def command_sections(group: click.Group = command_line, prefix: str = "confsync") -> Iterator[str]:
    """Describe each command and the options that only it has."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from command_sections(command, f"{prefix} {name}")
        else:
            yield from _command_section(command, f"{prefix} {name}")


def _command_section(command: click.Command, name: str) -> Iterator[str]:
    own = command.own if isinstance(command, Command) else tuple(command.params)
    arguments = (each.make_metavar(click.Context(command)) for each in own if isinstance(each, click.Argument))
    yield f"### `{' '.join((name, *arguments))}`"
    yield command.help or ""
    options = [each for each in own if isinstance(each, click.Option) and not each.hidden]
    if options:
        yield "\n".join(option_table(options))


def option_table(options: Iterable[click.Option]) -> Iterator[str]:
    """List options, one per row."""
    yield "| option | | variable |"
    yield "|---|---|---|"
    for option in options:
        metavar = option.make_metavar(click.Context(command_line)).replace("INTEGER RANGE", "NUMBER")
        value = "" if option.is_flag or option.count else f" {metavar}"
        names = ", ".join(f"`{name}`" for name in option.opts)
        usage = f"{names[:-1]}{value}`".replace("|", "\\|")
        variable = f"`{option.envvar}`" if option.envvar else ""
        yield f"| {usage} | {(option.help or '').replace('  ', ' ')} | {variable} |"


def exit_code_table() -> Iterator[str]:
    """List the exit codes of the process."""
    yield "| code | meaning |"
    yield "|---:|---|"
    yield from (f"| {int(code)} | {code.meaning} |" for code in ExitCode)


def code_table() -> Iterator[str]:
    """List the codes of the diagnostics."""
    yield "| code | meaning |"
    yield "|---|---|"
    yield from (f"| {code.value} | {code.meaning} |" for code in Code)
