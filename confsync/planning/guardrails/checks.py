"""Finds the guardrails that block a plan, and how to override each."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.yaml import quote_yaml
from confsync.live.identity import immutable_changes
from confsync.live.snapshot import Snapshot, comes_with_parent
from confsync.model import Kind
from confsync.names import Address, Sid, linked_address, parent_of
from confsync.plan.change import Action, Change
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.intent import Intent, Overrides
from confsync.plan.plan import Guardrail
from confsync.planning.guardrails.account_wide_keys import find_keys_held_elsewhere
from confsync.planning.guardrails.deletion_checks import find_deletion_guardrails
from confsync.planning.guardrails.edit_checks import impossible_edits
from confsync.planning.guardrails.followers import find_declared_followers
from confsync.planning.guardrails.freed_keys import freeing_changes, taken_places
from confsync.planning.guardrails.new_parents import find_adoptions_in_new_parents
from confsync.planning.guardrails.other_environment_checks import find_declared_elsewhere, find_other_owners
from confsync.planning.order import link_creators
from confsync.planning.pending_replaces import find_lost_values
from confsync.quoting import in_quotes, listed
from confsync.secret import as_secret
from confsync.state.ledger import Ledger


class CheckedPlan(Struct, frozen=True, dict=True):
    """What a check looks at. `ledger` is the one as read: it still has what this plan moves or forgets."""

    config: Config
    snapshot: Snapshot
    ledger: Ledger
    changes: tuple[Change, ...]
    overrides: Overrides

    @cached_property
    def current(self) -> Mapping[Address, Change]:
        """The changes of the resources that stay or that the plan creates, by address."""
        return {each.address: each for each in self.changes if not each.terminal and not each.deletes}


def find_guardrails(
    config: Config, snapshot: Snapshot, known: Ledger, changes: Iterable[Change], intent: Intent
) -> Iterator[Guardrail]:
    """Find every guardrail that blocks a plan, with the line that declares what it blocks."""
    plan = CheckedPlan(config, snapshot, known, tuple(changes), intent.overrides)
    for check in CHECKS:
        if intent.destroy and check in MEANINGLESS_FOR_DESTROY:
            continue
        for guardrail in check(plan):
            declared = (config.resources[each].source for each in guardrail.addresses if each in config.resources)
            yield replace(guardrail, source=guardrail.source or next(declared, None))


def _ambiguous(plan: CheckedPlan) -> Iterator[Guardrail]:
    for address, sids in plan.snapshot.identity.ambiguous.items():
        kind = plan.config.resources[address].kind
        key = " and ".join(plan.config.resources[address].recognised_by)
        names = ", ".join(f"{sid} (owned)" if sid in plan.snapshot.ledger.owner else sid for sid in sids)
        yield Guardrail(
            GuardrailRule.AMBIGUOUS,
            (address,),
            f"more than one live {kind.title} has the {key} of {address}: {names}",
            _how_to_choose(plan.config.resources[address]),
        )


def _how_to_choose(desired: Desired) -> str:
    """Say how to resolve an ambiguity; only what is declared can be named under `adopt`."""
    if desired.implicit:
        return f"delete the others in Twilio, or declare {desired.address} and name its SID under `adopt`"
    return f"`adopt: {{{quote_yaml(str(desired.address))}: SID}}` with the right SID, or delete the others in Twilio"


def _taken_keys(plan: CheckedPlan) -> Iterator[Guardrail]:
    """Block a change to a key that another resource has and keeps, if Twilio allows each key only once."""
    freeing = freeing_changes(plan.current.values())
    for address, change in plan.current.items():
        freed = freeing[change.key].sid if change.key in freeing else None
        found = (sid for place in taken_places(change) for sid in plan.snapshot.sids_by_key.get(place, ()))
        others = [sid for sid in found if sid != freed]
        if others:
            names = " and ".join(change.desired.recognised_by)
            yield Guardrail(
                GuardrailRule.AMBIGUOUS,
                (address,),
                f"another {change.kind.title} has the {names} of {address}: {', '.join(others)}",
                f"choose another {names}, or {_how_to_free(names, change.kind, others, plan.snapshot)}",
            )
    yield from find_keys_held_elsewhere(plan.snapshot, plan.changes)


def _how_to_free(names: str, kind: Kind, sids: Iterable[Sid], snapshot: Snapshot) -> str:
    """Say how a resource loses the key that another one is to have; what is declared must not be deleted."""
    if set(snapshot.sids.values()).isdisjoint(sids):
        return f"delete the other {kind.title} in Twilio"
    return f"first apply a configuration that gives the other {kind.title} a {names} that nothing has"


def _missing_adoptions(plan: CheckedPlan) -> Iterator[Guardrail]:
    in_new_parents = find_adoptions_in_new_parents(plan.config, plan.ledger, plan.current)
    for address, sid in (*plan.snapshot.identity.missing_adoptions.items(), *in_new_parents):
        title = plan.config.resources[address].kind.title
        yield Guardrail(
            GuardrailRule.ADOPT,
            (address,),
            f"`adopt` names {sid} for {address}, but there is no such {title} there",
            "name another SID under `adopt`, or remove the line",
        )


def _unsuitable_adoptions(plan: CheckedPlan) -> Iterator[Guardrail]:
    """Block an adoption of a resource that cannot become what is declared: the next plan would create another."""
    for address, sid in plan.config.adopt.items():
        match, desired = plan.snapshot.matches.get(address), plan.config.resources.get(address)
        if match is None or desired is None or match.found.sid != sid or desired.lifecycle.absent:
            continue
        names = " and ".join(immutable_changes(desired, match.found))
        if names and desired.kind.on_immutable_change == "create":
            text = f"`adopt` names {sid} for {address}, but its {names} cannot be changed to what is declared"
            hint = f"write the {names} that it has in Twilio, or name another SID under `adopt`, or remove the line"
            yield Guardrail(GuardrailRule.ADOPT, (address,), text, hint)


def _missing_lookups(plan: CheckedPlan) -> Iterator[Guardrail]:
    for address, desired in plan.config.resources.items():
        if desired.implicit and _is_missing(desired, plan.snapshot):
            yield _missing_built_in(desired)
        elif desired.lifecycle.lookup and _is_missing(desired, plan.snapshot):
            yield Guardrail(
                GuardrailRule.LOOKUP,
                (address,),
                f"{address} has `lifecycle.lookup`, but nothing in Twilio {_has_its_name(desired)}",
                "create it by hand, or remove `lifecycle.lookup`",
            )


def _missing_built_in(desired: Desired) -> Guardrail:
    """Block a reference to a resource of Twilio's own that someone renamed or deleted."""
    parent = desired.kind.parent.title if desired.kind.parent else "account"
    return Guardrail(
        GuardrailRule.LOOKUP,
        (desired.address,),
        f"the {parent} has no {desired.kind.title} named {in_quotes(desired.name)} any more, and this refers to it",
        f"declare it under `{desired.kind.section}`, or name a different one",
    )


def _is_missing(desired: Desired, snapshot: Snapshot) -> bool:
    """Whether a resource definitely does not exist, and will not be created with its parent."""
    unclear = any(desired.address.within(each) for each in snapshot.identity.ambiguous)
    return not unclear and desired.address not in snapshot.matches and not comes_with_parent(desired, snapshot)


def _has_its_name(desired: Desired) -> str:
    # a key that is a label may be sensitive
    if desired.kind.key_is_label:
        return f"has its {' and '.join(desired.recognised_by)}"
    return f"is named {in_quotes(desired.name)}"


def _renamed(plan: CheckedPlan) -> Iterator[Guardrail]:
    for address, match in plan.snapshot.matches.items():
        desired = plan.config.resources[address]
        kind, name = desired.kind, desired.kind.name_field
        if name is None or desired.lifecycle.absent or kind.on_immutable_change != "refuse" or not desired.wants(name):
            continue
        live = match.found.fields.get(name.name)
        if live != desired.fields[name.name]:
            yield Guardrail(
                GuardrailRule.RENAME,
                (address,),
                f"{address} is named {in_quotes(live)} in Twilio, not {in_quotes(desired.name)}, "
                f"and v1 cannot rename {kind.a_title}",
                f"keep `{name.name}: {quote_yaml(str(live))}`",
            )


def _vanished(plan: CheckedPlan) -> Iterator[Guardrail]:
    for address, sid in plan.snapshot.identity.vanished.items():
        kind = plan.config.resources[address].kind
        absent = plan.config.resources[address].lifecycle.absent
        if kind.recreate_impact and address not in plan.overrides.allow_recreate and not absent:
            match = plan.snapshot.matches.get(address)
            now = f"{match.found.sid} has its name now" if match else "a new one gets another SID"
            yield Guardrail(
                GuardrailRule.RECREATE,
                (address,),
                f"{address} ({sid}) was deleted outside confsync; {now}, and {kind.recreate_impact}",
                f"`--allow-recreate {shlex.quote(str(address))}`",
            )


def _irreplaceable(plan: CheckedPlan) -> Iterator[Guardrail]:
    """Block a change that needs a replacement of a resource that confsync did not create."""
    for address, change in plan.current.items():
        match = change.match
        if match is None or change.kind.on_immutable_change != "replace" or Action.REPLACE in change.actions:
            continue
        names = " and ".join(immutable_changes(change.desired, match.found))
        if not names:
            continue
        owner = "did not create it" if match.owned else "does not own it"
        yield Guardrail(
            GuardrailRule.REPLACE,
            (address,),
            f"changing the {names} of {address} ({match.found.sid}) needs a delete, and confsync {owner}",
            f"write the {names} that it has in Twilio, or delete it by hand",
        )


def _too_many_updates(plan: CheckedPlan) -> Iterator[Guardrail]:
    limit = plan.config.environment.max_updates
    updated = tuple(each.address for each in plan.changes if Action.UPDATE in each.actions)
    if limit is not None and len(updated) > limit:
        noun = "resource" if len(updated) == 1 else "resources"
        text = f"{len(updated)} {noun} would be updated, and `guardrails.max_updates` is {limit}"
        yield Guardrail(GuardrailRule.UPDATES, updated, text, f"`guardrails: {{max_updates: {len(updated)}}}`")


def _impossible_edits(plan: CheckedPlan) -> Iterator[Guardrail]:
    return impossible_edits(plan.current)


def _no_room(plan: CheckedPlan) -> Iterator[Guardrail]:
    """Block creates for which a parent has no room, because it holds resources that are not declared."""
    unmanaged: dict[tuple[Address, Kind], list[Sid | None]] = {}
    for each in plan.snapshot.unmanaged:
        unmanaged.setdefault((Address(each.address[:-2]), each.found.kind), []).append(each.found.sid)
    for (parent, kind), declared in plan.config.members.items():
        if kind.max_per_parent is None:
            continue
        members = tuple(each for each in declared if not each.lifecycle.absent)
        created = tuple(each.address for each in members if _is_created(plan.current.get(each.address)))
        if not created:
            continue
        others = unmanaged.get((parent, kind), [])
        if len(members) + len(others) > kind.max_per_parent:
            names = listed(others)
            yield Guardrail(
                GuardrailRule.ROOM,
                created,
                f"{parent} has room for {kind.max_per_parent} {kind.section}, and some are not declared: {names}",
                "delete one of those in Twilio, or declare it here",
            )


def _is_created(change: Change | None) -> bool:
    return change is not None and Action.CREATE in change.actions


def _unconnected_links(plan: CheckedPlan) -> Iterator[Guardrail]:
    """Block a link between two resources that nothing connects."""
    for address, change in plan.current.items():
        kind = change.kind
        if kind.created_by is None or any(link_creators(change.desired, plan.config)):
            continue
        parent, other = parent_of(kind, address), linked_address(kind, address)
        if change.match is not None and not _is_disconnected(plan.config, plan.current, change):
            continue
        yield Guardrail(
            GuardrailRule.LINK,
            (address,),
            f"{parent} takes no part in {other}, so there is no {kind.title}",
            f"declare it under `{kind.created_by.section}` of {other}",
        )


def _is_disconnected(config: Config, changes: Mapping[Address, Change], link: Change) -> bool:
    """Whether this plan removes the connection between the two sides of a link."""
    parent = config.resources[parent_of(link.kind, link.address)]
    field, creator = parent.kind.name_field, link.kind.created_by
    if field is None or creator is None:
        return False
    members = config.members.get((linked_address(link.kind, link.address), creator), ())
    current = (changes[each.address] for each in members if each.address in changes)
    return any(
        as_secret(each.before.get(field.name)) == as_secret(parent.fields[field.name]) and each.writes
        for each in current
    )


def _declared_followers(plan: CheckedPlan) -> Iterator[Guardrail]:
    return find_declared_followers(plan.config, plan.changes)


def _blocked_deletions(plan: CheckedPlan) -> Iterator[Guardrail]:
    return find_deletion_guardrails(plan.config, plan.snapshot, plan.ledger, plan.changes, plan.overrides)


def _declared_elsewhere(plan: CheckedPlan) -> Iterator[Guardrail]:
    return find_declared_elsewhere(plan.config, plan.snapshot)


def _other_owners(plan: CheckedPlan) -> Iterator[Guardrail]:
    return find_other_owners(plan.config, plan.snapshot, plan.changes)


def _lost_values(plan: CheckedPlan) -> Iterator[Guardrail]:
    return find_lost_values(plan.snapshot, plan.current.values(), plan.overrides)


Check = Callable[[CheckedPlan], Iterator[Guardrail]]

CHECKS: tuple[Check, ...] = (
    _declared_elsewhere,
    _other_owners,
    _ambiguous,
    _taken_keys,
    _missing_adoptions,
    _unsuitable_adoptions,
    _missing_lookups,
    _renamed,
    _vanished,
    _lost_values,
    _irreplaceable,
    _blocked_deletions,
    _declared_followers,
    _too_many_updates,
    _impossible_edits,
    _no_room,
    _unconnected_links,
)
"""Every check of a plan, in the order in which a plan shows what they find."""

MEANINGLESS_FOR_DESTROY: Mapping[Check, str] = {
    _declared_elsewhere: "it takes nothing over",
    _ambiguous: "it deletes only what the ledger owns, by SID",
    _taken_keys: "it creates nothing and updates no names",
    _missing_adoptions: "it adopts nothing",
    _unsuitable_adoptions: "it adopts nothing",
    _missing_lookups: "it leaves alone what is looked up",
    _renamed: "it renames nothing",
    _declared_followers: "it deletes what is declared",
    _vanished: "it creates nothing",
    _lost_values: "it creates nothing",
}
"""The checks that `--destroy` skips, with the reason. A check that is not listed applies to `--destroy` too."""
