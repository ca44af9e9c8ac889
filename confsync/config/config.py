"""A whole configuration: every declared resource by its address, and the environment that it is for."""

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

from msgspec import Struct, field

from confsync.config.desired import Desired, value_digest
from confsync.config.glob import Glob
from confsync.config.reuse.expansion import Expansion
from confsync.config.shared_state import RemoteRef
from confsync.config.tree import File, MissingSecret, Pair
from confsync.config.variables.values import NO_VARIABLES, Variables
from confsync.diagnostics import Diagnostic
from confsync.model import Kind
from confsync.names import Address, Sid, parent_of
from confsync.secret import Secret, as_secret


class LoadOptions(Struct, frozen=True, kw_only=True):
    """Which configuration to load, and for which environment.

    `files` are layers. Without any, `directory` and its parents are searched for a configuration. `sensitive_before`
    tells, for the folder of the configuration and an environment, which variables were sensitive at the last apply.
    `variable_files` set variables; a later file takes precedence, and `variables` over all of them.
    Unless `resolve_secrets`, every reference to a secret stays as it is written.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    directory: Path = Path()
    files: tuple[Path, ...] = ()
    environment: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    variable_files: tuple[Path, ...] = ()
    emulator: bool = False
    resolve_secrets: bool = True
    sensitive_before: Callable[[Path, str | None], frozenset[str]] = lambda _, __: frozenset()

    def __repr__(self) -> str:
        return "<load options>"  # the environment variables are secret


class Environment(Struct, frozen=True):
    """The account that a configuration is for; without a name, the one that the credentials belong to.

    `lock` and `ledger` are None if they are files on this machine. `ignored` are the globs of `unmanaged.ignore`.
    """

    name: str | None = None
    account_sid: str | None = None
    region: str | None = None
    edge: str | None = None
    credentials: str = "TWILIO"
    max_deletes: int | None = None
    max_updates: int | None = None
    allow_delete: Mapping[Address, Sid] = field(default_factory=dict)
    require_ledger: bool = False
    lock: RemoteRef | None = None
    ledger: RemoteRef | None = None
    ignored: tuple[Glob, ...] = ()

    def ignores(self, address: Address) -> bool:
        """Whether `unmanaged.ignore` leaves out a resource that nobody declares."""
        return any(each.matches(address) for each in self.ignored)


class SharingEnvironment(Struct, frozen=True):
    """A different environment of the same account. `ledger` is None if its ledger is a file.

    `top_level` are the addresses of what it declares that is in no other resource; `declares_account` says whether it
    manages resources of the account itself.
    """

    name: str
    region: str | None = None
    edge: str | None = None
    ledger: RemoteRef | None = None
    top_level: frozenset[Address] = frozenset()
    declares_account: bool = False


class Config(Struct, frozen=True, dict=True):
    """A whole, valid configuration. `folder` contains its ledger and its `.confsync/`.

    `collections` are the mappings of resources that were written, even if empty, and those that are pruned or
    exclusive: (parent's address, kind). `adopt` assigns a live resource to an address, `forget` has the addresses that
    are not managed any more; both apply to the chosen environment. `top` represents the configuration as a whole in
    diagnostics. `environments` are the names of all environments that it declares, `sharing` the others that have the
    same account. `options` say how it was loaded. The last ones of the `files` are `variable_files`.
    `implicit_collections` are those of the collections that are only read for built-in resources. `layers` are the
    files that were read, the uppermost layer last. `expansion` is the tree with `defaults` and `for_each` expanded;
    `provenance.py` finds where a value of it is written.
    """

    resources: Mapping[Address, Desired]
    collections: frozenset[tuple[Address, Kind]]
    environment: Environment
    folder: Path
    files: tuple[str, ...]
    warnings: tuple[Diagnostic, ...]
    top: Pair
    environments: frozenset[str] = frozenset()
    sharing: tuple[SharingEnvironment, ...] = ()
    adopt: Mapping[Address, Sid] = field(default_factory=dict)
    forget: frozenset[Address] = frozenset()
    options: LoadOptions = field(default_factory=LoadOptions)
    sensitive_variables: frozenset[str] = frozenset()
    variable_files: tuple[str, ...] = ()
    implicit_collections: frozenset[tuple[Address, Kind]] = frozenset()
    layers: tuple[tuple[File, ...], ...] = ()
    variables: Variables = NO_VARIABLES
    expansion: Expansion | None = None

    @cached_property
    def digest(self) -> str:
        """Identify what the configuration asks for, regardless of layout, comments and secrets.

        What is adopted and forgotten has: an apply would do something else. `guardrails`, `allow_delete` and
        `require_ledger` have none: they say whether it may be done, and every apply asks that anew, of a saved plan
        too, so that tighter ones refuse it, and looser ones do not spoil it. Nor have `lock` and `ledger`.
        """
        asked: dict[str, object] = {str(address): _asked_for(desired) for address, desired in self.declared.items()}
        if self.adopt:
            asked["adopt"] = {str(address): sid for address, sid in self.adopt.items()}
        if self.forget:
            asked["forget"] = sorted(map(str, self.forget))
        return value_digest(asked)

    @cached_property
    def declared(self) -> Mapping[Address, Desired]:
        """The resources that are written; the others are built-in ones to which they refer."""
        return {address: each for address, each in self.resources.items() if not each.implicit}

    @cached_property
    def members(self) -> Mapping[tuple[Address, Kind], tuple[Desired, ...]]:
        """The declared resources by (parent's address, kind)."""
        found: dict[tuple[Address, Kind], list[Desired]] = {}
        for each in self.resources.values():
            found.setdefault((parent_of(each.kind, each.address), each.kind), []).append(each)
        return {place: tuple(members) for place, members in found.items()}

    @cached_property
    def by_name(self) -> Mapping[tuple[Address, Kind, object], Desired]:
        """The declared resources by (parent's address, kind) and live name, which may be sensitive."""
        return {(*place, as_secret(each.name)): each for place, members in self.members.items() for each in members}

    @cached_property
    def followers(self) -> Mapping[tuple[Address, Kind, Kind, object], tuple[Desired, ...]]:
        """The declared resources by (parent's address, kind), and the kind and name of what they follow."""
        found: dict[tuple[Address, Kind, Kind, object], list[Desired]] = {}
        for place, members in self.members.items():
            for following in place[1].may_name_fields:
                for each in members:
                    name = as_secret(each.fields.get(following.name))
                    found.setdefault(
                        (*place, following.may_name.kind if following.may_name else place[1], name), []
                    ).append(each)
        return {key: tuple(members) for key, members in found.items()}


def _asked_for(desired: Desired) -> dict[str, object]:
    fields = {
        name: str(value) if isinstance(value, Address) else value
        for name, value in desired.fields.items()
        if not isinstance(value, Secret | MissingSecret)
    }
    # `only` says where the resource is declared, not what is asked of it.
    lifecycle = {name: value for name, value in desired.lifecycle.written_values().items() if name != "only"}
    return {"fields": fields, "lifecycle": lifecycle}
