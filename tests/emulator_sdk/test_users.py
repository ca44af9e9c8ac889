"""Users: known by an identity, made on purpose or on joining a conversation."""

import pytest

from tests.emulator_sdk.driving import Sdk, api_error, is_missing, pages, unused_sid


@pytest.fixture
def alice(home: Sdk) -> Sdk:
    return home.users(home.users.create(identity="alice", friendly_name="Alice", attributes='{"a": 1}').sid)


def test_a_new_user_has_the_services_default_role(home: Sdk, alice: Sdk, service_sid: str) -> None:
    found = alice.fetch()
    assert (found.identity, found.friendly_name, found.attributes) == ("alice", "Alice", '{"a": 1}')
    assert found.chat_service_sid == service_sid
    assert home.roles(found.role_sid).fetch().friendly_name == "service user"
    assert found.links["user_conversations"] == f"{found.url}/Conversations"


def test_a_user_is_found_by_identity_as_well(home: Sdk, alice: Sdk) -> None:
    assert home.users("alice").fetch().sid == alice.fetch().sid
    assert home.users("alice").update(friendly_name="A.").friendly_name == "A."
    assert home.users("alice").delete()
    assert api_error(alice.fetch) == (404, 20404)


def test_a_user_can_be_given_another_role_and_no_name(home: Sdk, alice: Sdk) -> None:
    admin = next(each.sid for each in home.roles.list() if each.friendly_name == "service admin")
    changed = alice.update(role_sid=admin, friendly_name="", attributes="{}")
    assert (changed.role_sid, changed.friendly_name, changed.attributes) == (admin, None, "{}")


def test_users_are_listed_page_by_page(home: Sdk) -> None:
    for name in ("ann", "bob", "cid"):
        home.users.create(identity=name)
    assert pages(home.users, 1, "identity") == [["ann"], ["bob"], ["cid"]]
    assert pages(home.users, 2, "identity") == [["ann", "bob"], ["cid"]]


def test_an_identity_is_taken_once(home: Sdk, alice: Sdk) -> None:
    assert api_error(lambda: home.users.create(identity="alice")) == (409, 50201)
    assert home.users.create(identity="Alice").sid != alice.fetch().sid


@pytest.mark.parametrize(
    ("identity", "code"), [("system", 50203), (unused_sid("US"), 50206), ("x" * 257, 50207), ("", 20001)]
)
def test_some_identities_cannot_be(home: Sdk, identity: str, code: int) -> None:
    assert api_error(lambda: home.users.create(identity=identity)) == (400, code)


def test_a_user_cannot_have_a_role_for_conversations_or_none_that_there_is(home: Sdk, alice: Sdk) -> None:
    channel = next(each.sid for each in home.roles.list() if each.friendly_name == "channel user")
    assert api_error(lambda: alice.update(role_sid=channel))[0] == 400
    assert api_error(lambda: alice.update(role_sid=unused_sid("RL")))[0] == 400
    assert api_error(lambda: alice.update(attributes="{")) == (400, 50304)
    assert api_error(alice.update) == (400, 20161)


def test_whoever_joins_a_conversation_is_a_user_from_then_on(home: Sdk, room: Sdk) -> None:
    room.participants.create(identity="newcomer")
    assert home.users("newcomer").fetch().friendly_name is None


def test_a_user_that_is_not_there_cannot_be_found_changed_or_deleted(home: Sdk) -> None:
    for name in (unused_sid("US"), "nobody"):
        assert is_missing(home.users(name), friendly_name="x")
