"""A small account with two hands in it, of which the test knows by itself who made what, and what was touched."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from confsync.emulator.emulator import Emulator
from confsync.plan.intent import Intent, Overrides
from tests.harness import Harness, InterceptingTransport

SERVICES = ("support", "sales")
ROLES = ("agent", "clerk", "lead", "boss")
ROOMS = ("lounge", "hall")
WORDS: Mapping[str, tuple[list[str], list[str]]] = {
    "roles": (["sendMessage"], ["leaveConversation", "sendMessage"]),
    "conversations": (["One"], ["Two"]),
}
"""What the configuration may say of a role or a room."""

BY_HAND = {"roles": ["deleteAnyMessage"], "conversations": ["By hand"]}
"""What another hand says of one, and the configuration never does."""

Body = tuple[str, str, str, str]
"""What there is to know of a live thing: service, section, name, and what is said of it."""


@dataclass
class Member:
    """A role or a room as it is written: which of the words for it, and whether it is to be absent."""

    words: int = 0
    absent: bool = False


@dataclass
class Service:
    """A service as it is written."""

    prunes: bool = False
    default: str | None = None
    roles: dict[str, Member] = field(default_factory=dict)
    conversations: dict[str, Member] = field(default_factory=dict)

    def section(self, name: str) -> dict[str, Member]:
        """Give a section by its name."""
        return self.roles if name == "roles" else self.conversations

    def written(self) -> dict[str, Any]:
        """Give it as YAML wants it; a role that is not there cannot be the default."""
        lifecycle = {"lifecycle": {"prune": ["roles", "conversations"]}} if self.prunes else {}
        known = self.default and self.default in self.roles and not self.roles[self.default].absent
        pointed = {"configuration": {"default_conversation_role": self.default}} if known else {}
        return {
            **lifecycle,
            **pointed,
            "roles": {name: _role(each) for name, each in self.roles.items()},
            "conversations": {name: _room(each) for name, each in self.conversations.items()},
        }


def _role(member: Member) -> dict[str, Any]:
    return {"type": "conversation", "permissions": WORDS["roles"][member.words], **_lifecycle(member)}


def _room(member: Member) -> dict[str, Any]:
    return {"friendly_name": WORDS["conversations"][member.words][0], **_lifecycle(member)}


def _lifecycle(member: Member) -> dict[str, Any]:
    return {"lifecycle": {"absent": True}} if member.absent else {}


class Wire(InterceptingTransport):
    """Between us and the account: knows what we made, refuses to delete anything else, and can go dead.

    `writes_left` is after how many more writes the line is dead: nothing is sent then. With `deaf`, the write after
    them is done, and its answer is lost.
    """

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator)
        self.made = set[str]()
        self.given = set[str]()
        self.stolen: list[str] = []
        self.writes_left: int | None = None
        self.deaf = False

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method != "GET" and self.writes_left == 0 and not self.deaf:
            raise httpx.ConnectError("the line is dead", request=request)
        sid = request.url.path.rpartition("/")[2]
        if request.method == "DELETE" and sid not in self.made | self.given:
            self.stolen.append(request.url.path)
        return None

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if request.method == "GET":
            return response
        if self.writes_left == 0:
            self.deaf = False
            raise httpx.ReadTimeout("the answer is lost", request=request)
        if self.writes_left is not None:
            self.writes_left -= 1
        if response.status_code == 201:
            self.made.add(json.loads(await response.aread())["sid"])
        return response


class World:
    """A harness, what is written in it, and the other hand. How much may be deleted at once is no matter here."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.harness = Harness(folder, emulator, intent=Intent(overrides=Overrides(max_deletes=1_000)))
        self.wire = Wire(emulator)
        self.harness.transport = self.wire
        self.services = {name: Service() for name in SERVICES}

    def write(self) -> None:
        """Write the configuration."""
        tree = {name: each.written() for name, each in self.services.items()}
        self.harness.write(json.dumps({"version": 1, "services": tree}))

    def lose_ledger(self) -> None:
        """Have the machine die on which the ledger and the journal were: nothing is known to be ours any more."""
        self.harness.ledger_path.unlink(missing_ok=True)
        shutil.rmtree(self.harness.folder / ".confsync", ignore_errors=True)
        self.wire.made.clear()

    def give(self) -> None:
        """Say what may be deleted though we did not make it: what is written to be absent, and was adopted."""
        ledger = self.harness.ledger
        absent = {
            f"services/{service}/{section}/{name}"
            for service, each in self.services.items()
            for section in WORDS
            for name, member in each.section(section).items()
            if member.absent
        }
        entries = ledger.entries if ledger else ()
        self.wire.given = {str(each.sid) for each in entries if str(each.address) in absent}

    def bodies(self) -> dict[str, Body]:
        """Give every live thing by its SID."""
        return {sid: body for sid, body in self._bodies() if body[0] in SERVICES}

    def _bodies(self) -> Iterator[tuple[str, Body]]:
        for service in self._listed("/Services"):
            name, sid = service["friendly_name"], service["sid"]
            yield sid, (name, "services", name, "")
            for role in self._listed(f"/Services/{sid}/Roles"):
                yield role["sid"], (name, "roles", role["friendly_name"], ",".join(sorted(role["permissions"])))
            for room in self._listed(f"/Services/{sid}/Conversations"):
                yield room["sid"], (name, "conversations", str(room["unique_name"]), str(room["friendly_name"]))

    def _listed(self, path: str) -> list[dict[str, Any]]:
        members: list[dict[str, Any]] = self.harness.client.get(path).body[path.rpartition("/")[2].lower()]
        return members

    def found(self, service: str, section: str, name: str) -> list[str]:
        """Give the SIDs of what has a name in a section of a service."""
        return [sid for sid, body in self.bodies().items() if body[:3] == (service, section, name)]

    def path(self, sid: str) -> str:
        """Give the path of a live thing."""
        service, section, _, _ = self.bodies()[sid]
        (home,) = self.found(service, "services", service)[:1]
        return f"/Services/{home}/{section.capitalize()}/{sid}"

    def edit(self, sid: str) -> None:
        """Have the other hand change a thing."""
        section = self.bodies()[sid][1]
        name = "Permission" if section == "roles" else "FriendlyName"
        assert self.harness.client.post(self.path(sid), {name: BY_HAND[section]}).status == 200

    def delete(self, sid: str) -> bool:
        """Have the other hand delete a thing, and say whether it could: a default role stays."""
        return self.harness.client.delete(self.path(sid)).status == 204

    def make(self, service: str, section: str, name: str) -> str:
        """Have the other hand make a thing."""
        (home,) = self.found(service, "services", service)[:1]
        if section == "roles":
            fields = {"FriendlyName": name, "Type": "conversation", "Permission": BY_HAND[section]}
            return self.harness.client.made(f"/Services/{home}/Roles", fields)
        return self.harness.client.made(
            f"/Services/{home}/Conversations", {"UniqueName": name, "FriendlyName": BY_HAND[section]}
        )
