"""Where words go: the result to stdout or to a file, everything else to stderr."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from confsync.views.palette import Palette


class Console:
    """Prints. `reader_gone` is set once whoever read the result has left; that alone is no error.

    `printed` says that a piece of the result was printed.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.reader_gone = False
        self.no_color = False
        self._environ = environ
        self._file: TextIO | None = None
        self._begun = False
        self.printed = False

    @property
    def live(self) -> bool:
        """Whether a line on stderr may be drawn again and again."""
        return is_terminal(sys.stderr) and self._environ.get("TERM") != "dumb"

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
        """Whether the result appears on a terminal, so that a person sees it."""
        return self._file is None and is_terminal(sys.stdout)

    def open(self, path: str) -> None:
        """Send the result to a file from here on, which stays as it is until there is one. Raises LocalFileError."""
        try:
            self._file = open(path, "a", encoding="utf-8")  # noqa: PTH123, SIM115 — no `pathlib`; closed by `close`
        except OSError as trouble:
            raise _cannot_be_written(path, trouble) from trouble

    def close(self) -> None:
        """Close the file, if there is one; what was printed was flushed before."""
        if self._file:
            with suppress(OSError):
                self._file.close()

    def result(self, text: str) -> None:
        """Print a piece of the result. Raises LocalFileError where a disk is full."""
        self._print(text, self._file or sys.stdout)

    def command(self, text: str) -> None:
        """Tell whoever runs us what to do, which he takes from stdout alone. Raises LocalFileError."""
        self._print(text, sys.stdout)

    def append(self, path: str, text: str) -> None:
        """Add the result to what stands in a file already. Raises LocalFileError."""
        try:
            with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123 — no `pathlib`
                file.write(text)
        except OSError as trouble:
            raise _cannot_be_written(path, trouble) from trouble

    def note(self, text: str, end: str = "\n") -> None:
        """Say something beside the result; that nobody listens is no reason to stop."""
        with suppress(OSError, AttributeError):
            sys.stderr.write(text + end)
            sys.stderr.flush()

    def _print(self, text: str, stream: TextIO | None) -> None:
        if stream is None or self.reader_gone:
            self.reader_gone = True
            return
        try:
            if self._file and stream is self._file and not self._begun:
                self._begun = True
                self._file.truncate(0)
            self.printed = True
            stream.write(text)
            stream.flush()
        except BrokenPipeError:
            self.reader_gone = True
            _silence_stdout()
        except OSError as trouble:
            _silence_stdout()
            raise _cannot_be_written("the result", trouble) from trouble

    def _palette(self, *, terminal: bool) -> "Palette":
        from confsync.views.palette import Palette

        return Palette.chosen(self._environ, terminal=terminal, refused=self.no_color)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sits behind a stream; one that is closed has nobody."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def _silence_stdout() -> None:
    """Keep Python from writing what is left once more, and failing once more, when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):
        os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _cannot_be_written(what: str, trouble: OSError) -> Exception:
    from confsync.errors import LocalFileError

    return LocalFileError(
        f"{what[:1].upper()}{what[1:]} cannot be written: {trouble.strerror}.",
        hint="Make room, or choose another place with --output, and run it again.",
    )
