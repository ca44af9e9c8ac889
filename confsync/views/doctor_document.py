"""What a doctor found, as programs read it."""

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field

from confsync.diagnostics import Diagnostic
from confsync.doctor.check import CheckStatus, Diagnosis
from confsync.views.diagnostics_document import parts
from confsync.views.documents import Document, Part
from confsync.views.escaping import utf8_safe


class CheckPart(Part):
    """One thing that was looked at."""

    name: str
    status: Literal["ok", "warning", "failed"]
    text: str
    hint: str = Field(description="What to do, where it is not well.")


class DoctorSummaryPart(Part):
    """How many checks ended how."""

    ok: int
    warning: int
    failed: int


class DoctorDocument(Document):
    """What a doctor found; nothing was changed."""

    kind: Literal["doctor"] = "doctor"
    checks: list[CheckPart]
    summary: DoctorSummaryPart


def as_document(diagnosis: Diagnosis, exit_code: int, also: Iterable[Diagnostic] = ()) -> DoctorDocument:
    """Make the document; `also` are the diagnostics of the run."""
    counts = diagnosis.counts
    return DoctorDocument(
        exit_code=exit_code,
        diagnostics=parts(also),
        checks=[
            CheckPart(
                name=each.name,
                status=each.status.value,
                text=utf8_safe(each.text),
                hint=utf8_safe(each.hint),
            )
            for each in diagnosis.checks
        ],
        summary=DoctorSummaryPart(**{each.value: counts[each] for each in CheckStatus}),
    )


def as_diagnostics(diagnosis: Diagnosis) -> Iterator[Diagnostic]:
    """Give what is not well in the form that every other format has a place for."""
    for each in diagnosis.checks:
        if each.status is not CheckStatus.OK:
            severity: Literal["error", "warning"] = "error" if each.status is CheckStatus.FAILED else "warning"
            yield Diagnostic(severity, each.name, each.text, each.hint)
