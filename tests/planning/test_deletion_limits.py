"""How many resources a plan may delete: per kind, at every level, and without what a user names one by one."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from msgspec.structs import replace

from confsync.account.configuration import LoadOptions, load_configuration
from confsync.config.config import Config
from confsync.config.lifecycle import Lifecycle
from confsync.live.identity import Identity
from confsync.live.snapshot import Snapshot
from confsync.names import Address, Sid
from confsync.plan.change import Action, Change
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.intent import Overrides
from confsync.plan.match import How, LiveResource, Match
from confsync.planning.guardrails.deletion_checks import find_deletion_guardrails, max_deletes_needed
from confsync.resources import kind_of
from confsync.state.ledger import Entry, Ledger

SERVICE = Sid("IS" + "1" * 32)
DESK = Address.parse("services/desk")
HINT = "`--max-deletes {0}`, or `guardrails: {{max_deletes: {0}}}`"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    tmp_path.joinpath("confsync.yaml").write_text("version: 1\nservices: {desk: {}}\n", "utf-8")
    return load_configuration(LoadOptions(environ={}, directory=tmp_path))


def numbered(section: str, number: int, service: str = "desk") -> list[str]:
    return [f"services/{service}/{section}/{each}" for each in range(number)]


def roles(number: int, service: str = "desk") -> list[str]:
    return numbered("roles", number, service)


def owning(*addresses: str) -> Snapshot:
    """The snapshot of a ledger that owns resources at these addresses; one that ends in `!` has no SID."""
    entries = tuple(
        Entry(
            address=Address.parse(each.rstrip("!")),
            sid=None if each.endswith("!") else Sid(f"RL{number:032x}"),
            id=each,
            origin="created",
        )
        for number, each in enumerate(addresses)
    )
    ledger = Ledger("AC" + "a" * 32, "conversations.twilio.com", entries=entries)
    return Snapshot(Identity(ledger), frozenset(), frozenset(), frozenset())


def deletion(
    config: Config, address: str, *inside: str, absent: bool = False, action: Action = Action.DELETE
) -> Change:
    at = Address.parse(address)
    kind, declared = kind_of(at), config.resources[DESK]
    assert kind
    desired = replace(declared, address=at, kind=kind, lifecycle=Lifecycle(absent=absent), fields={})
    match = Match(LiveResource(kind, SERVICE, {}), How.OWNED)
    return Change(desired=desired, actions=(action,), match=match, also_deleted=tuple(map(Address.parse, inside)))


def blocked(
    config: Config, snapshot: Snapshot, changes: Iterable[Change], overrides: Overrides | None = None
) -> list[tuple[str, str, int]]:
    """Give the text, the override, and how many addresses it names, of each guardrail about the number."""
    every = tuple(changes)
    found = find_deletion_guardrails(config, snapshot, snapshot.ledger, every, overrides or Overrides())
    return [(each.text, each.override, len(each.addresses)) for each in found if each.rule is GuardrailRule.DELETES]


@pytest.mark.parametrize(
    ("deleted", "owned", "limit", "expected"),
    [
        (0, 0, None, False),
        (1, 1, None, False),
        (2, 8, None, False),
        (2, 7, None, True),
        (2, 2, None, True),
        (5, 100, None, False),
        (6, 100, None, True),
        (1, 1, 0, True),
        (1, 1, 1, False),
        (2, 2, 1, True),
        (2, 2, 2, False),
        (6, 6, 6, False),
        (7, 7, 6, True),
    ],
)
def test_more_than_one_and_more_than_five_or_a_quarter_is_too_many_unless_there_is_a_limit(
    deleted: int, owned: int, limit: int | None, config: Config, *, expected: bool
) -> None:
    snapshot = owning(*roles(owned))
    changes = [deletion(config, each) for each in roles(deleted)]
    text = f"{deleted} of the {owned} roles in services/desk that confsync owns would be deleted"
    found = [(text, HINT.format(deleted), deleted)] if expected else []
    assert blocked(config, snapshot, changes, Overrides(max_deletes=limit)) == found
    assert max_deletes_needed(snapshot, iter(changes), limit) == (deleted if expected else None)
    environment = replace(config.environment, max_deletes=limit)
    assert blocked(replace(config, environment=environment), snapshot, changes) == found
    other = replace(config.environment, max_deletes=99)
    if limit is not None:
        assert blocked(replace(config, environment=other), snapshot, changes, Overrides(max_deletes=limit)) == found


def test_deletions_in_several_places_count_together(config: Config) -> None:
    snapshot = owning(*roles(20), *roles(20, "shop"))
    changes = [deletion(config, each) for each in (*roles(3), *roles(3, "shop"))]
    text = "6 of the 40 roles that confsync owns would be deleted"
    assert blocked(config, snapshot, changes) == [(text, HINT.format(6), 6)]


def test_what_is_too_many_in_one_place_is_not_reported_for_all_places_again(config: Config) -> None:
    snapshot = owning(*roles(8), *roles(8, "shop"))
    desk = [deletion(config, each) for each in roles(6)]
    assert [text for text, _, _ in blocked(config, snapshot, desk)] == [
        "6 of the 8 roles in services/desk that confsync owns would be deleted"
    ]
    both = [*desk, deletion(config, "services/shop/roles/0")]
    assert [text for text, _, _ in blocked(config, snapshot, both)] == [
        "6 of the 8 roles in services/desk that confsync owns would be deleted",
        "7 of the 16 roles that confsync owns would be deleted",
    ]


def test_one_limit_is_enough_for_all_kinds(config: Config) -> None:
    rooms = numbered("conversations", 8)
    snapshot = owning(*roles(6), *rooms)
    changes = [deletion(config, each) for each in (*roles(6), *rooms)]
    assert blocked(config, snapshot, changes) == [
        ("6 of the 6 roles in services/desk that confsync owns would be deleted", HINT.format(8), 6),
        ("8 of the 8 conversations in services/desk that confsync owns would be deleted", HINT.format(8), 8),
    ]
    assert max_deletes_needed(snapshot, changes, None) == 8


def test_the_contents_of_what_is_deleted_count(config: Config) -> None:
    room, *others = numbered("conversations", 20)
    members = [f"{room}/participants/{each}" for each in range(7)]
    changes = [deletion(config, room, f"{room}/unknown/x", "services/desk/configuration", *members)]
    assert blocked(config, owning(room, *others, *members), changes) == [
        (f"7 of the 7 participants in {room} that confsync owns would be deleted", HINT.format(7), 7)
    ]


def test_what_a_user_names_one_by_one_does_not_count(config: Config) -> None:
    named = [deletion(config, each, absent=True) for each in roles(6)]
    assert blocked(config, owning(*roles(6)), named) == []
    services = [f"services/{each}" for each in range(6)]
    destroyed = [deletion(config, each, *roles(6, each.rpartition("/")[2])) for each in services]
    assert blocked(config, owning(*services), destroyed) == []


def test_only_what_is_deleted_or_replaced_counts(config: Config) -> None:
    phones = [f"account/addresses/+1555123000{each}" for each in range(6)]
    for action, expected in ((Action.REPLACE, 1), (Action.DELETE, 1), (Action.UPDATE, 0), (Action.CREATE, 0)):
        changes = [deletion(config, each, action=action) for each in phones]
        assert len(blocked(config, owning(*phones), changes)) == expected


def test_a_resource_without_a_sid_is_not_counted_as_owned(config: Config) -> None:
    text = "2 of the 7 roles in services/desk that confsync owns would be deleted"
    owned = owning(*roles(7), *(f"{each}!" for each in numbered("roles", 9, "desk")[7:]))
    assert [found for found, _, _ in blocked(config, owned, [deletion(config, each) for each in roles(2)])] == [text]


def test_a_resource_that_is_deleted_twice_is_named_once(config: Config) -> None:
    twice = [deletion(config, each) for each in (*roles(6), *roles(1))]
    text = "7 of the 8 roles in services/desk that confsync owns would be deleted"
    assert blocked(config, owning(*roles(8)), twice) == [(text, HINT.format(7), 6)]


@pytest.mark.parametrize(
    ("overrides", "allowed", "expected"),
    [
        (Overrides(), {}, True),
        (Overrides(), {DESK: SERVICE}, False),
        (Overrides(), {DESK: Sid("IS" + "2" * 32)}, True),
        (Overrides(), {Address.parse("services/shop"): SERVICE}, True),
        (Overrides(allow_delete=frozenset({DESK})), {}, False),
        (Overrides(allow_delete=frozenset({Address.parse("services/shop")})), {}, True),
    ],
)
def test_a_service_is_deleted_only_with_permission(
    overrides: Overrides, allowed: dict[Address, Sid], config: Config, *, expected: bool
) -> None:
    environment = replace(config.environment, allow_delete=allowed)
    changes = [deletion(config, "services/desk")]
    ledger = owning("services/desk")
    found = find_deletion_guardrails(
        replace(config, environment=environment), ledger, ledger.ledger, changes, overrides
    )
    sources = [(each.rule, each.source) for each in found]
    assert sources == ([(GuardrailRule.DELETE, changes[0].source)] if expected else [])
