"""`lifecycle`: how confsync treats a resource, as opposed to its values in Twilio."""

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from confsync.config.codes import Code
from confsync.config.references.settings import refuse_references
from confsync.config.tree import Mapping, Pair, Scalar, Sequence, error_at, plain_value, written_value
from confsync.config.written import Written, read_written, written_errors
from confsync.diagnostics import Diagnostic, did_you_mean
from confsync.extra_parameters import is_extra
from confsync.model import Kind
from confsync.quoting import in_quotes
from confsync.resources import children_of


class Lifecycle(Written, frozen=True):
    """How confsync treats one resource."""

    absent: Annotated[bool, Meta(description="It must not exist: confsync deletes it if confsync owns it.")] = False
    prune: Annotated[
        frozenset[str],
        Meta(
            description="Sections in which confsync deletes resources that it created and that are no longer declared.",
            examples=[["roles"]],
        ),
    ] = frozenset()
    exclusive: Annotated[
        frozenset[str],
        Meta(
            description="Sections in which each live resource must be declared: any other one counts as drift.",
            examples=[["roles"]],
        ),
    ] = frozenset()
    protect: Annotated[
        bool | None, Meta(description="Never delete it. The ledger remembers this until an explicit `false`.")
    ] = None
    lookup: Annotated[
        bool, Meta(description="It must exist exactly once. confsync never creates, changes or deletes it.")
    ] = False
    ignore: Annotated[
        frozenset[str],
        Meta(
            description="Fields that are sent on create, and never compared or sent afterwards.",
            examples=[["friendly_name"]],
        ),
    ] = frozenset()
    previously: Annotated[
        frozenset[str],
        Meta(
            description="Its previous addresses: their ledger entries move here, without a request.",
            examples=[["services/support/roles/agent"]],
        ),
    ] = frozenset()
    only: Annotated[
        frozenset[str] | None, Meta(description="The environments in which it is declared.", examples=[["prod"]])
    ] = None
    secret_version: Annotated[
        str | int | None,
        Meta(
            description="Text or a whole number, such as a date. If it changes, the next apply resends the secrets.",
            examples=["2026-11"],
        ),
    ] = None


NO_LIFECYCLE = Lifecycle()
LIFECYCLE = "lifecycle"
"""The key of a resource that contains it."""


def read_lifecycle(kind: Kind, resource: Pair) -> tuple[Lifecycle, list[Diagnostic]]:
    """Read the `lifecycle` of a resource; a block under `ignore` means every field in it."""
    written = resource.node.items.get("lifecycle") if isinstance(resource.node, Mapping) else None
    if written is None or (isinstance(written.node, Scalar) and written.node.empty):
        return NO_LIFECYCLE, []
    if not isinstance(written.node, Mapping):
        return NO_LIFECYCLE, [error_at(written.node, Code.NOT_A_SECTION, "`lifecycle` must be a mapping")]
    errors: list[Diagnostic] = []
    written = Pair(written.key, refuse_references(LIFECYCLE, written.node, errors))
    value = written_value(written.node)
    lifecycle = read_written(Lifecycle, value)
    if lifecycle is None:
        return NO_LIFECYCLE, [*errors, *written_errors(Lifecycle, value, "lifecycle", written, _known_keys)]
    ignored = frozenset(name for said in lifecycle.ignore for name in _fields_named(kind, said))
    return replace(lifecycle, ignore=ignored), [*errors, *_misuses(kind, lifecycle, written)]


def _known_keys(_: tuple[str, ...]) -> Iterable[str]:
    return Lifecycle.keys()


def _fields_named(kind: Kind, said: str) -> Iterator[str]:
    if is_extra(said):
        yield said
    yield from (field.name for field in kind.fields if field.name == said or field.name.startswith(f"{said}."))


def _misuses(kind: Kind, lifecycle: Lifecycle, written: Pair) -> Iterator[Diagnostic]:
    if lifecycle.lookup and kind.created_by_twilio:
        summary = f"{kind.a_title} always exists, so it need not be looked up"
        yield error_at(written, Code.BAD_LIFECYCLE, summary, "remove `lookup`")
    if lifecycle.absent:
        yield from _fields_with_absent(kind, written)
    for use in SECTION_LISTS:
        yield from _misnamed_sections(kind, written, use)
    ignore = written.node.get("ignore") if isinstance(written.node, Mapping) else None
    for item in ignore.items if isinstance(ignore, Sequence) else ():
        name = str(plain_value(item))
        if not any(_fields_named(kind, name)):
            hint = did_you_mean(name, kind.by_name)
            yield error_at(item, Code.BAD_LIFECYCLE, f"{kind.a_title} has no field {in_quotes(name)} to ignore", hint)


_SENSELESS = ("lookup", "prune", "exclusive", "ignore", "secret_version")
"""Keys that make no sense for a resource that must not exist."""


def _fields_with_absent(kind: Kind, written: Pair) -> Iterator[Diagnostic]:
    node = written.node
    if kind.created_by_twilio:
        place = node.items["absent"] if isinstance(node, Mapping) else written
        hint = f"remove `absent`; without its block, the {kind.title} is left alone"
        yield error_at(place, Code.BAD_LIFECYCLE, f"{kind.a_title} always exists, and is never deleted", hint)
    for name in _SENSELESS:
        entry = node.items.get(name) if isinstance(node, Mapping) else None
        if entry is not None and plain_value(entry.node) not in (False, None, []):
            summary = f"`{name}` has no meaning for {kind.a_title} that must not exist"
            yield error_at(entry, Code.BAD_LIFECYCLE, summary, "remove it, or remove `absent`")


class SectionList(Struct, frozen=True):
    """A key that lists sections: which sections may be in it, and how errors describe the others."""

    key: str
    accepts: Callable[[Kind], bool]
    purpose: str
    impossible: str
    reason: str

    def sections(self, kind: Kind) -> list[str]:
        """Name the sections of a type that may be in the list."""
        return [each.section for each in children_of(kind) if self.accepts(each)]


_PRUNE = SectionList(
    key="prune",
    accepts=lambda kind: not kind.created_by_twilio,
    purpose="to prune",
    impossible="be pruned",
    reason="is never deleted",
)
_EXCLUSIVE = SectionList(
    key="exclusive",
    accepts=lambda kind: not (kind.created_by_twilio or kind.read_by_name),
    purpose="to be exclusive",
    impossible="be exclusive",
    reason="is in no list that confsync reads",
)
SECTION_LISTS = (_PRUNE, _EXCLUSIVE)
"""The keys of `lifecycle` that list sections."""


def _misnamed_sections(kind: Kind, written: Pair, use: SectionList) -> Iterator[Diagnostic]:
    """Report sections that cannot be in such a list."""
    listed = written.node.get(use.key) if isinstance(written.node, Mapping) else None
    within = {each.section: each for each in children_of(kind)}
    possible = use.sections(kind)
    for item in listed.items if isinstance(listed, Sequence) else ():
        name = str(plain_value(item))
        if name in possible:
            continue
        hint = did_you_mean(name, possible) or (f"it has {', '.join(possible)}" if possible else f"remove `{use.key}`")
        if not possible:
            summary = f"{kind.a_title} contains nothing that can {use.impossible}"
        elif name in within:
            summary = f"`{name}` cannot {use.impossible}: {within[name].a_title} {use.reason}"
        else:
            summary = f"{kind.a_title} has no section {in_quotes(name)} {use.purpose}"
        yield error_at(item, Code.BAD_LIFECYCLE, summary, hint)
