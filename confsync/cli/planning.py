"""A plan of the run's configuration, made where `plan` and `drift` need one."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from confsync import verbs
from confsync.cli.account import reached
from confsync.cli.configuration import read
from confsync.cli.options import Options
from confsync.cli.progress import Progress
from confsync.cli.run import Run
from confsync.config.config import Config
from confsync.names import Address
from confsync.plan.guardrail_rules import OVERRIDES, OverrideValue
from confsync.plan.intent import Intent, Overrides, Selection
from confsync.planning.make import LivePlan
from confsync.planning.overrides import check_declared_overrides
from confsync.planning.selection import check
from confsync.views.diagnostics_text import as_text

Make = Callable[[Config, verbs.Connection, verbs.Settings], LivePlan]


def planned(run: Run, make: Make, intended: Mapping[str, Any] | None = None) -> LivePlan:
    """Read the configuration and the account, and make a plan of both."""
    config = read(run)
    progress = Progress(run)
    settings = settings_of(run, config, intended or {}, progress)
    with reached(run, config) as connection, progress.reading():
        made = make(config, connection, settings)
    keep(run, made)
    return made


def keep(run: Run, made: LivePlan) -> None:
    """Remember the plan, and tell what is doubtful about the live state."""
    run.plan = made
    doubts = made.warnings[len(made.config.warnings) :]
    if doubts and not run.json:
        run.console.note(as_text(doubts, run.console.note_palette))
    if run.options.verbose:
        run.remark(f"Requests: {made.reads} to read, {made.writes} that would write.")


def settings_of(run: Run, config: Config, intended: Mapping[str, Any], progress: Progress) -> verbs.Settings:
    """Give the settings with what is intended by this run. Raises UsageError for an address that is not declared."""
    return replace(run.settings, intent=_intent(config, intended, _selection(run.options)), watch=progress.watch)


def _selection(options: Options) -> Selection:
    selection = Selection(targets=options.target, excludes=options.exclude, kinds=options.kind)
    check(selection)
    return selection


def _intent(config: Config, intended: Mapping[str, Any], selection: Selection) -> Intent:
    given = {each.name: intended[each.name] for each in OVERRIDES if each.name in intended}
    addresses = (each.name for each in OVERRIDES if each.value is OverrideValue.ADDRESSES)
    overrides = Overrides(**given | {name: _addresses(given.get(name, ())) for name in addresses})
    check_declared_overrides(overrides, config)
    return Intent(overrides=overrides, selection=selection, destroy=intended.get("destroy", False))


def _addresses(written: Iterable[str]) -> frozenset[Address]:
    return frozenset(map(Address.parse, written))
