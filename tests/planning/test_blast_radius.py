"""What hangs on a thing that is about to go: what is counted, where counting stops, and what is asked for it."""

import asyncio
from collections.abc import Sequence

import httpx
import pytest

from confsync.emulator.transport import EmulatorTransport
from confsync.errors import NotAuthorised
from confsync.live.reading import found_in
from confsync.plan.blast_radius import BlastRadius
from confsync.planning.blast_radius import CAP, blast_radius
from confsync.resources import KINDS
from confsync.twilio.api import connect
from confsync.views.blast_radius import as_text
from tests.harness import Between, Workshop, says

BY_PATH = {kind.path.rpartition("/")[2]: kind for kind in reversed(KINDS) if kind.sid_prefix}
PHONE = "+15551230000"


def counted(workshop: Workshop, path: str, cap: int = CAP) -> BlastRadius:
    """Count what hangs on the thing at a path; what was asked for that alone is in the log from here on."""
    home, _, name = workshop.path(path).rpartition("/")
    kind = BY_PATH[home.rpartition("/")[2]]

    async def count() -> BlastRadius:
        transport = workshop.transport or EmulatorTransport(workshop.emulator)
        async with connect(workshop.origin, workshop.credentials, transport=transport) as api:
            doomed = found_in(kind, workshop.client.get(f"{home}/{name}").body)
            workshop.emulator.log.clear()
            return await blast_radius(api, doomed, f"/v1{home}", cap=cap)

    return asyncio.run(count())


def told(workshop: Workshop, path: str, cap: int = CAP) -> str:
    return as_text(counted(workshop, path, cap))


def lists_read(workshop: Workshop) -> dict[str, int]:
    """How many pages of each list were read, by the last step of its path."""
    steps = [each.path.rpartition("/")[2] for each in workshop.emulator.log]
    return {step: steps.count(step) for step in steps}


@pytest.fixture
def support(workshop: Workshop) -> str:
    """The SID of a service called support, which is nobody's default."""
    return workshop.client.made("/Services", {"FriendlyName": "support"})


@pytest.fixture
def crowded(workshop: Workshop, support: str) -> Workshop:
    with workshop.emulator.seeding() as seeds:
        seeds.users(support, 300)
        seeds.conversations(support, 2_500)
        seeds.bindings(support, 40)
    return workshop


def test_a_crowded_service_is_counted_as_far_as_the_cap(crowded: Workshop) -> None:
    assert told(crowded, "/Services/support") == "at least 1,000 conversations, 300 users, 40 push bindings"
    assert lists_read(crowded) == {"Conversations": 10, "Users": 6, "Bindings": 1, "Addresses": 1, "Configuration": 1}
    pages = [each for each in crowded.emulator.log if each.path.endswith("/Conversations")]
    assert {each.values["PageSize"] for each in pages} == {("100",)}
    assert crowded.emulator.log.writes() == ()


def test_a_plan_that_deletes_nothing_counts_nothing(crowded: Workshop) -> None:
    crowded.plan("version: 1\nservices: {support: {configuration: {}}}\n")
    assert set(lists_read(crowded)) == {"Configuration", "Services"}


def test_an_empty_service_has_nothing_on_it(workshop: Workshop, support: str) -> None:
    radius = counted(workshop, f"/Services/{support}")
    assert as_text(radius) == "nothing"
    assert all(each.complete and each.number == 0 for each in radius.counts)


def test_one_of_each_is_told_in_the_singular(workshop: Workshop, support: str) -> None:
    with workshop.emulator.seeding() as seeds:
        seeds.conversations(support, 1)
        seeds.binding(support, identity="alice", type="apn")
    listen(workshop, PHONE, support)
    assert told(workshop, "/Services/support") == "1 conversation, 1 user, 1 push binding, 1 phone address"


def listen(workshop: Workshop, address: str, service: str = "", **more: str) -> str:
    """Make a phone address whose messages begin conversations in a service."""
    sent = {"Type": "sms", "Address": address, "AutoCreation.ConversationServiceSid": service}
    return workshop.client.made("/Configuration/Addresses", {**sent, **more})


def test_an_open_connection_is_no_push_binding(workshop: Workshop, support: str) -> None:
    workshop.emulator.seed_binding(support, identity="alice", type="twilsock")
    for type_ in ("apn", "fcm", "gcm"):
        workshop.emulator.seed_binding(support, identity="alice", type=type_)
    assert told(workshop, "/Services/support") == "1 user, 3 push bindings"
    assert told(workshop, f"/Services/{support}/Users/alice") == "3 push bindings"


def test_only_phone_addresses_that_begin_conversations_in_a_service_hang_on_it(
    workshop: Workshop, support: str
) -> None:
    other = workshop.client.made("/Services", {"FriendlyName": "other"})
    for number, service in enumerate((support, other, "", support)):
        listen(workshop, f"+1555123000{number}", service)
    assert told(workshop, "/Services/support") == "2 phone addresses"


def test_the_accounts_default_service_is_known_as_such(workshop: Workshop, support: str) -> None:
    workshop.client.post("/Configuration", {"DefaultChatServiceSid": support})
    assert told(workshop, "/Services/support") == "nothing; it is the account's default service"


@pytest.fixture
def agent(workshop: Workshop, support: str) -> str:
    """The path of a service role called agent."""
    home = f"/Services/{support}/Roles"
    return f"{home}/" + workshop.client.made(
        home, {"FriendlyName": "agent", "Type": "service", "Permission": "addParticipant"}
    )


def employ(workshop: Workshop, agent: str, *identities: str) -> None:
    service, _, role = agent.partition("/Roles/")
    for each in identities:
        workshop.client.made(f"{service}/Users", {"Identity": each, "RoleSid": role})


def test_a_role_counts_its_holders_and_names_the_defaults_that_are_it(
    workshop: Workshop, support: str, agent: str
) -> None:
    with workshop.emulator.seeding() as seeds:
        seeds.users(support, 60)
    employ(workshop, agent, "alice", "bob")
    assert told(workshop, agent) == "2 users; participants not counted"
    assert lists_read(workshop) == {"Users": 2, "Configuration": 1}
    workshop.client.post(f"/Services/{support}/Configuration", {"DefaultChatServiceRoleSid": agent.rpartition("/")[2]})
    assert told(workshop, agent) == ("2 users; it is the service's default chat service role; participants not counted")


def test_a_role_that_is_two_defaults_is_named_for_both(workshop: Workshop, support: str) -> None:
    home = f"/Services/{support}"
    role = workshop.client.get(f"{home}/Configuration").body["default_conversation_role_sid"]
    workshop.client.post(f"{home}/Configuration", {"DefaultConversationCreatorRoleSid": role})
    assert counted(workshop, f"{home}/Roles/{role}").facts == (
        "it is the service's default conversation creator role",
        "it is the service's default conversation role",
        "participants not counted",
    )


def test_a_million_users_are_not_read_to_count_three_holders(workshop: Workshop, support: str, agent: str) -> None:
    employ(workshop, agent, "alice", "bob", "carol")
    with workshop.emulator.seeding() as seeds:
        seeds.users(support, 200)
    assert told(workshop, agent, cap=100) == "at least 3 users; participants not counted"
    assert lists_read(workshop) == {"Users": 2, "Configuration": 1}


def test_no_holder_among_those_that_were_read_is_not_told_as_none(workshop: Workshop, support: str, agent: str) -> None:
    with workshop.emulator.seeding() as seeds:
        seeds.users(support, 200)
    employ(workshop, agent, "zoe")
    assert told(workshop, agent, cap=100) == "an unknown number of users; participants not counted"


def test_a_credential_counts_its_bindings_in_every_service(workshop: Workshop, support: str) -> None:
    credential, other = (workshop.client.made("/Credentials", {"Type": "fcm"}) for _ in range(2))
    services = [support, *(workshop.client.made("/Services", {"FriendlyName": f"s{number}"}) for number in range(3))]
    for service in services[:3]:
        workshop.emulator.seed_binding(service, identity="alice", credential_sid=credential)
        workshop.emulator.seed_binding(service, identity="bob", credential_sid=other)
        workshop.emulator.seed_binding(service, identity="carol")
    assert told(workshop, f"/Credentials/{credential}") == "3 push bindings"
    live = 1 + len(services)  # the account's default service is there
    assert lists_read(workshop) == {"Services": 1, "Bindings": live}


def test_a_credentials_budget_is_one_for_all_services(workshop: Workshop, support: str) -> None:
    credential = workshop.client.made("/Credentials", {"Type": "fcm"})
    services = [support, *(workshop.client.made("/Services", {"FriendlyName": f"s{number}"}) for number in range(4))]
    for service in services:
        for number in range(250):
            workshop.emulator.seed_binding(service, identity=f"u{number}", credential_sid=credential)
    (count,) = counted(workshop, f"/Credentials/{credential}", cap=300).counts
    assert not count.complete
    assert 300 <= count.number <= 300 + 100 * len(services)


def test_an_account_of_more_services_than_the_cap_is_not_counted_to_its_end(workshop: Workshop, support: str) -> None:
    credential = workshop.client.made("/Credentials", {"Type": "fcm"})
    workshop.emulator.seed_binding(support, identity="alice", credential_sid=credential)
    assert told(workshop, f"/Credentials/{credential}") == "1 push binding"
    assert told(workshop, f"/Credentials/{credential}", cap=2) == "at least 1 push binding"


@pytest.mark.parametrize("identity", ["alice", "a&b=c+d #%", "Zoë"])
def test_a_user_counts_conversations_and_devices(workshop: Workshop, support: str, identity: str) -> None:
    home = f"/Services/{support}"
    with workshop.emulator.seeding() as seeds:
        rooms = seeds.conversations(support, 60)
        seeds.binding(support, identity=identity)
        seeds.binding(support, identity="b")
    for room in rooms[:55]:
        workshop.client.made(f"{home}/Conversations/{room}/Participants", {"Identity": identity})
    user = next(each for each in workshop.client.get(f"{home}/Users").body["users"] if each["identity"] == identity)
    assert told(workshop, f"{home}/Users/{user['sid']}") == "55 conversations, 1 push binding"
    assert lists_read(workshop) == {"Conversations": 2, "Bindings": 1}


def test_a_conversation_counts_participants_and_messages(workshop: Workshop, support: str) -> None:
    home = f"/Services/{support}/Conversations"
    room = f"{home}/" + workshop.client.made(home, {"UniqueName": "room"})
    for name in ("alice", "bob"):
        workshop.client.made(f"{room}/Participants", {"Identity": name})
        workshop.client.made(f"{room}/Messages", {"Body": "hello", "Author": name})
    workshop.client.made(f"{room}/Messages", {"Body": "bye"})
    assert told(workshop, room) == "2 participants, 3 messages"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, "nothing"),
        ({"AutoCreation.Enabled": "false"}, "nothing"),
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
def test_a_phone_address_says_what_a_message_to_it_begins(
    workshop: Workshop, sent: dict[str, str], expected: str
) -> None:
    address = listen(workshop, PHONE, **sent)
    assert told(workshop, f"/Configuration/Addresses/{address}") == expected
    assert len(workshop.emulator.log) == 0


def test_whatever_else_goes_has_nothing_on_it_and_nothing_is_asked(workshop: Workshop, support: str) -> None:
    home = f"/Services/{support}/Conversations"
    room = f"{home}/" + workshop.client.made(home, {})
    participant = workshop.client.made(f"{room}/Participants", {"Identity": "alice"})
    assert counted(workshop, f"{room}/Participants/{participant}") == BlastRadius()
    assert len(workshop.emulator.log) == 0


class Denying(Between):
    """Says no at paths that end in one of these, once that was asked for a number of times."""

    def __init__(self, workshop: Workshop, endings: Sequence[str], *, status: int = 404, after: int = 0) -> None:
        super().__init__(workshop.emulator)
        self._endings = tuple(endings)
        self._status = status
        self._after = after

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        asked = sum(each.endswith(self._endings) for each in self.seen)
        meant = request.url.path.endswith(self._endings) and asked > self._after
        return says(request, self._status, {"code": 20404}) if meant else None


def test_what_is_gone_by_the_time_it_is_counted_is_not_there(crowded: Workshop) -> None:
    crowded.transport = Denying(crowded, ["/Conversations", "/Configuration"])
    assert told(crowded, "/Services/support") == "300 users, 40 push bindings"
    crowded.transport = Denying(crowded, ["/Conversations", "/Users", "/Bindings", "/Addresses", "/Configuration"])
    assert told(crowded, "/Services/support") == "nothing"


def test_a_list_that_goes_away_while_it_is_read_may_have_had_more(crowded: Workshop) -> None:
    crowded.transport = Denying(crowded, ["/Conversations"], after=2)
    assert told(crowded, "/Services/support") == "at least 200 conversations, 300 users, 40 push bindings"


def test_a_service_that_goes_away_meanwhile_has_no_bindings(workshop: Workshop, support: str) -> None:
    credential = workshop.client.made("/Credentials", {"Type": "fcm"})
    other = workshop.client.made("/Services", {"FriendlyName": "other"})
    for service in (support, other):
        workshop.emulator.seed_binding(service, identity="alice", credential_sid=credential)
    workshop.transport = Denying(workshop, [f"{other}/Bindings"])
    assert told(workshop, f"/Credentials/{credential}") == "1 push binding"


def test_a_refusal_is_raised_by_itself(workshop: Workshop, support: str) -> None:
    workshop.transport = Denying(workshop, [f"{support}/Bindings"], status=403)
    for path in ("/Services/support", f"/Credentials/{workshop.client.made('/Credentials', {'Type': 'fcm'})}"):
        with pytest.raises(NotAuthorised):
            counted(workshop, path)


class Waiting(Between):
    """Answers nothing until so many requests are under way."""

    def __init__(self, workshop: Workshop, parties: int) -> None:
        super().__init__(workshop.emulator)
        self._all_there = asyncio.Barrier(parties)

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        del request
        async with asyncio.timeout(5):
            await self._all_there.wait()
        return None


def test_what_does_not_depend_on_each_other_is_asked_at_once(workshop: Workshop, support: str) -> None:
    workshop.transport = Waiting(workshop, parties=5)
    assert told(workshop, f"/Services/{support}") == "nothing"
