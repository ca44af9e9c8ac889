"""A rehearsal, as a JSON document, as text and as Markdown."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta

from confsync.diagnostics import Diagnostic
from confsync.plan.rehearsal import Rehearsal, RehearsedFault, RehearsedRun, worst_code
from confsync.views.comment import Detail, fitted
from confsync.views.diagnostics_text import comment_heading
from confsync.views.documents import Document, Part, diagnostic_parts, part_of
from confsync.views.escaping import markdown_fence, printable
from confsync.views.palette import PLAIN, Palette
from confsync.views.table import table_lines
from confsync.views.wording import counted

_HEADINGS = ("FAULT", "RUNS", "WORST EXIT", "RERUNS", "WORST RERUN", "LONGEST WAIT")
_MOST_SHOWN = 20
_MOST_NAMED = 5

FaultName = Literal[
    "none", "429", "reset before commit", "reset after commit", "kill before commit", "kill after commit"
]


class RehearsedWritePart(Part, frozen=True, kw_only=True):
    """A write request in the plan."""

    address: Annotated[
        str,
        Meta(
            description="The address of the resource or, if the request is not about a resource, the path of the "
            "request."
        ),
    ]
    method: Literal["POST", "DELETE"]


class RehearsedRunPart(Part, frozen=True, kw_only=True):
    """One run of the plan on the emulator."""

    fault: FaultName
    write: Annotated[
        RehearsedWritePart | None,
        Meta(description="The write request that the fault affects."),
    ]
    code: Annotated[int | None, Meta(description="The exit code of the run; null if confsync was killed.")]
    rerun_code: Annotated[int | None, Meta(description="The exit code of the rerun; null if no rerun was necessary.")]
    worst_code: Annotated[
        int,
        Meta(
            description="The more severe of `code` and `rerun_code`. If `duplicates`, `missing` or `different` is not "
            "empty, exit code 6 is also taken into account."
        ),
    ]
    message: Annotated[
        str,
        Meta(description="Why the rerun failed or, if there was no failed rerun, why the run failed."),
    ]
    waited: Annotated[float, Meta(ge=0, description="How many seconds of simulated time confsync waited.")]
    duplicates: Annotated[
        list[str], Meta(description="Resources that exist after this run but not after the run without faults.")
    ]
    missing: Annotated[
        list[str], Meta(description="Resources that exist after the run without faults but not after this run.")
    ]
    different: Annotated[
        list[str],
        Meta(description="Resources whose values after this run differ from those after the run without faults."),
    ]


class FaultSummaryPart(Part, frozen=True, kw_only=True):
    """A summary of all runs with the same fault."""

    fault: FaultName
    runs: int
    failed: Annotated[int, Meta(description="The number of runs whose `worst_code` is not 0.")]
    worst_code: Annotated[
        int | None,
        Meta(description="The most severe `code` of these runs; null if all of them were killed."),
    ]
    reruns: int
    worst_rerun_code: int | None
    longest_wait: Annotated[float, Meta(ge=0, description="The highest value of `waited` in these runs.")]


class RehearsalDocument(Document, frozen=True, kw_only=True):
    """What happened when confsync applied a saved plan to a copy of the account, with and without injected faults."""

    kind: Literal["rehearsal"] = "rehearsal"
    plan_id: str
    account_sid: str
    environment: str | None
    changes: Annotated[int, Meta(description="The number of changes in the plan that have not been made yet.")]
    writes: list[RehearsedWritePart]
    reads: Annotated[int, Meta(description="The number of GET requests that confsync sent to the account.")]
    seconds: Annotated[float, Meta(ge=0, description="How many seconds the rehearsal took.")]
    faults: list[FaultSummaryPart]
    runs: list[RehearsedRunPart]


def rehearsal_document(rehearsal: Rehearsal, exit_code: int, also: Iterable[Diagnostic] = ()) -> RehearsalDocument:
    """Build the document. `also` are diagnostics of the run."""
    return part_of(
        rehearsal,
        RehearsalDocument,
        kind="rehearsal",
        exit_code=exit_code,
        diagnostics=diagnostic_parts(also),
        seconds=round(rehearsal.seconds, 1),
        faults=list(_summaries(rehearsal)),
        runs=[part_of(run, RehearsedRunPart, waited=round(run.waited, 1)) for run in rehearsal.runs],
    )


def rehearsal_as_text(document: RehearsalDocument, palette: Palette = PLAIN) -> str:
    """Render a row for each fault, the runs that failed, and one sentence."""
    lines = [*table_lines([_HEADINGS, *map(_row, document.faults)]), ""]
    failures = list(failure_lines(document))
    return "\n".join((*lines, *failures, *([""] if failures else []), palette.loud(rehearsal_summary(document)))) + "\n"


def rehearsal_as_markdown(document: RehearsalDocument) -> str:
    """Render a comment with the same lines."""

    def page(detail: Detail) -> Iterator[str]:
        yield from comment_heading("rehearse", document.environment)
        yield f"**{rehearsal_summary(document)}**"
        yield markdown_fence(list(table_lines([_HEADINGS, *map(_row, document.faults)])), "text")
        failures = list(failure_lines(document))
        if failures and detail < Detail.NO_REMARKS:
            yield markdown_fence(failures, "text")

    return fitted(page)


def rehearsal_summary(document: RehearsalDocument) -> str:
    """Say in one sentence what was rehearsed, and how it ended."""
    failed = sum(each.failed for each in document.faults)
    runs, changes = counted(len(document.runs), "run"), counted(document.changes, "change")
    writes = counted(len(document.writes), "write")
    ended = f"{failed:,} failed" if failed else "each ended with exit code 0 and the same resources"
    return f"Rehearsed {changes} with {writes}: {runs} on an emulator, and {ended}."


def failure_lines(document: RehearsalDocument) -> Iterator[str]:
    """Describe the runs that failed: where the fault struck, how the run ended, and what differs afterwards."""
    failed = [run for run in document.runs if run.worst_code]
    for run in failed[:_MOST_SHOWN]:
        yield printable(f"{_place(run)}: {'; '.join(_ends(run))}")
    if len(failed) > _MOST_SHOWN:
        yield f"and {len(failed) - _MOST_SHOWN:,} more"


def fault_sentences(document: RehearsalDocument) -> Iterator[tuple[FaultSummaryPart, str]]:
    """Say in a sentence how the runs with each fault ended."""
    for each in document.faults:
        cells = zip(_HEADINGS, _row(each), strict=True)
        yield each, ", ".join(f"{heading.lower()} {cell}" for heading, cell in cells)


def _place(run: RehearsedRunPart) -> str:
    return f"{run.write.address}, {run.write.method}, {run.fault}" if run.write else "without a fault"


def _ends(run: RehearsedRunPart) -> Iterator[str]:
    codes = (("exit", run.code), ("rerun", run.rerun_code))
    yield ", ".join(f"{name} {code}" for name, code in codes if code is not None)
    if run.message:
        yield run.message
    for words, named in (("duplicate", run.duplicates), ("missing", run.missing), ("different", run.different)):
        if named:
            more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
            yield f"{words}: {', '.join(named[:_MOST_NAMED])}{more}"


def _row(fault: FaultSummaryPart) -> tuple[str, ...]:
    codes = ("-" if code is None else str(code) for code in (fault.worst_code, fault.worst_rerun_code))
    worst, worst_rerun = codes
    return fault.fault, f"{fault.runs:,}", worst, f"{fault.reruns:,}", worst_rerun, f"{fault.longest_wait:.1f} s"


def _summaries(rehearsal: Rehearsal) -> Iterator[FaultSummaryPart]:
    for fault in RehearsedFault:
        runs = [run for run in rehearsal.runs if run.fault is fault]
        if runs:
            yield _summary(fault, runs)


def _summary(fault: RehearsedFault, runs: list[RehearsedRun]) -> FaultSummaryPart:
    codes = [run.code for run in runs if run.code is not None]
    again = [run.rerun_code for run in runs if run.rerun_code is not None]
    return FaultSummaryPart(
        fault=fault.value,
        runs=len(runs),
        failed=sum(bool(run.worst_code) for run in runs),
        worst_code=int(worst_code(codes)) if codes else None,
        reruns=len(again),
        worst_rerun_code=int(worst_code(again)) if again else None,
        longest_wait=round(max(run.waited for run in runs), 1),
    )
