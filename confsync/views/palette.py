"""The few colours that there are, and when there are none."""

from collections.abc import Mapping

from msgspec import Struct


class Palette(Struct, frozen=True):
    """Colours a text, or leaves it as it is."""

    colours: bool = False

    @classmethod
    def chosen(cls, environ: Mapping[str, str], *, terminal: bool, refused: bool) -> "Palette":
        """Decide as a person asked: `refused` before NO_COLOR, FORCE_COLOR, TERM=dumb and what the output is."""
        if refused or environ.get("NO_COLOR"):
            return cls(colours=False)
        if environ.get("FORCE_COLOR") not in (None, "", "0"):
            return cls(colours=True)
        return cls(colours=terminal and environ.get("TERM") != "dumb")

    def good(self, text: str) -> str:
        """Something new, or done."""
        return self._in(text, "32")

    def changed(self, text: str) -> str:
        """Something that becomes otherwise, or a warning."""
        return self._in(text, "33")

    def bad(self, text: str) -> str:
        """Something lost, wrong or refused."""
        return self._in(text, "31")

    def calm(self, text: str) -> str:
        """Something that changes nothing at Twilio."""
        return self._in(text, "36")

    def faint(self, text: str) -> str:
        """Something beside the point."""
        return self._in(text, "2")

    def loud(self, text: str) -> str:
        """Something that heads the rest."""
        return self._in(text, "1")

    def _in(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colours and text else text


PLAIN = Palette()
