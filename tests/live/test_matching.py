"""Which live resource each address is, for every rule that decides it: a configuration, live resources and a ledger."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from confsync.account.configuration import LoadOptions, load_configuration
from confsync.codecs import Value
from confsync.config.desired import DesiredValue
from confsync.config.tree import MissingSecret
from confsync.diagnostics import Diagnostic
from confsync.live.identity import Identity, identify, immutable_changes
from confsync.live.reading import Reading
from confsync.names import Address, Sid
from confsync.plan.match import LiveResource
from confsync.resources import KINDS
from confsync.secret import Secret
from confsync.state.ledger import Entry, Ledger
from confsync.state.other_environments import NO_OTHERS, OtherEnvironments

ACCOUNT = "AC" + "a" * 32


def sid(short: str) -> Sid:
    return Sid(short[:2] + short[2:].rjust(32, "0"))


def short(full: Sid | None) -> str:
    return full[:2] + full[2:].lstrip("0") if full else "-"


class Found(Struct, frozen=True):
    """A live resource: the short SID of its parent, the section of its kind, its own short SID, and its fields."""

    parent: str
    section: str
    sid: str
    fields: Mapping[str, Value]

    def live(self) -> LiveResource:
        above = {"IS": "services", "CH": "conversations", "US": "users", "": None}[self.parent[:2]]
        (kind,) = (
            each
            for each in KINDS
            if each.section == self.section
            and (each.parent.section if each.parent and not each.parent.group else None) == above
        )
        return LiveResource(kind, sid(self.sid) if self.sid else None, self.fields)


def service(number: str, name: str) -> Found:
    return Found("", "services", number, {"friendly_name": name})


def role(number: str, name: str, type_: str | None = "conversation", parent: str = "IS1") -> Found:
    return Found(parent, "roles", number, {"friendly_name": name, "type": type_, "permissions": frozenset()})


def room(number: str, name: str, state: str = "active") -> Found:
    return Found("IS1", "conversations", number, {"unique_name": name, "state": state})


def member(number: str, **fields: str) -> Found:
    return Found("CH1", "participants", number, {name.replace("__", "."): value for name, value in fields.items()})


def owned(address: str, number: str, *inside: str, current: bool = True) -> Entry:
    return Entry(
        address=Address.parse(address),
        sid=sid(number) if number else None,
        id=address,
        origin="created",
        inside=tuple(map(sid, inside)),
        current=current,
    )


def identified(
    folder: Path,
    text: str,
    live: Iterable[Found],
    entries: Iterable[Entry],
    others: OtherEnvironments = NO_OTHERS,
) -> Identity:
    folder.joinpath("confsync.yaml").write_text(f"version: 1\n{text}\n", "utf-8")
    config = load_configuration(LoadOptions(environ={}, directory=folder))
    reading = Reading()
    for each in live:
        found, parent = each.live(), sid(each.parent) if each.parent else None
        if each.sid or found.kind.form == "link":
            key = (parent, found.kind)
            reading.collections[key] = (*reading.collections.get(key, ()), found)
        else:
            reading.singletons[parent, found.kind] = found
    return identify(config, reading, Ledger(ACCOUNT, "conversations.twilio.com", entries=tuple(entries)), others)


def lines(identity: Identity) -> Iterator[str]:
    """Describe what was decided, and where the entries of the ledger are afterwards."""
    for address, match in sorted(identity.matches.items()):
        moved = f" from {match.previous}" if match.previous else ""
        yield f"{address} is {short(match.found.sid)}, {match.how}{moved}"
    for address, sids in identity.ambiguous.items():
        yield f"{address} may be {' or '.join(map(short, sids))}"
    for address, previous in identity.superseded.items():
        yield f"{address} was {short(previous.sid)}"
    for address, gone in identity.vanished.items():
        yield f"{address} was {short(gone)}, which is gone"
    for address, missing in identity.missing_adoptions.items():
        yield f"{address} is to adopt {short(missing)}, which is missing"
    for each in identity.unmanaged:
        place = re.sub(r"\b([A-Z]{2})0+(\d)\b", r"\1\2", str(each.address))
        yield f"nothing is {short(each.found.sid)}, {place}"


def ledger_lines(identity: Identity) -> list[str]:
    return [
        f"{short(each.sid)} {each.address}{'' if each.current else ', superseded'}" for each in identity.ledger.entries
    ]


DESK, OWNED_DESK = service("IS1", "desk"), owned("services/desk", "IS1")
A_ROLE = "type: conversation, permissions: [sendMessage]"


def roles(**written: str) -> str:
    return f"services: {{desk: {{roles: {{{', '.join(f'{key}: {{{text}}}' for key, text in written.items())}}}}}}}"


def rooms(**written: str) -> str:
    return roles(**written).replace("roles: {", "conversations: {", 1)


def at(key: str, number: str, *inside: str, current: bool = True) -> Entry:
    return owned(f"services/desk/roles/{key}", number, *(inside or ("IS1",)), current=current)


def room_at(key: str, number: str) -> Entry:
    return owned(f"services/desk/conversations/{key}", number, "IS1")


Case = tuple[str, tuple[Found, ...], tuple[Entry, ...], str]

A = "services/desk/roles/a"
B = "services/desk/roles/b"
ROLE_CASES: dict[str, Case] = {
    "by the ledger": (roles(a=A_ROLE), (role("RL1", "a"),), (at("a", "RL1"),), "a is RL1, owned"),
    "by the ledger, although another one has its name": (
        roles(a=A_ROLE),
        (role("RL2", "a"), role("RL1", "a")),
        (at("a", "RL1"),),
        "a is RL1, owned | nothing is RL2, services/desk/roles/a",
    ),
    "by its name": (roles(a=A_ROLE), (role("RL1", "a"), role("RL2", "b")), (), "a is RL1, adopted | nothing is RL2, b"),
    "by its name, not by another type": (roles(a=A_ROLE), (role("RL1", "a", "service"),), (), "nothing is RL1, a"),
    "nothing": (roles(a=A_ROLE), (), (), ""),
    "two of its name": (
        roles(a=A_ROLE),
        (role("RL1", "a"), role("RL2", "a"), role("RL3", "b")),
        (),
        "a may be RL1 or RL2 | nothing is RL3, b",
    ),
    "the owned one of two of its name": (
        roles(a=f"{A_ROLE}, friendly_name: x"),
        (role("RL1", "x"), role("RL2", "x")),
        (at("z", "RL2"),),
        "a is RL2, moved from z | nothing is RL1, x",
    ),
    "a lookup of two of its name, of which one is owned": (
        roles(a="type: conversation, friendly_name: x, lifecycle: {lookup: true}"),
        (role("RL1", "x"), role("RL2", "x")),
        (at("z", "RL2"),),
        "a may be RL1 or RL2",
    ),
    "an absence of two of its name, of which one is owned": (
        roles(a="type: conversation, friendly_name: x, lifecycle: {absent: true}"),
        (role("RL1", "x"), role("RL2", "x")),
        (at("z", "RL2"),),
        "a is RL1, adopted | nothing is RL2, x",
    ),
    "an absence of the name of what another address owns": (
        roles(a="type: conversation, friendly_name: x, lifecycle: {absent: true}"),
        (role("RL1", "x"),),
        (at("z", "RL1"),),
        "nothing is RL1, x",
    ),
    "an absence of the name of what another address owned": (
        roles(a="type: conversation, friendly_name: x, lifecycle: {absent: true}"),
        (role("RL1", "x"),),
        (at("z", "RL1", current=False),),
        "nothing is RL1, x",
    ),
    "an absence of the name of what its own address owned": (
        roles(a="lifecycle: {absent: true}"),
        (role("RL1", "a"),),
        (at("a", "RL1", current=False),),
        "nothing is RL1, a",
    ),
    "an absence of the name of what another address has no longer": (
        roles(a="friendly_name: z, lifecycle: {absent: true}", z="type: service, permissions: [joinConversation]"),
        (role("RL1", "z"),),
        (at("z", "RL1"),),
        "z was RL1 | nothing is RL1, z",
    ),
    "an absence of what another address owned, by previously": (
        roles(a="lifecycle: {absent: true, previously: [services/desk/roles/z]}"),
        (role("RL1", "x"),),
        (at("z", "RL1"),),
        "a is RL1, moved from z",
    ),
    "an absence of what another address owns, by adopt": (
        roles(a="lifecycle: {absent: true}") + f"\nadopt: {{{A}: RL1}}",
        (role("RL1", "x"),),
        (at("z", "RL1"),),
        "a is RL1, moved from z",
    ),
    "an absence of what another address owned, by adopt": (
        roles(a="lifecycle: {absent: true}") + f"\nadopt: {{{A}: RL1}}",
        (role("RL1", "x"),),
        (at("z", "RL1", current=False),),
        "a is RL1, adopted",
    ),
    "a lookup of something owned": (
        roles(a="type: conversation, lifecycle: {lookup: true}"),
        (role("RL1", "a"), role("RL2", "b")),
        (at("a", "RL2"),),
        "a is RL1, looked up | nothing is RL2, b",
    ),
    "an absence of one of two types": (
        roles(a="type: service, lifecycle: {absent: true}"),
        (role("RL1", "a"), role("RL2", "a", "service")),
        (),
        "a is RL2, adopted | nothing is RL1, a",
    ),
    "an absence of either of two types": (
        roles(a="lifecycle: {absent: true}"),
        (role("RL1", "a"), role("RL2", "a", "service"), role("RL3", "b")),
        (),
        "a may be RL1 or RL2 | nothing is RL3, b",
    ),
    "an absence of something owned of another type": (
        roles(a="type: service, lifecycle: {absent: true}"),
        (role("RL1", "a"),),
        (at("a", "RL1"),),
        "a is RL1, owned",
    ),
    "an absence leaves a name to what is to exist": (
        roles(a="friendly_name: x, lifecycle: {absent: true}", b=f"{A_ROLE}, friendly_name: x"),
        (role("RL1", "x"),),
        (),
        "b is RL1, adopted",
    ),
    "a name follows to another key": (
        roles(b=f"{A_ROLE}, friendly_name: x"),
        (role("RL1", "x"),),
        (at("a", "RL1"),),
        "b is RL1, moved from a",
    ),
    "a superseded entry does not move": (
        roles(b=f"{A_ROLE}, friendly_name: x"),
        (role("RL1", "x"),),
        (at("a", "RL1", current=False),),
        "b is RL1, adopted",
    ),
    "a key that is still declared keeps its resource": (
        roles(a=f"{A_ROLE}, friendly_name: x, lifecycle: {{ignore: [friendly_name]}}", b=A_ROLE),
        (role("RL1", "b"),),
        (at("a", "RL1"),),
        "a is RL1, owned",
    ),
    "two that swap names": (
        roles(a=f"{A_ROLE}, friendly_name: y", b=f"{A_ROLE}, friendly_name: x"),
        (role("RL1", "x"), role("RL2", "y")),
        (at("a", "RL1"), at("b", "RL2")),
        "a is RL2, moved from b | b is RL1, moved from a",
    ),
    "another name is another role": (
        roles(a=f"{A_ROLE}, friendly_name: y"),
        (role("RL1", "x"),),
        (at("a", "RL1"),),
        "a was RL1 | nothing is RL1, x",
    ),
    "another type is another role": (
        roles(a=A_ROLE),
        (role("RL1", "a", "service"), role("RL2", "a")),
        (at("a", "RL1"),),
        "a is RL2, adopted | a was RL1 | nothing is RL1, a",
    ),
    "an unknown type is no other one": (
        roles(a=A_ROLE),
        (role("RL1", "a", "galactic"),),
        (at("a", "RL1"),),
        "a is RL1, owned",
    ),
    "no type is no other one": (roles(a=A_ROLE), (role("RL1", "a", None),), (at("a", "RL1"),), "a is RL1, owned"),
    "another type that is ignored": (
        roles(a=f"{A_ROLE}, lifecycle: {{ignore: [type]}}"),
        (role("RL1", "a", "service"),),
        (at("a", "RL1"),),
        "a is RL1, owned",
    ),
    "what is gone": (
        roles(a=A_ROLE),
        (role("RL2", "b"),),
        (at("a", "RL1"),),
        "a was RL1, which is gone | nothing is RL2, b",
    ),
    "what is gone and was made again": (
        roles(a=A_ROLE),
        (role("RL2", "a"),),
        (at("a", "RL1"),),
        "a is RL2, adopted | a was RL1, which is gone",
    ),
    "an entry of another service": (
        roles(a=A_ROLE),
        (role("RL1", "b"),),
        (at("a", "RL1", "IS2"),),
        "nothing is RL1, b",
    ),
    "an entry of another service, by its name": (
        roles(a=A_ROLE),
        (role("RL1", "a"),),
        (at("a", "RL1", "IS2"),),
        "a is RL1, adopted",
    ),
    "a former key": (
        roles(b=f"{A_ROLE}, friendly_name: x, lifecycle: {{previously: [{A}]}}"),
        (role("RL1", "x"), role("RL2", "x")),
        (at("a", "RL1"),),
        "b is RL1, moved from a | nothing is RL2, x",
    ),
    "a former key that is declared again": (
        roles(a=A_ROLE, b=f"{A_ROLE}, friendly_name: x, lifecycle: {{previously: [{A}]}}"),
        (role("RL1", "a"), role("RL2", "x")),
        (at("a", "RL1"),),
        "a is RL1, owned | b is RL2, adopted",
    ),
    "a former key that is only looked up": (
        roles(
            a="type: conversation, lifecycle: {lookup: true}",
            b=f"{A_ROLE}, friendly_name: x, lifecycle: {{previously: [{A}]}}",
        ),
        (role("RL1", "x"), role("RL2", "a")),
        (at("a", "RL1"),),
        "a is RL2, looked up | b is RL1, moved from a",
    ),
    "the first of two former keys": (
        roles(b=f"{A_ROLE}, lifecycle: {{previously: [{A[:-1]}y, {A[:-1]}c, {A[:-1]}d]}}"),
        (role("RL1", "b"), role("RL2", "b")),
        (at("y", "RL1"), at("d", "RL2")),
        "b is RL2, moved from d | nothing is RL1, b",
    ),
    "its own entry before that of a former key": (
        roles(b=f"{A_ROLE}, lifecycle: {{previously: [{A}]}}"),
        (role("RL1", "b"), role("RL2", "b")),
        (at("a", "RL1"), at("b", "RL2")),
        "b is RL2, owned | nothing is RL1, b",
    ),
    "what adopt names": (
        roles(a=f"{A_ROLE}, friendly_name: x", b=f"{A_ROLE}, friendly_name: x") + f"\nadopt: {{{A}: RL2, {B}: RL1}}",
        (role("RL1", "x"), role("RL2", "x")),
        (),
        "a is RL2, adopted | b is RL1, adopted",
    ),
    "what adopt names, whatever its name": (
        roles(a=A_ROLE) + f"\nadopt: {{{A}: RL2}}",
        (role("RL1", "a"), role("RL2", "x")),
        (at("a", "RL1"),),
        "a is RL2, adopted | nothing is RL1, a",
    ),
    "what adopt names and another key has": (
        roles(a=A_ROLE, b=A_ROLE) + f"\nadopt: {{{B}: RL1}}",
        (role("RL1", "x"),),
        (at("a", "RL1"),),
        "b is RL1, moved from a",
    ),
    "what adopt names and another key has, which finds another one by name": (
        roles(a=A_ROLE, b=A_ROLE) + f"\nadopt: {{{B}: RL1}}",
        (role("RL1", "x"), role("RL2", "a")),
        (at("a", "RL1"),),
        "a is RL2, adopted | b is RL1, moved from a",
    ),
    "what a key has that adopts another one": (
        roles(a=A_ROLE, b=f"{A_ROLE}, friendly_name: x") + f"\nadopt: {{{A}: RL2}}",
        (role("RL1", "x"), role("RL2", "a")),
        (at("a", "RL1"),),
        "a is RL2, adopted | nothing is RL1, x",
    ),
    "what a key had that adopts another one": (
        roles(a=A_ROLE, b=f"{A_ROLE}, friendly_name: x") + f"\nadopt: {{{A}: RL2}}",
        (role("RL1", "x"), role("RL2", "a")),
        (at("a", "RL1", current=False),),
        "a is RL2, adopted | b is RL1, adopted",
    ),
    "what adopt named before": (
        roles(a=A_ROLE) + f"\nadopt: {{{A}: RL1}}",
        (role("RL1", "a"),),
        (at("a", "RL1"),),
        "a is RL1, owned",
    ),
    "what adopt named before it was superseded": (
        roles(a=A_ROLE) + f"\nadopt: {{{A}: RL1}}",
        (role("RL1", "a", "service"), role("RL2", "a")),
        (at("a", "RL1", current=False), at("a", "RL2")),
        "a is RL2, owned | nothing is RL1, a",
    ),
    "what adopt names again after it was superseded": (
        roles(a=A_ROLE) + f"\nadopt: {{{A}: RL1}}",
        (role("RL1", "a"), role("RL2", "a")),
        (at("a", "RL1", current=False), at("a", "RL2")),
        "a is RL1, adopted | nothing is RL2, a",
    ),
    "what adopt named before, and what is gone": (
        roles(a=A_ROLE) + f"\nadopt: {{{A}: RL1}}",
        (role("RL2", "b"),),
        (at("a", "RL1"),),
        "a was RL1, which is gone | nothing is RL2, b",
    ),
    "what adopt names and superseded another, and is gone": (
        roles(a=A_ROLE) + f"\nadopt: {{{A}: RL1}}",
        (role("RL2", "a"),),
        (at("a", "RL1", current=False), at("a", "RL2")),
        "a is RL2, owned",
    ),
    "what adopt names and superseded another, is gone, and must be absent": (
        roles(a="type: conversation, lifecycle: {absent: true}") + f"\nadopt: {{{A}: RL1}}",
        (role("RL2", "a"),),
        (at("a", "RL1", current=False), at("a", "RL2")),
        "nothing is RL2, a",
    ),
    "what adopt names is missing": (
        roles(a=A_ROLE) + f"\nadopt: {{{A}: RL3}}",
        (role("RL1", "a"),),
        (),
        "a is to adopt RL3, which is missing | nothing is RL1, a",
    ),
    "what adopt names is missing, as it should be": (
        roles(a="type: conversation, lifecycle: {absent: true}") + f"\nadopt: {{{A}: RL3}}",
        (role("RL1", "a"),),
        (),
        "nothing is RL1, a",
    ),
    "what adopt names for a lookup": (
        roles(a="type: conversation, lifecycle: {lookup: true}") + f"\nadopt: {{{A}: RL2}}",
        (role("RL1", "a"), role("RL2", "a")),
        (),
        "a is RL2, looked up | nothing is RL1, a",
    ),
}


@pytest.mark.parametrize("case", ROLE_CASES)
def test_a_role_is(case: str, tmp_path: Path) -> None:
    text, live, entries, expected = ROLE_CASES[case]
    for each in ("RL1", "RL2", "RL3"):
        text = text.replace(f": {each}", f": {sid(each)}")
    identity = identified(tmp_path, text, (DESK, *live), (OWNED_DESK, *entries))
    found = [line.replace("services/desk/roles/", "") for line in lines(identity)]
    assert (
        found
        == ["services/desk is IS1, owned", *expected.replace("services/desk/roles/", "").split(" | ")][
            : None if expected else 1
        ]
    )


ROOM_A, ROOM_B = "services/desk/conversations/a", "services/desk/conversations/b"
LOUNGE, LOUNGE_ENTRY = room("CH1", "lounge"), room_at("lounge", "CH1")


def members(**written: str) -> str:
    inside = ", ".join(f"{key}: {{{text}}}" for key, text in written.items())
    return rooms(lounge=f"participants: {{{inside}}}")


def member_at(key: str, number: str) -> Entry:
    return owned(f"services/desk/conversations/lounge/participants/{key}", number, "IS1", "CH1")


PHONE = "messaging_binding: {address: '+15551230001', proxy_address: '+15551230000'}"
BOUND = {"messaging_binding__address": "+15551230001", "messaging_binding__proxy_address": "+15551230000"}
OTHER_CASES: dict[str, Case] = {
    "what is in a service that declares nothing": (
        "services: {desk: {}}",
        (DESK, role("RL1", "a")),
        (),
        "desk is IS1, adopted | nothing is RL1, desk/roles/a",
    ),
    "a service by its name": (
        "services: {desk: {}}",
        (DESK, service("IS2", "shop")),
        (),
        "desk is IS1, adopted | nothing is IS2, shop",
    ),
    "a closed conversation of its name": (
        rooms(a="unique_name: x"),
        (DESK, room("CH1", "x", "closed")),
        (room_at("a", "CH1"),),
        "a is CH1, owned",
    ),
    "a closed conversation of another name": (
        rooms(a="unique_name: y"),
        (DESK, room("CH1", "x", "closed")),
        (room_at("a", "CH1"),),
        "a was CH1 | nothing is CH1, x",
    ),
    "a closed conversation that must be absent": (
        rooms(a="unique_name: y, lifecycle: {absent: true}"),
        (DESK, room("CH1", "x", "closed")),
        (room_at("a", "CH1"),),
        "a is CH1, owned",
    ),
    "a conversation that gets another name": (
        rooms(a="unique_name: y"),
        (DESK, room("CH1", "x")),
        (room_at("a", "CH1"),),
        "a is CH1, owned",
    ),
    "a conversation that gets a name that nobody owns": (
        rooms(a="unique_name: y"),
        (DESK, room("CH1", "x"), room("CH2", "y")),
        (room_at("a", "CH1"),),
        "a is CH1, owned | nothing is CH2, y",
    ),
    "a conversation that gets a name that confsync owns elsewhere": (
        rooms(a="unique_name: y"),
        (DESK, room("CH1", "x"), room("CH2", "y")),
        (room_at("a", "CH1"), room_at("z", "CH2")),
        "a is CH1, owned | nothing is CH2, y",
    ),
    "conversations that swap names": (
        rooms(a="unique_name: y", b="unique_name: x"),
        (DESK, room("CH1", "x"), room("CH2", "y")),
        (room_at("a", "CH1"), room_at("b", "CH2")),
        "a is CH2, moved from b | b is CH1, moved from a",
    ),
    "a conversation whose name another one gets": (
        rooms(a="unique_name: y", b="unique_name: x"),
        (DESK, room("CH1", "x")),
        (room_at("a", "CH1"),),
        "a is CH1, owned",
    ),
    "conversations that exchange names in a circle": (
        rooms(a="unique_name: y", b="unique_name: z", c="unique_name: x"),
        (DESK, room("CH1", "x"), room("CH2", "y"), room("CH3", "z")),
        (room_at("a", "CH1"), room_at("b", "CH2"), room_at("c", "CH3")),
        "a is CH2, moved from b | b is CH3, moved from c | c is CH1, moved from a",
    ),
    "conversations whose names shift to a new one": (
        rooms(a="unique_name: y", b="unique_name: z"),
        (DESK, room("CH1", "x"), room("CH2", "y")),
        (room_at("a", "CH1"), room_at("b", "CH2")),
        "a is CH1, owned | b is CH2, owned",
    ),
    "conversations whose names shift to that of something absent": (
        rooms(a="unique_name: y", b="unique_name: y, lifecycle: {absent: true}"),
        (DESK, room("CH1", "x"), room("CH2", "y")),
        (room_at("a", "CH1"), room_at("b", "CH2")),
        "a is CH1, owned | b is CH2, owned",
    ),
    "conversations whose names shift, and a new one that gets the first name": (
        rooms(a="unique_name: y", b="unique_name: z", c="unique_name: x"),
        (DESK, room("CH1", "x"), room("CH2", "y")),
        (room_at("a", "CH1"), room_at("b", "CH2")),
        "a is CH1, owned | b is CH2, owned",
    ),
    "conversations whose keys shift": (
        rooms(b="unique_name: x", c="unique_name: y"),
        (DESK, room("CH1", "x"), room("CH2", "y")),
        (room_at("a", "CH1"), room_at("b", "CH2")),
        "b is CH1, moved from a | c is CH2, moved from b",
    ),
    "conversations that exchange names next to some whose names shift": (
        rooms(a="unique_name: y", b="unique_name: x", c="unique_name: u", d="unique_name: v"),
        (DESK, room("CH1", "x"), room("CH2", "y"), room("CH3", "t"), room("CH4", "u")),
        (room_at("a", "CH1"), room_at("b", "CH2"), room_at("c", "CH3"), room_at("d", "CH4")),
        "a is CH2, moved from b | b is CH1, moved from a | c is CH3, owned | d is CH4, owned",
    ),
    "a conversation that gets the name of a closed one, which gets its name": (
        rooms(a="unique_name: y", b="unique_name: x"),
        (DESK, room("CH1", "x", "closed"), room("CH2", "y")),
        (room_at("a", "CH1"), room_at("b", "CH2")),
        "a is CH2, moved from b | b is CH1, moved from a",
    ),
    "conversations that swap names although adopt names what they have": (
        rooms(a="unique_name: y", b="unique_name: x") + f"\nadopt: {{{ROOM_A}: {sid('CH1')}, {ROOM_B}: {sid('CH2')}}}",
        (DESK, room("CH1", "x"), room("CH2", "y")),
        (room_at("a", "CH1"), room_at("b", "CH2")),
        "a is CH1, owned | b is CH2, owned",
    ),
    "a conversation that gets the name of one that adopts another": (
        rooms(a="unique_name: u", b="unique_name: x", c="unique_name: y")
        + f"\nadopt: {{services/desk/conversations/a: {sid('CH3')}}}",
        (DESK, room("CH1", "x"), room("CH2", "y"), room("CH3", "u")),
        (room_at("a", "CH1"), room_at("b", "CH2")),
        "a is CH3, adopted | b is CH2, owned | nothing is CH1, x",
    ),
    "a conversation whose name only something absent has": (
        rooms(a="unique_name: y", b="unique_name: x, lifecycle: {absent: true}"),
        (DESK, room("CH1", "x")),
        (room_at("a", "CH1"),),
        "a is CH1, owned",
    ),
    "a participant by identity": (
        members(ann="identity: ann"),
        (DESK, LOUNGE, member("MB1", identity="ann"), member("MB2", identity="bob")),
        (),
        "lounge is CH1, adopted | lounge/participants/ann is MB1, adopted | nothing is MB2, lounge/participants/MB2",
    ),
    "a participant by phone number": (
        members(ann=PHONE),
        (DESK, LOUNGE, member("MB1", **BOUND)),
        (),
        "lounge is CH1, adopted | lounge/participants/ann is MB1, adopted",
    ),
    "a participant of another proxy number": (
        members(ann=PHONE),
        (DESK, LOUNGE, member("MB1", **{**BOUND, "messaging_binding__proxy_address": "+15551239999"})),
        (LOUNGE_ENTRY, member_at("ann", "MB1")),
        "lounge is CH1, owned | lounge/participants/ann is MB1, owned",
    ),
    "participants that swap identities": (
        members(a="identity: bob", b="identity: ann"),
        (DESK, LOUNGE, member("MB1", identity="ann"), member("MB2", identity="bob")),
        (LOUNGE_ENTRY, member_at("a", "MB1"), member_at("b", "MB2")),
        (
            "lounge is CH1, owned | lounge/participants/a is MB2, moved from lounge/participants/b "
            "| lounge/participants/b is MB1, moved from lounge/participants/a"
        ),
    ),
    "participants whose identities shift": (
        members(a="identity: bob", b="identity: eve"),
        (DESK, LOUNGE, member("MB1", identity="ann"), member("MB2", identity="bob")),
        (LOUNGE_ENTRY, member_at("a", "MB1"), member_at("b", "MB2")),
        "lounge is CH1, owned | lounge/participants/a is MB1, owned | lounge/participants/b is MB2, owned",
    ),
    "an absence of a participant of either kind": (
        members(ann="identity: ann, lifecycle: {absent: true}"),
        (DESK, LOUNGE, member("MB1", **BOUND), member("MB2", identity="ann")),
        (),
        "lounge is CH1, adopted | lounge/participants/ann is MB2, adopted | nothing is MB1, lounge/participants/MB1",
    ),
    "an absence of a participant that names nobody": (
        members(ann="lifecycle: {absent: true}"),
        (DESK, LOUNGE, member("MB1", identity="ann")),
        (),
        "lounge is CH1, adopted | nothing is MB1, lounge/participants/MB1",
    ),
    "a notification level by its conversation": (
        (
            "services: {desk: {users: {ann: {notification_levels: "
            "{lounge: muted, hall: muted, roof: muted, loft: muted}}}, "
            "conversations: {lounge: {}, hall: {}, roof: {}, loft: {}}}}"
        ),
        (
            DESK,
            LOUNGE,
            room("CH2", "hall"),
            room("CH3", "roof"),
            Found("IS1", "users", "US1", {"identity": "ann"}),
            Found("US1", "notification_levels", "", {"conversation": sid("CH1"), "level": "muted"}),
            Found("US1", "notification_levels", "", {"conversation": sid("CH3"), "level": "muted"}),
        ),
        (owned("services/desk/users/ann/notification_levels/roof", "", "IS1", "US1"),),
        (
            "hall is CH2, adopted | lounge is CH1, adopted | roof is CH3, adopted "
            "| services/desk/users/ann is US1, adopted "
            "| services/desk/users/ann/notification_levels/lounge is -, adopted "
            "| services/desk/users/ann/notification_levels/roof is -, owned"
        ),
    ),
    "the singletons that are declared": (
        "account: {webhooks: {method: POST}}\nservices: {desk: {configuration: {reachability_enabled: true}}}",
        (
            DESK,
            Found("", "webhooks", "", {}),
            Found("IS1", "configuration", "", {}),
            Found("IS1", "webhooks", "", {}),
        ),
        (owned("services/desk/configuration", "", "IS1"),),
        "account/webhooks is -, adopted | desk is IS1, adopted | desk/configuration is -, owned",
    ),
}


@pytest.mark.parametrize("case", OTHER_CASES)
def test_another_resource_is(case: str, tmp_path: Path) -> None:
    text, live, entries, expected = OTHER_CASES[case]
    rest = "services/desk/conversations/" if "conversations" in text else "services/"
    found = [line.replace(rest, "") for line in lines(identified(tmp_path, text, live, entries))]
    assert [line for line in found if line != "services/desk is IS1, adopted"] == expected.split(" | ")


ANN = "services/desk/conversations/lounge/participants/ann"
HIDDEN = MissingSecret(Diagnostic("error", "CS0000", "it is not available here"))
Fields = Mapping[str, DesiredValue]


@pytest.mark.parametrize(
    ("text", "declared", "live", "expected"),
    [
        (roles(a=A_ROLE), {}, role("RL1", "a"), []),
        (roles(a=A_ROLE), {}, role("RL1", "b", "service"), ["friendly_name", "type"]),
        (members(ann="identity: ann"), {}, member("MB1", identity="ann"), []),
        (members(ann="identity: ann"), {}, member("MB1", identity="bob"), []),
        (members(ann="identity: ann"), {}, member("MB1"), []),
        (members(ann="identity: ann"), {}, member("MB1", **BOUND), ["identity"]),
        (members(ann="identity: ann"), {}, member("MB1", identity="ann", **BOUND), []),
        (members(ann=PHONE), {}, member("MB1", **BOUND), []),
        (members(ann=PHONE), {}, member("MB1", identity="ann"), ["messaging_binding.address"]),
        (
            members(ann=PHONE),
            {},
            member("MB1", **{**BOUND, "messaging_binding__proxy_address": "+15551239999"}),
            ["messaging_binding.proxy_address"],
        ),
        (members(ann=PHONE), {"messaging_binding.address": Secret("+15551230001")}, member("MB1", **BOUND), []),
        (
            members(ann=PHONE),
            {"messaging_binding.address": Secret("+15551230009")},
            member("MB1", **BOUND),
            ["messaging_binding.address"],
        ),
        (members(ann=PHONE), {"messaging_binding.address": HIDDEN}, member("MB1", **BOUND), []),
    ],
)
def test_the_immutable_fields_that_differ_are(
    text: str, declared: Fields, live: Found, expected: list[str], tmp_path: Path
) -> None:
    tmp_path.joinpath("confsync.yaml").write_text(f"version: 1\n{text}\n", "utf-8")
    resources = load_configuration(LoadOptions(environ={}, directory=tmp_path)).resources
    desired = resources[Address.parse(A if live.section == "roles" else ANN)]
    desired = replace(desired, fields={**desired.fields, **declared})
    assert list(immutable_changes(desired, live.live())) == expected


def test_everything_in_a_service_follows_it(tmp_path: Path) -> None:
    text = f"services: {{help: {{friendly_name: desk, roles: {{b: {{friendly_name: a, {A_ROLE}}}}}}}}}"
    entries = (OWNED_DESK, at("a", "RL1"), at("z", "RL9"), owned("services/shop", "IS2"))
    identity = identified(tmp_path, text, (DESK, role("RL1", "a")), entries)
    assert list(lines(identity)) == [
        "services/help is IS1, moved from services/desk",
        "services/help/roles/b is RL1, moved from services/help/roles/a",
    ]
    assert ledger_lines(identity) == [
        "IS1 services/help",
        "RL1 services/help/roles/b",
        "RL9 services/help/roles/z",
        "IS2 services/shop",
    ]


def test_what_is_in_a_service_that_nobody_owns_follows_its_key(tmp_path: Path) -> None:
    text = f"services: {{help: {{friendly_name: desk, lifecycle: {{lookup: true}}, roles: {{a: {{{A_ROLE}}}}}}}}}"
    identity = identified(tmp_path, text, (DESK, role("RL1", "a")), (at("a", "RL1"),))
    assert list(lines(identity)) == ["services/help is IS1, looked up", "services/help/roles/a is RL1, owned"]


def test_a_move_supersedes_what_was_at_the_key(tmp_path: Path) -> None:
    text = roles(a=f"{A_ROLE}, friendly_name: y")
    live = (DESK, role("RL1", "x"), role("RL2", "y"))
    identity = identified(tmp_path, text, live, (OWNED_DESK, at("a", "RL1"), at("b", "RL2")))
    assert list(lines(identity))[1:] == [
        "services/desk/roles/a is RL2, moved from services/desk/roles/b",
        "services/desk/roles/a was RL1",
        "nothing is RL1, services/desk/roles/x",
    ]
    assert ledger_lines(identity) == [
        "IS1 services/desk",
        "RL1 services/desk/roles/a, superseded",
        "RL2 services/desk/roles/a",
    ]


def test_what_is_in_no_matched_resource_is_not_looked_at(tmp_path: Path) -> None:
    live = (service("IS2", "shop"), role("RL1", "a", parent="IS2"))
    identity = identified(tmp_path, roles(a=A_ROLE), live, ())
    assert list(lines(identity)) == ["nothing is IS2, services/shop"]
