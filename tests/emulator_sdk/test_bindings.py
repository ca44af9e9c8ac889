"""Bindings: the devices of a service's users."""

import pytest

from confsync.emulator.emulator import Emulator
from tests.emulator_sdk.driving import Sdk, api_error, is_missing, pages, unused_sid


@pytest.fixture
def sids(emulator: Emulator, support: Sdk) -> list[str]:
    service = support.fetch().sid
    return [
        emulator.seed_binding(service, identity="alice", type="apn"),
        emulator.seed_binding(service, identity="bob", type="fcm"),
        emulator.seed_binding(service, identity="alice", type="twilsock"),
    ]


def test_a_binding_names_its_user_and_its_credential(v1: Sdk, support: Sdk, emulator: Emulator) -> None:
    ios = v1.credentials.create(type="apn").sid
    sid = emulator.seed_binding(support.fetch().sid, identity="alice", type="apn", credential_sid=ios)
    found = support.bindings(sid).fetch()
    assert (found.sid, found.identity, found.binding_type, found.credential_sid) == (sid, "alice", "apn", ios)
    assert found.chat_service_sid == support.fetch().sid
    assert "new_message" in found.message_types
    assert support.users("alice").fetch().identity == "alice"


def test_bindings_are_listed_page_by_page_all_or_some(support: Sdk, sids: list[str]) -> None:
    assert pages(support.bindings, 2) == [sids[:2], sids[2:]]
    assert pages(support.bindings, 1, identity=["alice"]) == [[sids[0]], [sids[2]]]
    assert pages(support.bindings, 50, binding_type=["fcm", "twilsock"]) == [sids[1:]]
    assert pages(support.bindings, 50, binding_type=["fcm"], identity=["alice"]) == [[]]


def test_a_binding_can_be_deleted(support: Sdk, sids: list[str]) -> None:
    assert support.bindings(sids[0]).delete()
    assert api_error(support.bindings(sids[0]).fetch) == (404, 20404)
    assert pages(support.bindings, 50) == [sids[1:]]


def test_a_binding_that_is_not_there_cannot_be_found_or_deleted(v1: Sdk, support: Sdk, sids: list[str]) -> None:
    assert is_missing(support.bindings(unused_sid("BS")))
    other = v1.services(v1.services.create(friendly_name="other").sid)
    assert api_error(other.bindings(sids[0]).fetch) == (404, 20404)
