"""Edits the files of a configuration for a pull, and finds the edits that are not possible or that make it invalid."""

from collections.abc import Iterable, Iterator
from itertools import filterfalse, groupby

from msgspec.structs import replace

from confsync.account.configuration import LoadOptions, load_configuration
from confsync.config.tree import File
from confsync.config.writing.editing import edit_file
from confsync.diagnostics import Diagnostic
from confsync.errors import InvalidConfiguration, UsageError
from confsync.plan.plan import Target
from confsync.plan.pull import RefusedField
from confsync.planning.pulling import EditedField

Edits = tuple[EditedField, ...]


def edited_files(edited: Iterable[EditedField]) -> tuple[dict[File, File], tuple[RefusedField, ...]]:
    """Edit each file; return the new file for each old one, and the fields whose place cannot be edited."""
    changed: dict[File, File] = {}
    refused: list[RefusedField] = []
    by_file = sorted(edited, key=lambda each: str(each.file.location))
    for _, several in groupby(by_file, key=lambda each: each.file.location):
        group = list(several)
        file = group[0].file
        try:
            text = edit_file(file, {each.path: each.edit for each in group})
        except UsageError:
            refused.extend(_not_editable(file, group))
        else:
            changed[file] = replace(file, raw=text.encode())
    return changed, tuple(refused)


def _not_editable(file: File, group: Iterable[EditedField]) -> Iterable[RefusedField]:
    """Find out which of several edits of one file are not possible; if each is possible by itself, refuse all."""
    several = tuple(group)
    for each in tuple(filterfalse(lambda edited: _is_possible(file, edited), several)) or several:
        yield _refused(
            each,
            "confsync cannot edit the YAML there without other changes",
            f"write the value yourself: {each.field.position}",
        )


def _is_possible(file: File, edited: EditedField) -> bool:
    try:
        edit_file(file, {edited.path: edited.edit})
    except UsageError:
        return False
    return True


def invalid_values(options: LoadOptions, target: Target, edited: Iterable[EditedField]) -> Iterator[RefusedField]:
    """Find the live values with which the configuration would be invalid."""
    every = tuple(edited)
    if _error(options, every) is None:
        return
    by_address = groupby(every, key=lambda each: each.field.desired.address)
    for several in _invalid_parts(options, [tuple(group) for _, group in by_address]):
        if error := _error(options, several):
            yield from (_with_this_value(each, error, target) for each in _responsible(options, several))


def _invalid_parts(options: LoadOptions, groups: list[Edits]) -> Iterator[Edits]:
    """Divide edits that are invalid together until each part is the edits of one address, or valid if divided."""
    half = len(groups) // 2
    halves = [each for each in (groups[:half], groups[half:]) if each and _error(options, _combined(each))]
    if len(groups) == 1 or not halves:
        yield _combined(groups)
        return
    for each in halves:
        yield from _invalid_parts(options, each)


def _combined(groups: Iterable[Edits]) -> Edits:
    return tuple(each for group in groups for each in group)


def _responsible(options: LoadOptions, several: Edits) -> Edits:
    """Return each edit without which the others are valid, or all of them if there is no such edit."""
    others = ((each, tuple(other for other in several if other is not each)) for each in several)
    return tuple(each for each, rest in others if _error(options, rest) is None) or several


def _error(options: LoadOptions, edited: Iterable[EditedField]) -> Diagnostic | None:
    """Return the first error of the configuration with some edits, or None if it is valid."""
    changed, _ = edited_files(edited)
    try:
        load_configuration(options, *changed.values())
    except InvalidConfiguration as invalid:
        return next(each for each in invalid.diagnostics if each.severity == "error")
    return None


def _with_this_value(edited: EditedField, error: Diagnostic, target: Target) -> RefusedField:
    export = target.command("export", str(edited.field.desired.address))
    fix = error.detail or "change the rest of the block"
    return _refused(
        edited,
        f"the configuration would be invalid with the value in Twilio: {error.summary}",
        f"{fix}: {export} prints what Twilio has; then pull again",
        f"{target.command('apply')} sends the declared value",
    )


def _refused(edited: EditedField, reason: str, *choices: str) -> RefusedField:
    field = edited.field
    return RefusedField(
        desired=field.desired, field=field.field, position=field.position, reason=reason, choices=choices
    )
