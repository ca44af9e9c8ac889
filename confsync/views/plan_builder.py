"""Builds the document of a plan. Sensitive values, and tokens in URLs, are masked here and nowhere later."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from confsync.apply.precondition import precondition_of, sensitive_fields
from confsync.codecs import Edit, JsonEdit, JsonText
from confsync.config.desired import DesiredValue
from confsync.config.tree import MissingSecret
from confsync.diagnostics import Diagnostic
from confsync.extra_parameters import extra_fields
from confsync.model import Field
from confsync.names import Address
from confsync.plan.change import Action, Change, SecretState
from confsync.plan.difference import Difference, JsonPart, LiveValue
from confsync.plan.plan import Plan, Revision, UnmanagedCount, UnmanagedResource
from confsync.redaction import mask_urls
from confsync.secret import MASK, Secret
from confsync.views import plan_document as parts
from confsync.views.consequence import blast_radius_part, consequence_of
from confsync.views.documents import Plain, SourcePart, TargetPart, diagnostic_parts, part_of, timestamp
from confsync.views.escaping import utf8_safe

MISSING = "(sensitive, not available here)"

_SECRET_STATES = {
    SecretState.UNCHANGED: "(sensitive, unchanged)",
    SecretState.CHANGED: "(sensitive, changed)",
    SecretState.UNKNOWN: "(sensitive, sent again: the value sent before is not known)",
    SecretState.NOT_CHECKED: "(sensitive, not checked: its reference is not available here)",
    SecretState.NOT_COMPARABLE: "(sensitive, not checked: its reference is not available here)",
    SecretState.MODIFIED_OUTSIDE: "(sensitive, not checked: somebody else changed the resource)",
    SecretState.NOT_RECORDED: "(sensitive, not checked: the snapshot does not contain it)",
}

_NOTES: Mapping[SecretState | None, str] = {
    SecretState.CHANGED: "changed; Twilio never returns it",
    SecretState.UNKNOWN: "sent again: Twilio never returns it, and the value sent before is not known",
}


def plan_document(
    plan: Plan, exit_code: int, *, created_at: datetime, also: Iterable[Diagnostic] = ()
) -> parts.PlanDocument:
    """Build the document of a plan. `also` are diagnostics of the run, beside those of the plan."""
    return parts.PlanDocument(
        **left_alone_parts(plan, exit_code, created_at, also),
        summary=plan_summary(plan),
        changes=[change_part(each) for each in plan.changes if each.actions],
    )


def configuration_part(revision: Revision) -> parts.ConfigurationPart:
    """Describe the configuration that was read."""
    git = parts.GitPart(commit=utf8_safe(revision.commit), dirty=revision.dirty) if revision.commit else None
    return part_of(revision, parts.ConfigurationPart, git=git)


def ledger_part(plan: Plan) -> parts.LedgerPart:
    """Describe the ledger that a plan was made with."""
    serial = plan.target.ledger
    return parts.LedgerPart(state="none" if serial is None else "present", serial=serial)


def plain_value(value: LiveValue | DesiredValue) -> Plain:
    """Convert a value to JSON: a set to a sorted list, a reference to its address. Masks what is sensitive."""
    plain: Plain
    match value:
        case Secret():
            plain = MASK
        case MissingSecret():
            plain = MISSING
        case frozenset():
            plain = [utf8_safe(each) for each in sorted(value)]
        case Edit():
            edits = {"add": value.add, "remove": value.remove}
            plain = {name: [utf8_safe(each) for each in sorted(items)] for name, items in edits.items() if items}
        case JsonEdit():
            changes = {"add": value.parts, "remove": tuple(sorted(value.remove))}
            plain = {name: [utf8_safe(mask_urls(each)) for each in items] for name, items in changes.items() if items}
        case Address():
            plain = utf8_safe(str(value))
        case str():
            plain = utf8_safe(mask_urls(value))
        case _:
            plain = value
    return plain


def value_type(field: Field | None, value: LiveValue | DesiredValue) -> parts.ValueType:
    """Say how the text of a value is to be read."""
    if isinstance(value, Address):
        return "reference"
    return "json" if field and isinstance(field.codec, JsonText) and isinstance(value, str) else "value"


def change_part(change: Change) -> parts.ChangePart:
    """Build the part of one change."""
    digest = precondition_of(change)
    return part_of(
        change,
        parts.ChangePart,
        previous_address=utf8_safe(str(change.previous)) if change.previous else None,
        kind=change.kind.section,
        name=_live_name(change),
        before=_before(change) if change.match else None,
        after=_after(change),
        references=list(change.unresolved),
        sensitive=[name for name, value in change.desired.fields.items() if is_sensitive(value)],
        differences=[difference_part(change, each) for each in change.differences],
        also_sent=list(_also_sent(change)),
        precondition=parts.PreconditionPart(digest=digest) if digest else None,
        blast_radius=blast_radius_part(change.radius) if change.radius else None,
        consequence=utf8_safe(consequence_of(change)),
        risk=[part_of(each, parts.RiskPart) for each in sorted(change.risks, key=lambda risk: risk.level)],
    )


def left_alone_parts(plan: Plan, exit_code: int, created_at: datetime, also: Iterable[Diagnostic]) -> dict[str, Any]:
    """Build everything of a plan but its changes."""
    return {
        "exit_code": exit_code,
        "diagnostics": diagnostic_parts((*plan.warnings, *also)),
        "created_at": timestamp(created_at),
        "as_of": timestamp(plan.as_of) if plan.as_of else None,
        "configuration": configuration_part(plan.revision),
        "target": part_of(plan.target, TargetPart),
        "ledger": ledger_part(plan),
        "complete": plan.complete,
        "selection": part_of(plan.intent.selection, parts.SelectionPart),
        "destroy": plan.intent.destroy,
        "applyable": plan.applyable,
        "overrides": part_of(plan.intent.overrides, parts.OverridesPart),
        "guardrails": [
            part_of(each, parts.GuardrailPart, override=utf8_safe(each.override) or None) for each in plan.guardrails
        ],
        # the roles that Twilio creates with each service would outnumber everything else
        "unmanaged": [unmanaged_part(each) for each in plan.unmanaged if not each.found.is_built_in],
        "unmanaged_counts": list(map(unmanaged_count_part, plan.unmanaged_counts)),
        "probable_duplicates": duplicate_parts(plan),
        "orphaned": [part_of(each, parts.OrphanedPart) for each in plan.orphaned],
        "forgotten": [part_of(each, parts.OrphanedPart) for each in plan.forgotten],
        "unchecked": unchecked_parts(plan),
        "missing_secrets": [
            _missing_secret(change, each) for change in plan.changes for each in change.missing_secrets
        ],
        "unrecorded": [part_of(each, parts.UnrecordedPart) for each in plan.unrecorded],
        "requests": part_of(plan, parts.RequestsPart),
    }


def unmanaged_part(unmanaged: UnmanagedResource) -> parts.UnmanagedPart:
    """Describe a live resource that nothing declares."""
    found = unmanaged.found
    return part_of(
        unmanaged,
        parts.UnmanagedPart,
        kind=found.kind.section,
        type=found.described_type,
        name=found.name,
        sid=found.sid,
    )


def unmanaged_count_part(count: UnmanagedCount) -> parts.UnmanagedCountPart:
    """Describe how many resources of a section nobody manages."""
    return part_of(count, parts.UnmanagedCountPart)


def plan_summary(plan: Plan) -> parts.PlanSummaryPart:
    """Count the changes of a plan by what they do."""
    counts = plan.summary
    return parts.PlanSummaryPart(
        create=counts[Action.CREATE] + counts[Action.RECREATE],
        update=counts[Action.UPDATE],
        replace=counts[Action.REPLACE],
        delete=counts[Action.DELETE],
        adopt=counts[Action.ADOPT],
        move=counts[Action.MOVE],
        no_op=sum(not change.actions and not change.desired.implicit for change in plan.changes),
        unconvergeable=sum(change.unconvergeable for change in plan.changes),
    )


def unchecked_parts(plan: Plan) -> list[parts.UncheckedPart]:
    """Describe each declared value that was compared with nothing."""
    return [
        parts.UncheckedPart(
            address=utf8_safe(str(change.address)),
            path=each.path,
            secret=change.kind.by_name[each.path].secret or is_sensitive(change.desired.fields[each.path]),
            reference=utf8_safe(each.name),
            reason=utf8_safe(each.why),
        )
        for change in plan.changes
        for each in change.unchecked
    ]


def duplicate_parts(plan: Plan) -> list[parts.ProbableDuplicatePart]:
    """Describe each probable duplicate."""
    return [part_of(each, parts.ProbableDuplicatePart, kind=each.collection.key) for each in plan.probable_duplicates]


def _missing_secret(change: Change, missing: MissingSecret) -> parts.MissingSecretPart:
    found = missing.diagnostic
    return parts.MissingSecretPart(
        address=utf8_safe(str(change.address)),
        reference=utf8_safe(missing.name),
        text=utf8_safe(found.summary),
        hint=utf8_safe(found.detail or f"give {missing.name} a value here"),
        source=part_of(found.range.start, SourcePart) if found.range else None,
    )


def _live_name(change: Change) -> str | None:
    if change.match is None:
        return None
    field, name = change.kind.name_field, change.match.found.name
    if field is not None and field.name in sensitive_fields(change):
        return MASK
    return None if name is None else utf8_safe(name)


def _before(change: Change) -> dict[str, Plain]:
    """Select the live values that this configuration manages; others may hold what is not ours to show."""
    hidden = sensitive_fields(change)
    fields = (*change.kind.fields, *extra_fields(change.desired.fields))
    names = [each.name for each in fields if change.desired.wants(each) and each.name in change.before]
    return {name: MASK if name in hidden else plain_value(change.before[name]) for name in names}


def _after(change: Change) -> dict[str, Plain]:
    """Select the desired values, without ignored ones of a resource that exists; none of one that is deleted."""
    if change.deletes:
        return {}
    ignored = change.desired.lifecycle.ignore if change.match else frozenset()
    fields = change.desired.fields.items()
    return {name: _desired_value(change, name, value) for name, value in fields if name not in ignored}


def _desired_value(change: Change, name: str, value: DesiredValue) -> Plain:
    return secret_text(change, name) if is_sensitive(value) else plain_value(value)


def difference_part(change: Change, difference: Difference) -> parts.DifferencePart:
    """Describe one field that differs."""
    types = [value_type(difference.field, each) for each in (difference.before, difference.after)]
    return part_of(
        difference,
        parts.DifferencePart,
        before=plain_value(difference.before),
        after=_desired_value(change, difference.path, difference.after),
        parts=[json_difference_part(each) for each in difference.parts],
        value_type=next((each for each in types if each != "value"), "value"),
    )


def json_difference_part(part: JsonPart) -> parts.JsonDifferencePart:
    """Describe one path inside a JSON value, without tokens in URLs."""
    before, after = (None if each is None else utf8_safe(mask_urls(each)) for each in (part.before, part.after))
    return parts.JsonDifferencePart(path=utf8_safe(part.path), before=before, after=after)


def _also_sent(change: Change) -> Iterator[parts.SentPart]:
    """Describe each field that is sent although nothing shows that it differs."""
    differing = {each.path for each in change.differences}
    unchanged = "unchanged" if change.match else "restored"
    for name, value in change.send.items():
        if name not in differing:
            sensitive = is_sensitive(value)
            yield parts.SentPart(
                path=name,
                value=secret_text(change, name) if sensitive else plain_value(value),
                value_type=value_type(None, value),
                note="" if sensitive else _NOTES.get(change.write_only.get(name), unchanged),
            )


def secret_text(change: Change, name: str) -> str:
    """Say what is known of a sensitive value after the change."""
    if isinstance(change.desired.fields.get(name), MissingSecret) and name in change.send:
        return MISSING
    if name in change.write_only:
        return _SECRET_STATES[change.write_only[name]]
    differs = change.match is not None and any(each.path == name for each in change.differences)
    return _SECRET_STATES[SecretState.CHANGED] if differs else MASK


def is_sensitive(value: LiveValue | DesiredValue) -> bool:
    """Whether a value must not be shown."""
    return isinstance(value, Secret | MissingSecret)


def source_part(change: Change) -> SourcePart:
    """Describe the line that asks for a change."""
    return part_of(change.source, SourcePart)
