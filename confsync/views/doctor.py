"""What a doctor found, as a JSON document and as text."""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from confsync.diagnostics import Diagnostic
from confsync.doctor.check import CheckStatus, Diagnosis
from confsync.views.advice import Advice
from confsync.views.documents import DiagnosticPart, Document, Part, diagnostic_parts, part_of
from confsync.views.escaping import printable
from confsync.views.palette import PLAIN, Palette


class CheckPart(Part, frozen=True, kw_only=True):
    """One of the checks that `doctor` performs."""

    name: str
    status: Literal["ok", "not checked", "warning", "failed"]
    text: str
    hint: Annotated[Advice, Meta(description="What you can do about the result.")]


class DoctorSummaryPart(Part, frozen=True, kw_only=True):
    """The number of checks with each status."""

    ok: int
    not_checked: int = 0
    warning: int
    failed: int


class DoctorDocument(Document, frozen=True, kw_only=True):
    """What `doctor` found."""

    kind: Literal["doctor"] = "doctor"
    checks: list[CheckPart]
    summary: DoctorSummaryPart


def doctor_document(diagnosis: Diagnosis, exit_code: int, also: Iterable[Diagnostic] = ()) -> DoctorDocument:
    """Build the document. `also` are diagnostics of the run."""
    counts = diagnosis.counts
    return DoctorDocument(
        exit_code=exit_code,
        diagnostics=diagnostic_parts(also),
        checks=[part_of(each, CheckPart) for each in diagnosis.checks],
        summary=DoctorSummaryPart(**{each.name.lower(): counts[each] for each in CheckStatus}),
    )


def failed_checks(document: DoctorDocument) -> list[DiagnosticPart]:
    """Convert each check that is not ok to a diagnostic, which every other format can show."""
    return [
        DiagnosticPart(
            severity="error" if each.status == "failed" else "warning",
            code=each.name,
            summary=f"not checked: {each.text}" if each.status == "not checked" else each.text,
            detail=each.hint,
            range=None,
            snippet=None,
        )
        for each in document.checks
        if each.status != "ok"
    ]


def doctor_as_text(document: DoctorDocument, palette: Palette = PLAIN) -> str:
    """Render every check with its hint, then the number of checks by status."""
    colours = {"ok": palette.good, "failed": palette.failure}
    lines: list[str] = []
    for each in document.checks:
        status = colours.get(each.status, palette.changed)(f"{each.status:<11}")
        lines.append(f"{status} {palette.loud(each.name)}: {printable(each.text)}")
        if each.hint:
            lines.append(f"            {palette.faint(printable(each.hint))}")
    return "\n".join((*lines, "", f"{doctor_summary(document)}\n"))


def doctor_summary(document: DoctorDocument) -> str:
    """Count the checks by status, in one line."""
    count = document.summary
    warnings = f"{count.warning} warning{'s' * (count.warning > 1)}"
    numbers = (
        (count.ok, f"{count.ok} ok"),
        (count.not_checked, f"{count.not_checked} not checked"),
        (count.warning, warnings),
        (count.failed, f"{count.failed} failed"),
    )
    return f"Checked: {', '.join(text for number, text in numbers if number)}."
