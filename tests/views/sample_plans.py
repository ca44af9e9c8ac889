"""Invented documents, for pages that must show whatever a document may contain, now or later."""

from datetime import UTC, datetime
from typing import Any, Literal

from msgspec.structs import replace

from confsync.views import plan_document as plan_parts
from confsync.views.documents import SourcePart, TargetPart

MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SOURCE = SourcePart(file="confsync.yaml", line=7, column=3)


def change(address: str, *actions: str, **fields: Any) -> plan_parts.ChangePart:  # noqa: ANN401 — any field of a change
    """Return a change, whose actions and fields may be of a later version of the documents."""
    known: dict[str, Any] = {
        "previous_address": None,
        "kind": "roles",
        "sid": None,
        "before": None,
        "after": {},
        "references": [],
        "sensitive": [],
        "differences": [],
        "reason": "",
        "source": SOURCE,
    }
    made = plan_parts.ChangePart(address=address, actions=[], **known)
    return replace(made, actions=list(actions), **fields)


def risk(level: Literal["high", "medium", "low"], text: str) -> plan_parts.RiskPart:
    """Return a risk."""
    return plan_parts.RiskPart(rule="made-up", level=level, text=text)


def difference(path: str, **fields: Any) -> plan_parts.DifferencePart:  # noqa: ANN401 — any field of a difference
    """Return a difference."""
    known: dict[str, Any] = {"before": None, "after": None, "added": [], "removed": [], "parts": []}
    return plan_parts.DifferencePart(path=path, **{**known, **fields})


def document(*changes: plan_parts.ChangePart, **fields: Any) -> plan_parts.PlanDocument:  # noqa: ANN401 — any field
    """Make a plan of changes."""
    made = plan_parts.PlanDocument(
        exit_code=0,
        diagnostics=[],
        created_at="2026-01-02T03:04:05Z",
        configuration=plan_parts.ConfigurationPart(digest="0", files=["confsync.yaml"]),
        target=TargetPart(
            account_sid="AC" + "a" * 32,
            environment="dev",
            region=None,
            base_url="https://conversations.twilio.com",
            emulator=False,
        ),
        ledger=plan_parts.LedgerPart(state="none", serial=None),
        complete=True,
        applyable=True,
        guardrails=[],
        summary=plan_parts.PlanSummaryPart(create=0, update=0, replace=0, delete=0, adopt=0, move=0, no_op=0),
        changes=list(changes),
        unmanaged=[],
        orphaned=[],
        requests=plan_parts.RequestsPart(reads=0, writes=0),
    )
    return replace(made, **fields)


def desks(count: int) -> plan_parts.PlanDocument:
    """Make a plan of many services, with five changes in each; one in ten loses a role."""
    return document(*(each for number in range(count) for each in _desk(f"services/desk-{number}", number)))


def _desk(address: str, number: int) -> list[plan_parts.ChangePart]:
    hook = difference("post_webhook_url", before=f"https://old.example.com/{number}", after="https://example.com/new")
    rights = difference("permissions", before=["a"], after=["b"], added=["sendMessage"], removed=["leaveConversation"])
    return [
        change(address, "create", after={"friendly_name": f"Desk {number}"}),
        change(f"{address}/roles/agent", "update", before={"permissions": ["a"]}, differences=[rights]),
        _lead_role(f"{address}/roles/lead", gone=number % 10 == 0),
        change(f"{address}/configuration", "update", after={"reachability_enabled": True}),
        change(
            f"{address}/webhooks", "update", before={"method": "POST"}, after={"method": "POST"}, differences=[hook]
        ),
    ]


def _lead_role(address: str, *, gone: bool) -> plan_parts.ChangePart:
    if not gone:
        return change(address, "create", after={"type": "service", "permissions": ["joinConversation"]})
    users = plan_parts.CountPart(what="users", number=12, complete=True)
    radius = plan_parts.BlastRadiusPart(counts=[users], facts=["participants not counted"])
    risks = [risk("high", "deletes what 12 users hold")]
    return change(address, "delete", sid="RL" + "0" * 32, name="Lead", risk=risks, blast_radius=radius, reason="pruned")
