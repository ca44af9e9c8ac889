"""A plan as programs read it."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from confsync.apply.precondition import precondition_of, sensitive_fields
from confsync.config.desired import DesiredValue, MissingSecret
from confsync.diagnostics import Diagnostic, Position
from confsync.names import Address
from confsync.plan.change import Action, Change
from confsync.plan.difference import Difference, LiveValue, Part
from confsync.plan.intent import Overrides, Selection
from confsync.plan.plan import Plan, Target
from confsync.plan.risk import Risk
from confsync.plan.unmanaged import OrphanedResource
from confsync.secret import MASK, Secret
from confsync.views import blast_radius, plan_parts
from confsync.views.diagnostics_document import parts
from confsync.views.escaping import utf8_safe
from confsync.views.severity import level_word, most_severe_risks
from confsync.views.values import Plain, json_text, live_name, plain, secret_text


def as_document(
    plan: Plan, exit_code: int, *, created_at: datetime, also: Iterable[Diagnostic] = ()
) -> plan_parts.PlanDocument:
    """Make the document of a plan; `also` are diagnostics beside the plan's own."""
    return plan_parts.PlanDocument.model_validate(_content(plan, exit_code, created_at, also))


def as_drift_document(
    plan: Plan, exit_code: int, *, created_at: datetime, also: Iterable[Diagnostic] = ()
) -> plan_parts.DriftDocument:
    """Make the document of a drift."""
    return plan_parts.DriftDocument.model_validate(_content(plan, exit_code, created_at, also))


def configuration(plan: Plan) -> plan_parts.ConfigurationPart:
    """Say which configuration was read."""
    commit, dirty = plan.revision.commit, plan.revision.dirty
    return plan_parts.ConfigurationPart(
        digest=plan.revision.digest,
        files=[utf8_safe(each) for each in plan.revision.files],
        git=plan_parts.GitPart(commit=utf8_safe(commit), dirty=dirty) if commit else None,
    )


def target(plan: Plan) -> plan_parts.TargetPart:
    """Say whom the plan is for."""
    meant: Target = plan.target
    return plan_parts.TargetPart(
        account_sid=meant.account_sid,
        environment=meant.environment,
        region=meant.region,
        base_url=meant.base_url,
        emulator=meant.emulator,
    )


def source(position: Position) -> plan_parts.SourcePart:
    """Say where something is asked for."""
    return plan_parts.SourcePart(file=utf8_safe(position.file), line=position.line, column=position.column)


def _content(plan: Plan, exit_code: int, created_at: datetime, also: Iterable[Diagnostic]) -> dict[str, object]:
    return {
        "exit_code": exit_code,
        "diagnostics": parts((*plan.warnings, *also)),
        "created_at": created_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "configuration": configuration(plan),
        "target": target(plan),
        "ledger": plan_parts.LedgerPart(
            state="none" if plan.target.ledger is None else "present", serial=plan.target.ledger
        ),
        "complete": plan.complete,
        "selection": _selection(plan.intent.selection),
        "destroy": plan.intent.destroy,
        "overrides": _overrides(plan.intent.overrides),
        "applyable": plan.applyable,
        "guardrails": list(_guardrails(plan)),
        "summary": _summary(plan),
        "changes": [_change(change) for change in plan.changes if change.actions],
        "unmanaged": list(_unmanaged(plan)),
        "orphaned": list(_orphaned(plan.orphaned)),
        "forgotten": list(_orphaned(plan.forgotten)),
        "requests": plan_parts.RequestsPart(reads=plan.reads, writes=plan.writes),
    }


def _selection(selection: Selection) -> plan_parts.SelectionPart:
    said = (selection.targets, selection.excludes, selection.kinds)
    targets, excludes, kinds = ([utf8_safe(each) for each in globs] for globs in said)
    return plan_parts.SelectionPart(targets=targets, excludes=excludes, kinds=kinds)


def _overrides(overrides: Overrides) -> plan_parts.OverridesPart:
    return plan_parts.OverridesPart(
        allow_delete=sorted(map(_address, overrides.allow_delete)),
        allow_recreate=sorted(map(_address, overrides.allow_recreate)),
        allow_rollback=overrides.allow_rollback,
        max_deletes=overrides.max_deletes,
    )


def _guardrails(plan: Plan) -> Iterator[plan_parts.GuardrailPart]:
    for guardrail in plan.guardrails:
        yield plan_parts.GuardrailPart(
            rule=guardrail.rule,
            addresses=[_address(each) for each in guardrail.addresses],
            text=utf8_safe(guardrail.text),
            override=utf8_safe(guardrail.override) or None,
        )


def _summary(plan: Plan) -> plan_parts.PlanSummaryPart:
    return plan_parts.PlanSummaryPart(
        create=plan.summary[Action.CREATE] + plan.summary[Action.RECREATE],
        update=plan.summary[Action.UPDATE],
        replace=plan.summary[Action.REPLACE],
        delete=plan.summary[Action.DELETE],
        adopt=plan.summary[Action.ADOPT],
        move=plan.summary[Action.MOVE],
        no_op=sum(not change.actions for change in plan.changes),
    )


def _change(change: Change) -> plan_parts.ChangePart:
    return plan_parts.ChangePart(
        address=_address(change.address),
        previous_address=_address(change.previous) if change.previous else None,
        kind=change.kind.section,
        sid=change.sid,
        name=_name(change),
        actions=[each.value for each in change.actions],
        before=_before(change) if change.match else None,
        after=_after(change),
        references=list(change.unresolved),
        sensitive=[name for name, value in change.desired.fields.items() if _is_sensitive(value)],
        differences=[_difference(change, each) for each in change.differences],
        reason=utf8_safe(change.reason),
        source=source(change.source),
        precondition=_precondition(change),
        blast_radius=blast_radius.as_part(change.radius) if change.radius else None,
        risk=[_risk(each) for each in most_severe_risks(change)],
        also_deleted=[_address(each) for each in change.also_deleted],
    )


def _name(change: Change) -> str | None:
    name = live_name(change)
    return None if name is None else utf8_safe(name)


def _precondition(change: Change) -> plan_parts.PreconditionPart | None:
    digest = precondition_of(change)
    return plan_parts.PreconditionPart(digest=digest) if digest else None


def _risk(risk: Risk) -> plan_parts.RiskPart:
    return plan_parts.RiskPart(rule=utf8_safe(risk.rule), level=level_word(risk.level), text=utf8_safe(risk.text))


def _before(change: Change) -> dict[str, Plain]:
    hidden = sensitive_fields(change)
    return {name: MASK if name in hidden else plain(change.before.get(name)) for name in _managed(change)}


def _managed(change: Change) -> Iterator[str]:
    """Give the fields that this configuration has a say in and Twilio tells back; others may hold what is not ours."""
    for field in change.kind.fields:
        if change.desired.wants(field) and field.name in change.before:
            yield field.name


def _after(change: Change) -> dict[str, Plain]:
    """Tell the desired fields; of one that exists, without what is ignored, and none of one that is to be gone."""
    if change.deletes:
        return {}
    ignored = change.desired.lifecycle.ignore if change.match else frozenset()
    wanted = {name: value for name, value in change.desired.fields.items() if name not in ignored}
    return {name: _value(change, name, value) for name, value in wanted.items()}


def _value(change: Change, name: str, value: LiveValue | DesiredValue) -> Plain:
    return secret_text(change, name) if _is_sensitive(value) else plain(value)


def _difference(change: Change, difference: Difference) -> plan_parts.DifferencePart:
    return plan_parts.DifferencePart(
        path=difference.path,
        before=plain(difference.before),
        after=_value(change, difference.path, difference.after),
        added=[utf8_safe(each) for each in difference.added],
        removed=[utf8_safe(each) for each in difference.removed],
        parts=[_part(each) for each in difference.parts],
    )


def _part(part: Part) -> plan_parts.PartPart:
    before, after = (None if each is None else json_text(each) for each in (part.before, part.after))
    return plan_parts.PartPart(path=utf8_safe(part.path), before=before, after=after)


def _is_sensitive(value: LiveValue | DesiredValue) -> bool:
    return isinstance(value, Secret | MissingSecret)


def _unmanaged(plan: Plan) -> Iterator[plan_parts.UnmanagedPart]:
    for stray in plan.unmanaged:
        yield plan_parts.UnmanagedPart(
            address=_address(stray.address), kind=stray.found.kind.section, sid=stray.found.sid
        )


def _orphaned(orphans: Iterable[OrphanedResource]) -> Iterator[plan_parts.OrphanedPart]:
    for orphan in orphans:
        yield plan_parts.OrphanedPart(
            address=_address(orphan.address),
            sid=orphan.sid,
            name=utf8_safe(orphan.name),
            reason=utf8_safe(orphan.reason),
            advice=utf8_safe(orphan.advice),
        )


def _address(address: Address) -> str:
    return utf8_safe(str(address))
