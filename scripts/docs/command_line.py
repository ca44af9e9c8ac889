"""The options of the command line, the exit codes and the diagnostic codes, as Markdown."""

from collections.abc import Iterable

import click

from confsync.cli.main import confsync as command_line
from confsync.config.codes import Code
from confsync.exit_codes import ExitCode
from scripts.docs.markdown import options_as_code, table


def option_table(options: Iterable[click.Option]) -> str:
    """List options, one per row."""
    return table(("option", "description", "environment variable"), map(_option_row, options))


def _option_row(option: click.Option) -> tuple[str, str, str]:
    context = click.Context(command_line)
    metavar = option.make_metavar(context).replace("INTEGER RANGE", "NUMBER")
    value = "" if option.is_flag or option.count else f" {metavar}"
    names = ", ".join(f"`{name}`" for name in option.opts)
    usage = f"{names[:-1]}{value}`".replace("|", "\\|")
    default = f" [default: {option.default}]" if option.show_default else ""
    description = options_as_code(f"{option.help or ''}{default}".replace("  ", " "))
    return usage, description, f"`{option.envvar}`" if option.envvar else ""


def exit_code_table() -> str:
    """List the exit codes of the process."""
    return table(("code", "meaning"), ((str(int(code)), options_as_code(code.meaning)) for code in ExitCode))


def code_table() -> str:
    """List the codes of the diagnostics."""
    return table(("code", "meaning"), ((code.value, code.meaning) for code in Code))
