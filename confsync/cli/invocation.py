"""One invocation of the command line: what was asked, where the output goes, and the result so far."""

import os
import sys
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import click

from confsync.cli.console import Console, is_terminal
from confsync.cli.formats import ALL_FORMATS, FORMATS, JSON, TEXT, file_formats
from confsync.cli.options import GivenOptions, Options
from confsync.cli.paths import check_format, check_outputs, written_files
from confsync.cli.signals import Stop, interrupt_message, requests_json, requests_json_log

if TYPE_CHECKING:
    from confsync.account.configuration import LoadOptions
    from confsync.account.connection import Settings
    from confsync.cli.log import Fields
    from confsync.cli.results import Result
    from confsync.cli.target_options import TargetOptions
    from confsync.cli.telemetry import Telemetry
    from confsync.diagnostics import Diagnostic
    from confsync.twilio.attempt import HttpAttempt

EMULATOR = "EMULATOR: no request reaches Twilio."
_TRACING = 2
"""As many `-v` report every request."""


class Invocation:
    """One invocation of the command line.

    `command` is empty until the command line has been parsed. `result` is what the run knows so far: a command returns
    its result, and one that writes keeps a result before, so that an error or a signal is reported with it.
    """

    def __init__(
        self, arguments: list[str], environ: Mapping[str, str] | None = None, stop: Stop | None = None
    ) -> None:
        self.arguments = arguments
        self.stop = stop or Stop()
        self.environ = os.environ if environ is None else environ
        self.given = GivenOptions()
        self.console = Console(self.environ)
        self.console.log_json = requests_json_log(arguments, self.environ)
        self.command = ""
        self.result: Result | None = None
        self.telemetry: Telemetry | None = None
        self.program: click.Group | None = None
        self._target: Options | None = None
        self._look = ""
        """What to do if a signal ends the run at once after writes may have begun."""
        self._started = time.monotonic()
        self._formats: tuple[str, ...] = ALL_FORMATS

    @property
    def options(self) -> Options:
        """The common options that have been parsed so far."""
        return self.given.options()

    @property
    def target_options(self) -> "TargetOptions | None":
        """The options to add to the commands in hints; None before the command line is parsed."""
        if self.program is None:
            return None
        from confsync.cli.target_options import TargetOptions

        return TargetOptions(self.program, self._target or self.options)

    def retarget(self, *, environment: str | None, emulator: bool) -> None:
        """Say what the run works on, if that is not what its options say."""
        self._target = self.options._replace(envs=(environment,) if environment else (), emulator=emulator)

    def add_target(self, text: str) -> str:
        """Add to the commands in a hint the options that select what this run works on."""
        options = self.target_options
        return options.add_to(text) if options else text

    def diagnose(self, diagnostics: "Iterable[Diagnostic]") -> None:
        """Print diagnostics on stderr, with complete commands in their hints."""
        self.console.diagnose(self.completed(diagnostics))

    def completed(self, diagnostics: "Iterable[Diagnostic]") -> "tuple[Diagnostic, ...]":
        """Complete the commands in the hints of diagnostics."""
        from msgspec.structs import replace

        found = tuple(diagnostics)
        options = self.target_options if found else None
        return tuple(replace(each, detail=options.add_to(each.detail)) for each in found) if options else found

    @property
    def format(self) -> str:
        """The format of the result. If the command line could not be parsed, look for a request for JSON in it."""
        if not self.command:
            return JSON if requests_json(self.arguments, self.environ) else TEXT
        given = self.options.format
        return given if given in self._formats else TEXT

    @property
    def json(self) -> bool:
        """Whether the result is for programs."""
        return self.format == JSON

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return time.monotonic() - self._started

    @property
    def streams(self) -> bool:
        """Whether each result is printed as it comes. Every other format prints one document at the end."""
        return self.format == TEXT

    @property
    def asks(self) -> bool:
        """Whether there is a person to ask."""
        from confsync.account.connection import is_ci

        refused = self.options.no_input or is_ci(self.environ) or self.console.log_json
        return not refused and is_terminal(sys.stdin) and is_terminal(sys.stderr)

    @property
    def may_have_written(self) -> bool:
        """Whether writes may have begun."""
        return self.result is not None and self.result.applying

    @property
    def load_options(self) -> "LoadOptions":
        """Which configuration to load."""
        from pathlib import Path

        from confsync.account.configuration import LoadOptions

        options, here = self.options, Path(self.options.directory)
        return LoadOptions(
            environ=self.environ,
            directory=here,
            files=tuple(here / each for each in options.file),
            environment=options.env,
            variables=dict(options.var),
            variable_files=tuple(here / each for each in options.var_file),
            emulator=options.emulator,
        )

    @property
    def settings(self) -> "Settings":
        """How fast and how patient the run is, and which keys it uses."""
        from msgspec.structs import replace

        from confsync.account.connection import Settings

        names = ("parallelism", "timeout", "max_rps", "lock_timeout")
        options = self.options
        given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
        # without its arguments: a value of --var may be a secret by mistake
        command = f"confsync {self.command}"
        made = replace(Settings.from_environ(self.environ), **given, command=command, waiting=self.remark)
        return replace(made, trace=self._observe_attempt) if self.console.traced or self.telemetry else made

    def _observe_attempt(self, attempt: "HttpAttempt") -> None:
        if self.console.traced:
            from confsync.cli.http_trace import report_attempt

            report_attempt(self.console, attempt)
        if self.telemetry:
            self.telemetry.record_attempt(attempt)

    def begin(self, context: click.Context) -> None:
        """Start a command, once its command line has been parsed.

        Raises UsageError for an emulator's file without the emulator, for a format that the command does not offer, or
        for a file to write that is also read, and LocalFileError if a file to write cannot be opened.
        """
        options = self.options
        if self.given.typed("emulator_db") and not options.emulator:
            raise click.UsageError("--emulator-db needs --emulator.")
        self.command = context.command_path.partition(" ")[2]
        self.console.no_color = options.no_color
        self.console.log_json = options.log_format == JSON
        self.console.traced = options.verbose >= _TRACING
        self._check_formats(context)
        also = [(f"--also {each.format}=", each.path) for each in options.also]
        if written := written_files(
            context, [("--output ", options.output), ("--emulator-db ", options.emulator_db), *also]
        ):
            check_outputs(context, written, self.load_options)
        if options.emulator:
            self.console.note(EMULATOR, event="emulator")
        if options.output and not getattr(context.command, "writes_folder", False):
            self.console.open(options.output)
        self.console.open_also(options.also)

    def _check_formats(self, context: click.Context) -> None:
        """Raise BadParameter for a format, given before the command, that the command does not offer."""
        offered = getattr(context.command, "formats", FORMATS)
        if self.options.also and not offered:
            from confsync.errors import UsageError

            raise UsageError(f"`{self.command}` has no result for --also.", hint="Remove --also.")
        self._formats = offered or FORMATS
        check_format(self.options.format, self._formats, context, "--format")
        for each in self.options.also:
            check_format(each.format, file_formats(self._formats), context, "--also")

    def end(self) -> None:
        """Print the last line."""
        self.console.discard()
        if self.command and self.options.emulator:
            self.console.note(EMULATOR, event="emulator")

    def interrupt_message(self) -> int:
        """Print a fixed text about a run that a signal stopped, and return the exit code."""
        return interrupt_message(
            self.arguments,
            terminated=self.stop.terminated,
            look=self._look,
            printed=self.console.printed,
        )

    def keep(self, result: "Result") -> None:
        """Keep what the run knows so far, without printing it."""
        self.result = result
        if result.applying and not self._look:
            from confsync.views.escaping import printable

            self._look = printable(self.add_target("Run `confsync plan`: it reads the live state."))

    def prints_at_once(self, result: "Result") -> bool:
        """Whether a result is printed as it comes, rather than as one document at the end."""
        return self.streams or result.formatless

    def remark(self, text: str, event: str = "progress", fields: "Fields | None" = None) -> None:
        """Report progress on stderr, unless --quiet is given."""
        if not self.options.quiet:
            self.console.note(text, event=event, fields=fields)
