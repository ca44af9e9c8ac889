"""A plan of the run's configuration, made where `plan` and `drift` need one."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from confsync.account.blocking import connect_sync
from confsync.account.connection import Settings
from confsync.account.results import Plan
from confsync.cli.account import reached
from confsync.cli.configuration import read
from confsync.cli.progress import Progress
from confsync.cli.run import Run
from confsync.names import Address
from confsync.plan.guardrail_rules import OVERRIDES, OverrideValue
from confsync.plan.intent import Intent, Overrides, Selection
from confsync.planning.make import LivePlan
from confsync.views.diagnostics_text import diagnostics_as_text


def planned(run: Run, intended: Mapping[str, Any] | None = None) -> Plan:
    """Read the configuration and the account, and make a plan of both."""
    config = read(run)
    progress = Progress(run)
    intent = intent_of(run, intended or {})
    with (
        reached(run, config) as connection,
        progress.reading(),
        connect_sync(config, settings=settings_of(run, progress), connection=connection) as account,
    ):
        made = account.plan(intent)
    keep(run, made.live)
    return made


def keep(run: Run, made: LivePlan) -> None:
    """Remember the plan, and tell what is doubtful about the live state."""
    run.plan = made
    doubts = made.warnings[len(made.config.warnings) :]
    if doubts and not run.json:
        run.console.note(diagnostics_as_text(doubts, run.console.note_palette))
    if run.options.verbose:
        run.remark(f"Requests: {made.reads} to read, {made.writes} that would write.")


def settings_of(run: Run, progress: Progress) -> Settings:
    """Give the settings of a run that shows its progress."""
    return replace(run.settings, watch=progress.watch)


def intent_of(run: Run, intended: Mapping[str, Any]) -> Intent:
    """Give what this run is meant to do."""
    options = run.options
    selection = Selection(targets=options.target, excludes=options.exclude, kinds=options.kind)
    given = {each.name: intended[each.name] for each in OVERRIDES if each.name in intended}
    addresses = (each.name for each in OVERRIDES if each.value is OverrideValue.ADDRESSES)
    overrides = Overrides(**given | {name: _addresses(given.get(name, ())) for name in addresses})
    return Intent(overrides=overrides, selection=selection, destroy=intended.get("destroy", False))


def _addresses(written: Iterable[str]) -> frozenset[Address]:
    return frozenset(map(Address.parse, written))
