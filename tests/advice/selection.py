"""How somebody selects an environment and an account, and whether the commands in the output select the same."""

import re
import shlex
from dataclasses import dataclass

from confsync.emulator.emulator import ACCOUNT_SID

SNIPPET = re.compile(r"`([^`]+)`")
OTHER_ACCOUNT = "AC" + "d" * 32
ENVIRONMENTS = f"environments: {{main: {{account_sid: {ACCOUNT_SID}}}, other: {{account_sid: {OTHER_ACCOUNT}}}}}\n"

NO_ADVICE = re.compile(r"`[^`]+`, process|# .*?(?:\n|\\n)")
"""What names a command and asks nobody to run it: the holder of a lock, and a comment in an exported file."""

UNSELECTED = ("init", "import-terraform", "diff", "version", "schema", "emulator", "completion")
"""Commands that work on no environment, or on several."""


@dataclass(frozen=True)
class Selection:
    """Options that a person adds to every command, and that the configuration requires."""

    options: tuple[str, ...] = ()

    def configuration(self, text: str) -> str:
        """Declare two environments at the end of a configuration that has none, so that every command needs -e."""
        declares = text.startswith("version:") and "environments:" not in text
        return f"{text.rstrip()}\n{ENVIRONMENTS}" if self.options and declares else text

    def select(self, arguments: list[str]) -> list[str]:
        """Add the options to a command line."""
        return [*arguments, *self.options] if self._selects(arguments) else arguments

    def lost(self, arguments: list[str], output: str) -> list[str]:
        """Return the commands in the output of a command line that do not select what it selects."""
        if not set(self.options) <= set(arguments):
            return []
        commands = (each for each in snippets(NO_ADVICE.sub("", output)) if each.startswith("confsync "))
        return [each for each in commands if self._selects(words := shlex.split(each)[1:]) and self._misses(words)]

    def _selects(self, words: list[str]) -> bool:
        several = {"-e", "--env", "--all-environments", "--help"}.intersection(words)
        return not (several or words[0] in UNSELECTED or words[:2] == ["ledger", "merge"])

    def _misses(self, words: list[str]) -> bool:
        return not set(self.options) <= set(words)


PLAIN = Selection()
ENVIRONMENT = Selection(("-e", "main"))
EMULATOR = Selection(("-e", "main", "--emulator"))


def snippets(text: str) -> list[str]:
    """Return everything between backticks."""
    return SNIPPET.findall(text)
