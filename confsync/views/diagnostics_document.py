"""Mistakes and warnings as programs read them."""

from collections.abc import Iterable

from confsync.diagnostics import Diagnostic, Range
from confsync.views.documents import DiagnosticPart, DiagnosticsDocument, PositionPart, RangePart
from confsync.views.escaping import utf8_safe


def as_document(diagnostics: Iterable[Diagnostic], exit_code: int) -> DiagnosticsDocument:
    """Make the document of a run that has nothing else to tell."""
    return DiagnosticsDocument(exit_code=exit_code, diagnostics=parts(diagnostics))


def parts(diagnostics: Iterable[Diagnostic]) -> list[DiagnosticPart]:
    """Give diagnostics as every document holds them."""
    return [_part(each) for each in diagnostics]


def _part(diagnostic: Diagnostic) -> DiagnosticPart:
    return DiagnosticPart(
        severity=diagnostic.severity,
        code=str(diagnostic.code),
        summary=utf8_safe(diagnostic.summary),
        detail=utf8_safe(diagnostic.detail),
        range=_range(diagnostic.range) if diagnostic.range else None,
        snippet=None if diagnostic.snippet is None else utf8_safe(diagnostic.snippet),
    )


def _range(place: Range) -> RangePart:
    return RangePart(
        file=utf8_safe(place.start.file),
        start=PositionPart(line=place.start.line, column=place.start.column),
        end=PositionPart(line=place.end_line, column=place.end_column),
    )
