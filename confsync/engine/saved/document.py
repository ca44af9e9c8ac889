"""The document that a saved plan is: what is in the file, part by part."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from confsync import __version__
from confsync.diagnostics import Diagnostic, Position
from confsync.engine.identity import Stray
from confsync.engine.intent import Intent, Lifts, Selection
from confsync.engine.orphans import Orphan
from confsync.engine.plan import Plan, Revision, Target
from confsync.engine.reading import Found
from confsync.engine.safety.rail import Rail
from confsync.engine.saved.change import SavedChange, SavedSid, known_kind, loaded, saved
from confsync.engine.saved.values import Saved, SavedAddress
from confsync.names import Address, Sid

FORMAT_VERSION: Literal[1] = 1


class SavedLifts(Saved):
    """Which rails were lifted when it was planned."""

    allow_delete: tuple[SavedAddress, ...] = ()
    allow_recreate: tuple[SavedAddress, ...] = ()
    allow_rollback: bool = False
    max_deletes: int | None = None


class SavedIntent(Saved):
    """What a person wanted of the plan."""

    lifts: SavedLifts = SavedLifts()
    selection: Selection = Selection()
    destroy: bool = False


class SavedRail(Saved):
    """One reason not to apply it."""

    rule: str
    addresses: tuple[SavedAddress, ...]
    text: str
    lifted_by: str = ""
    source: Position | None = None


class SavedStray(Saved):
    """Something that nobody declared; what it holds is nobody's business here."""

    address: SavedAddress
    sid: SavedSid | None = None


class SavedOrphan(Saved):
    """Something of ours that is declared no longer."""

    address: SavedAddress
    sid: SavedSid
    name: str
    reason: str
    advice: str = ""


class SavedDocument(Saved):
    """The whole file. `secrets` are those that an apply of it may send: address and field, never a value."""

    kind: Literal["saved-plan"] = "saved-plan"
    format_version: Literal[1] = FORMAT_VERSION
    confsync_version: str = __version__
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    created_at: datetime
    expires_at: datetime
    target: Target
    revision: Revision
    intent: SavedIntent = SavedIntent()
    changes: tuple[SavedChange, ...]
    unmanaged: tuple[SavedStray, ...] = ()
    orphaned: tuple[SavedOrphan, ...] = ()
    forgotten: tuple[SavedOrphan, ...] = ()
    rails: tuple[SavedRail, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
    reads: int
    secrets: tuple[tuple[SavedAddress, str], ...] = ()
    signature: str | None = None


def plan_of(document: SavedDocument) -> Plan:
    """Read the plan again. Raises ValueError where something in it is nothing that we know."""
    if not _ENVIRONMENT.fullmatch(document.target.environment or "none"):
        raise ValueError("this cannot be an environment's name")
    return Plan(
        target=document.target,
        revision=document.revision,
        intent=_loaded_intent(document.intent),
        changes=tuple(map(loaded, document.changes)),
        unmanaged=tuple(map(_loaded_stray, document.unmanaged)),
        orphaned=tuple(map(_loaded_orphan, document.orphaned)),
        forgotten=tuple(map(_loaded_orphan, document.forgotten)),
        rails=tuple(map(_loaded_rail, document.rails)),
        warnings=document.warnings,
        reads=document.reads,
    )


def document_of(
    plan: Plan, identifier: str, created_at: datetime, expires_at: datetime, secrets: frozenset[tuple[Address, str]]
) -> SavedDocument:
    """Write a plan down, under an id of its own."""
    return SavedDocument.model_construct(
        kind="saved-plan",
        format_version=FORMAT_VERSION,
        confsync_version=__version__,
        id=identifier,
        created_at=created_at,
        expires_at=expires_at,
        target=plan.target,
        revision=plan.revision,
        intent=_saved_intent(plan.intent),
        changes=tuple(map(saved, plan.changes)),
        unmanaged=tuple(map(_saved_stray, plan.unmanaged)),
        orphaned=tuple(map(_saved_orphan, plan.orphaned)),
        forgotten=tuple(map(_saved_orphan, plan.forgotten)),
        rails=tuple(map(_saved_rail, plan.rails)),
        warnings=plan.warnings,
        reads=plan.reads,
        secrets=tuple(sorted(secrets)),
        signature=None,
    )


_ENVIRONMENT = re.compile(r"[A-Za-z0-9_-]+")
"""Files are named after it."""


def _saved_intent(intent: Intent) -> SavedIntent:
    lifts = SavedLifts.model_construct(
        allow_delete=tuple(sorted(intent.lifts.allow_delete)),
        allow_recreate=tuple(sorted(intent.lifts.allow_recreate)),
        allow_rollback=intent.lifts.allow_rollback,
        max_deletes=intent.lifts.max_deletes,
    )
    return SavedIntent.model_construct(lifts=lifts, selection=intent.selection, destroy=intent.destroy)


def _loaded_intent(said: SavedIntent) -> Intent:
    lifts = Lifts(
        allow_delete=frozenset(said.lifts.allow_delete),
        allow_recreate=frozenset(said.lifts.allow_recreate),
        allow_rollback=said.lifts.allow_rollback,
        max_deletes=said.lifts.max_deletes,
    )
    return Intent(lifts=lifts, selection=said.selection, destroy=said.destroy)


def _saved_rail(rail: Rail) -> SavedRail:
    return SavedRail.model_construct(
        rule=rail.rule,
        addresses=rail.addresses,
        text=rail.text,
        lifted_by=rail.lifted_by,
        source=rail.source,
    )


def _loaded_rail(said: SavedRail) -> Rail:
    return Rail(said.rule, said.addresses, said.text, said.lifted_by, said.source)


def _saved_stray(stray: Stray) -> SavedStray:
    return SavedStray.model_construct(address=stray.address, sid=stray.found.sid)


def _loaded_stray(said: SavedStray) -> Stray:
    return Stray(said.address, Found(known_kind(said.address), Sid(said.sid) if said.sid else None, {}))


def _saved_orphan(orphan: Orphan) -> SavedOrphan:
    return SavedOrphan.model_construct(
        address=orphan.address, sid=orphan.sid, name=orphan.name, reason=orphan.reason, advice=orphan.advice
    )


def _loaded_orphan(said: SavedOrphan) -> Orphan:
    return Orphan(said.address, Sid(said.sid), said.name, said.reason, said.advice)
