"""Counts what depends on a resource that a plan deletes, how far it counts, and which requests that takes."""

import asyncio
from collections.abc import Sequence

import httpx
import pytest

from confsync.annotations import Stops
from confsync.emulator.transport import EmulatorTransport
from confsync.errors import NotAuthorised
from confsync.live.source import parse_live_resource
from confsync.model import Kind
from confsync.plan.risk import BlastRadius
from confsync.planning.blast_radius import CAP, measure_blast_radius
from confsync.planning.dependents import counted_lists
from confsync.resources import KINDS
from confsync.twilio.api import create_api
from confsync.views.consequence import blast_radius_text
from tests.harness import Harness, InterceptingTransport, json_response

BY_PATH = {kind.path.rpartition("/")[2]: kind for kind in reversed(KINDS) if kind.sid_prefix}
PHONE = "+15551230000"


def count_at(harness: Harness, path: str, cap: int = CAP) -> BlastRadius:
    """Count what depends on the resource at a path. Afterwards the log holds the requests of the count alone."""
    home, _, name = harness.path(path).rpartition("/")
    kind = BY_PATH[home.rpartition("/")[2]]

    async def count() -> BlastRadius:
        transport = harness.transport or EmulatorTransport(harness.emulator)
        async with create_api(harness.origin, harness.credentials, transport=transport) as api:
            doomed = parse_live_resource(kind, harness.client.get(f"{home}/{name}").body)
            harness.emulator.log.clear()
            return await measure_blast_radius(api, doomed, f"/v1{home}", cap=cap)

    return asyncio.run(count())


def counted_text(harness: Harness, path: str, cap: int = CAP) -> str:
    return blast_radius_text(count_at(harness, path, cap))


def lists_read(harness: Harness) -> dict[str, int]:
    """Count the pages that were read of each list, by the last step of its path."""
    steps = [each.path.rpartition("/")[2] for each in harness.emulator.log]
    return {step: steps.count(step) for step in steps}


@pytest.fixture
def support(harness: Harness) -> str:
    """Create a service called support, which is not the account's default, and return its SID."""
    return harness.client.made("/Services", {"FriendlyName": "support"})


@pytest.fixture
def large(harness: Harness, support: str) -> Harness:
    with harness.emulator.seeding() as seeds:
        seeds.users(support, 300)
        seeds.conversations(support, 2_500)
        seeds.bindings(support, 40)
    return harness


def test_a_large_service_is_counted_up_to_the_cap(large: Harness) -> None:
    assert counted_text(large, "/Services/support") == "at least 1,000 conversations, 300 users, 40 push bindings"
    assert lists_read(large) == {"Conversations": 10, "Users": 6, "Bindings": 1, "Addresses": 1, "Configuration": 1}
    pages = [each for each in large.emulator.log if each.path.endswith("/Conversations")]
    assert {each.values["PageSize"] for each in pages} == {("100",)}
    assert large.emulator.log.writes() == ()


def test_a_plan_that_deletes_nothing_counts_nothing(large: Harness) -> None:
    large.plan("version: 1\nservices: {support: {configuration: {}}}\n")
    counted = {"Addresses", "Credentials", "Services"}  # what a whole plan does not manage is counted
    assert set(lists_read(large)) == {"Configuration", *counted}


def test_an_empty_service_has_no_dependents(harness: Harness, support: str) -> None:
    radius = count_at(harness, f"/Services/{support}")
    assert blast_radius_text(radius) == "none found"
    assert all(each.complete and each.number == 0 for each in radius.counts)


def test_one_of_each_is_named_in_the_singular(harness: Harness, support: str) -> None:
    with harness.emulator.seeding() as seeds:
        seeds.conversations(support, 1)
        seeds.binding(support, identity="alice", type="apn")
    listen(harness, PHONE, support)
    assert counted_text(harness, "/Services/support") == "1 conversation, 1 user, 1 push binding, 1 phone address"


def listen(harness: Harness, address: str, service: str = "", **more: str) -> str:
    """Create a phone address whose messages start conversations in a service."""
    sent = {"Type": "sms", "Address": address, "AutoCreation.ConversationServiceSid": service}
    return harness.client.made("/Configuration/Addresses", {**sent, **more})


def test_an_open_connection_is_not_a_push_binding(harness: Harness, support: str) -> None:
    harness.emulator.seed_binding(support, identity="alice", type="twilsock")
    for type_ in ("apn", "fcm", "gcm"):
        harness.emulator.seed_binding(support, identity="alice", type=type_)
    assert counted_text(harness, "/Services/support") == "1 user, 3 push bindings"
    assert counted_text(harness, f"/Services/{support}/Users/alice") == "3 push bindings"


def test_only_phone_addresses_that_start_conversations_in_a_service_depend_on_it(
    harness: Harness, support: str
) -> None:
    other = harness.client.made("/Services", {"FriendlyName": "other"})
    for number, service in enumerate((support, other, "", support)):
        listen(harness, f"+1555123000{number}", service)
    assert counted_text(harness, "/Services/support") == "2 phone addresses"


def test_the_accounts_default_service_is_named_as_such(harness: Harness, support: str) -> None:
    harness.client.post("/Configuration", {"DefaultChatServiceSid": support})
    assert counted_text(harness, "/Services/support") == "none found; it is the account's default service"


@pytest.fixture
def agent(harness: Harness, support: str) -> str:
    """Create a service role called agent, and return its path."""
    home = f"/Services/{support}/Roles"
    return f"{home}/" + harness.client.made(
        home, {"FriendlyName": "agent", "Type": "service", "Permission": "addParticipant"}
    )


def give_role(harness: Harness, agent: str, *identities: str) -> None:
    service, _, role = agent.partition("/Roles/")
    for each in identities:
        harness.client.made(f"{service}/Users", {"Identity": each, "RoleSid": role})


def test_a_role_counts_its_holders_and_names_the_defaults_that_it_is(
    harness: Harness, support: str, agent: str
) -> None:
    with harness.emulator.seeding() as seeds:
        seeds.users(support, 60)
    give_role(harness, agent, "alice", "bob")
    assert counted_text(harness, agent) == "2 users; participants not counted"
    assert lists_read(harness) == {"Users": 2, "Configuration": 1}
    harness.client.post(f"/Services/{support}/Configuration", {"DefaultChatServiceRoleSid": agent.rpartition("/")[2]})
    assert counted_text(harness, agent) == (
        "2 users; it is the service's default chat service role; participants not counted"
    )


def test_a_role_that_is_two_defaults_is_named_for_both(harness: Harness, support: str) -> None:
    home = f"/Services/{support}"
    role = harness.client.get(f"{home}/Configuration").body["default_conversation_role_sid"]
    harness.client.post(f"{home}/Configuration", {"DefaultConversationCreatorRoleSid": role})
    assert count_at(harness, f"{home}/Roles/{role}").facts == (
        "it is the service's default conversation creator role",
        "it is the service's default conversation role",
        "participants not counted",
    )


def test_a_million_users_are_not_read_to_count_three_holders(harness: Harness, support: str, agent: str) -> None:
    give_role(harness, agent, "alice", "bob", "carol")
    with harness.emulator.seeding() as seeds:
        seeds.users(support, 200)
    assert counted_text(harness, agent, cap=100) == "at least 3 users; participants not counted"
    assert lists_read(harness) == {"Users": 2, "Configuration": 1}


def test_no_holder_among_the_users_that_were_read_is_not_reported_as_none(
    harness: Harness, support: str, agent: str
) -> None:
    with harness.emulator.seeding() as seeds:
        seeds.users(support, 200)
    give_role(harness, agent, "zoe")
    assert counted_text(harness, agent, cap=100) == "an unknown number of users; participants not counted"


def test_a_credential_counts_its_bindings_in_every_service(harness: Harness, support: str) -> None:
    credential, other = (harness.client.made("/Credentials", {"Type": "fcm"}) for _ in range(2))
    services = [support, *(harness.client.made("/Services", {"FriendlyName": f"s{number}"}) for number in range(3))]
    for service in services[:3]:
        harness.emulator.seed_binding(service, identity="alice", credential_sid=credential)
        harness.emulator.seed_binding(service, identity="bob", credential_sid=other)
        harness.emulator.seed_binding(service, identity="carol")
    assert counted_text(harness, f"/Credentials/{credential}") == "3 push bindings"
    live = 1 + len(services)  # the account's default service is there
    assert lists_read(harness) == {"Services": 1, "Bindings": live}


def test_a_credential_has_one_budget_for_all_services(harness: Harness, support: str) -> None:
    credential = harness.client.made("/Credentials", {"Type": "fcm"})
    services = [support, *(harness.client.made("/Services", {"FriendlyName": f"s{number}"}) for number in range(4))]
    for service in services:
        for number in range(250):
            harness.emulator.seed_binding(service, identity=f"u{number}", credential_sid=credential)
    (count,) = count_at(harness, f"/Credentials/{credential}", cap=300).counts
    assert not count.complete
    assert 300 <= count.number <= 300 + 100 * len(services)


def test_an_account_with_more_services_than_the_cap_is_not_counted_completely(harness: Harness, support: str) -> None:
    credential = harness.client.made("/Credentials", {"Type": "fcm"})
    harness.emulator.seed_binding(support, identity="alice", credential_sid=credential)
    assert counted_text(harness, f"/Credentials/{credential}") == "1 push binding"
    assert counted_text(harness, f"/Credentials/{credential}", cap=2) == "at least 1 push binding"


@pytest.mark.parametrize("identity", ["alice", "a&b=c+d #%", "Zoë"])
def test_a_user_counts_conversations_and_devices(harness: Harness, support: str, identity: str) -> None:
    home = f"/Services/{support}"
    with harness.emulator.seeding() as seeds:
        rooms = seeds.conversations(support, 60)
        seeds.binding(support, identity=identity)
        seeds.binding(support, identity="b")
    for room in rooms[:55]:
        harness.client.made(f"{home}/Conversations/{room}/Participants", {"Identity": identity})
    user = next(each for each in harness.client.get(f"{home}/Users").body["users"] if each["identity"] == identity)
    assert counted_text(harness, f"{home}/Users/{user['sid']}") == "55 conversations, 1 push binding"
    assert lists_read(harness) == {"Conversations": 2, "Bindings": 1}


def test_a_conversation_counts_participants_and_messages(harness: Harness, support: str) -> None:
    home = f"/Services/{support}/Conversations"
    room = f"{home}/" + harness.client.made(home, {"UniqueName": "room"})
    for name in ("alice", "bob"):
        harness.client.made(f"{room}/Participants", {"Identity": name})
        harness.client.made(f"{room}/Messages", {"Body": "hello", "Author": name})
    harness.client.made(f"{room}/Messages", {"Body": "bye"})
    assert counted_text(harness, room) == "2 participants, 3 messages"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, "none found"),
        ({"AutoCreation.Enabled": "false"}, "none found"),
        ({"AutoCreation.Enabled": "true"}, "messages to it now begin a conversation (type default)"),
        (
            {
                "AutoCreation.Enabled": "true",
                "AutoCreation.Type": "webhook",
                "AutoCreation.WebhookUrl": "https://a.example",
            },
            "messages to it now begin a conversation (type webhook)",
        ),
    ],
)
def test_a_phone_address_says_what_a_message_to_it_starts(
    harness: Harness, sent: dict[str, str], expected: str
) -> None:
    address = listen(harness, PHONE, **sent)
    assert counted_text(harness, f"/Configuration/Addresses/{address}") == expected
    assert len(harness.emulator.log) == 0


def test_other_resources_have_no_dependents_and_take_no_requests(harness: Harness, support: str) -> None:
    home = f"/Services/{support}/Conversations"
    room = f"{home}/" + harness.client.made(home, {})
    participant = harness.client.made(f"{room}/Participants", {"Identity": "alice"})
    assert count_at(harness, f"{room}/Participants/{participant}") == BlastRadius()
    assert len(harness.emulator.log) == 0


class Denying(InterceptingTransport):
    """Rejects requests to paths with these suffixes, after a number of them."""

    def __init__(self, harness: Harness, suffixes: Sequence[str], *, status: int = 404, after: int = 0) -> None:
        super().__init__(harness.emulator)
        self._suffixes = tuple(suffixes)
        self._status = status
        self._after = after

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        asked = sum(each.endswith(self._suffixes) for each in self.seen)
        meant = request.url.path.endswith(self._suffixes) and asked > self._after
        return json_response(request, self._status, {"code": 20404}) if meant else None


def test_a_list_that_no_longer_exists_is_empty(large: Harness) -> None:
    large.transport = Denying(large, ["/Conversations", "/Configuration"])
    assert counted_text(large, "/Services/support") == "300 users, 40 push bindings"
    large.transport = Denying(large, ["/Conversations", "/Users", "/Bindings", "/Addresses", "/Configuration"])
    assert counted_text(large, "/Services/support") == "none found"


def test_a_list_that_disappears_while_it_is_read_may_have_had_more(large: Harness) -> None:
    large.transport = Denying(large, ["/Conversations"], after=2)
    assert counted_text(large, "/Services/support") == "at least 200 conversations, 300 users, 40 push bindings"


def test_a_service_that_disappears_has_no_bindings(harness: Harness, support: str) -> None:
    credential = harness.client.made("/Credentials", {"Type": "fcm"})
    other = harness.client.made("/Services", {"FriendlyName": "other"})
    for service in (support, other):
        harness.emulator.seed_binding(service, identity="alice", credential_sid=credential)
    harness.transport = Denying(harness, [f"{other}/Bindings"])
    assert counted_text(harness, f"/Credentials/{credential}") == "1 push binding"


def test_a_forbidden_list_is_an_error(harness: Harness, support: str) -> None:
    harness.transport = Denying(harness, [f"{support}/Bindings"], status=403)
    for path in ("/Services/support", f"/Credentials/{harness.client.made('/Credentials', {'Type': 'fcm'})}"):
        with pytest.raises(NotAuthorised):
            count_at(harness, path)


class Waiting(InterceptingTransport):
    """Holds back every response until so many requests were sent."""

    def __init__(self, harness: Harness, parties: int) -> None:
        super().__init__(harness.emulator)
        self._all_there = asyncio.Barrier(parties)

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        del request
        async with asyncio.timeout(5):
            await self._all_there.wait()
        return None


def test_independent_lists_are_read_at_the_same_time(harness: Harness, support: str) -> None:
    harness.transport = Waiting(harness, parties=5)
    assert counted_text(harness, f"/Services/{support}") == "none found"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)
def test_every_declared_dependent_can_be_found(kind: Kind) -> None:
    for each in counted_lists(kind):
        assert each.inside or each.sid_paths or each.filter_by
    fields = [name for each in kind.dependents if isinstance(each, Stops) for name in (each.while_set, each.detail)]
    assert kind.by_name.keys() >= set(fields)
