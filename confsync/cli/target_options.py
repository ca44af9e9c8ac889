"""The options by which a run selects its configuration, environment and account, for the commands in its hints."""

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import click

from confsync.cli.options import Options

if TYPE_CHECKING:
    from confsync.views.advice import Advised

_COMMAND = re.compile(r"`confsync ([^`\n]+)`")
_VALUE = "VALUE"


class TargetOptions:
    """Adds the options to commands, so that whoever copies one works on the same target.

    `program` is the group of all commands. Each command says by which of the options it is selected.
    """

    def __init__(self, program: click.Group, options: Options) -> None:
        self._program = program
        self._words = {name: words for name, words in _words_by_option(options) if words}
        self._parsers: dict[click.Command, _Parser] = {}

    def add_to(self, text: str) -> str:
        """Add to each command in a text the options that it accepts and does not have."""
        return _COMMAND.sub(self._completed, text) if self._words and "`confsync " in text else text

    def complete_document(self, document: "Advised") -> "Advised":
        """Complete the commands in the advice of a document, and the options of its target."""
        if not self._words:
            return document
        from msgspec.structs import replace

        from confsync.views.advice import edit_advice
        from confsync.views.documents import TargetPart

        completed = edit_advice(document, self.add_to)
        target = getattr(completed, "target", None)
        if not isinstance(target, TargetPart):
            return completed
        return replace(completed, target=replace(target, options=self._complete(target.options)))

    def _complete(self, options: list[str]) -> list[str]:
        from confsync.views.escaping import utf8_safe

        plan = self._parsed(["plan", *options])
        return [*(map(utf8_safe, plan.missing(self._words)) if plan else ()), *options]

    def _completed(self, found: re.Match[str]) -> str:
        written = found[1]
        try:
            command = self._parsed(shlex.split(written))
        except ValueError:  # a backtick in a quoted word ends the match
            return found[0]
        if command is None or not (missing := shlex.join(command.missing(self._words))):
            return found[0]
        rest = written.removeprefix(command.name)
        # an option may also come before the name of the command
        together = f"{command.name} {missing}{rest}" if rest != written else f"{written} {missing}"
        return f"`confsync {together}`"

    def _parsed(self, words: list[str]) -> "_ParsedCommand | None":
        """Parse the words of a command; None for one that does not exist, is not written out, or asks for help."""
        command: click.Command | None = self._program
        rest, given, names = words, set[str](), list[str]()
        while command is not None:
            parser = self._parser(command)
            try:
                options, rest = parser.parse(rest)
            except click.UsageError:
                return None
            given |= options
            if parser.help in options:
                return None
            if not isinstance(command, click.Group):
                return _ParsedCommand(" ".join(names), getattr(command, "selected_by", ()), given)
            name, *rest = rest or [""]
            names.append(name)
            command = command.get_command(parser.context, name)
        return None

    def _parser(self, command: click.Command) -> "_Parser":
        if command not in self._parsers:
            self._parsers[command] = _Parser(command)
        return self._parsers[command]


class _Parser:
    """Parses the words after the name of a command, without taking their values."""

    def __init__(self, command: click.Command) -> None:
        self.context = click.Context(command)
        self._parser = command.make_parser(self.context)
        option = command.get_help_option(self.context)
        self.help = option.name if option else None

    def parse(self, words: list[str]) -> tuple[set[str], list[str]]:
        """Return the names of the options, and the other words. Raises click.UsageError."""
        options, rest, _ = self._parser.parse_args(list(words))
        return set(options), rest


class _ParsedCommand(NamedTuple):
    """The name of a command, the names of the options that select what it works on, and of those that it has."""

    name: str
    selected_by: tuple[str, ...]
    given: set[str]

    def missing(self, words: dict[str, tuple[str, ...]]) -> list[str]:
        """Return the words of the options that it accepts and does not have."""
        names = (each for each in words if each in self.selected_by and each not in self.given)
        return [word for name in names for word in words[name]]


def _words_by_option(options: Options) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name of each option, with what to type. The value of a variable may be a secret, so it is left out."""
    yield "directory", () if options.directory == Options().directory else ("-C", options.directory)
    yield "file", _repeated("-f", options.file)
    yield "env", ("-e", options.env) if options.env else ()
    yield "var_file", _repeated("--var-file", options.var_file)
    yield "var", _repeated("--var", (f"{name}={_VALUE}" for name in dict(options.var)))
    yield "emulator", ("--emulator",) if options.emulator else ()
    yield "emulator_db", ("--emulator-db", options.emulator_db) if options.emulator and options.emulator_db else ()


def _repeated(option: str, values: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for each in values for word in (option, each))
