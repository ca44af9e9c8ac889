"""Makes a plan from a source of the live state: Twilio, or a snapshot of it."""

import asyncio
from collections.abc import Awaitable, Callable, Container

from msgspec import Struct
from msgspec.structs import replace

from confsync.account.commits import ask_git
from confsync.collector import gc_paused
from confsync.config.config import Config
from confsync.live import snapshot as snapshots
from confsync.live.counting import count_written
from confsync.live.source import Source
from confsync.live.task_group import task_group
from confsync.names import Sid
from confsync.plan.intent import Intent
from confsync.plan.plan import Guardrail, Target, UnmanagedCount
from confsync.planning import make as planning
from confsync.planning.destruction import scope_of_destroy
from confsync.planning.guardrails.overrides import check_owned_overrides
from confsync.planning.make import LivePlan
from confsync.planning.orphans import without_forgotten
from confsync.planning.reverted import reverted_guardrails
from confsync.planning.selection import SelectionScope, limit_forget
from confsync.state.fingerprints import Fingerprinter
from confsync.state.other_environments import OtherEnvironments
from confsync.state.store import LedgerState
from confsync.tracing import span

CountUnwritten = Callable[[Config, Container[Sid]], Awaitable[tuple[UnmanagedCount, ...]]]
"""Counts the unmanaged resources in sections that the configuration does not write; the SIDs are what is owned."""


class PlanBasis(Struct, frozen=True, kw_only=True):
    """What a plan is made from, apart from the live state. `unused` are the guardrails about other ledgers here."""

    config: Config
    intent: Intent
    target: Target
    state: LedgerState
    others: OtherEnvironments
    fingerprinter: Fingerprinter
    unused: tuple[Guardrail, ...] = ()


async def plan_from(source: Source, basis: PlanBasis, count: CountUnwritten | None = None) -> LivePlan:
    """Read the live state from a source, and decide what an apply would do.

    Raises UsageError, InvalidConfiguration, ContradictoryRead, and what the source raises.
    """
    known, intent = basis.state, basis.intent
    check_owned_overrides(intent.overrides, basis.config, known.ledger)
    config = limit_forget(basis.config, intent.selection)
    ours = without_forgotten(config, known.ledger)
    everything = scope_of_destroy(config, ours) if intent.destroy else config
    scope = SelectionScope(everything, intent.selection, destroys=intent.destroy)
    owned = known.ledger.owner.keys() | basis.others.owner.keys()
    with span("read"):
        async with task_group() as tasks:
            history = tasks.create_task(asyncio.to_thread(ask_git, basis.config, known.ledger, intent))
            counting = tasks.create_task(_counted(count, config, owned)) if count else None
            snapshot = await snapshots.take_snapshot(
                source, everything, ours, basis.others, view=scope.view(everything), owned=scope.owned(ours)
            )
    scope.check_found(snapshot, known.ledger)
    revision, older, divergence = history.result()

    def decide() -> LivePlan:
        with span("plan"), gc_paused():
            made = planning.make_plan(
                everything,
                scope.narrow_snapshot(snapshot, ours),
                basis.target,
                ledger=known.ledger,
                fingerprinter=basis.fingerprinter,
                revision=revision,
                intent=intent,
                recorded=known.recorded,
            )
        undone = reverted_guardrails(config, made.changes, divergence) if divergence else ()
        return replace(
            made,
            guardrails=(*older, *undone, *basis.unused, *made.guardrails),
            warnings=(*made.warnings, *known.warnings),
            unmanaged_counts=(*count_written(config, made), *counting.result()) if counting else (),
        )

    # Comparing the fingerprints of secrets takes scrypt, and a large plan takes seconds.
    return await asyncio.to_thread(decide)


async def _counted(count: CountUnwritten, config: Config, owned: Container[Sid]) -> tuple[UnmanagedCount, ...]:
    return await count(config, owned)
