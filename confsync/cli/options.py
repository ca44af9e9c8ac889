"""The common options, accepted before or after the command. An option after the command overrides one before it."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from confsync.cli.formats import ALL_FORMATS, JSON, TEXT, file_formats
from confsync.cli.paths import AlsoOutput, AlsoPath, InputPath, OutputPath
from confsync.cli.suggestions import suggest_addresses, suggest_environments, suggest_sections

SELECT_FILES = ("directory", "file")
SELECT_CONFIGURATION = (*SELECT_FILES, "env", "var_file", "var")
SELECT_ACCOUNT = ("emulator", "emulator_db")
SELECT_TARGET = (*SELECT_CONFIGURATION, *SELECT_ACCOUNT)
"""The options that select what a command works on."""


class Options(NamedTuple):
    """The values of the common options. Paths are text, because importing `pathlib` would slow `version` down."""

    file: tuple[str, ...] = ()
    directory: str = "."
    envs: tuple[str, ...] = ()
    var: tuple[tuple[str, str], ...] = ()
    var_file: tuple[str, ...] = ()
    emulator: bool = False
    emulator_db: str | None = None
    format: str = TEXT
    output: str | None = None
    also: "tuple[AlsoOutput, ...]" = ()
    no_color: bool = False
    quiet: bool = False
    verbose: int = 0
    log_format: str = TEXT
    parallelism: int | None = None
    max_rps: float | None = None
    timeout: float | None = None
    lock_timeout: float | None = None
    no_input: bool = False
    debug: bool = False
    target: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()

    @property
    def env(self) -> str | None:
        """The selected environment: the last one that was given. Only `diff` takes several."""
        return self.envs[-1] if self.envs else None

    @property
    def narrows(self) -> bool:
        """Whether the run is limited to a part of the configuration."""
        return bool(self.target or self.exclude or self.kind)


class GivenOptions:
    """The common options as they are parsed: from environment variables, before the command, and after it."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[bool, Any]] = {}

    def take(self, name: str, value: object, *, typed: bool) -> None:
        """Take a value. A typed one overrides an environment variable, and repeated ones add up."""
        typed_before, before = self._values.get(name, (False, None))
        if typed_before and not typed:
            return
        if typed_before and isinstance(before, tuple) and isinstance(value, tuple):
            value = before + value
        self._values[name] = (typed, value)

    def take_default(self, name: str, value: object) -> None:
        """Take a value unless one was given."""
        self._values.setdefault(name, (False, value))

    def typed(self, name: str) -> bool:
        """Whether an option was typed rather than taken from an environment variable."""
        return self._values.get(name, (False, None))[0]

    def options(self) -> Options:
        """Return the values parsed so far."""
        return Options(**{name: value for name, (_, value) in self._values.items()})


def variable_of(name: str) -> str:
    """Name the environment variable of an option: CONFSYNC_ and its long name."""
    return "CONFSYNC_" + name.removeprefix("--").replace("-", "_").upper()


def common_options(formats: tuple[str, ...] = ALL_FORMATS) -> Iterator[click.Option]:
    """Create the common options, for the group or for a command that offers these formats."""
    yield from _configuration_options()
    yield from _connection_options()
    yield from _output_options(formats)


TARGET_HELP = "Include only the matching resources, everything in them, and what they depend on. Can be repeated."


def narrowing_options(target_help: str = TARGET_HELP) -> Iterator[click.Option]:
    """Create the options that limit a run to a part of the configuration. None has an environment variable."""
    yield _option(
        "--target",
        multiple=True,
        envvar=None,
        metavar="GLOB",
        shell_complete=suggest_addresses,
        help=target_help,
    )
    yield _option(
        "--exclude",
        multiple=True,
        envvar=None,
        metavar="GLOB",
        shell_complete=suggest_addresses,
        help="Leave out the matching resources and everything in them. Can be repeated.",
    )
    yield _option(
        "--kind",
        multiple=True,
        envvar=None,
        metavar="SECTION",
        shell_complete=suggest_sections,
        help="Include only resources in this section, for example `roles`. Can be repeated.",
    )


def folder_option() -> click.Option:
    """Create the `--output` of a command that writes a folder."""
    folder = OutputPath(file_okay=False)
    return _option("--output", type=folder, metavar="DIR", help="Write to this folder, with one file for each service.")


def _configuration_options() -> Iterator[click.Option]:
    folder = click.Path(exists=True, file_okay=False)
    yield _option(
        "-f",
        "--file",
        multiple=True,
        type=InputPath(),
        callback=_take_files,
        help="Read this configuration file or folder. Repeat the option to add layers. Does not accept `-` (stdin).",
    )
    yield _option(
        "-C",
        "directory",
        type=folder,
        metavar="DIR",
        help="Look for the configuration in this folder. Paths passed to --file are relative to this folder.",
    )
    yield _option(
        "-e",
        "--env",
        multiple=True,
        type=EnvironmentName(),
        metavar="NAME",
        shell_complete=suggest_environments,
        callback=_take_environments,
        help="Select an environment of the configuration. "
        "If repeated, the last one takes precedence, except with `diff`, which takes two.",
    )
    yield _option(
        "--var",
        multiple=True,
        metavar="NAME=VALUE",
        envvar=None,
        callback=_take_variables,
        help="Set a variable of the configuration, like the environment variable CONFSYNC_VAR_name. Can be repeated.",
    )
    yield _option(
        "--var-file",
        multiple=True,
        type=InputPath(),
        callback=_take_files,
        help="Read variable values from this YAML file. If repeated, later files take precedence.",
    )


def _connection_options() -> Iterator[click.Option]:
    yield _option("--emulator", is_flag=True, envvar=None, help="Use the embedded emulator instead of Twilio.")
    yield _option("--emulator-db", type=OutputPath(), help="Keep the state of the emulator in this file.")
    yield _option(
        "--parallelism",
        type=click.IntRange(1, 256),
        help="Send at most this many requests concurrently.  [default: 128]",
    )
    yield _option("--max-rps", type=PositiveNumber(), help="Send at most this many requests per second.")
    yield _option(
        "--timeout", type=PositiveNumber(), help="Time out each request after this many seconds.  [default: 20]"
    )
    yield _option(
        "--lock-timeout",
        type=WaitingTime(),
        metavar="TIME",
        help="How long to wait if another run holds the lock, such as 30s or 10m.  [default: 0s; 10m if CI=true]",
    )


def _output_options(formats: tuple[str, ...]) -> Iterator[click.Option]:
    yield _option("--format", type=click.Choice(formats), help="Print the result in this format.  [default: text]")
    yield _option("--json", is_flag=True, callback=_take_json, help="The same as `--format json`.")
    yield _option("--output", type=OutputPath(), help="Write the result to a file instead of stdout.")
    yield _option(
        "--also",
        multiple=True,
        type=AlsoPath(file_formats(formats)),
        metavar="FORMAT=FILE",
        help="Also write the result to FILE in FORMAT. Repeat the option to write several files.",
    )
    yield _option("--no-color", is_flag=True, help="Print without colors. NO_COLOR and TERM=dumb do the same.")
    yield _option("-q", "--quiet", is_flag=True, help="Do not show progress.")
    yield _option(
        "-v",
        "--verbose",
        count=True,
        type=Verbosity(),
        help="Print more details about the run. -vv also reports each HTTP request, without secrets.",
    )
    yield _option(
        "--log-format",
        type=click.Choice((TEXT, JSON)),
        help="Write stderr as text, or as one JSON object per line. With json, never prompt.  [default: text]",
    )
    yield _option(
        "--no-input", is_flag=True, help="Never prompt. This is the default if CI=true, or if there is no terminal."
    )
    yield _option("--debug", is_flag=True, help="Show a traceback if confsync crashes.")


Taker = Callable[[click.Context, click.Parameter, Any], None]


class PositiveNumber(click.FloatRange):
    """A finite number above zero."""

    name = "NUMBER"

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 — as in click
        """Refuse `nan` and `inf`, which click's own type lets through."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


class EnvironmentName(click.types.StringParamType):
    """The name of an environment. The option may be repeated, but its environment variable has one name."""

    envvar_list_splitter = "\0"


class Verbosity(click.IntRange):
    """How often `-v` was typed. The environment variable may also be a word, as for a flag."""

    def __init__(self) -> None:
        super().__init__(min=0)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401 — as in click
        """Convert to a number."""
        if isinstance(value, str) and not value.isdecimal():
            return int(click.BOOL.convert(value, param, ctx))
        return int(super().convert(value, param, ctx))


class WaitingTime(click.ParamType[float]):
    """A number of seconds, minutes or hours: `30s`, `10m`, `1h`; a number alone is seconds."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 — as in click
        """Convert to seconds."""
        digits, unit = (value[:-1], value[-1:]) if value[-1:] in _SECONDS else (value, "s")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
            self.fail(f"{value!r} is not a number and s, m or h, such as 30s, 10m or 1h.", param, ctx)
        return float(int(digits) * _SECONDS[unit])


_SECONDS = {"s": 1, "m": 60, "h": 3600}
_MOST_DIGITS = 6


def _option(*names: str, callback: Taker | None = None, **settings: Any) -> click.Option:  # noqa: ANN401 — whatever click takes
    settings.setdefault("envvar", variable_of(names[-1]))
    return click.Option(
        names, default=None, expose_value=False, callback=callback or _take, show_envvar=True, **settings
    )


def _take(context: click.Context, option: click.Parameter, value: object) -> None:
    _give(context, option, str(option.name), value)


def _take_files(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> None:
    """Refuse `-`: the ledger and `file` references are relative to the folder of the configuration."""
    if "-" in values:
        raise click.BadParameter(
            "confsync does not read standard input: write a file and name it. ./- names a file called -.",
            context,
            option,
        )
    _take(context, option, values)


def _take_environments(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> None:
    _give(context, option, "envs", values)


def _take_variables(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> None:
    """Split each at its first equals sign."""
    # No message repeats a value: it may be a secret that was passed here by mistake.
    pairs = [value.partition("=") for value in values]
    if not all(name and equals for name, equals, _ in pairs):
        raise click.BadParameter("write NAME=VALUE.", context, option)
    _give(context, option, "var", tuple((name, value) for name, _, value in pairs))


def _take_json(context: click.Context, option: click.Parameter, value: object) -> None:
    if value:
        _give(context, option, "format", JSON)


def _give(context: click.Context, option: click.Parameter, name: str, value: object) -> None:
    """Give a value to the invocation, unless it is a default."""
    source = context.get_parameter_source(str(option.name))
    if source in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT):
        context.obj.given.take(name, value, typed=source is ParameterSource.COMMANDLINE)
