"""A change as a saved plan writes it down: all that is shown of it, and by what to know whether it still fits."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field as Described

from confsync.apply.precondition import precondition_of, sensitive_fields
from confsync.config.desired import Desired
from confsync.config.lifecycle import NO_LIFECYCLE, Lifecycle
from confsync.config.tree import File, Pair, Scalar
from confsync.model import Kind
from confsync.names import Address, Sid, sid_pattern
from confsync.plan.change import Action, Change, SecretState
from confsync.plan.difference import Difference, LiveValue, Part
from confsync.plan.match import How, LiveResource, Match
from confsync.planfile.values import (
    Saved,
    SavedAddress,
    SavedPart,
    SavedPosition,
    SavedRadius,
    SavedRisk,
    SavedValue,
    all_live,
    all_understood,
    all_written,
    live,
    understood,
    written,
)
from confsync.redaction import mask_urls
from confsync.resources import kind_of

SavedSid = Annotated[str, Described(pattern=f"^{sid_pattern()}$")]


class SavedMatch(Saved):
    """Which live thing a resource is. Of its fields only those are kept by which a person recognises it."""

    sid: SavedSid | None = None
    how: How
    previous: SavedAddress | None = None
    fields: dict[str, SavedValue] = Described(default_factory=dict)


class SavedDifference(Saved):
    """One field whose values differ."""

    path: str
    before: SavedValue
    after: SavedValue
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    parts: tuple[SavedPart, ...] = ()


class SavedChange(Saved):
    """What happens to one resource. `precondition` is the digest of the live thing that it was planned upon."""

    address: SavedAddress
    source: SavedPosition
    fields: dict[str, SavedValue] = Described(default_factory=dict)
    lifecycle: Lifecycle = NO_LIFECYCLE
    actions: tuple[Action, ...] = ()
    match: SavedMatch | None = None
    precondition: str | None = None
    before: dict[str, SavedValue] = Described(default_factory=dict)
    differences: tuple[SavedDifference, ...] = ()
    send: dict[str, SavedValue] = Described(default_factory=dict)
    write_only: dict[str, SecretState] = Described(default_factory=dict)
    reason: str = ""
    built_in: bool = False
    terminal: bool = False
    create_only_unset: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    alike: tuple[SavedSid, ...] = ()
    also_deleted: tuple[SavedAddress, ...] = ()
    radius: SavedRadius | None = None
    risks: tuple[SavedRisk, ...] = ()


def saved(change: Change) -> SavedChange:
    """Write a change down."""
    return SavedChange.model_construct(
        address=change.address,
        source=change.source,
        fields=all_written(change.desired.fields),
        lifecycle=change.desired.lifecycle,
        actions=change.actions,
        match=_saved_match(change),
        precondition=precondition_of(change) if change.actions else None,
        before=all_written(_shown(change)),
        differences=tuple(map(_saved_difference, change.differences)),
        send=all_written(change.send),
        write_only=dict(change.write_only),
        reason=change.reason,
        built_in=change.built_in,
        terminal=change.terminal,
        create_only_unset=change.create_only_unset,
        unresolved=change.unresolved,
        alike=change.alike,
        also_deleted=change.also_deleted,
        radius=change.radius,
        risks=change.risks,
    )


def loaded(said: SavedChange) -> Change:
    """Read a change again. Raises ValueError where it is about nothing that we know."""
    kind = known_kind(said.address)
    _check_fields(
        kind, (*said.fields, *said.before, *said.send, *said.write_only, *(each.path for each in said.differences))
    )
    return Change(
        desired=_loaded_desired(said, kind),
        actions=said.actions,
        match=_loaded_match(said.match, kind) if said.match else None,
        precondition=said.precondition,
        before=all_live(said.before),
        differences=tuple(_loaded_difference(each, kind) for each in said.differences),
        send=all_understood(said.send),
        write_only=said.write_only,
        reason=said.reason,
        built_in=said.built_in,
        terminal=said.terminal,
        create_only_unset=said.create_only_unset,
        unresolved=said.unresolved,
        alike=tuple(map(Sid, said.alike)),
        also_deleted=said.also_deleted,
        radius=said.radius,
        risks=said.risks,
    )


def known_kind(address: Address) -> Kind:
    """Tell of which type an address is. Raises ValueError where no resource could have it."""
    kind = kind_of(address)
    if kind is None:
        raise ValueError(f"no resource could have the address {address}")
    return kind


def _check_fields(kind: Kind, names: tuple[str, ...]) -> None:
    for name in names:
        if name not in kind.by_name:
            raise ValueError(f"{kind.a_title} has no field {name}")


def _shown(change: Change) -> Mapping[str, LiveValue]:
    """Give what is told of the live thing: of what somebody declared that, and by what it is recognised, and no more.

    It may be a person, of whom Twilio knows what is nobody's business here.
    """
    if not change.desired.fields:
        return change.before
    keys = {each.name for each in change.kind.key_fields}
    return {
        name: value
        for name, value in change.before.items()
        if name in keys or change.desired.wants(change.kind.by_name[name])
    }


def _saved_match(change: Change) -> SavedMatch | None:
    if change.match is None:
        return None
    found = change.match.found
    return SavedMatch.model_construct(
        sid=found.sid,
        how=change.match.how,
        previous=change.match.previous,
        fields=dict(_recognised_by(change, found)),
    )


def _recognised_by(change: Change, found: LiveResource) -> Iterator[tuple[str, SavedValue]]:
    hidden = sensitive_fields(change)
    for each in (*change.kind.key_fields, *filter(None, (change.kind.name_field,))):
        if each.name in found.fields and each.name not in hidden:
            yield each.name, written(found.fields[each.name])


def _loaded_match(said: SavedMatch, kind: Kind) -> Match:
    fields = {name: value for name, value in all_live(said.fields).items() if not isinstance(value, Address)}
    return Match(LiveResource(kind, Sid(said.sid) if said.sid else None, fields), said.how, said.previous)


def _saved_difference(difference: Difference) -> SavedDifference:
    return SavedDifference.model_construct(
        path=difference.path,
        before=written(difference.before),
        after=written(difference.after),
        added=difference.added,
        removed=difference.removed,
        parts=tuple(Part(each.path, _masked(each.before), _masked(each.after)) for each in difference.parts),
    )


def _masked(text: str | None) -> str | None:
    return None if text is None else mask_urls(text)


def _loaded_difference(said: SavedDifference, kind: Kind) -> Difference:
    return Difference(
        kind.by_name[said.path],
        live(said.before),
        understood(said.after),
        said.added,
        said.removed,
        said.parts,
    )


def _loaded_desired(said: SavedChange, kind: Kind) -> Desired:
    """Give what was asked for, standing where it stood; the tree itself is not kept."""
    file, line, column = File(said.source.file, b""), said.source.line, said.source.column
    place = Scalar(file, line, column, line, column, said.address.key)
    return Desired(said.address, kind, all_understood(said.fields), said.lifecycle, Pair(place, place), {})
