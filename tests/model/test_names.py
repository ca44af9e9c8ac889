"""Addresses and URLs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.names import Address, Sid, collection_url, home_url, is_sid, parent_of, url_of
from confsync.resources.credential import Credential
from confsync.resources.role import Role
from confsync.resources.service import Service
from confsync.resources.service_webhooks import ServiceWebhooks

PARTS = st.lists(st.text(), min_size=1, max_size=5)
SERVICE, ROLE = Sid("IS" + "1" * 32), Sid("RL" + "2" * 32)
SUPPORT = Address.of("services", "support")
AGENT = SUPPORT / "roles" / "agent"


@given(PARTS)
def test_an_address_is_read_as_it_was_written(parts: list[str]) -> None:
    address = Address(parts)
    assert Address.parse(str(address)) == address
    assert str(Address.parse(str(address))) == str(address)


@given(PARTS, PARTS)
def test_two_addresses_are_written_alike_only_if_they_are_the_same(one: list[str], other: list[str]) -> None:
    assert (str(Address(one)) == str(Address(other))) is (one == other)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("support desk", "support desk"),
        ("50% / *?[#]", "50%25 %2F %2A%3F%5B%23%5D"),
        ("a\tb\x7f\x00", "a%09b%7F%00"),
        ("a\x85b\x9b", "a%C2%85b%C2%9B"),
        ("é漢😀", "é漢😀"),
        ("%2F", "%252F"),
        ("", ""),
    ],
)
def test_what_would_be_mistaken_is_percent_encoded(name: str, text: str) -> None:
    assert str(Address.of("services", name)) == f"services/{text}"
    assert Address.parse(f"services/{text}") == Address.of("services", name)


def test_within_goes_by_whole_names() -> None:
    assert AGENT.within(SUPPORT)
    assert SUPPORT.within(SUPPORT)
    assert not SUPPORT.within(AGENT)
    assert not Address.of("services", "support2").within(SUPPORT)
    assert AGENT.within(Address())


def test_what_is_in_a_moved_thing_moves_along() -> None:
    assert AGENT.moved(SUPPORT, Address.of("services", "help")) == Address.parse("services/help/roles/agent")
    assert SUPPORT.moved(AGENT, Address.of("x")) == SUPPORT


@pytest.mark.parametrize(
    ("text", "prefix", "well_formed"),
    [
        (SERVICE, "IS", True),
        (SERVICE, "", True),
        (SERVICE, "RL", False),
        ("IS" + "A" * 32, "IS", False),
        (SERVICE + "\n", "IS", False),
        (SERVICE[:-1], "IS", False),
        ("IS" + "g" * 32, "IS", False),
        (None, "", False),
        (7, "", False),
    ],
)
def test_a_sid_is_two_letters_and_32_digits(text: object, prefix: str, *, well_formed: bool) -> None:
    assert is_sid(text, prefix) is well_formed


def test_urls_are_made_of_sids_and_names_of_collections() -> None:
    sids = {SUPPORT: SERVICE, AGENT: ROLE}
    hooks = SUPPORT / "webhooks"
    assert collection_url(Credential.kind) == "/v1/Credentials"
    assert home_url(Role.kind, SUPPORT, sids) == f"/v1/Services/{SERVICE}/Roles"
    assert url_of(Role.kind, AGENT, sids) == f"/v1/Services/{SERVICE}/Roles/{ROLE}"
    assert url_of(ServiceWebhooks.kind, hooks, sids) == f"/v1/Services/{SERVICE}/Configuration/Webhooks"
    assert parent_of(ServiceWebhooks.kind, hooks) == parent_of(Role.kind, AGENT) == SUPPORT
    assert parent_of(Service.kind, SUPPORT) == Address()
    with pytest.raises(KeyError):
        url_of(Role.kind, AGENT, {AGENT: ROLE})
