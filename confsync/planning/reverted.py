"""What a plan would undo of a commit that this branch lacks, field by field."""

from collections.abc import Iterable, Iterator

from confsync.config.config import Config
from confsync.config.desired import Desired
from confsync.config.tree import MissingSecret
from confsync.names import Address
from confsync.plan.change import Action, Change
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.plan import Guardrail
from confsync.secret import Secret
from confsync.state.divergence import Divergence

_MOST_NAMED = 10
_UNSET = object()
_VERSION_OF_SECRETS = "lifecycle.secret_version"

Reverted = tuple[Address, str]
"""An address, and the field; it is empty if the resource itself would be created or deleted again."""


def reverted_guardrails(config: Config, changes: Iterable[Change], divergence: Divergence) -> Iterator[Guardrail]:
    """Block a plan that would undo what another branch changed and this one never touched."""
    applied = divergence.applied
    if applied is None:
        why = f"{divergence.text}, and {divergence.unknown}, so confsync cannot tell what this apply would undo"
        yield Guardrail(GuardrailRule.ROLLBACK, (), why, "`--allow-rollback`")
        return
    writes = [each for each in changes if each.writes]
    found = {each: None for base in divergence.bases for each in _reverted(writes, _Versions(config, applied, base))}
    if found:
        addresses = tuple({address: None for address, _ in found})
        text = f"{divergence.text}, so this apply would undo what it changed: {_named(tuple(found))}"
        yield Guardrail(GuardrailRule.ROLLBACK, addresses, text, "`--allow-rollback`")


class _Versions:
    """One address in three configurations: on this branch, in the commit last applied, and in their common ancestor."""

    def __init__(self, here: Config, applied: Config, base: Config) -> None:
        self._configs = (here, applied, base)

    def of(
        self, address: Address, previous: Address | None = None
    ) -> tuple[Desired | None, Desired | None, Desired | None]:
        """Return what each of them wants of a resource, if it is to exist; one of them may know it by another key."""
        here, applied, base = (
            _declared(each, address) or (_declared(each, previous) if previous else None) for each in self._configs
        )
        return here, applied, base


def _declared(config: Config, address: Address) -> Desired | None:
    desired = config.resources.get(address)
    return None if desired is None or desired.lifecycle.absent else desired


def _reverted(changes: Iterable[Change], versions: _Versions) -> Iterator[Reverted]:
    for change in changes:
        if change.deletes:
            yield from ((each, "") for each in (change.address, *change.also_deleted) if _deleted(*versions.of(each)))
            continue
        here, applied, base = versions.of(change.address, change.previous)
        if here is None or base is None:
            continue
        if applied is None and {Action.CREATE, Action.RECREATE}.intersection(change.actions):
            yield change.address, ""
        else:
            yield from ((change.address, each) for each in _reverted_fields(change, here, applied, base))


def _deleted(here: Desired | None, applied: Desired | None, base: Desired | None) -> bool:
    """Whether the commit last applied added a resource that this branch never had."""
    return applied is not None and here is None and base is None


def _reverted_fields(change: Change, here: Desired, applied: Desired | None, base: Desired) -> Iterator[str]:
    for name in change.send:
        mine, theirs, before = (_field(each, name) for each in (here, applied, base))
        known = not any(isinstance(each, MissingSecret) for each in (mine, theirs, before))
        if known and mine == before != theirs:
            yield name
    secret = any(isinstance(value, Secret) for value in change.send.values())
    if secret and applied and here.secret_version == base.secret_version != applied.secret_version:
        yield _VERSION_OF_SECRETS


def _field(desired: Desired | None, name: str) -> object:
    return desired.fields.get(name, _UNSET) if desired else _UNSET


def _named(reverted: tuple[Reverted, ...]) -> str:
    names = [f"{address}#{field}" if field else str(address) for address, field in reverted[:_MOST_NAMED]]
    more = f" and {len(reverted) - _MOST_NAMED:,} more" if len(reverted) > _MOST_NAMED else ""
    return f"{', '.join(names)}{more}"
