"""What a different environment of the account owns: which resources those are, and that no address becomes one."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from confsync.live.identity import Identity
from confsync.names import Address
from confsync.resources import kind_of
from confsync.state.ledger import Entry, Ledger
from confsync.state.other_environments import NO_OTHERS, OtherEnvironments, OtherLedger, Owner
from tests.live.test_matching import (
    A_ROLE,
    ACCOUNT,
    DESK,
    OWNED_DESK,
    Found,
    at,
    identified,
    lines,
    owned,
    role,
    roles,
    service,
    short,
    sid,
)


def others(*entries: Entry) -> OtherEnvironments:
    ledger = Ledger(ACCOUNT, "conversations.twilio.com", entries=entries)
    return OtherEnvironments((OtherLedger("empty", Ledger(ACCOUNT, ledger.host)), OtherLedger("other", ledger)))


def described(identity: Identity) -> list[str]:
    """Describe what was decided, and what belongs to a different environment."""
    taken = [
        f"{address} would be {short(each.found.sid)}, of {each.owner}" for address, each in identity.elsewhere.items()
    ]
    return [
        line.replace("services/desk/roles/", "")
        for line in (*lines(identity), *taken)
        if "services/desk is" not in line
    ]


def theirs(key: str, number: str) -> Entry:
    return owned(f"services/shop/roles/{key}", number, "IS1")


OTHER_A = "of environment 'other', as services/shop/roles/a"
LOOKED_UP = "type: conversation, lifecycle: {lookup: true}"
BOTH = (role("RL1", "a"), role("RL2", "a"))
CASES: dict[str, tuple[str, tuple[Found, ...], tuple[Entry, ...], list[str]]] = {
    "the only one of its name": (
        roles(a=A_ROLE),
        BOTH[:1],
        (theirs("a", "RL1"),),
        ["nothing is RL1, a", f"a would be RL1, {OTHER_A}"],
    ),
    "one of two of its name": (
        roles(a=A_ROLE),
        BOTH,
        (theirs("a", "RL1"),),
        ["a is RL2, adopted", "nothing is RL1, a"],
    ),
    "both of its name": (
        roles(a=A_ROLE),
        BOTH,
        (theirs("a", "RL1"), theirs("b", "RL2")),
        ["nothing is RL1, a", "nothing is RL2, a", f"a would be RL1, {OTHER_A}"],
    ),
    "a superseded one": (
        roles(a=A_ROLE),
        BOTH[:1],
        (owned("services/shop/roles/a", "RL1", "IS1", current=False),),
        ["nothing is RL1, a", f"a would be RL1, {OTHER_A}"],
    ),
    "one that is looked up": (
        roles(a=LOOKED_UP),
        BOTH[:1],
        (theirs("a", "RL1"),),
        ["a is RL1, looked up"],
    ),
    "one of two that may be looked up": (
        roles(a=LOOKED_UP),
        BOTH,
        (theirs("a", "RL1"),),
        ["a may be RL1 or RL2"],
    ),
    "one that must be absent": (
        roles(a="type: conversation, lifecycle: {absent: true}"),
        BOTH[:1],
        (theirs("a", "RL1"),),
        ["nothing is RL1, a", f"a would be RL1, {OTHER_A}"],
    ),
    "one that two addresses could be": (
        f"adopt: {{services/desk/roles/b: {sid('RL2')}}}\n{roles(a=A_ROLE, b=f'{A_ROLE}, friendly_name: a')}",
        BOTH,
        (theirs("a", "RL1"),),
        ["b is RL2, adopted", "nothing is RL1, a", f"a would be RL1, {OTHER_A}"],
    ),
    "one that `adopt` names": (
        f"adopt: {{services/desk/roles/b: {sid('RL1')}}}\n{roles(b=A_ROLE)}",
        BOTH[:1],
        (theirs("a", "RL1"),),
        ["nothing is RL1, a", f"b would be RL1, {OTHER_A}"],
    ),
    "one that `adopt` names to look it up": (
        f"adopt: {{services/desk/roles/b: {sid('RL1')}}}\n{roles(b=LOOKED_UP)}",
        BOTH[:1],
        (theirs("a", "RL1"),),
        ["b is RL1, looked up"],
    ),
    "one of another name": (roles(b=A_ROLE), BOTH[:1], (theirs("a", "RL1"),), ["nothing is RL1, a"]),
}


@pytest.mark.parametrize(("text", "live", "entries", "expected"), CASES.values(), ids=CASES)
def test_no_address_becomes_what_a_different_environment_owns(
    tmp_path: Path, text: str, live: Iterable[Found], entries: tuple[Entry, ...], expected: list[str]
) -> None:
    assert described(identified(tmp_path, text, (DESK, *live), (OWNED_DESK,), others(*entries))) == expected


def test_an_owned_resource_stays_matched_although_a_different_environment_owns_it_too(tmp_path: Path) -> None:
    identity = identified(
        tmp_path, roles(a=A_ROLE), (DESK, role("RL1", "a")), (OWNED_DESK, at("a", "RL1")), others(theirs("a", "RL1"))
    )
    assert described(identity) == ["a is RL1, owned"]


WEBHOOKS = Found("IS1", "webhooks", "", {"method": "POST"})
ACCOUNT_WEBHOOKS = Found("", "webhooks", "", {"method": "POST"})


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((owned("services/shop/webhooks", "", "IS1"),), "services/shop/webhooks"),
        ((owned("services/shop", "IS1"), owned("services/shop/webhooks", "")), "services/shop/webhooks"),
        ((owned("services/shop/webhooks", "", "IS2"),), None),
        ((owned("services/shop", "IS2"), owned("services/shop/webhooks", "")), None),
        ((owned("services/shop/webhooks", ""),), None),
        ((owned("services/shop/configuration", "", "IS1"),), None),
        ((owned("account/webhooks", ""),), None),
        ((owned("nowhere/webhooks", ""),), None),
    ],
)
def test_a_resource_without_a_sid_is_known_by_what_contains_it(
    tmp_path: Path, entries: tuple[Entry, ...], expected: str | None
) -> None:
    text = "services: {desk: {webhooks: {method: POST}}}"
    identity = identified(tmp_path, text, (service("IS1", "desk"), WEBHOOKS), (OWNED_DESK,), others(*entries))
    address = Address.parse("services/desk/webhooks")
    assert (address in identity.matches) is (expected is None)
    found = identity.elsewhere.get(address)
    assert (str(found.owner.address) if found else None) == expected


LEVEL = Found("US1", "notification_levels", "", {"conversation": sid("CH1"), "notification_level": "muted"})


@pytest.mark.parametrize(("room", "taken"), [("CH1", True), ("CH2", False)])
def test_a_link_is_known_by_both_of_its_sides(tmp_path: Path, room: str, *, taken: bool) -> None:
    text = (
        "services: {desk: {users: {ann: {notification_levels: {hall: muted}}},"
        " conversations: {hall: {lifecycle: {lookup: true}, participants: {p: {identity: ann}}}}}}"
    )
    live = (
        DESK,
        Found("IS1", "users", "US1", {"identity": "ann"}),
        Found("IS1", "conversations", "CH1", {"unique_name": "hall"}),
        Found("CH1", "participants", "MB1", {"identity": "ann"}),
        LEVEL,
    )
    entries = (
        owned("services/shop/conversations/room", room, "IS1"),
        owned("services/shop/users/her/notification_levels/room", "", "IS1", "US1"),
    )
    identity = identified(tmp_path, text, live, (OWNED_DESK,), others(*entries))
    level = Address.parse("services/desk/users/ann/notification_levels/hall")
    assert (level in identity.elsewhere, level in identity.matches) == (taken, not taken)


def test_the_contents_of_a_resource_include_everything_at_any_depth() -> None:
    known = others(owned("services/shop/conversations/hall/webhooks/w", "WH1", "IS1", "CH1"), theirs("a", "RL1"))
    assert {short(each) for each in known.contents} == {"IS1", "CH1"}
    assert {short(each): str(owner) for each, owner in known.owner.items()} == {
        "WH1": "environment 'other', as services/shop/conversations/hall/webhooks/w",
        "RL1": "environment 'other', as services/shop/roles/a",
    }
    assert (NO_OTHERS.owner, NO_OTHERS.singletons, NO_OTHERS.contents) == ({}, {}, {})


def test_a_resource_of_the_account_has_no_container() -> None:
    address = Address.parse("account/webhooks")
    assert others(owned("account/webhooks", "")).singletons == {(None, kind_of(address), None): Owner("other", address)}
