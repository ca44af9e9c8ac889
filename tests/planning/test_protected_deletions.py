"""What protects a resource from deletion: the declarations, and the ledger as it was before this plan."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from msgspec.structs import replace

from confsync.account.configuration import LoadOptions, load_configuration
from confsync.config.config import Config
from confsync.live.identity import Identity
from confsync.live.snapshot import Snapshot
from confsync.names import Address, Sid
from confsync.plan.change import Action, Change
from confsync.plan.intent import Selection
from confsync.plan.match import How, LiveResource, Match
from confsync.planning.guardrails.protection import find_lost_protection, find_protected_deletions
from confsync.planning.selection import SelectionScope
from confsync.resources import kind_of
from confsync.state.ledger import Entry, Ledger

SERVICE, OTHER, ROLE, SECOND = (
    Sid(prefix + digit * 32) for prefix, digit in (("IS", "1"), ("IS", "2"), ("RL", "1"), ("RL", "2"))
)
DESK = Address.parse("services/desk")
TEXT = """
version: 1
services:
  desk:
    roles:
      a: {type: conversation, permissions: [sendMessage]%s}
      b: {type: conversation, permissions: [sendMessage]}
  shop:
    roles: {a: {type: conversation, permissions: [sendMessage], lifecycle: {protect: true}}}
"""
PROTECT = ", lifecycle: {protect: true}"
UNPROTECT = "declare {} with `lifecycle.protect: false`, and apply that before the plan that gives it up"


@pytest.fixture
def declared(tmp_path: Path) -> Config:
    return configuration(tmp_path, PROTECT)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return configuration(tmp_path, "")


def configuration(folder: Path, more: str) -> Config:
    folder.joinpath("confsync.yaml").write_text(TEXT % more, "utf-8")
    return load_configuration(LoadOptions(environ={}, directory=folder))


def entry(address: str, sid: Sid | None, *inside: Sid, protect: bool = True, current: bool = True) -> Entry:
    at = Address.parse(address)
    return Entry(
        address=at, sid=sid, id=f"{sid or address}", origin="created", inside=inside, protect=protect, current=current
    )


def ledger(*entries: Entry) -> Ledger:
    return Ledger("AC" + "a" * 32, "conversations.twilio.com", entries=entries)


def snapshot(*entries: Entry, gone: Iterable[Sid] = ()) -> Snapshot:
    return Snapshot(Identity(ledger(*entries)), frozenset(), frozenset(gone), frozenset())


def deletion(config: Config, sid: Sid | None = SERVICE) -> Change:
    kind = kind_of(DESK)
    assert kind
    match = Match(LiveResource(kind, sid, {}), How.OWNED) if sid else None
    return Change(desired=config.resources[DESK], actions=(Action.DELETE,), match=match)


def found(config: Config, now: Snapshot, known: Ledger, change: Change | None = None) -> list[tuple[str, str]]:
    """Give the addresses that each guardrail names, and those that it says to unprotect."""
    guardrails = find_protected_deletions(config, now, known, [change or deletion(config)])
    before, after = UNPROTECT.split("{}")
    return [
        (" ".join(map(str, each.addresses)), each.override.removeprefix(before).removesuffix(after))
        for each in guardrails
    ]


A = "services/desk/roles/a"


def test_a_declaration_protects_what_contains_it(declared: Config, config: Config) -> None:
    assert found(declared, snapshot(), ledger()) == [(f"services/desk {A}", A)]
    assert found(config, snapshot(), ledger()) == []


@pytest.mark.parametrize(("current", "expected"), [(SERVICE, 1), (OTHER, 0)])
def test_a_declaration_is_about_the_current_resource_of_its_address(
    current: Sid, expected: int, declared: Config
) -> None:
    now = snapshot(entry("services/desk", current, protect=False), entry("services/shop", OTHER, protect=False))
    assert len(found(declared, now, ledger())) == expected


def test_the_ledger_protects_a_resource_wherever_it_was(config: Config) -> None:
    known = ledger(entry("services/old", SERVICE))
    assert found(config, snapshot(), known) == [("services/desk", "services/old")]
    assert found(config, snapshot(), ledger(entry("services/old", SERVICE, protect=False))) == []
    assert found(config, snapshot(), known, deletion(config, OTHER)) == []
    assert found(config, snapshot(), known, deletion(config, None)) == []


def test_the_ledger_protects_what_contains_something_protected(config: Config) -> None:
    known = ledger(
        entry("services/old", SERVICE, protect=False),
        entry("services/old/roles/x", ROLE, SERVICE),
        entry("services/old/roles/y", SECOND, SERVICE, protect=False),
        entry("services/shop/roles/a", Sid("RL" + "3" * 32), OTHER),
    )
    moved = snapshot(entry("services/desk/roles/b", ROLE, SERVICE))
    assert found(config, moved, known) == [("services/desk services/desk/roles/b", "services/old/roles/x")]
    assert found(config, snapshot(), known) == [("services/desk services/desk/roles/x", "services/old/roles/x")]
    assert found(config, snapshot(gone=[ROLE]), known) == []


def test_what_is_protected_in_a_service_that_nobody_owned_protects_it(config: Config) -> None:
    known = ledger(entry(A, ROLE, SERVICE))
    assert found(config, snapshot(), known) == [(f"services/desk {A}", A)]


def test_a_protected_singleton_protects_what_contains_it(config: Config) -> None:
    at = "services/desk/configuration"
    assert found(config, snapshot(), ledger(entry(at, None, SERVICE))) == [(f"services/desk {at}", at)]


def test_each_deletion_has_a_guardrail_of_its_own(config: Config) -> None:
    known = ledger(entry("services/desk", SERVICE))
    changes = [deletion(config, OTHER), deletion(config), deletion(config)]
    guardrails = list(find_protected_deletions(config, snapshot(), known, changes))
    assert [each.source for each in guardrails] == [changes[0].source] * 2


def lost(
    config: Config,
    now: Snapshot,
    known: Ledger,
    *looked_up: Entry,
    targets: tuple[str, ...] = (),
    destroys: bool = False,
) -> list[str]:
    scope = SelectionScope(config, Selection(targets=targets), destroys)
    guardrails = find_lost_protection(config, now, known, scope, looked_up)
    return [f"{each.rule} {' '.join(map(str, each.addresses))}: {each.text}" for each in guardrails]


def test_only_what_is_protected_and_still_exists_may_not_be_forgotten(config: Config) -> None:
    kept, gone = entry("services/shop", OTHER), entry("services/gone", Sid("IS" + "3" * 32))
    singleton = entry("services/desk/configuration", None)
    known = ledger(entry("services/desk", SERVICE), kept, gone, singleton, entry(A, ROLE, protect=False))
    assert lost(config, snapshot(kept, gone=[Sid("IS" + "3" * 32)]), known) == [
        f"unprotect services/desk: `forget` names services/desk ({SERVICE}), which is protected",
        "unprotect services/desk/configuration: `forget` names services/desk/configuration, which is protected",
    ]


def test_only_what_is_protected_may_not_be_looked_up(config: Config) -> None:
    found = lost(config, snapshot(), ledger(), entry(A, ROLE, protect=False), entry("services/desk", SERVICE))
    assert found == [
        f"unprotect services/desk: services/desk ({SERVICE}) is protected, and `lifecycle.lookup` would end that"
    ]


def adopting(config: Config, previous: Iterable[str] = ()) -> Config:
    """Adopt the service at the declared address, which may name previous ones."""
    desired = config.resources[DESK]
    lifecycle = replace(desired.lifecycle, previously=frozenset(previous))
    resources = {**config.resources, DESK: replace(desired, lifecycle=lifecycle)}
    return replace(config, resources=resources, adopt={Address.parse("services/x"): ROLE, DESK: SERVICE})


def matched(how: How = How.ADOPTED, sid: Sid = SERVICE, previous: str = "") -> Snapshot:
    kind = kind_of(DESK)
    assert kind
    now = snapshot(entry("services/old", SERVICE))
    match = Match(LiveResource(kind, sid, {}), how, Address.parse(previous) if previous else None)
    now.identity.matches[DESK] = match
    return now


OLD = ledger(entry("services/old", SERVICE))
READOPTED = f"unprotect services/desk: `adopt` names {SERVICE} for services/desk, but it is protected as services/old"


def test_what_is_protected_elsewhere_may_not_be_adopted(config: Config) -> None:
    assert lost(adopting(config), matched(), OLD) == [READOPTED]
    assert lost(adopting(config), matched(How.MOVED, previous="services/even-older"), OLD) == [
        READOPTED.replace("services/old", "services/even-older")
    ]


def test_each_line_under_adopt_is_checked(config: Config) -> None:
    shop = Address.parse("services/shop")
    now = snapshot(entry("services/old", SERVICE), entry("services/shop", OTHER))
    now.identity.matches[DESK] = matched().matches[DESK]
    now.identity.matches[shop] = Match(LiveResource(config.resources[shop].kind, OTHER, {}), How.OWNED)
    both = replace(config, adopt={shop: OTHER, DESK: SERVICE})
    assert lost(both, now, ledger(entry("services/shop", OTHER), *OLD.entries)) == [READOPTED]


def test_what_is_adopted_and_protected_nowhere_else_is_ordinary(config: Config) -> None:
    unprotected = ledger(entry("services/old", SERVICE, protect=False))
    here = ledger(entry("services/desk", SERVICE))
    for now, known in (
        (matched(), ledger()),
        (matched(), unprotected),
        (matched(sid=OTHER), OLD),
        (snapshot(entry("services/old", SERVICE)), OLD),
        (matched(How.OWNED), OLD),
    ):
        assert lost(adopting(config), now, known) == []
    now = snapshot(entry("services/desk", SERVICE))
    now.identity.matches[DESK] = matched().matches[DESK]
    assert lost(adopting(config), now, here) == []
    assert lost(adopting(config, ["services/old"]), matched(), OLD) == []
    assert lost(adopting(config, ["services/other"]), matched(), OLD) == [READOPTED]


def test_only_a_plan_that_adopts_at_this_address_can_lose_its_protection(config: Config) -> None:
    assert lost(adopting(config), matched(), OLD, targets=("services/desk",)) == [READOPTED]
    assert lost(adopting(config), matched(), OLD, targets=("services/shop",)) == []
    assert lost(adopting(config), matched(), OLD, destroys=True) == []
