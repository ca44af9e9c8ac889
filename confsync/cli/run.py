"""One run of the command line: what was asked, and what is known of it by now."""

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from confsync.cli.console import Console, is_terminal
from confsync.cli.formats import JSON, TEXT
from confsync.cli.interrupt_message import wishes_json
from confsync.cli.options import Given, Options

if TYPE_CHECKING:
    from datetime import datetime

    from confsync.account.configuration import LoadOptions
    from confsync.account.connection import Settings
    from confsync.apply.report import Outcome, Report
    from confsync.config.config import Config
    from confsync.doctor.check import Diagnosis
    from confsync.plan.plan import Plan
    from confsync.state.rebuild import RebuiltLedger
    from confsync.state.store import LedgerState

EMULATOR = "EMULATOR: nothing of this reaches Twilio."


class Run:
    """Holds what one run learns on the way, so that whatever ends it can be told as it is.

    `verb` is empty until the command line is understood; `consented` is set once writes may begin, `finished` once they
    came to an end. `answered` says that the result is printed already, whatever its form; `brief` that one line a
    resource is enough; `planned_at` when the plan was made, where that was not just now.
    """

    def __init__(self, arguments: list[str], environ: Mapping[str, str] | None = None) -> None:
        self.arguments = arguments
        self.environ = os.environ if environ is None else environ
        self.given = Given()
        self.console = Console(self.environ)
        self.verb = ""
        self.config: Config | None = None
        self.plan: Plan | None = None
        self.planned_at: datetime | None = None
        self.consented = False
        self.outcomes: list[Outcome] = []
        self.writes = 0
        self.finished: Report | None = None
        self.diagnosis: Diagnosis | None = None
        self.ledger: LedgerState | None = None
        self.rebuilt: RebuiltLedger | None = None
        self.answered = False
        self.brief = False

    @property
    def options(self) -> Options:
        """What was asked for, as far as it is known by now."""
        return self.given.options()

    @property
    def format(self) -> str:
        """What the result is printed as. A command line that is not understood is searched for the wish."""
        return JSON if not self.verb and self._wishes_json else self.options.format

    @property
    def json(self) -> bool:
        """Whether the result is for programs."""
        return self.format == JSON

    @property
    def in_pieces(self) -> bool:
        """Whether the result is printed as it comes, rather than as one document at the end."""
        return self.format == TEXT

    @property
    def _wishes_json(self) -> bool:
        return wishes_json(self.arguments, self.environ)

    @property
    def asks(self) -> bool:
        """Whether there is somebody to ask."""
        in_ci = self.environ.get("CI", "").lower() in ("true", "1")
        return not (self.options.no_input or in_ci) and is_terminal(sys.stdin) and is_terminal(sys.stderr)

    @property
    def request(self) -> "LoadOptions":
        """Which configuration is meant."""
        from pathlib import Path

        from confsync.account.configuration import LoadOptions

        options, here = self.options, Path(self.options.directory)
        return LoadOptions(
            environ=self.environ,
            directory=here,
            files=tuple(here / each for each in options.file),
            environment=options.env,
            variables=dict(options.var),
        )

    @property
    def settings(self) -> "Settings":
        """How the run behaves."""
        from msgspec.structs import replace

        from confsync.account.connection import Settings

        wished = {name: getattr(self.options, name) for name in ("parallelism", "timeout", "max_rps")}
        given = {name: value for name, value in wished.items() if value is not None}
        return replace(Settings.from_environ(self.environ), **given)

    @property
    def report(self) -> "Report | None":
        """What became of each change by now; None before writes may have begun."""
        from confsync.apply.report import Report

        if self.finished or self.plan is None or not self.consented:
            return self.finished
        return Report.of(self.plan, {each.change.key: each for each in self.outcomes}, self.writes)

    def begin(self, verb: str) -> None:
        """Start a verb, now that its command line is understood.

        Raises UsageError for an emulator's file without the emulator, LocalFileError where --output cannot be.
        """
        if self.given.typed("emulator_db") and not self.options.emulator:
            raise click.UsageError("--emulator-db names the file of --emulator, which is missing.")
        self.verb = verb
        self.console.no_color = self.options.no_color
        if self.options.emulator:
            self.console.note(EMULATOR)
        if self.options.output:
            self.console.open(self.options.output)

    def end(self) -> None:
        """Say the last line, and close what is open."""
        self.console.close()
        if self.verb and self.options.emulator:
            self.console.note(EMULATOR)

    def print(self, text: str) -> None:
        """Print a piece of the result, unless it is one document, which comes at the end."""
        if self.in_pieces:
            self.console.result(text)

    def remark(self, text: str) -> None:
        """Say what is going on, unless nobody wants to know."""
        if not self.options.quiet:
            self.console.note(text)
