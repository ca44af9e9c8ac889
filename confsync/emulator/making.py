"""How things are made and changed: what was sent is read, held against the rules, and kept."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from confsync.emulator.deed import Deed, Form, Row
from confsync.emulator.form import columns_for
from confsync.emulator.kind import Kind, Unique
from confsync.emulator.refusal import Refusal, invalid
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Reference
from confsync.emulator.store import Transaction
from confsync.emulator.world import World

BESIDE = ("account_sid", "chat_service_sid")


def make(
    kind: Kind, at: Transaction, world: World, settings: Settings, scope: Mapping[str, str], form: Form
) -> dict[str, Any]:
    """Make a thing with all that comes with it, and give its row."""
    sent = columns_for(kind, "create", form, settings)
    deed = _ruled(kind, Deed(at, world, settings, scope, form, sent, {}))
    sid = world.new_sid(kind.sid)
    at.insert(kind.kept_in, {**scope, "sid": sid, **world.dates(), **deed.sent})
    row = _row(at, kind, {"sid": sid})
    kind.furnish(replace(deed, before=row))
    return _row(at, kind, {"sid": sid})


def change(
    kind: Kind, at: Transaction, world: World, settings: Settings, scope: Mapping[str, str], form: Form, before: Row
) -> dict[str, Any]:
    """Change what was sent, and nothing else; give the row as it is then."""
    sent = columns_for(kind, "update", form, settings)
    deed = _ruled(kind, Deed(at, world, settings, scope, form, sent, before))
    where = {"id": before["id"]} if "id" in before else scope
    touched = {"date_updated": world.today()} if "date_updated" in before else {}
    at.change(kind.kept_in, where, {**touched, **deed.sent})
    return _row(at, kind, where)


def _row(at: Transaction, kind: Kind, where: Mapping[str, Any]) -> dict[str, Any]:
    row = at.find(kind.read_from, where)
    if row is None:
        raise LookupError(kind.name)
    return row


def _ruled(kind: Kind, deed: Deed) -> Deed:
    """Hold a deed against all that the kind's table says, and add what its rules add."""
    for parameter in kind.parameters:
        if isinstance(parameter.shape, Reference) and deed.sent.get(parameter.column) is not None:
            _check_reference(parameter.name, parameter.shape, deed, deed.sent[parameter.column])
    for rule in kind.rules:
        deed = replace(deed, sent={**deed.sent, **rule(deed)})
    for unique in kind.unique:
        _check_unique(kind, unique, deed)
    return deed


def _check_reference(name: str, reference: Reference, deed: Deed, sid: str) -> None:
    beside = {column: deed.scope[column] for column in BESIDE if column in deed.scope}
    found = deed.at.find(reference.kind, {**beside, "sid": sid})
    if found is None:
        raise invalid(name, reference.unknown, f"there is no such {reference.kind}")
    if any(found[column] != value for column, value in reference.alike):
        raise invalid(name, reference.unlike, f"the {reference.kind} is of another type")


def _check_unique(kind: Kind, unique: Unique, deed: Deed) -> None:
    known = {**deed.scope, **deed.row}
    columns = {column: known.get(column) for column in unique.columns}
    if None in columns.values():
        return
    other = deed.at.find(kind.kept_in, columns)
    if other is not None and other["id"] != deed.before.get("id"):
        raise Refusal(409, unique.code, unique.message)
