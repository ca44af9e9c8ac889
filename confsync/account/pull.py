"""Writes live values to the configuration, where they are written there."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from confsync.account.blocking import BlockingAccount
from confsync.account.configuration import LoadOptions, load_configuration
from confsync.account.pull_edits import edited_files, invalid_values
from confsync.account.rewriting import diff_lines, rewrite_files
from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.tree import File, MissingSecret
from confsync.errors import UsageError
from confsync.names import Address
from confsync.plan.difference import LiveValue
from confsync.plan.intent import Intent, Selection
from confsync.plan.pull import LeftAlone, Pull, PulledField, RefusedField
from confsync.planning.diff import resolve_edit
from confsync.planning.make import LivePlan
from confsync.planning.pulling import Destination, EditedField, Part, Puller, check_fields
from confsync.redaction import mask_url_path
from confsync.secret import Secret

__all__ = ["Destination", "pull"]


def pull(
    account: BlockingAccount,
    options: LoadOptions,
    parts: Iterable[str] = (),
    *,
    selection: Selection | None = None,
    destination: Destination = Destination.NOWHERE,
    dry_run: bool = False,
) -> Pull:
    """Write every live value that differs, or those of some resources (ADDRESS) and fields (ADDRESS#FIELD).

    Nothing is written if any of them is refused. Raises UsageError for an invalid part or an unknown field, or if a
    file cannot be edited as intended, LocalFileError, and what `plan` raises.
    """
    chosen = tuple(map(Part.parse, parts))
    selected = selection or Selection()
    selected = replace(selected, targets=(*selected.targets, *(each.glob.text for each in chosen)))
    plan = account.plan(Intent(selection=selected)).live
    check_fields(chosen, plan.config)
    puller = Puller(plan, destination, chosen)
    found = list(puller.fields())
    edited = [each for each in found if isinstance(each, EditedField)]
    refused = tuple(each for each in found if isinstance(each, RefusedField))
    left_alone = (*(each for each in found if isinstance(each, LeftAlone)), *puller.left_alone())
    changed, more = ({}, ()) if refused else edited_files(edited)
    refused = (*refused, *more)
    if not refused:
        refused = tuple(invalid_values(options, plan.target, edited))
    if refused:
        changed = {}
    _check_effect(plan, options, [each.field for each in edited] if changed else [], changed.values())
    if changed and not dry_run:
        rewrite_files(changed.values())
    return Pull(
        pulled=() if refused else tuple(each.field for each in edited),
        refused=refused,
        left_alone=left_alone,
        lines=tuple(_lines(changed, edited)),
        files=tuple(each.path for each in changed.values()),
        dry_run=dry_run,
    )


def _check_effect(plan: LivePlan, options: LoadOptions, pulled: Iterable[PulledField], changed: Iterable[File]) -> None:
    """Refuse if anything but the pulled values has changed in the new configuration, which is valid.

    Each pulled value must equal the live one, so the next plan does not contain it.
    """
    changed = tuple(changed)
    if not changed:
        return
    after = load_configuration(options, *changed)
    expected = {(each.desired.address, each.field.name): each.live for each in pulled}
    before = plan.config
    for address in {*before.declared, *after.declared}:
        wrong = _first_difference(before.declared.get(address), after.declared.get(address), expected)
        if wrong or _settings(before) != _settings(after):
            raise UsageError(
                f"Writing the live values would also change {wrong or 'the settings of the environment'}.",
                hint="Leave that one out: name what to pull, as ADDRESS or ADDRESS#FIELD.",
            )


def _first_difference(
    before: Desired | None, after: Desired | None, expected: Mapping[tuple[Address, str], LiveValue]
) -> str:
    """Name the first field of a resource that is not as intended."""
    if before is None or after is None:
        return next((str(each.address) for each in (before, after) if each), "")
    if before.lifecycle != after.lifecycle:
        return f"{before.address}#lifecycle"
    for name in dict.fromkeys((*before.fields, *after.fields)):
        place = (before.address, name)
        old, new = before.fields.get(name), after.fields.get(name)
        if isinstance(old, Secret | MissingSecret) and isinstance(new, Secret | MissingSecret):
            continue
        actual = resolve_edit(new, expected[place]) if place in expected else new
        if actual != expected.get(place, old):
            return f"{before.address}#{name}"
    return ""


def _settings(config: Config) -> tuple[object, ...]:
    return config.environment, config.adopt, config.forget


def _lines(changed: Mapping[File, File], edited: Iterable[EditedField]) -> Iterable[str]:
    """Show the diff; of a URL whose path a plan would not show, show only the host."""
    hidden = [
        each.field.live
        for each in edited
        if isinstance(each.field.live, str) and each.field.live != each.field.shown and "://" in each.field.live
    ]
    for before, after in changed.items():
        for line in diff_lines(before, after):
            shown = line
            for url in hidden:
                shown = shown.replace(url, mask_url_path(url))
            yield shown
