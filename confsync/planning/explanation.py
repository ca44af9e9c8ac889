"""Explains the values of one declared resource."""

from collections.abc import Iterator

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.provenance import Origin, Provenance
from confsync.config.references.substitution import variables_in
from confsync.config.variable_origin import VariableOrigin, variable_origin
from confsync.diagnostics import did_you_mean
from confsync.errors import UsageError
from confsync.extra_parameters import extra_fields
from confsync.model import Field, Kind
from confsync.names import Address
from confsync.plan.change import Change
from confsync.plan.drift import LastApplied
from confsync.plan.explanation import ExplainedField, Explanation, Treatment
from confsync.planning.drift import last_applied
from confsync.planning.make import LivePlan
from confsync.quoting import in_quotes


def find_fields(config: Config, address: Address, name: str | None) -> tuple[Desired, tuple[Field, ...]]:
    """Return a declared resource and the fields to explain: the declared ones, or those that a name stands for.

    Raises UsageError if nothing is declared at the address, or if it has no such field.
    """
    desired = config.declared.get(address)
    if desired is None:
        raise UsageError.unknown_name(
            f"Nothing is declared at {address}.",
            str(address),
            map(str, config.declared),
            none_known="The configuration declares no resource.",
        )
    if name is None:
        return desired, tuple(each for each in _fields_of(desired) if each.name in desired.fields)
    found = fields_named(desired, name)
    if not found:
        raise unknown_field(desired.kind, name)
    return desired, found


def split_at_field(text: str) -> tuple[str, str | None]:
    """Split `ADDRESS#FIELD`; without a `#`, there is no field. Raises UsageError for a `#` without a field."""
    address, mark, name = text.partition("#")
    if mark and not name:
        raise UsageError(
            f"{in_quotes(text)} names no field after the `#`.", hint="Name a field after the `#`, or remove the `#`."
        )
    return address, name if mark else None


def fields_named(desired: Desired, name: str) -> tuple[Field, ...]:
    """Return the fields of a resource that a name stands for: one field, or all those of a block."""
    return tuple(each for each in _fields_of(desired) if each.name == name or each.name.startswith(f"{name}."))


def unknown_field(kind: Kind, name: str) -> UsageError:
    """Make the error about a field that no resource of a kind has."""
    meant = did_you_mean(name, kind.by_name)
    hint = f"{meant[:1].upper()}{meant[1:]}" if meant else f"It has {', '.join(kind.by_name)}."
    return UsageError(f"{kind.a_title.capitalize()} has no field {in_quotes(name)}.", hint=hint)


def explain(config: Config, address: Address, name: str | None, plan: LivePlan | None = None) -> Explanation:
    """Explain a resource or one field. Without a plan, say nothing about Twilio. Raises as `find_fields` does."""
    desired, fields = find_fields(config, address, name)
    provenance = Provenance(config)
    origins = provenance.origins_of(desired)
    change = _find_change(plan, desired) if plan else None
    return Explanation(
        config=config,
        desired=desired,
        fields=tuple(_explained(config, desired, each, origins.get(each.name), plan, change) for each in fields),
        item=provenance.item_of(address),
        layers=len(config.layers),
        change=change,
    )


def _find_change(plan: LivePlan, desired: Desired) -> Change | None:
    """Return what a plan does about a resource, or its match alone if that is looked up or deleted."""
    planned = next((each for each in plan.changes if each.address == desired.address and not each.deletes), None)
    match = plan.snapshot.matches.get(desired.address)
    if planned or match is None:
        return planned
    return Change(desired=desired, match=match, before=plan.snapshot.masked_fields(desired, match.found))


def _fields_of(desired: Desired) -> tuple[Field, ...]:
    return (*desired.kind.fields, *extra_fields(desired.fields))


def _explained(
    config: Config,
    desired: Desired,
    field: Field,
    origin: Origin | None,
    plan: LivePlan | None,
    change: Change | None,
) -> ExplainedField:
    declared = field.name in desired.fields
    return ExplainedField(
        field=field,
        treatment=_treatment(desired, field),
        origin=origin if declared else None,
        variables=tuple(_variables(config, origin)) if declared and origin else (),
        last_applied=_last_applied(plan, change, field) if declared else None,
    )


def _treatment(desired: Desired, field: Field) -> Treatment:
    if field.name not in desired.fields:
        return Treatment.NOT_DECLARED
    return Treatment.IGNORED if field.name in desired.lifecycle.ignore else Treatment.MANAGED


def _last_applied(plan: LivePlan | None, change: Change | None, field: Field) -> LastApplied | None:
    return last_applied(plan, change, field) if plan and change else None


def _variables(config: Config, origin: Origin) -> Iterator[VariableOrigin]:
    for name in dict.fromkeys(variables_in(origin.node)):
        yield variable_origin(config, name)
