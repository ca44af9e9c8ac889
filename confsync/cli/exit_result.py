"""How a run exits: its exit code, and the three lines that it reports after a failure."""

from msgspec import Struct

from confsync.diagnostics import Diagnostic
from confsync.errors import NOTHING_CHANGED
from confsync.exit_codes import ExitCode


class ExitResult(Struct, frozen=True):
    """How a run exits: what happened, what was and was not changed, and what to do next.

    `declined` means that a person decided so, which is not an error.
    """

    code: ExitCode
    happened: str = ""
    changed: str = NOTHING_CHANGED
    hint: str = ""
    mistakes: tuple[Diagnostic, ...] = ()
    declined: bool = False

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The mistakes and warnings; if no mistake explains the code, one diagnostic for the run as a whole."""
        if any(each.severity == "error" for each in self.mistakes) or not self.code.failure:
            return self.mistakes
        return (Diagnostic("error", self.code.diagnostic, self.happened, self.hint), *self.mistakes)


DONE = ExitResult(ExitCode.DONE)
