"""Only the word `yes` is consent, and only where there is somebody to ask."""

import sys

from confsync.cli.run import Run
from confsync.errors import Refused

WORD = "yes"


def check_possible(run: Run, *, auto_approve: bool) -> None:
    """Refuse, before anything is read, an apply that nobody could consent to."""
    if not (auto_approve or run.asks):
        raise Refused(
            "An apply asks for consent, and there is nobody to ask: no terminal, --no-input, or CI=true.",
            changed="Nothing was changed, and nothing was read.",
            hint="Review what `confsync plan` says, then run this command once more with `--auto-approve`.",
        )


def ask(run: Run, account: str) -> None:
    """Ask on stderr, and raise Refused for any other answer."""
    run.console.note(f"Make these changes on {account}? Only '{WORD}' will be accepted: ", end="")
    answer = _answer()
    if answer.strip() != WORD:
        if not answer.endswith("\n"):
            run.console.note("")
        raise Refused("The answer was not 'yes'.", hint="Run `confsync apply` again, and answer 'yes'.")


def _answer() -> str:
    try:
        return sys.stdin.readline()
    except UnicodeDecodeError:  # whatever was typed, it was not the word
        return "\n"
