"""Where output goes: the result to stdout or to a file, everything else to stderr."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from io import FileIO

    from confsync.cli.log import Fields
    from confsync.cli.output_file import OutputFile
    from confsync.cli.paths import AlsoOutput
    from confsync.diagnostics import Diagnostic
    from confsync.views.palette import Palette


_COLUMNS = 80


class Console:
    """Prints. `reader_gone` is set once the reader of a pipe has left, which alone is not an error.

    `printed` is set once any of the result was printed.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.reader_gone = False
        self.no_color = False
        self.log_json = False
        """Whether stderr gets one JSON object per line."""
        self.traced = False
        """Whether requests are reported on stderr, so that no line there can be redrawn."""
        self._environ = environ
        self._file: OutputFile | None = None
        self.also: list[tuple[str, OutputFile]] = []
        self.printed = False

    @property
    def live(self) -> bool:
        """Whether a line on stderr can be redrawn."""
        return is_terminal(sys.stderr) and self._environ.get("TERM") != "dumb" and not (self.log_json or self.traced)

    @property
    def columns(self) -> int:
        """The width of the terminal that stderr is."""
        try:
            return os.get_terminal_size(sys.stderr.fileno()).columns or _COLUMNS
        except (AttributeError, OSError, ValueError):
            return _COLUMNS

    @property
    def palette(self) -> "Palette":
        """The colours of the result."""
        return self._palette(terminal=self._file is None and is_terminal(sys.stdout))

    @property
    def note_palette(self) -> "Palette":
        """The colours of everything else."""
        return self._palette(terminal=is_terminal(sys.stderr))

    @property
    def seen(self) -> bool:
        """Whether the result appears on a terminal, where a person sees it."""
        return self._file is None and is_terminal(sys.stdout)

    def open(self, path: str) -> None:
        """Send the result to a file. The file keeps its old content until there is a result. Raises LocalFileError."""
        from confsync.cli.output_file import OutputFile

        try:
            self._file = OutputFile(path)
        except OSError as error:
            raise _write_error(f"The file {path}", path, error, "--output") from error

    def open_also(self, outputs: "Iterable[AlsoOutput]") -> None:
        """Open the files that get the result in other formats, as `open` does. Raises LocalFileError."""
        from confsync.cli.output_file import OutputFile

        for each in outputs:
            try:
                self.also.append((each.format, OutputFile(each.path)))
            except OSError as error:
                raise _write_error(f"The file {each.path}", each.path, error, "--also") from error

    @property
    def path(self) -> str | None:
        """The file that gets the result instead of stdout."""
        return self._file.path if self._file else None

    def close(self) -> None:
        """Put the file in place, if there is one. Raises LocalFileError."""
        try:
            if self._file:
                self._file.finish()
        except OSError as error:
            raise self._result_error(error) from error

    def write_also(self, file: "OutputFile", text: str) -> None:
        """Append to a file that gets the result as well. Raises LocalFileError."""
        try:
            file.write(text)
        except OSError as error:
            raise _write_error(f"The file {file.path}", file.path, error, "--also") from error

    def close_also(self, file: "OutputFile") -> None:
        """Put a file in place that gets the result as well. Raises LocalFileError."""
        try:
            file.finish()
        except OSError as error:
            raise _write_error(f"The file {file.path}", file.path, error, "--also") from error

    def discard(self) -> None:
        """Leave every file as it was that is not in place yet."""
        for file in (self._file, *(each for _, each in self.also)):
            if file:
                file.discard()

    def result(self, text: str) -> None:
        """Print a part of the result. Raises LocalFileError if the disk is full."""
        self._print(text, self._file or sys.stdout)

    def command(self, text: str) -> None:
        """Print a command for the CI runner, which reads only stdout. Raises LocalFileError."""
        self._print(text, sys.stdout)

    def append(self, path: str, text: str) -> None:
        """Append the result to a file. Raises LocalFileError."""
        try:
            with open(path, "ab", buffering=0) as file:  # noqa: PTH123 — no `pathlib`
                _append_all(file, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise _write_error(f"The file {path}", path, error) from error

    def note(
        self, text: str, end: str = "\n", *, event: str = "message", level: str = "info", fields: "Fields | None" = None
    ) -> None:
        """Print a message on stderr; a closed or full one is not an error.

        With `--log-format json`, it becomes a line of the log, with its event, its level and its fields.
        """
        if self.log_json:
            from confsync.cli.log import log_line

            text, end = log_line(event, level, text.strip(), fields or {}), ""
        with suppress(OSError, AttributeError, ValueError):
            sys.stderr.write(text + end)
            sys.stderr.flush()

    def diagnose(self, diagnostics: "Sequence[Diagnostic]") -> None:
        """Print diagnostics on stderr, if there are any."""
        if self.log_json:
            from confsync.cli.log import diagnostic_lines

            for level, summary, fields in diagnostic_lines(diagnostics):
                self.note(summary, event="diagnostic", level=level, fields=fields)
        elif diagnostics:
            from confsync.views.diagnostics_text import diagnostics_as_text

            self.note(diagnostics_as_text(diagnostics, self.note_palette))

    def _print(self, text: str, stream: "TextIO | OutputFile | None") -> None:
        if stream is None or self.reader_gone:
            self.reader_gone = True
            return
        try:
            self.printed = True
            stream.write(text)
            stream.flush()
        except ValueError:  # closed
            self.reader_gone = True
        except OSError as error:
            if stream is sys.stdout:
                _silence_stdout()
            if not isinstance(error, BrokenPipeError):
                raise self._result_error(error) from error
            self.reader_gone = True

    def lose(self, error: OSError) -> Exception | None:
        """Return the error of a result that somebody else could not print; None if the reader of the pipe has left."""
        _silence_stdout()
        return None if isinstance(error, BrokenPipeError) else self._result_error(error)

    def _result_error(self, error: OSError) -> Exception:
        return _write_error("The result", self._file.path if self._file else "", error, "--output")

    def _palette(self, *, terminal: bool) -> "Palette":
        from confsync.views.palette import Palette

        return Palette.chosen(self._environ, terminal=terminal, refused=self.no_color)


def _append_all(file: "FileIO", content: bytes) -> None:
    """Append all of a text, or leave the file as long as it was. Raises OSError."""
    size, rest = file.tell(), memoryview(content)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        with suppress(OSError):
            file.truncate(size)
        raise


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal; a closed one is not."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def _silence_stdout() -> None:
    """Keep Python from flushing stdout at exit, which would fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):
        os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _write_error(what: str, path: str, error: OSError, option: str = "") -> Exception:
    from confsync.errors import LocalFileError, fix_for

    other = f", or choose another file with {option}" if option else ""
    return LocalFileError(
        f"{what} cannot be written: {error.strerror}.", hint=f"{fix_for(error, path)}{other}, then run it again."
    )
