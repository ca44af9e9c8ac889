"""Twilio's SDK calls all of Twilio's operations on `confsync emulator`, which runs as a separate process."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.http import EmulatorRequest, EmulatorResponse
from tests.emulator_sdk.driving import Sdk
from tests.openapi import plugin
from tests.openapi.conformance import ConformanceChecker
from tests.openapi.facts import operation_names
from tests.openapi.plugin import ConformancePlugin, ViolationRecorder


class RecordingClient(TwilioHttpClient):  # type: ignore[misc]  # the client comes without types
    """The SDK's own HTTP client, which also records each request and response."""

    def __init__(self, recorder: ViolationRecorder) -> None:
        super().__init__()
        self.recorder = recorder

    def request(self, method: str, url: str, params: Sdk, data: Sdk, headers: Sdk, **more: Sdk) -> object:
        answer = super().request(method, url, params, data, headers, **more)
        parts = urlsplit(url)
        query = "&".join(filter(None, (parts.query, urlencode(params or {}, doseq=True))))
        sent = {name.lower(): value for name, value in headers.items()}
        body = urlencode(data or {}, doseq=True).encode()
        asked = EmulatorRequest(method, parts.path, query, sent, body, parts.netloc)
        self.recorder.record(asked, EmulatorResponse(answer.status_code, dict(answer.headers), answer.text.encode()))
        return answer


@contextmanager
def confsync_emulator(db: Path) -> Iterator[str]:
    """Start the command, and yield its base URL."""
    command = [sys.executable, "-m", "confsync", "emulator", "--port", "0", "--db", str(db)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        try:
            yield started.stdout.readline().strip()
        finally:
            started.send_signal(signal.SIGTERM)
            started.communicate(timeout=20)


def test_twilios_sdk_calls_every_operation(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    recorder, db = ViolationRecorder(ConformanceChecker()), tmp_path / "state.db"
    with confsync_emulator(db) as url, Emulator(db=db) as seeder:
        client = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=RecordingClient(recorder))
        client.conversations.base_url = url
        v1 = client.conversations.v1
        support = v1.services(create_and_list(v1.services, friendly_name="support"))
        exercise_account(v1)
        exercise_service(support, seeder)
        for home in (v1, support):
            exercise_home(home, seeder)
        delete_and_list(v1.services(create_and_list(v1.services, friendly_name="to be deleted")), v1.services)
        client.http_client.session.close()
    assert recorder.take_violations() == []
    assert sorted(operation_names() - recorder.operations) == []
    assert len(recorder.operations) == 103
    conformance = pytestconfig.pluginmanager.get_plugin(plugin.NAME)
    assert isinstance(conformance, ConformancePlugin)
    conformance.add_covered(recorder.operations)


def create_and_list(many: Sdk, **made: object) -> str:
    """Create a resource, fetch it, find it in the list, and return its SID."""
    sid: str = many.create(**made).sid
    assert sid in {each.sid for each in many.list(page_size=1)}
    assert many.get(sid).fetch().sid == sid
    return sid


def update_and_fetch(one: Sdk, **changed: object) -> None:
    """Update a resource, and fetch the new values."""
    one.update(**changed)
    found = one.fetch()
    for name, value in changed.items():
        assert getattr(found, name) == value


def delete_and_list(one: Sdk, many: Sdk) -> None:
    """Delete a resource, and check that the list no longer has it."""
    sid = one.fetch().sid
    assert one.delete()
    assert sid not in {each.sid for each in many.list()}


def exercise_account(v1: Sdk) -> None:
    update_and_fetch(v1.configuration(), default_inactive_timer="PT1M")
    update_and_fetch(v1.configuration.webhooks(), filters=["onMessageAdded"])
    ios = v1.credentials(create_and_list(v1.credentials, type="apn"))
    update_and_fetch(ios, friendly_name="ios")
    delete_and_list(ios, v1.credentials)
    phone = v1.address_configurations(create_and_list(v1.address_configurations, type="sms", address="+15005550006"))
    update_and_fetch(phone, friendly_name="hotline")
    delete_and_list(phone, v1.address_configurations)


def exercise_service(service: Sdk, seeder: Emulator) -> None:
    update_and_fetch(service.configuration(), reachability_enabled=True)
    update_and_fetch(service.configuration.notifications(), log_enabled=True)
    update_and_fetch(service.configuration.webhooks(), method="POST")
    sid = seeder.seed_binding(service.fetch().sid, identity="alice")
    assert [each.sid for each in service.bindings.list(page_size=1)] == [sid]
    delete_and_list(service.bindings(sid), service.bindings)


def exercise_home(home: Sdk, seeder: Emulator) -> None:
    role = home.roles(
        create_and_list(home.roles, friendly_name="agent", type="conversation", permission=["sendMessage"])
    )
    role.update(permission=["leaveConversation"])
    assert role.fetch().permissions == ["leaveConversation"]
    delete_and_list(role, home.roles)
    bob = home.users(create_and_list(home.users, identity="bob"))
    update_and_fetch(bob, friendly_name="Bob")
    room = home.conversations(create_and_list(home.conversations, unique_name="room"))
    update_and_fetch(room, friendly_name="Room")
    exercise_room(room, seeder)
    exercise_user_conversations(home, room, bob)
    delete_and_list(bob, home.users)
    delete_and_list(room, home.conversations)
    made = home.conversation_with_participants.create(participant=[json.dumps({"identity": "carol"})])
    assert [each.identity for each in home.conversations(made.sid).participants.list()] == ["carol"]


def exercise_room(room: Sdk, seeder: Emulator) -> None:
    alice = room.participants(create_and_list(room.participants, identity="alice"))
    update_and_fetch(alice, attributes='{"a": 1}')
    delete_and_list(alice, room.participants)
    hook = room.webhooks(create_and_list(room.webhooks, target="studio", configuration_flow_sid="FW" + "a" * 32))
    hook.update(configuration_flow_sid="FW" + "b" * 32)
    assert hook.fetch().configuration == {"flow_sid": "FW" + "b" * 32}
    delete_and_list(hook, room.webhooks)
    hello = room.messages(create_and_list(room.messages, body="hello"))
    update_and_fetch(hello, body="bye")
    receipt = seeder.seed_receipt(hello.fetch().sid)
    assert [each.sid for each in hello.delivery_receipts.list(page_size=1)] == [receipt]
    assert hello.delivery_receipts(receipt).fetch().status == "delivered"
    delete_and_list(hello, room.messages)


def exercise_user_conversations(home: Sdk, room: Sdk, user: Sdk) -> None:
    room.participants.create(identity=user.fetch().identity)
    (theirs,) = home.participant_conversations.list(identity=user.fetch().identity, page_size=1)
    assert theirs.conversation_sid == room.fetch().sid
    assert [each.conversation_sid for each in user.user_conversations.list(page_size=1)] == [room.fetch().sid]
    mine = user.user_conversations(room.fetch().sid)
    update_and_fetch(mine, notification_level="muted")
    assert mine.delete()
    assert user.user_conversations.list() == []
