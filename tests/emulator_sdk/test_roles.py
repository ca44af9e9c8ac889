"""Roles: four in every service, and one's own."""

import pytest

from tests.emulator_sdk.driving import Sdk, api_error, is_missing, pages, unused_sid

BUILT_IN = ["channel admin", "channel user", "service admin", "service user"]


@pytest.fixture
def agent(home: Sdk) -> Sdk:
    made = home.roles.create(
        friendly_name="agent", type="conversation", permission=["sendMessage", "leaveConversation"]
    )
    return home.roles(made.sid)


def test_a_role_is_read_as_it_was_made(home: Sdk, agent: Sdk, service_sid: str) -> None:
    del home
    found = agent.fetch()
    assert (found.friendly_name, found.type, found.chat_service_sid) == ("agent", "conversation", service_sid)
    assert found.permissions == ["sendMessage", "leaveConversation"]


def test_every_service_begins_with_four_roles(home: Sdk) -> None:
    assert pages(home.roles, 2, "friendly_name") == [BUILT_IN[:2], BUILT_IN[2:]]


def test_an_update_replaces_all_permissions(agent: Sdk) -> None:
    assert agent.update(permission=["sendMediaMessage"]).permissions == ["sendMediaMessage"]
    assert agent.fetch().permissions == ["sendMediaMessage"]


def test_a_role_that_nobody_has_can_be_deleted(home: Sdk, agent: Sdk) -> None:
    assert agent.delete()
    assert api_error(agent.fetch) == (404, 20404)
    assert pages(home.roles, 50, "friendly_name") == [BUILT_IN]


def test_a_role_that_somebody_has_cannot_be_deleted(home: Sdk, room: Sdk, agent: Sdk) -> None:
    del home
    room.participants.create(identity="alice", role_sid=agent.fetch().sid)
    assert api_error(agent.delete) == (409, 20409)


def test_a_role_needs_permissions_that_there_are_and_that_suit_its_type(home: Sdk) -> None:
    def made(kind: str, *permissions: str) -> object:
        return home.roles.create(friendly_name="x", type=kind, permission=list(permissions))

    assert api_error(lambda: made("conversation", "fly")) == (400, 50104)
    assert api_error(lambda: made("conversation", "createConversation")) == (400, 50104)
    assert api_error(lambda: made("room", "sendMessage")) == (400, 50105)
    assert api_error(lambda: made("conversation")) == (400, 20001)


def test_two_roles_may_have_the_same_name(home: Sdk, agent: Sdk) -> None:
    again = home.roles.create(friendly_name="agent", type="conversation", permission=["sendMessage"])
    assert again.sid != agent.fetch().sid


def test_a_role_that_is_not_there_cannot_be_found_changed_or_deleted(home: Sdk) -> None:
    assert is_missing(home.roles(unused_sid("RL")), permission=["sendMessage"])


def test_a_role_is_found_in_its_own_service_alone(v1: Sdk, support: Sdk) -> None:
    theirs = support.roles.list()[0].sid
    assert api_error(v1.roles(theirs).fetch) == (404, 20404)
