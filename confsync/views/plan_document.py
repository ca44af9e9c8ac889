"""A plan as programs read it."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from confsync.config.desired import MissingSecret, Wanted
from confsync.diagnostics import Diagnostic, Position
from confsync.engine.change import Action, Change
from confsync.engine.diff import Difference, Part
from confsync.engine.plan import Plan, Target
from confsync.engine.snapshot import Told
from confsync.secret import Secret
from confsync.views import documents
from confsync.views.diagnostics_document import parts
from confsync.views.foreign import transmissible
from confsync.views.values import Plain, json_text, plain, secret_text


def as_document(
    plan: Plan, exit_code: int, *, created_at: datetime, also: Iterable[Diagnostic] = ()
) -> documents.PlanDocument:
    """Make the document of a plan; `also` are diagnostics beside the plan's own."""
    return documents.PlanDocument.model_validate(_content(plan, exit_code, created_at, also))


def as_drift_document(
    plan: Plan, exit_code: int, *, created_at: datetime, also: Iterable[Diagnostic] = ()
) -> documents.DriftDocument:
    """Make the document of a drift."""
    return documents.DriftDocument.model_validate(_content(plan, exit_code, created_at, also))


def configuration(plan: Plan) -> documents.ConfigurationPart:
    """Say which configuration was read."""
    return documents.ConfigurationPart(
        digest=plan.revision.digest, files=[transmissible(each) for each in plan.revision.files]
    )


def target(plan: Plan) -> documents.TargetPart:
    """Say whom the plan is for."""
    meant: Target = plan.target
    return documents.TargetPart(
        account_sid=meant.account_sid,
        environment=meant.environment,
        region=meant.region,
        base_url=meant.base_url,
        emulator=meant.emulator,
    )


def source(position: Position) -> documents.SourcePart:
    """Say where something is asked for."""
    return documents.SourcePart(file=transmissible(position.file), line=position.line, column=position.column)


def _content(plan: Plan, exit_code: int, created_at: datetime, also: Iterable[Diagnostic]) -> dict[str, object]:
    return {
        "exit_code": exit_code,
        "diagnostics": parts((*plan.warnings, *also)),
        "created_at": created_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "configuration": configuration(plan),
        "target": target(plan),
        "ledger": documents.LedgerPart(
            state="none" if plan.target.ledger is None else "present", serial=plan.target.ledger
        ),
        "complete": plan.complete,
        "applyable": plan.applyable,
        "rails": list(_rails(plan)),
        "summary": _summary(plan),
        "changes": [_change(change) for change in plan.changes if change.actions],
        "unmanaged": list(_unmanaged(plan)),
        "orphaned": list(_orphaned(plan)),
        "requests": documents.RequestsPart(reads=plan.reads, writes=plan.writes),
    }


def _rails(plan: Plan) -> Iterator[documents.RailPart]:
    for rail in plan.rails:
        yield documents.RailPart(
            rule=rail.rule,
            addresses=[str(plain(each)) for each in rail.addresses],
            text=transmissible(rail.text),
            lifted_by=transmissible(rail.lifted_by) or None,
        )


def _summary(plan: Plan) -> documents.PlanSummaryPart:
    return documents.PlanSummaryPart(
        create=plan.summary[Action.CREATE],
        update=plan.summary[Action.UPDATE],
        replace=plan.summary[Action.REPLACE],
        delete=0,
        adopt=plan.summary[Action.ADOPT],
        move=plan.summary[Action.MOVE],
        no_op=sum(not change.actions for change in plan.changes),
    )


def _change(change: Change) -> documents.ChangePart:
    return documents.ChangePart(
        address=str(plain(change.address)),
        previous_address=str(plain(change.previous)) if change.previous else None,
        kind=change.kind.section,
        sid=change.sid,
        actions=[each.value for each in change.actions],
        before={name: plain(change.before.get(name)) for name in _managed(change)} if change.match else None,
        after=_after(change),
        references=list(change.unresolved),
        sensitive=[name for name, value in change.desired.fields.items() if _is_sensitive(value)],
        differences=[_difference(change, each) for each in change.differences],
        reason=transmissible(change.reason),
        source=source(change.source),
    )


def _managed(change: Change) -> Iterator[str]:
    """Give the fields that this configuration has a say in and Twilio tells back; others may hold what is not ours."""
    for field in change.kind.fields:
        if change.desired.wants(field) and field.name in change.before:
            yield field.name


def _after(change: Change) -> dict[str, Plain]:
    """Tell the desired fields; of one that exists, without what is ignored."""
    ignored = change.desired.lifecycle.ignore if change.match else frozenset()
    wanted = {name: value for name, value in change.desired.fields.items() if name not in ignored}
    return {name: _value(change, name, value) for name, value in wanted.items()}


def _value(change: Change, name: str, value: Told | Wanted) -> Plain:
    return secret_text(change, name) if _is_sensitive(value) else plain(value)


def _difference(change: Change, difference: Difference) -> documents.DifferencePart:
    return documents.DifferencePart(
        path=difference.path,
        before=plain(difference.before),
        after=_value(change, difference.path, difference.after),
        added=[transmissible(each) for each in difference.added],
        removed=[transmissible(each) for each in difference.removed],
        parts=[_part(each) for each in difference.parts],
    )


def _part(part: Part) -> documents.PartPart:
    before, after = (None if each is None else json_text(each) for each in (part.before, part.after))
    return documents.PartPart(path=transmissible(part.path), before=before, after=after)


def _is_sensitive(value: Told | Wanted) -> bool:
    return isinstance(value, Secret | MissingSecret)


def _unmanaged(plan: Plan) -> Iterator[documents.UnmanagedPart]:
    for stray in plan.unmanaged:
        yield documents.UnmanagedPart(
            address=str(plain(stray.address)), kind=stray.found.kind.section, sid=stray.found.sid
        )


def _orphaned(plan: Plan) -> Iterator[documents.OrphanedPart]:
    for orphan in plan.orphaned:
        yield documents.OrphanedPart(
            address=str(plain(orphan.address)), sid=orphan.sid, reason=transmissible(orphan.reason)
        )
