"""Every operation on a resource that does not exist answers 404, through Twilio's SDK."""

from confsync.emulator.emulator import Emulator
from tests.emulator_sdk.driving import Sdk, api_error, is_missing, unused_sid

NOT_FOUND = (404, 20404)


def test_a_missing_resource_of_the_account_is_not_found(v1: Sdk) -> None:
    assert is_missing(v1.services(unused_sid("IS")))
    assert is_missing(v1.credentials(unused_sid("CR")), friendly_name="x")
    for name in (unused_sid("IG"), "+15005550000"):
        assert is_missing(v1.address_configurations(name), friendly_name="x")
    configuration = v1.services(unused_sid("IS")).configuration
    assert api_error(configuration().fetch) == NOT_FOUND
    assert api_error(configuration.notifications().fetch) == NOT_FOUND
    assert api_error(lambda: configuration.webhooks().update(method="GET")) == NOT_FOUND


def test_a_missing_role_user_or_conversation_is_not_found(home: Sdk) -> None:
    assert is_missing(home.roles(unused_sid("RL")), permission=["sendMessage"])
    for name in (unused_sid("US"), "nobody"):
        assert is_missing(home.users(name), friendly_name="x")
    for name in (unused_sid("CH"), "nothing"):
        assert is_missing(home.conversations(name), state="active")
        assert api_error(home.conversations(name).participants.list) == NOT_FOUND


def test_a_missing_resource_of_a_conversation_is_not_found(room: Sdk) -> None:
    for name in (unused_sid("MB"), "nobody"):
        assert is_missing(room.participants(name), attributes="{}")
    assert is_missing(room.webhooks(unused_sid("WH")), configuration_url="https://example.com/hook")
    message = room.messages(unused_sid("IM"))
    assert is_missing(message, body="x")
    assert api_error(message.delivery_receipts.list) == NOT_FOUND
    hello = room.messages(room.messages.create(body="hello").sid)
    assert api_error(hello.delivery_receipts(unused_sid("DY")).fetch) == NOT_FOUND
    assert hello.delivery_receipts.list() == []


def test_a_binding_is_not_found_in_another_service(v1: Sdk, support: Sdk, emulator: Emulator) -> None:
    assert is_missing(support.bindings(unused_sid("BS")))
    sid = emulator.seed_binding(support.fetch().sid, identity="alice", type="apn")
    other = v1.services(v1.services.create(friendly_name="other").sid)
    assert api_error(other.bindings(sid).fetch) == NOT_FOUND


def test_a_user_has_only_their_own_conversations(home: Sdk, room: Sdk) -> None:
    room.participants.create(identity="alice")
    others = home.conversations.create().sid
    for name in (others, unused_sid("CH")):
        assert is_missing(home.users("alice").user_conversations(name), notification_level="muted")
    assert api_error(home.users("nobody").user_conversations.list) == NOT_FOUND
