"""What stops an apply before its first write, and what lifts each."""

import shlex
from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from confsync.codecs import Edit
from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.yaml import quote_yaml
from confsync.live.identity import immutable_changes
from confsync.live.snapshot import Snapshot, comes_with_parent
from confsync.model import Kind
from confsync.names import Address, Sid, linked, parent_of
from confsync.plan.change import Action, Change
from confsync.plan.guardrail import Guardrail
from confsync.plan.guardrail_rules import GuardrailRule
from confsync.plan.intent import Intent, Overrides
from confsync.planning.deletion_guardrails import find_deletion_guardrails
from confsync.planning.diff import resolve_edit
from confsync.planning.order import link_creators
from confsync.secret import as_secret


def find_guardrails(
    config: Config, snapshot: Snapshot, changes: Iterable[Change], intent: Intent
) -> Iterator[Guardrail]:
    """Find every guardrail that a plan of this configuration runs into, with the line that asks for what it stops."""
    find = _guardrails_of_destruction if intent.destroy else _guardrails
    for guardrail in find(config, snapshot, tuple(changes), intent.overrides):
        declared = (config.resources[each].source for each in guardrail.addresses if each in config.resources)
        yield replace(guardrail, source=guardrail.source or next(declared, None))


def _guardrails_of_destruction(
    config: Config, snapshot: Snapshot, changes: tuple[Change, ...], overrides: Overrides
) -> Iterator[Guardrail]:
    """What the configuration asks for has no part in a plan that destroys, and what is unclear in it stops nothing."""
    yield from find_deletion_guardrails(config, snapshot, changes, overrides)


def _guardrails(
    config: Config, snapshot: Snapshot, changes: tuple[Change, ...], overrides: Overrides
) -> Iterator[Guardrail]:
    yield from _ambiguous(config, snapshot)
    yield from _untied(config, snapshot)
    yield from _unfit(config, snapshot)
    yield from _not_found(config, snapshot)
    yield from _renamed(config, snapshot)
    yield from _vanished(config, snapshot, overrides.allow_recreate)
    current = {each.address: each for each in changes if not each.terminal and not each.deletes}
    yield from _not_replaceable(current)
    yield from find_deletion_guardrails(config, snapshot, changes, overrides)
    yield from _too_many_updates(config, changes)
    yield from _nothing_to_edit(current)
    yield from _no_room(config, current, snapshot)
    yield from _not_taking_part(config, current)


def _ambiguous(config: Config, snapshot: Snapshot) -> Iterator[Guardrail]:
    for address, sids in snapshot.identity.ambiguous.items():
        kind = config.resources[address].kind
        key = " and ".join(config.resources[address].recognised_by)
        named = ", ".join(f"{sid} (ours)" if sid in snapshot.ledger.owner else sid for sid in sids)
        yield Guardrail(
            GuardrailRule.AMBIGUOUS,
            (address,),
            f"more than one live {kind.title} could be {address}, by its {key}: {named}",
            f"`adopt: {{{quote_yaml(str(address))}: SID}}` with the SID of the right one, or keep only one at Twilio",
        )


def _untied(config: Config, snapshot: Snapshot) -> Iterator[Guardrail]:
    for address, sid in snapshot.identity.missing_adoptions.items():
        title = config.resources[address].kind.title
        yield Guardrail(
            GuardrailRule.ADOPT,
            (address,),
            f"`adopt` ties {address} to {sid}, and there is no such {title} in that place",
            "name another SID under `adopt`, or remove the line",
        )


def _unfit(config: Config, snapshot: Snapshot) -> Iterator[Guardrail]:
    """Stop where `adopt` ties an address to what cannot become what is written: the next plan would make another."""
    for address, sid in config.adopt.items():
        match, desired = snapshot.matches.get(address), config.resources.get(address)
        if match is None or desired is None or match.found.sid != sid or desired.lifecycle.absent:
            continue
        names = " and ".join(immutable_changes(desired, match.found))
        if names and desired.kind.on_immutable_change == "create":
            text = f"`adopt` ties {address} to {sid}, whose {names} cannot become what is written"
            hint = f"write {names} as at Twilio, or name another SID under `adopt`, or remove the line"
            yield Guardrail(GuardrailRule.ADOPT, (address,), text, hint)


def _too_many_updates(config: Config, changes: Iterable[Change]) -> Iterator[Guardrail]:
    limit = config.environment.max_updates
    updated = tuple(each.address for each in changes if Action.UPDATE in each.actions)
    if limit is not None and len(updated) > limit:
        noun = "resource" if len(updated) == 1 else "resources"
        text = f"{len(updated)} {noun} would be updated, and `guardrails.max_updates` is {limit}"
        yield Guardrail(GuardrailRule.UPDATES, updated, text, f"guardrails: {{max_updates: {len(updated)}}}")


def _not_found(config: Config, snapshot: Snapshot) -> Iterator[Guardrail]:
    for address, desired in config.resources.items():
        if desired.lifecycle.lookup and _is_missing(desired, snapshot):
            yield Guardrail(
                GuardrailRule.LOOKUP,
                (address,),
                f"{address} is to be looked up, and nothing at Twilio {_named(desired)}",
                "make it by hand, or remove `lifecycle.lookup`",
            )


def _is_left(config: Config, changes: Mapping[Address, Change], link: Change) -> bool:
    """Whether this plan takes away what brought the two sides of a link together."""
    parent = config.resources[parent_of(link.kind, link.address)]
    field, through = parent.kind.name_field, link.kind.created_by
    if field is None or through is None:
        return False
    members = config.members.get((linked(link.kind, link.address), through), ())
    current = (changes[each.address] for each in members if each.address in changes)
    return any(
        as_secret(each.before.get(field.name)) == as_secret(parent.fields[field.name]) and each.writes
        for each in current
    )


def _named(desired: Desired) -> str:
    """Say by what something was looked for; what goes by a label may be sensitive."""
    if desired.kind.key_is_label:
        return f"has its {' and '.join(desired.recognised_by)}"
    return f"is named '{desired.name}'"


def _is_missing(desired: Desired, snapshot: Snapshot) -> bool:
    """Whether a resource surely does not exist, and will not come with its parent."""
    unclear = any(desired.address.within(each) for each in snapshot.identity.ambiguous)
    return not unclear and desired.address not in snapshot.matches and not comes_with_parent(desired, snapshot)


def _renamed(config: Config, snapshot: Snapshot) -> Iterator[Guardrail]:
    for address, match in snapshot.matches.items():
        desired = config.resources[address]
        name = desired.kind.name_field
        if (
            name is None
            or desired.lifecycle.absent
            or not (desired.kind.on_immutable_change == "refuse" and desired.wants(name))
        ):
            continue
        live = match.found.fields.get(name.name)
        if live != desired.fields[name.name]:
            yield Guardrail(
                GuardrailRule.RENAME,
                (address,),
                f"{address} is named '{live}' at Twilio, not '{desired.name}': v1 cannot rename {desired.kind.a_title}",
                f"keep `{name.name}: {quote_yaml(str(live))}`",
            )


def _vanished(config: Config, snapshot: Snapshot, allowed: frozenset[Address]) -> Iterator[Guardrail]:
    for address, sid in snapshot.identity.vanished.items():
        kind = config.resources[address].kind
        absent = config.resources[address].lifecycle.absent
        if kind.recreate_impact and address not in allowed and not absent:
            match = snapshot.matches.get(address)
            now = f"{match.found.sid} has its name now" if match else "made again, it gets another SID"
            yield Guardrail(
                GuardrailRule.RECREATE,
                (address,),
                f"{address} ({sid}) was deleted outside; {now}, and {kind.recreate_impact}",
                f"--allow-recreate {shlex.quote(str(address))}",
            )


def _not_replaceable(changes: Mapping[Address, Change]) -> Iterator[Guardrail]:
    """Stop where something would have to be deleted that we did not make."""
    for address, change in changes.items():
        match = change.match
        names = (
            tuple(immutable_changes(change.desired, match.found))
            if match and change.kind.on_immutable_change == "replace"
            else ()
        )
        if match is None or not names or Action.REPLACE in change.actions:
            continue
        whose = "was not made by us" if match.owned else "is not ours"
        yield Guardrail(
            GuardrailRule.REPLACE,
            (address,),
            f"{address} ({match.found.sid}) has another {' and '.join(names)}, which takes a delete, and it {whose}",
            f"write {' and '.join(names)} as at Twilio, or delete it by hand",
        )


def _nothing_to_edit(changes: Mapping[Address, Change]) -> Iterator[Guardrail]:
    """Stop where an edit would leave nothing in a set: where it is told by edits, it cannot be empty."""
    for address, change in changes.items():
        for name, value in change.desired.fields.items():
            known = change.match is not None or Action.CREATE in change.actions
            if not isinstance(value, Edit) or not known or not change.desired.wants(change.kind.by_name[name]):
                continue
            if not resolve_edit(value, change.before.get(name)):
                yield Guardrail(
                    GuardrailRule.EDIT,
                    (address,),
                    f"nothing would be left of the {name} of {address}",
                    f"write what else must be in {name} under `add`",
                )


def _no_room(config: Config, changes: Mapping[Address, Change], snapshot: Snapshot) -> Iterator[Guardrail]:
    """Stop where a parent cannot hold what is declared beside what is in it and declared nowhere."""
    unmanaged: dict[tuple[Address, Kind], list[Sid | None]] = {}
    for stray in snapshot.unmanaged:
        unmanaged.setdefault((Address(stray.address[:-2]), stray.found.kind), []).append(stray.found.sid)
    for (parent, kind), declared in config.members.items():
        members = tuple(each for each in declared if not each.lifecycle.absent)
        created = tuple(each.address for each in members if _is_created(changes.get(each.address)))
        if kind.max_per_parent is None or not created:
            continue
        others = unmanaged.get((parent, kind), [])
        if len(members) + len(others) > kind.max_per_parent:
            names = ", ".join(map(str, others))
            yield Guardrail(
                GuardrailRule.ROOM,
                created,
                f"{parent} has room for {kind.max_per_parent} {kind.section}, and some are not declared: {names}",
                "delete one of those at Twilio, or declare it here",
            )


def _is_created(change: Change | None) -> bool:
    return change is not None and Action.CREATE in change.actions


def _not_taking_part(config: Config, changes: Mapping[Address, Change]) -> Iterator[Guardrail]:
    """Stop where a link is declared between two things that nothing brings together."""
    for address, change in changes.items():
        kind = change.kind
        if kind.created_by is None or any(link_creators(change.desired, config)):
            continue
        parent, other = parent_of(kind, address), linked(kind, address)
        if change.match is not None and not _is_left(config, changes, change):
            continue
        yield Guardrail(
            GuardrailRule.LINK,
            (address,),
            f"{parent} takes no part in {other}, so there is no {kind.title}",
            f"declare it under `{kind.created_by.section}` of {other}",
        )
