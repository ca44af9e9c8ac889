"""The common options: accepted before or after the verb, where the latter wins over the former."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from confsync.cli.amount import Amount
from confsync.cli.formats import FORMATS, TEXT


class Options(NamedTuple):
    """What was asked for with the common options; paths are text, since `pathlib` would cost the shortest runs most."""

    file: tuple[str, ...] = ()
    directory: str = "."
    env: str | None = None
    var: tuple[tuple[str, str], ...] = ()
    emulator: bool = False
    emulator_db: str | None = None
    format: str = TEXT
    output: str | None = None
    no_color: bool = False
    quiet: bool = False
    verbose: bool = False
    parallelism: int | None = None
    max_rps: float | None = None
    timeout: float | None = None
    no_input: bool = False
    debug: bool = False
    target: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()

    @property
    def narrows(self) -> bool:
        """Whether a part of the configuration is meant."""
        return bool(self.target or self.exclude or self.kind)


class Given:
    """The common options as they come in: from environment variables, before the verb, and after it."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[bool, Any]] = {}

    def take(self, name: str, value: object, *, typed: bool) -> None:
        """Take a value: what was typed wins over a variable, and what is repeated adds up."""
        typed_before, before = self._values.get(name, (False, None))
        if typed_before and not typed:
            return
        if typed_before and isinstance(before, tuple) and isinstance(value, tuple):
            value = before + value
        self._values[name] = (typed, value)

    def typed(self, name: str) -> bool:
        """Whether an option was typed, rather than taken from a variable."""
        return self._values.get(name, (False, None))[0]

    def options(self) -> Options:
        """Give what is asked for, as far as it is known by now."""
        return Options(**{name: value for name, (_, value) in self._values.items()})


def variable_of(name: str) -> str:
    """Name the environment variable of an option: its long name, behind ours."""
    return "CONFSYNC_" + name.removeprefix("--").replace("-", "_").upper()


def common_options() -> Iterator[click.Option]:
    """Make the common options, for the group or for a verb."""
    yield from _of_the_configuration()
    yield from _of_the_connection()
    yield from _of_the_output()


def narrowing_options() -> Iterator[click.Option]:
    """Make the options that mean a part of the configuration; none has a variable, so that none is set by accident."""
    yield _option("--target", multiple=True, envvar=None, metavar="GLOB", help="Plan only this, and what it needs.")
    yield _option("--exclude", multiple=True, envvar=None, metavar="GLOB", help="Leave this out, and what is in it.")
    yield _option("--kind", multiple=True, envvar=None, metavar="SECTION", help="Plan only this kind, as in `roles`.")


def _of_the_configuration() -> Iterator[click.Option]:
    folder = click.Path(exists=True, file_okay=False)
    yield _option("-f", "--file", multiple=True, type=_PATH, help="Read this file or folder; several are layers.")
    yield _option("-C", "directory", type=folder, metavar="DIR", help="Look for the configuration, and for -f, here.")
    yield _option("-e", "--env", metavar="NAME", help="Choose an environment of the configuration.")
    yield _option(
        "--var",
        multiple=True,
        metavar="NAME=VALUE",
        envvar=None,
        callback=_take_variables,
        help="Set a variable, as CONFSYNC_VAR_name does too.",
    )


def _of_the_connection() -> Iterator[click.Option]:
    yield _option("--emulator", is_flag=True, envvar=None, help="Use the embedded emulator instead of Twilio.")
    yield _option("--emulator-db", type=_PATH, help="Keep the emulator's state in this file.")
    yield _option("--parallelism", type=click.IntRange(1, 256), help="Requests under way at once.  [default: 32]")
    yield _option("--max-rps", type=Amount(), help="Requests a second at most.")
    yield _option("--timeout", type=Amount(), help="Seconds that one request may take in all.  [default: 20]")


def _of_the_output() -> Iterator[click.Option]:
    yield _option("--format", type=click.Choice(FORMATS), help="What the result is printed as.  [default: text]")
    yield _option("--json", is_flag=True, callback=_take_json, help="The same as --format json.")
    yield _option("--output", type=_PATH, help="Write the result to a file instead of stdout.")
    yield _option("--no-color", is_flag=True, help="Print without colours; NO_COLOR and TERM=dumb do so too.")
    yield _option("-q", "--quiet", is_flag=True, help="Do not tell what is going on.")
    yield _option("-v", "--verbose", is_flag=True, help="Tell more of what is going on.")
    yield _option("--no-input", is_flag=True, help="Never ask; implied by CI=true, and without a terminal.")
    yield _option("--debug", is_flag=True, help="Show the traceback of a bug.")


_PATH = click.Path()

Taker = Callable[[click.Context, click.Parameter, Any], None]


def _option(*names: str, callback: Taker | None = None, **said: Any) -> click.Option:  # noqa: ANN401 — whatever click takes
    said.setdefault("envvar", variable_of(names[-1]))
    return click.Option(names, default=None, expose_value=False, callback=callback or _take, show_envvar=True, **said)


def _take(context: click.Context, option: click.Parameter, value: object) -> None:
    _remember(context, option, str(option.name), value)


def _take_variables(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> None:
    """Cut each at its first equals sign; no message repeats a value, which may have been meant for a secret."""
    pairs = [value.partition("=") for value in values]
    if not all(name and equals for name, equals, _ in pairs):
        raise click.BadParameter("write NAME=VALUE.", context, option)
    _remember(context, option, "var", tuple((name, value) for name, _, value in pairs))


def _take_json(context: click.Context, option: click.Parameter, value: object) -> None:
    if value:
        _remember(context, option, "format", "json")


def _remember(context: click.Context, option: click.Parameter, name: str, value: object) -> None:
    """Put a value that was really given where the run finds it."""
    source = context.get_parameter_source(str(option.name))
    if source in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT):
        context.obj.given.take(name, value, typed=source is ParameterSource.COMMANDLINE)
