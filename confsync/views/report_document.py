"""How an apply ended, as programs read it."""

from collections.abc import Iterable

from confsync.apply.mismatch import Mismatch
from confsync.apply.report import Outcome, Report, Status
from confsync.diagnostics import Diagnostic
from confsync.errors import ApiError, ConfsyncError
from confsync.plan.change import Action
from confsync.views import plan_parts, report_parts
from confsync.views.diagnostics_document import parts
from confsync.views.escaping import utf8_safe
from confsync.views.mismatch_text import live_of, with_what_to_paste
from confsync.views.plan_document import configuration, source, target
from confsync.views.values import plain


def as_document(report: Report, exit_code: int, *, also: Iterable[Diagnostic] = ()) -> report_parts.ApplyDocument:
    """Make the document of an apply; `also` are diagnostics beside the plan's own."""
    return report_parts.ApplyDocument(
        exit_code=exit_code,
        diagnostics=parts((*report.plan.warnings, *also)),
        configuration=configuration(report.plan),
        target=target(report.plan),
        outcomes=[_outcome(each) for each in report.outcomes],
        mismatches=[_kept(*each) for each in with_what_to_paste(report.mismatches)],
        summary=_summary(report),
        requests=plan_parts.RequestsPart(reads=report.plan.reads, writes=report.writes),
    )


def _summary(report: Report) -> report_parts.ApplySummaryPart:
    return report_parts.ApplySummaryPart(
        created=report.done(Action.CREATE) + report.done(Action.RECREATE),
        updated=report.done(Action.UPDATE),
        replaced=report.done(Action.REPLACE),
        deleted=report.done(Action.DELETE),
        failed=report.counts[Status.FAILED],
        not_started=report.counts[Status.NOT_STARTED],
        unknown=report.counts[Status.UNKNOWN],
    )


def _outcome(outcome: Outcome) -> report_parts.OutcomePart:
    answer = outcome.error.response if isinstance(outcome.error, ApiError) else None
    return report_parts.OutcomePart(
        address=str(plain(outcome.change.address)),
        action=outcome.change.actions[-1].value,
        status=outcome.status.value,
        sid=outcome.sid,
        request_id=answer.request_id or None if answer else None,
        error=_error(outcome, outcome.error) if outcome.error else None,
    )


def _kept(kept: Mismatch, accept: str) -> report_parts.MismatchPart:
    return report_parts.MismatchPart(
        address=utf8_safe(str(kept.change.address)),
        path=utf8_safe(kept.path),
        wanted=plain(kept.desired),
        live=plain(live_of(kept)),
        accept=utf8_safe(accept),
        source=source(kept.change.source),
    )


def _error(outcome: Outcome, error: ConfsyncError) -> report_parts.ErrorPart:
    return report_parts.ErrorPart(
        summary=utf8_safe(error.happened),
        hint=utf8_safe(error.hint),
        answer=_answer(error) if isinstance(error, ApiError) else None,
        source=source(outcome.change.source),
    )


def _answer(error: ApiError) -> report_parts.AnswerPart:
    said = error.response
    return report_parts.AnswerPart(
        method=said.method,
        path=utf8_safe(said.path),
        status=said.status,
        code=said.code,
        message=utf8_safe(said.message),
        more_info=utf8_safe(said.more_info),
        request_id=utf8_safe(said.request_id),
    )
