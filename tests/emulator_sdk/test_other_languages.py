"""Every list, fetched by Twilio's SDKs for Node.js and Go with the page sizes that they send by default."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.router import Router
from confsync.emulator.server import running
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.tables import resource_specs
from tests.emulator.client import Client

SDKS = Path(sys.prefix) / "sdks"
"""Where `scripts/install sdks` puts them."""

WEBHOOK = {"Target": "studio", "Configuration.FlowSid": "FW" + "0" * 32}
ROUTER = Router(resource_specs(EmulatorSettings()))
LISTS = {route.path for route in ROUTER.routes if "list" in route.operations.values()}


@dataclass(frozen=True, slots=True)
class Account:
    """An emulator on a port, and the arguments of a program that fetches all of its lists."""

    emulator: Emulator
    url: str
    sids: tuple[str, ...]

    def run(self, *command: str, host: str) -> Mapping[str, object]:
        """Run a program, and return what it prints."""
        arguments = (*command, host, ACCOUNT_SID, AUTH_TOKEN, *self.sids)
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        counts: Mapping[str, object] = json.loads(done.stdout)
        return counts

    def listed(self) -> dict[str, set[str]]:
        """Return the page sizes that the SDK sent to each list."""
        sizes: dict[str, set[str]] = {}
        for each in self.emulator.log:
            match = ROUTER.find(each.path)
            if match and match.route.path in LISTS and each.method == "GET":
                sizes.setdefault(match.route.path, set()).update(each.values.get("PageSize", ()))
        return sizes


@pytest.fixture
def account() -> Iterator[Account]:
    """An account with 60 conversations, 60 users, and the five webhooks that a conversation may have."""
    with Emulator() as emulator:
        client = Client(emulator)
        service = str(client.get("/Configuration").body["default_chat_service_sid"])
        room = client.made("/Conversations", {})
        for _ in range(5):
            client.made(f"/Conversations/{room}/Webhooks", WEBHOOK)
        client.made(f"/Conversations/{room}/Participants", {"Identity": "alice"})
        message = client.made(f"/Conversations/{room}/Messages", {"Body": "hello"})
        client.made("/Credentials", {"Type": "fcm"})
        client.made("/Configuration/Addresses", {"Type": "sms", "Address": "+15005550006"})
        emulator.seed_receipt(message)
        emulator.seed_binding(service, identity="alice")
        with emulator.seeding() as seeder:
            seeder.conversations(service, 59)
            seeder.users(service, 59)
        emulator.log.clear()
        with running(emulator) as url:
            yield Account(emulator, url, (service, room, "alice", message))


COUNTS = {
    "UserConversation": 1,
    "ParticipantConversation": 1,
    "participant_conversations": 1,
    "user_conversations": 1,
    "conversations": 60,
    "users": 60,
    "webhooks": 5,
    "roles": 4,
    "Conversation": 60,
    "User": 60,
    "ScopedWebhook": 5,
    "Role": 4,
}
"""How many items a list has, by the end of the SDK's name for it; the others have one."""


def expected_count(name: str) -> int:
    """Return how many items the list with an SDK's name has."""
    return next((count for suffix, count in COUNTS.items() if name.endswith(suffix)), 1)


@pytest.mark.needs_tools
@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
@pytest.mark.skipif(not (SDKS / "node/node_modules/twilio").exists(), reason="run scripts/install sdks")
def test_the_sdk_for_node_fetches_every_list(account: Account) -> None:
    counts = account.run("node", str(SDKS / "node/lists.js"), host=account.url)
    assert counts == {name: [expected_count(name)] * 2 for name in counts}
    sizes = account.listed()
    assert sizes.keys() == LISTS
    assert all("1000" in sent for sent in sizes.values())


@pytest.mark.needs_tools
@pytest.mark.skipif(not (SDKS / "go/lists").exists(), reason="Go is not installed, or run scripts/install sdks")
def test_the_sdk_for_go_fetches_every_list(account: Account) -> None:
    counts = account.run(str(SDKS / "go/lists"), host=account.url.removeprefix("http://"))
    assert counts == {name: expected_count(name) for name in counts}
    sizes = account.listed()
    assert sizes.keys() == LISTS
    assert all(sent == {"50"} for sent in sizes.values())
