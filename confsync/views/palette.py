"""The colours of text output, and when there are none."""

from collections.abc import Mapping

from msgspec import Struct


class Palette(Struct, frozen=True):
    """Colours a text, or returns it unchanged."""

    colours: bool = False

    @classmethod
    def chosen(cls, environ: Mapping[str, str], *, terminal: bool, refused: bool) -> "Palette":
        """Decide about colours: `refused` takes precedence over NO_COLOR, FORCE_COLOR, TERM=dumb and the terminal."""
        if refused or environ.get("NO_COLOR"):
            return cls(colours=False)
        if environ.get("FORCE_COLOR") not in (None, "", "0"):
            return cls(colours=True)
        return cls(colours=terminal and environ.get("TERM") != "dumb")

    def good(self, text: str) -> str:
        """Mark what is created or done."""
        return self._in(text, "32")

    def changed(self, text: str) -> str:
        """Mark what changes, or a warning."""
        return self._in(text, "33")

    def failure(self, text: str) -> str:
        """Mark what is lost, wrong or blocked."""
        return self._in(text, "31")

    def calm(self, text: str) -> str:
        """Mark what changes nothing in Twilio."""
        return self._in(text, "36")

    def faint(self, text: str) -> str:
        """Mark what is less important."""
        return self._in(text, "2")

    def loud(self, text: str) -> str:
        """Mark a heading."""
        return self._in(text, "1")

    def start(self, line: str, beginning: str) -> str:
        """Mark the beginning of a line, such as an address, if it has it."""
        return f"{self.loud(beginning)}{line[len(beginning) :]}" if line.startswith(beginning) else line

    def total(self, text: str) -> str:
        """Mark a line of numbers, in which zeros are less important."""
        lead, colon, numbers = text.partition(": ")
        if not colon:
            return self.loud(text)
        shown = (self.faint(each) if each.startswith("0 ") else self.loud(each) for each in numbers.split(", "))
        return f"{self.loud(f'{lead}:')} {', '.join(shown)}"

    def _in(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colours and text else text


PLAIN = Palette()
