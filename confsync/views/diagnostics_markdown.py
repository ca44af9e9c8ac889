"""Mistakes and warnings in a comment on a pull request."""

from collections.abc import Iterable, Iterator

from confsync.diagnostics import Diagnostic
from confsync.views.comment import clipped, fitted, marker
from confsync.views.escaping import markdown, markdown_code


def as_markdown(verb: str, environment: str | None, said: str, diagnostics: Iterable[Diagnostic]) -> str:
    """Make the comment of a run that has nothing else to tell than a sentence, and what is wrong."""
    told = tuple(diagnostics)
    return fitted(lambda _: (*heading(verb, environment), *([markdown(said)] if said else []), *items(told)))


def heading(verb: str, environment: str | None) -> Iterator[str]:
    """Tell what the comment is."""
    yield marker(verb, environment)
    yield f"## confsync {verb}{f': {markdown_code(clipped(environment))}' if environment else ''}"


def items(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """Tell each diagnostic as an item of a list."""
    for each in diagnostics:
        place = f" ({markdown_code(clipped(str(each.range.start)))})" if each.range else ""
        hint = f"\n  {markdown(clipped(each.detail))}" if each.detail else ""
        yield f"- **{each.severity} {each.code}**: {markdown(clipped(each.summary))}{place}{hint}"
