"""Guardrails for resources that Twilio removes together with the one that they name: participants with their user."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from confsync.config.config import Config
from confsync.config.desired import value_digest
from confsync.live.snapshot import Snapshot
from confsync.model import Kind
from confsync.names import Address, named_from, parent_of
from confsync.plan.change import DESTROYS, Change
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.plan import Guardrail
from confsync.quoting import listed
from confsync.resources import KINDS, kind_of
from confsync.secret import as_secret
from confsync.state.ledger import Entry, Ledger


class _Named(Struct, frozen=True):
    """The name of a resource of a kind under a parent; the name may be sensitive."""

    parent: Address
    kind: Kind
    name: object


def find_declared_followers(config: Config, changes: Iterable[Change]) -> Iterator[Guardrail]:
    """Block the deletion of a resource that a declared one names: the next plan would create that one again."""
    deleted = _deleted(changes)
    if not deleted:
        return
    declared = [each for each in config.resources.values() if not each.lifecycle.absent]
    for named, followers in _grouped((each.kind, each.address, each.fields) for each in declared).items():
        change = deleted.get(named)
        if change is None:
            continue
        are, names = "is" if len(followers) == 1 else "are", listed(followers)
        field = change.kind.name_field.name if change.kind.name_field else "name"
        yield Guardrail(
            GuardrailRule.LINK,
            (change.address, *followers),
            f"deleting {change.address} ({change.sid}) would also remove {names}, which {are} declared",
            f"declare {change.kind.a_title} with this {field}, or remove {names} from the configuration",
            change.source,
        )


def find_protected_followers(
    snapshot: Snapshot, known: Ledger, changes: Iterable[Change]
) -> Iterator[tuple[Change, tuple[Address, ...]]]:
    """Find what a deletion would remove although the ledger says that it is protected."""
    deleted = _deleted(changes)
    if not deleted:
        return
    protected = [each for each in known.entries if each.protect and each.sid not in snapshot.gone]
    for named, change in deleted.items():
        followers = tuple(each.address for each in protected if _names(each, named, change, snapshot))
        if followers:
            yield change, followers


def _names(entry: Entry, named: _Named, change: Change, snapshot: Snapshot) -> bool:
    """Whether an owned resource names a live one. If it was not read, the digest of what was applied last decides."""
    live, kind = snapshot.by_sid.get(entry.sid) if entry.sid else None, kind_of(entry.address)
    for field in kind.may_name_fields if kind else ():
        if kind and field.may_name and field.may_name.kind is named.kind:
            near = _parent_of_named(kind, entry.address, field.may_name.kind) == named.parent
            name = change.match.found.name if change.match else None
            known = live.fields.get(field.name) == name if live else entry.applied.get(field.name) == value_digest(name)
            return near and known
    return False


def _deleted(changes: Iterable[Change]) -> Mapping[_Named, Change]:
    """Return the deletions of what others may name."""
    kinds = {each.may_name.kind for kind in KINDS for each in kind.may_name_fields if each.may_name}
    deleted = (each for each in changes if each.match and each.kind in kinds and DESTROYS.intersection(each.actions))
    return {_Named(parent_of(each.kind, each.address), each.kind, _live_name(each)): each for each in deleted}


def _live_name(change: Change) -> object:
    return as_secret(change.match.found.name) if change.match else None


def _grouped(
    followers: Iterable[tuple[Kind, Address, Mapping[str, object]]],
) -> Mapping[_Named, list[Address]]:
    """Group resources by what they name."""
    groups: dict[_Named, list[Address]] = {}
    for kind, address, fields in followers:
        for field in kind.may_name_fields:
            name = fields.get(field.name)
            if field.may_name and name is not None:
                parent = _parent_of_named(kind, address, field.may_name.kind)
                groups.setdefault(_Named(parent, field.may_name.kind, as_secret(name)), []).append(address)
    return groups


def _parent_of_named(kind: Kind, address: Address, named: Kind) -> Address:
    return Address(named_from(kind, address, named, "")[:-2])
