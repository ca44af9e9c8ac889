"""The JSON document of an apply: declared field by field, and built from a report."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta, field

from confsync.apply.mismatch import Mismatch, ignore_line
from confsync.apply.report import Outcome, Report, Status
from confsync.diagnostics import Diagnostic
from confsync.errors import ApiError, ConfsyncError
from confsync.plan.change import Action, Key
from confsync.plan.difference import LiveValue
from confsync.secret import Secret
from confsync.views.advice import Advice
from confsync.views.documents import Part, Plain, SourcePart, TargetPart, diagnostic_parts, part_of
from confsync.views.plan_builder import (
    configuration_part,
    duplicate_parts,
    ledger_part,
    plain_value,
    source_part,
    unchecked_parts,
    value_type,
)
from confsync.views.plan_document import (
    ActionWord,
    ComparedDocument,
    RequestsPart,
    ValueType,
)


class AnswerPart(Part, frozen=True, kw_only=True):
    """Twilio's error response."""

    method: str
    path: str
    status: int
    code: Annotated[int, Meta(description="Twilio's error code; 0 if the response has none.")]
    message: str
    more_info: str
    request_id: str


class ErrorPart(Part, frozen=True, kw_only=True):
    """Why a change failed."""

    summary: str
    hint: Advice
    answer: AnswerPart | None
    source: SourcePart


class OutcomePart(Part, frozen=True, kw_only=True):
    """The outcome of one change."""

    address: str
    action: Annotated[ActionWord, Meta(description="The main action: the last item in `actions`.")]
    actions: list[ActionWord] = field(default_factory=list)
    status: Literal["done", "failed", "not_started", "unknown"]
    sid: str | None
    request_id: Annotated[str | None, Meta(description="The ID that Twilio assigned to the failed request.")]
    error: ErrorPart | None
    reason: Annotated[str, Meta(description="Why confsync did not start the change.")] = ""
    source: SourcePart | None = None


class ApplySummaryPart(Part, frozen=True, kw_only=True):
    """The number of changes with each outcome."""

    created: int
    updated: int
    replaced: int
    deleted: int
    failed: int
    not_started: int
    unknown: int
    adopted: int = 0
    moved: int = 0
    forgotten: int = 0


class MismatchPart(Part, frozen=True, kw_only=True):
    """A field whose value in Twilio differs from the value that confsync sent."""

    address: str
    path: Annotated[
        str,
        Meta(
            description="The field; empty if the whole resource is missing or still exists after confsync deleted it."
        ),
    ]
    desired: Annotated[Plain, Meta(description="The value in the configuration or, for a missing resource, its SID.")]
    live: Annotated[Plain, Meta(description="The value in Twilio or, for a resource that still exists, its SID.")]
    accept: Annotated[
        str,
        Meta(description="What to write under `lifecycle` to accept Twilio's value; empty if that is not possible."),
    ]
    source: SourcePart
    value_type: ValueType = "value"


class ApplyDocument(ComparedDocument, frozen=True, kw_only=True):
    """What an apply did."""

    kind: Literal["apply"] = "apply"
    outcomes: Annotated[list[OutcomePart], Meta(description="The outcomes of the changes, in the order of the plan.")]
    mismatches: Annotated[
        list[MismatchPart],
        Meta(description="Fields whose values in Twilio differ from those that confsync sent."),
    ] = field(default_factory=list)
    summary: ApplySummaryPart
    requests: RequestsPart


def report_document(report: Report, exit_code: int, *, also: Iterable[Diagnostic] = ()) -> ApplyDocument:
    """Build the document of an apply. `also` are diagnostics of the run, beside those of the plan."""
    return ApplyDocument(
        exit_code=exit_code,
        diagnostics=diagnostic_parts((*report.plan.warnings, *also)),
        configuration=configuration_part(report.plan.revision),
        target=part_of(report.plan.target, TargetPart),
        destroy=report.plan.intent.destroy,
        ledger=ledger_part(report.plan),
        complete=report.plan.complete,
        unchecked=unchecked_parts(report.plan),
        probable_duplicates=duplicate_parts(report.plan),
        outcomes=list(map(outcome_part, report.outcomes)),
        mismatches=list(_mismatches(report.mismatches)),
        summary=_summary(report),
        requests=RequestsPart(reads=report.plan.reads, writes=report.writes),
    )


def outcome_part(outcome: Outcome) -> OutcomePart:
    """Build the part of one outcome."""
    answer = outcome.error.response if isinstance(outcome.error, ApiError) else None
    return part_of(
        outcome,
        OutcomePart,
        address=str(plain_value(outcome.change.address)),
        action=outcome.change.actions[-1].value,
        actions=[each.value for each in outcome.change.actions],
        request_id=answer.request_id or None if answer else None,
        error=_error(outcome, outcome.error) if outcome.error else None,
        source=source_part(outcome.change),
    )


def _summary(report: Report) -> ApplySummaryPart:
    return ApplySummaryPart(
        created=report.done(Action.CREATE) + report.done(Action.RECREATE),
        updated=report.done(Action.UPDATE),
        replaced=report.done(Action.REPLACE),
        deleted=report.done(Action.DELETE),
        failed=report.counts[Status.FAILED],
        not_started=report.counts[Status.NOT_STARTED],
        unknown=report.counts[Status.UNKNOWN],
        adopted=report.done(Action.ADOPT),
        moved=report.done(Action.MOVE),
        forgotten=len(report.plan.forgotten),
    )


def _error(outcome: Outcome, error: ConfsyncError) -> ErrorPart:
    answer = part_of(error.response, AnswerPart) if isinstance(error, ApiError) else None
    return part_of(error, ErrorPart, summary=error.happened, answer=answer, source=source_part(outcome.change))


def _mismatches(mismatches: Iterable[Mismatch]) -> Iterator[MismatchPart]:
    # The line to paste must accept all mismatches of a resource: a second `ignore` would be a duplicate key.
    resources: dict[Key, list[Mismatch]] = {}
    for each in mismatches:
        resources.setdefault(each.change.key, []).append(each)
    for together in resources.values():
        for each in together:
            # of a confirmed value, only another apply can tell whether Twilio or someone else changed it
            yield _mismatch(each, "" if each.confirmed else ignore_line(together))


def _mismatch(mismatch: Mismatch, accept: str) -> MismatchPart:
    field, live = mismatch.change.kind.by_name.get(mismatch.path), _live(mismatch)
    types = [value_type(field, each) for each in (mismatch.desired, live)]
    return part_of(
        mismatch,
        MismatchPart,
        address=str(plain_value(mismatch.change.address)),
        desired=plain_value(mismatch.desired),
        live=plain_value(live),
        accept=accept,
        source=source_part(mismatch.change),
        value_type=next((each for each in types if each != "value"), "value"),
    )


def _live(mismatch: Mismatch) -> LiveValue:
    return Secret("") if isinstance(mismatch.desired, Secret) else mismatch.live
