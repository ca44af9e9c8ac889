"""Reads a list or a mapping from the text of `--var` or an environment variable."""

from confsync.config.codes import Code
from confsync.config.tree import File, Node
from confsync.config.yaml import parse_yaml_value
from confsync.diagnostics import Diagnostic


class GivenText(File, frozen=True, eq=False, dict=True):
    """A text that somebody typed, which no diagnostic quotes: it may be a secret by mistake."""

    def snippet(self, line: int) -> str | None:  # noqa: ARG002 — as in a file
        """Quote nothing."""
        return None


def read_given_text(text: str, source: str) -> tuple[Node | None, list[Diagnostic]]:
    """Parse a text as YAML, within the limits of a file. No error repeats any of it."""
    node, errors = parse_yaml_value(GivenText(source, text.encode()))
    return node, [_without_text(each, source) for each in errors[:1]]


def _without_text(error: Diagnostic, source: str) -> Diagnostic:
    column = f", column {error.range.start.column}" if error.range else ""
    return Diagnostic("error", error.code, f"{source}{column}: {_meaning(error.code)}")


def _meaning(code: str) -> str:
    return next(each.meaning for each in Code if each == code)
