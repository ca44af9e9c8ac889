"""Creates and updates rows: parses the form, applies the rules and stores the result."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from confsync.emulator.account import EmulatedAccount
from confsync.emulator.api_error import ErrorResponse, invalid_parameter
from confsync.emulator.forms import columns_from_form
from confsync.emulator.parameter_types import SidReference
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import ResourceSpec, Unique
from confsync.emulator.store import Transaction
from confsync.emulator.write_context import FormFields, Row, WriteContext

SIBLING_COLUMNS = ("account_sid", "chat_service_sid")


def create_row(
    spec: ResourceSpec,
    tx: Transaction,
    account: EmulatedAccount,
    settings: EmulatorSettings,
    scope: Mapping[str, str],
    form: FormFields,
) -> dict[str, Any]:
    """Create a resource with everything that Twilio creates along with it, and return its row."""
    columns = columns_from_form(spec, "create", form, settings)
    context = _apply_rules(spec, WriteContext(tx, account, settings, scope, form, columns, {}))
    sid = account.new_sid(spec.sid_prefix)
    tx.insert(spec.stored_in, {**scope, "sid": sid, **account.creation_dates(), **context.columns})
    spec.on_create(replace(context, existing=_fetch_row(tx, spec, {"sid": sid})))
    return _fetch_row(tx, spec, {"sid": sid})


def update_row(
    spec: ResourceSpec,
    tx: Transaction,
    account: EmulatedAccount,
    settings: EmulatorSettings,
    scope: Mapping[str, str],
    form: FormFields,
    existing: Row,
) -> dict[str, Any]:
    """Change only what the client sent, and return the new row."""
    columns = columns_from_form(spec, "update", form, settings)
    context = _apply_rules(spec, WriteContext(tx, account, settings, scope, form, columns, existing))
    where = {"id": existing["id"]} if "id" in existing else scope
    tx.update(spec.stored_in, where, {**_date_of_update(spec, account, form, existing), **context.columns})
    return _fetch_row(tx, spec, where)


def _date_of_update(spec: ResourceSpec, account: EmulatedAccount, form: FormFields, existing: Row) -> dict[str, str]:
    """Return the date of a change. An update that contains no parameter of the resource is none."""
    changes = any(each.name in form for each in spec.parameters if each.presence("update") != "no")
    return {"date_updated": account.timestamp()} if changes and "date_updated" in existing else {}


def _fetch_row(tx: Transaction, spec: ResourceSpec, where: Mapping[str, Any]) -> dict[str, Any]:
    row = tx.find(spec.read_from, where)
    if row is None:
        raise LookupError(spec.name)
    return row


def _apply_rules(spec: ResourceSpec, context: WriteContext) -> WriteContext:
    """Check a write against the resource's table, and add the columns that its rules set."""
    for parameter in spec.parameters:
        if isinstance(parameter.type, SidReference) and context.columns.get(parameter.column) is not None:
            _check_reference(parameter.name, parameter.type, context, context.columns[parameter.column])
    for rule in spec.rules:
        context = replace(context, columns={**context.columns, **rule(context)})
    for unique in spec.unique:
        _check_unique(spec, unique, context)
    return context


def _check_reference(name: str, reference: SidReference, context: WriteContext, sid: str) -> None:
    siblings = {column: context.scope[column] for column in SIBLING_COLUMNS if column in context.scope}
    target = context.tx.find(reference.table, {**siblings, "sid": sid})
    if target is None:
        raise invalid_parameter(name, reference.unknown, f"there is no such {reference.table}")
    if any(target[column] != value for column, value in reference.matching):
        raise invalid_parameter(name, reference.mismatch, f"the {reference.table} is of another type")


def _check_unique(spec: ResourceSpec, unique: Unique, context: WriteContext) -> None:
    row = {**context.scope, **context.result}
    columns = {column: row.get(column) for column in unique.columns}
    if None in columns.values():
        return
    other = context.tx.find(spec.stored_in, columns)
    if other is not None and other["id"] != context.existing.get("id"):
        raise ErrorResponse(409, unique.code, unique.message)
