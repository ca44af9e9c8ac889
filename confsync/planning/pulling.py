"""Decides which live differences to write to the configuration, where, and which of them a person has to decide."""

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import cached_property

from msgspec import Struct

from confsync.codecs import Edit, JsonEdit
from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.glob import Glob
from confsync.config.provenance import Provenance, Through
from confsync.config.references.substitution import variables_in
from confsync.config.tree import File, MissingSecret, Node, entry_at, plain_value
from confsync.config.writing.editing import Put
from confsync.config.writing.place import (
    Patch,
    WrittenPlace,
    WrittenPlaces,
    YamlPath,
    in_lower_layer,
    other_environments,
    patch_of,
    path_of,
)
from confsync.diagnostics import Position
from confsync.model import Field
from confsync.names import Address, Sid
from confsync.plan.change import Change
from confsync.plan.difference import Difference, LiveValue
from confsync.plan.drift import Side
from confsync.plan.pull import LeftAlone, PulledField, RefusedField
from confsync.planning.drift import compare_three_ways
from confsync.planning.explanation import fields_named, split_at_field, unknown_field
from confsync.planning.make import LivePlan
from confsync.planning.written_form import (
    InexpressibleError,
    ReferenceInTheWayError,
    fill_in,
    keys_lost_in_patch,
    written_form,
)
from confsync.redaction import is_suspicious_url
from confsync.secret import Secret


class Destination(Enum):
    """Where to write a value that other environments use too."""

    NOWHERE = "refuse"
    SHARED = "where it is, for all of them"
    PATCH = "in the patch of this environment"


class Part(Struct, frozen=True):
    """A part of a configuration to pull: resources, or one field of them. A block stands for all its fields."""

    glob: Glob
    field: str = ""

    @classmethod
    def parse(cls, text: str) -> "Part":
        """Parse ADDRESS or ADDRESS#FIELD. Raises UsageError."""
        address, field = split_at_field(text)
        return cls(Glob.parse(address), field or "")

    def covers(self, address: Address, field: str) -> bool:
        """Whether a field of a resource belongs to it."""
        named = not self.field or field == self.field or field.startswith(f"{self.field}.")
        return named and self.glob.matches(address)


def check_fields(parts: Iterable[Part], config: Config) -> None:
    """Raise UsageError if a part names a field that none of its declared resources has."""
    for part in parts:
        covered = [each for address, each in config.declared.items() if part.field and part.glob.matches(address)]
        if covered and not any(fields_named(each, part.field) for each in covered):
            raise unknown_field(covered[0].kind, part.field)


class EditedField(Struct, frozen=True):
    """A field to pull, and the edit of a file that does it."""

    field: PulledField
    file: File
    path: YamlPath
    edit: Put


class Puller(Struct, frozen=True, dict=True):
    """Decides what to do about each difference of a plan."""

    plan: LivePlan
    destination: Destination = Destination.NOWHERE
    parts: tuple[Part, ...] = ()

    def fields(self) -> Iterator[EditedField | RefusedField | LeftAlone]:
        """Decide about every field that differs, in the order of the plan."""
        for change in self.plan.changes:
            if change.deletes or change.match is None:
                continue
            for each in change.differences:
                if self._covers(change.address, each.path):
                    yield self._decide(change, each)

    def left_alone(self) -> Iterator[LeftAlone]:
        """Yield the resources that somebody deleted in Twilio, and those that nobody declares."""
        vanished = self.plan.snapshot.identity.vanished
        for change in self.plan.changes:
            if change.address in vanished and change.match is None and self._covers(change.address, ""):
                reason = f"{vanished[change.address]} was deleted in Twilio"
                again = f"{self.plan.target.command('apply')} creates it again"
                if change.terminal:
                    again = f"no apply can create it again: {change.why_unconvergeable}"
                advice = f"to accept that, remove its block; {again}"
                yield LeftAlone(change.address, "", change.source, reason, advice)
        for each in self.plan.unmanaged if self.parts else ():
            advice = f"{self.plan.target.command('export', str(each.address))} prints the block to declare it with"
            yield LeftAlone(each.address, "", None, "it is not declared", advice)

    def _covers(self, address: Address, field: str) -> bool:
        return not self.parts or any(each.covers(address, field) for each in self.parts)

    def _is_named(self, address: Address, field: str) -> bool:
        """Whether the command line names a field or its resource, not only with a glob."""
        named = (each for each in self.parts if each.field or each.glob.text == str(address))
        return any(each.covers(address, field) for each in named)

    def _decide(self, change: Change, difference: Difference) -> EditedField | RefusedField | LeftAlone:
        desired, field = change.desired, difference.field
        found = self._places.place_of(desired, field)
        position = found.position if isinstance(found, WrittenPlace) else found
        live = self._live(change, field)
        refuse = _FieldContext(desired, field, position)
        if edit := self._unapplied_edit(refuse):
            return edit
        if _is_secret(desired, field, difference.before, live):
            apply = self.plan.target.command("apply")
            return refuse("it is sensitive", (f"set the value of its reference, then run {apply}",))
        if not isinstance(found, WrittenPlace):
            return refuse(*self._about_reuse(desired, field, position))
        try:
            value = self._value(change, field, found, live)
        except ReferenceInTheWayError as error:
            return refuse(*self._about_variables(field, error.node, position))
        except InexpressibleError as error:
            return refuse(str(error), (error.hint,))
        return self._placed(refuse, found, live, difference, value)

    def _unapplied_edit(self, refuse: "_FieldContext") -> RefusedField | LeftAlone | None:
        """Keep a value that somebody edited in the configuration and that was not applied yet."""
        address, name, target = refuse.desired.address, refuse.field.name, self.plan.target
        apply = target.command("apply")
        side = self._sides.get((address, name))
        if side is Side.CONFIGURATION:
            return LeftAlone(address, name, refuse.position, "only the configuration changed", f"{apply} sends it")
        if side is Side.BOTH and not self._is_named(address, name):
            pull = target.command("pull", f"{address}#{name}")
            choices = (f"{pull} takes the value in Twilio", f"{apply} sends the declared value")
            return refuse("both sides changed since the last apply", choices)
        return None

    def _value(self, change: Change, field: Field, found: WrittenPlace, live: LiveValue) -> object:
        """Return what to write. Raises ReferenceInTheWayError and InexpressibleError."""
        desired, to_built_in = change.desired, self._refers_to_built_in(change, field)
        new = written_form(self.plan, desired, field, live, to_built_in=to_built_in)
        if found.node is None:
            return new
        if isinstance(desired.fields[field.name], Edit | JsonEdit) and isinstance(new, dict):
            new = {name: items for name, items in new.items() if items}
            if not new:
                raise InexpressibleError(
                    "Twilio has nothing of what it adds, and all of what it removes",
                    f"remove `{field.name}`, or write the complete list",
                )
        return fill_in(found.node, desired.nodes[field.name], new, ordered=not field.is_set)

    def _placed(
        self, refuse: "_FieldContext", found: WrittenPlace, live: LiveValue, difference: Difference, value: object
    ) -> EditedField | RefusedField:
        """Choose the file and the keys at which to write a value, unless other environments use it too."""
        desired, field = refuse.desired, refuse.field
        others = other_environments(self._config, desired)
        file, path = found.file, found.path
        if not found.own and (others or in_lower_layer(self._config, file)):
            patch = patch_of(self._config)
            if self.destination is Destination.PATCH and patch:
                value = _emptied(found, desired.fields.get(field.name), value)
                if lost := next(keys_lost_in_patch(found.node and plain_value(found.node), value), None):
                    return refuse(*_about_merging(found, (*field.path, *lost)))
                file, path = patch.file, (*patch.path, *path_of(desired, field))
            elif self.destination is not Destination.SHARED:
                return refuse(*_about_others(found, others, patch))
        pulled = PulledField(
            desired=desired,
            field=field,
            before=difference.after,
            live=live,
            shown=difference.before,
            position=found.position,
        )
        return EditedField(pulled, file, path, Put(value, ordered=not field.is_set))

    def _live(self, change: Change, field: Field) -> LiveValue:
        """Return the live value itself: that of a difference may be masked."""
        return self.plan.snapshot.with_addresses(change.match.found).get(field.name) if change.match else None

    def _refers_to_built_in(self, change: Change, field: Field) -> bool:
        value = change.match.found.fields.get(field.name) if change.match and field.ref else None
        target = self.plan.snapshot.by_sid.get(Sid(value)) if isinstance(value, str) else None
        return target is not None and target.is_built_in

    def _about_variables(self, field: Field, node: Node, position: Position) -> tuple[str, tuple[str, ...]]:
        """Say which variables a value comes from, and where each of them can be changed."""
        names = list(dict.fromkeys(variables_in(node)))
        choices = tuple(choice for name in names for choice in self._choices_of(name))
        shown = " and ".join(f"`{name}`" for name in names)
        return f"it comes from the variable {shown}", (*choices, f"write `{field.name}` without it: {position}")

    def _about_reuse(self, desired: Desired, field: Field, position: Position) -> tuple[str, tuple[str, ...]]:
        """Say which block a value comes from that is not the block of the resource."""
        origin = self._provenance.origin_of(desired.nodes.get(field.name, desired.written.key))
        through = origin.reuse[-1].through if origin and origin.reuse else None
        everywhere = f"change it for all of them: {position}"
        if through is Through.DEFAULTS:
            own = f"write `{field.name}` in the block of {desired.address}"
            return "it comes from `defaults`, which other resources have too", (everywhere, own)
        if through is Through.ITEM:
            return "it comes from an item of a `for_each`", (f"change the item: {position}",)
        if through:
            return "it comes from a `for_each`, whose items share it", (everywhere,)
        return "several files or layers make up the value", (f"write it yourself: {position}",)

    def _choices_of(self, name: str) -> Iterator[str]:
        tree, environment = self._config.top.node, self._config.environment.name
        entry = entry_at(tree, "variables", name)
        if entry:
            yield f"change the default of `{name}`: {entry.position}"
        if environment:
            own = entry_at(tree, "environments", environment, "variables", name)
            there = f": {own.position}" if own else ""
            yield f"set `{name}` under `environments.{environment}.variables`{there}"

    @cached_property
    def _places(self) -> WrittenPlaces:
        return WrittenPlaces(self._config)

    @cached_property
    def _provenance(self) -> Provenance:
        return Provenance(self._config)

    @cached_property
    def _sides(self) -> Mapping[tuple[Address, str | None], Side]:
        """Which side of each difference changed since the last apply."""
        return {(each.change.address, each.path): each.side for each in compare_three_ways(self.plan).fields}

    @property
    def _config(self) -> Config:
        return self.plan.config


class _FieldContext(Struct, frozen=True):
    """Refuses to pull one field."""

    desired: Desired
    field: Field
    position: Position

    def __call__(self, reason: str, choices: tuple[str, ...]) -> RefusedField:
        """Say why, and what else to do."""
        return RefusedField(
            desired=self.desired, field=self.field, position=self.position, reason=reason, choices=choices
        )


def _about_others(found: WrittenPlace, others: tuple[str, ...], patch: Patch | None) -> tuple[str, tuple[str, ...]]:
    reason = f"applies to {', '.join(others)} too" if others else "is not in the last layer"
    shared = f"`--shared` writes it at {found.position}, for all of them"
    own = f"`--patch` writes it under `{'.'.join(patch.path)}`" if patch else "write it in the last layer yourself"
    return f"{found.position} {reason}", (shared, own)


def _emptied(found: WrittenPlace, declared: object, value: object) -> object:
    """Empty the lists of an edit that a new value omits: a patch would keep what the files say."""
    written = plain_value(found.node) if found.node else None
    if not isinstance(declared, Edit | JsonEdit) or not isinstance(written, dict) or not isinstance(value, dict):
        return value
    emptied: dict[str, object] = {name: [] for name, old in written.items() if isinstance(old, list)}
    return emptied | value


def _about_merging(found: WrittenPlace, lost: YamlPath) -> tuple[str, tuple[str, ...]]:
    reason = f"Twilio has no `{'.'.join(lost)}`, and a patch cannot remove a key: it is merged with {found.position}"
    shared = f"`--shared` removes the key at {found.position}, for all environments"
    return reason, (shared, "move the key from there to the `patch` of each other environment, then pull again")


def _is_secret(desired: Desired, field: Field, shown: LiveValue, live: LiveValue) -> bool:
    hidden = isinstance(shown, Secret) or isinstance(desired.fields.get(field.name), Secret | MissingSecret)
    return field.secret or hidden or (isinstance(live, str) and is_suspicious_url(live))
