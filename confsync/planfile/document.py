"""The document that a saved plan is: what is in the file, part by part."""

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from confsync.names import Address, Sid
from confsync.plan.guardrail import Guardrail
from confsync.plan.guardrail_rules import GuardrailRule
from confsync.plan.intent import Intent, Overrides, Selection
from confsync.plan.match import LiveResource
from confsync.plan.plan import Plan
from confsync.plan.unmanaged import OrphanedResource, UnmanagedResource
from confsync.planfile.change import SavedChange, SavedSid, known_kind, loaded, saved
from confsync.planfile.values import (
    Saved,
    SavedAddress,
    SavedDiagnostic,
    SavedPosition,
    SavedRevision,
    SavedSelection,
    SavedTarget,
)
from confsync.version import __version__

FORMAT_VERSION: Literal[1] = 1


class SavedOverrides(Saved):
    """Which guardrails were lifted when it was planned."""

    allow_delete: tuple[SavedAddress, ...] = ()
    allow_recreate: tuple[SavedAddress, ...] = ()
    allow_rollback: bool = False
    max_deletes: int | None = None


class SavedIntent(Saved):
    """What a person wanted of the plan."""

    overrides: SavedOverrides = SavedOverrides()
    selection: SavedSelection = Selection()
    destroy: bool = False


class SavedGuardrail(Saved):
    """One reason not to apply it."""

    rule: GuardrailRule
    addresses: tuple[SavedAddress, ...]
    text: str
    override: str = ""
    source: SavedPosition | None = None


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
    target: SavedTarget
    revision: SavedRevision
    intent: SavedIntent = SavedIntent()
    changes: tuple[SavedChange, ...]
    unmanaged: tuple[SavedStray, ...] = ()
    orphaned: tuple[SavedOrphan, ...] = ()
    forgotten: tuple[SavedOrphan, ...] = ()
    guardrails: tuple[SavedGuardrail, ...] = ()
    warnings: tuple[SavedDiagnostic, ...] = ()
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
        guardrails=tuple(map(_loaded_guardrail, document.guardrails)),
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
        guardrails=tuple(map(_saved_guardrail, plan.guardrails)),
        warnings=plan.warnings,
        reads=plan.reads,
        secrets=tuple(sorted(secrets)),
        signature=None,
    )


_ENVIRONMENT = re.compile(r"[A-Za-z0-9_-]+")
"""Files are named after it."""


def _saved_intent(intent: Intent) -> SavedIntent:
    overrides = SavedOverrides.model_construct(
        allow_delete=tuple(sorted(intent.overrides.allow_delete)),
        allow_recreate=tuple(sorted(intent.overrides.allow_recreate)),
        allow_rollback=intent.overrides.allow_rollback,
        max_deletes=intent.overrides.max_deletes,
    )
    return SavedIntent.model_construct(overrides=overrides, selection=intent.selection, destroy=intent.destroy)


def _loaded_intent(said: SavedIntent) -> Intent:
    overrides = Overrides(
        allow_delete=frozenset(said.overrides.allow_delete),
        allow_recreate=frozenset(said.overrides.allow_recreate),
        allow_rollback=said.overrides.allow_rollback,
        max_deletes=said.overrides.max_deletes,
    )
    return Intent(overrides=overrides, selection=said.selection, destroy=said.destroy)


def _saved_guardrail(guardrail: Guardrail) -> SavedGuardrail:
    return SavedGuardrail.model_construct(
        rule=guardrail.rule,
        addresses=guardrail.addresses,
        text=guardrail.text,
        override=guardrail.override,
        source=guardrail.source,
    )


def _loaded_guardrail(said: SavedGuardrail) -> Guardrail:
    return Guardrail(said.rule, said.addresses, said.text, said.override, said.source)


def _saved_stray(stray: UnmanagedResource) -> SavedStray:
    return SavedStray.model_construct(address=stray.address, sid=stray.found.sid)


def _loaded_stray(said: SavedStray) -> UnmanagedResource:
    return UnmanagedResource(
        said.address, LiveResource(known_kind(said.address), Sid(said.sid) if said.sid else None, {})
    )


def _saved_orphan(orphan: OrphanedResource) -> SavedOrphan:
    return SavedOrphan.model_construct(
        address=orphan.address, sid=orphan.sid, name=orphan.name, reason=orphan.reason, advice=orphan.advice
    )


def _loaded_orphan(said: SavedOrphan) -> OrphanedResource:
    return OrphanedResource(said.address, Sid(said.sid), said.name, said.reason, said.advice)
