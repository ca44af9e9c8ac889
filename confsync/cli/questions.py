"""Questions on stderr, each with a default, which an empty answer accepts."""

import os
import select
import signal
import sys
from collections.abc import Callable

from confsync.cli.console import Console
from confsync.errors import Declined, UsageError

_LONGEST_ANSWER = 1000


def read_answer() -> str:
    """Read a line from stdin; it is empty at the end of the input, and if the terminal is gone."""
    _wait_for_input()
    try:
        return sys.stdin.readline(_LONGEST_ANSWER)
    except UnicodeDecodeError:  # none of the accepted answers, whatever it was
        return "\n"
    except OSError:
        return ""


def _wait_for_input() -> None:
    """Wait until there is an answer or a signal.

    Python calls no signal handler during a read that begins just after the signal. The system writes each signal to a
    pipe as well, so that it ends this wait.
    """
    try:
        terminal = sys.stdin.fileno()
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    except (OSError, ValueError):  # there is no file behind stdin, or this is not the main thread
        return
    try:
        select.select([terminal, reading], [], [])
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)


def ask_for_text(console: Console, question: str, default: str, check: Callable[[str], None]) -> str:
    """Ask until an answer passes a check, which raises UsageError. Raises Declined at the end of the input."""
    while True:
        console.note(f"{question} [{default}]: ", end="")
        line = read_answer()
        if not line:
            console.note("")
            raise Declined(
                "The input ended before every question was answered.",
                hint="Run it again and answer the questions, or use options instead: `confsync init --help`.",
            )
        answer = line.strip() or default
        try:
            check(answer)
        except UsageError as error:
            console.note(f"{error.happened} {error.hint}")
        else:
            return answer


def ask_for_choice(console: Console, question: str, choices: tuple[str, ...], default: str) -> str:
    """Ask for one of several words; the beginning of a word is enough. Raises Declined at the end of the input."""

    def meant(answer: str) -> list[str]:
        return [each for each in choices if each.startswith(answer.lower())]

    def check(answer: str) -> None:
        if len(meant(answer)) != 1:
            raise UsageError("That is not one of the answers.", hint=f"Answer {' or '.join(choices)}.")

    (choice,) = meant(ask_for_text(console, f"{question} ({'/'.join(choices)})", default, check))
    return choice
