"""Writes to one service go one after the other; writes to different services go in parallel."""

import asyncio

import httpx

from tests.harness import Harness, InterceptingTransport, json_response

PERMISSIONS = "{type: conversation, permissions: [sendMessage]}"


class Slow(InterceptingTransport):
    """Takes its time over every write, and counts how many are under way, by service."""

    def __init__(self, harness: Harness) -> None:
        super().__init__(harness.emulator)
        self.under_way: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.most_in_all = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return await super().handle_async_request(request)
        service = "/".join(request.url.path.split("/")[:4]) if "/Services/" in request.url.path else "none"
        self.under_way[service] = self.under_way.get(service, 0) + 1
        self.most[service] = max(self.most.get(service, 0), self.under_way[service])
        self.most_in_all = max(self.most_in_all, sum(self.under_way.values()))
        await asyncio.sleep(0.01)
        try:
            return await super().handle_async_request(request)
        finally:
            self.under_way[service] -= 1


def test_one_write_at_a_time_within_a_service_and_many_in_all(harness: Harness) -> None:
    service = "\n".join(
        f"""
  s{number}:
    roles: {{a: {PERMISSIONS}, b: {PERMISSIONS}, c: {PERMISSIONS}}}
    conversations: {{lounge: {{participants: {{p: {{identity: x}}, q: {{identity: y}}}}}}}}
    users: {{x: {{friendly_name: X}}, y: {{friendly_name: Y}}}}"""
        for number in range(3)
    )
    harness.transport = slow = Slow(harness)
    harness.apply(f"version: 1\nservices:{service}\n")
    assert {most for service, most in slow.most.items() if service != "none"} == {1}
    assert slow.most_in_all > 1


class Busy(InterceptingTransport):
    """Says of each write that there were too many, once."""

    def __init__(self, harness: Harness) -> None:
        super().__init__(harness.emulator)
        self.refused: set[str] = set()

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        body = (await request.aread()).decode()
        if request.method == "GET" or body in self.refused:
            return None
        self.refused.add(body)
        return json_response(request, 429, {"code": 20429, "status": 429, "message": "Too many requests"})


def test_a_create_refused_with_429_is_sent_again_and_happens_once(harness: Harness) -> None:
    harness.transport = Busy(harness)
    harness.apply("version: 1\nservices: {support: {users: {x: {}}, conversations: {lounge: {}}}}\n")
    assert [each.split(" ")[:2] for each in harness.writes] == [
        ["POST", "Services"],
        ["POST", "Services/…/Conversations"],
        ["POST", "Services/…/Users"],
    ]


def test_what_takes_its_defaults_from_a_configuration_is_created_after_it(harness: Harness) -> None:
    harness.apply("""
version: 1
account: {configuration: {default_closed_timer: P2D}}
services:
  support:
    users: {x: {}, y: {role: agent}}
    conversations: {lounge: {participants: {x: {identity: x}}}}
    roles:
      agent: {type: service, permissions: [createConversation]}
      guest: {type: conversation, permissions: [sendMessage]}
    configuration: {default_chat_service_role: agent, default_conversation_role: guest}
""")
    roles = {each["sid"]: each["friendly_name"] for each in harness.live("/Services/support/Roles")["roles"]}
    assert roles[harness.live("/Services/support/Users/x")["role_sid"]] == "agent"
    lounge = "/Services/support/Conversations/lounge"
    assert harness.live(lounge)["timers"]["date_closed"]
    assert [roles[each["role_sid"]] for each in harness.live(f"{lounge}/Participants")["participants"]] == ["guest"]
