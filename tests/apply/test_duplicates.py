"""After an apply, each collection in which something was created is listed once more, to find what has its key."""

import asyncio
from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from confsync.apply.duplicates import DuplicateSearch, created_by_collection, find_duplicates, list_all
from confsync.emulator.faults.fault import Fault, Phase, Respond
from confsync.emulator.faults.layer import FaultLayer
from confsync.emulator.transport import EmulatorTransport
from confsync.names import Address, Sid
from confsync.plan.change import Action, Change
from confsync.state.replay import ResourceId
from confsync.twilio.api import create_api
from tests.harness import Harness
from tests.twilio.still_clock import StillClock

TEXT = """
version: 1
services:
  desk:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
      clerk: {type: conversation, permissions: [sendMessage]}
    conversations: {lounge: {participants: {ann: {identity: ann}}}}
"""
ROLES = "/Services/desk/Roles"
AGENT = Address.parse("services/desk/roles/agent")


class Created:
    """What was created: the changes, and the SIDs that the ledger owns."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self.changes = tuple(each for each in harness.plan(TEXT).changes if each.writes)
        harness.apply()
        assert harness.ledger
        self.sids = {each.address: each.sid for each in harness.ledger.entries if each.sid}

    def role(self, **fields: str) -> str:
        form = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage", **fields}
        return self.harness.client.made(self.harness.path(ROLES), form)

    def search(
        self, changes: Iterable[Change] | None = None, *owned: ResourceId, fault: Fault | None = None
    ) -> DuplicateSearch:
        harness, layer = self.harness, FaultLayer(self.harness.emulator, [fault] if fault else [])
        harness.emulator.log.clear()

        async def find() -> DuplicateSearch:
            transport, clock = EmulatorTransport(layer), StillClock()
            async with create_api(harness.origin, harness.credentials, transport=transport, clock=clock) as api:
                known = {*self.sids.values(), *owned}
                created = self.changes if changes is None else tuple(changes)
                listed = await list_all(api, created_by_collection(created, self.sids))
                return find_duplicates(listed, created, self.sids, known)

        return asyncio.run(find())

    def lists(self) -> list[str]:
        return sorted(each.path.rpartition("/")[2] for each in self.harness.emulator.log)


@pytest.fixture
def created(harness: Harness) -> Created:
    return Created(harness)


def found(search: DuplicateSearch) -> dict[str, tuple[str, ...]]:
    return {str(address): sids for (address, _), sids in search.duplicates.items()}


def test_each_collection_is_listed_once_except_those_whose_names_are_unique(created: Created) -> None:
    assert created.search() == DuplicateSearch({}, ())
    assert created.lists() == ["Participants", "Roles", "Services"]


def test_a_duplicate_has_the_key_of_what_was_created(created: Created) -> None:
    first, second = created.role(), created.role()
    created.role(FriendlyName="other")
    created.role(Type="service", Permission="joinConversation")
    service = created.harness.client.made("/Services", {"FriendlyName": "desk"})
    assert found(created.search()) == {"services/desk": (service,), "services/desk/roles/agent": (first, second)}


def test_what_is_owned_or_was_there_before_is_no_duplicate(created: Created) -> None:
    owned, before, other = created.role(), created.role(), created.role()
    changes = [replace(each, same_name=(Sid(before),)) if each.address == AGENT else each for each in created.changes]
    assert found(created.search(changes, Sid(owned))) == {"services/desk/roles/agent": (other,)}


@pytest.mark.parametrize("action", [Action.CREATE, Action.RECREATE, Action.REPLACE, Action.UPDATE, Action.ADOPT])
def test_only_what_was_created_can_have_a_duplicate(action: Action, created: Created) -> None:
    twin = created.role()
    (change,) = (replace(each, actions=(action,)) for each in created.changes if each.address == AGENT)
    creates = action not in {Action.UPDATE, Action.ADOPT}
    assert found(created.search([change])) == ({"services/desk/roles/agent": (twin,)} if creates else {})
    assert created.lists() == (["Roles"] if creates else [])


def test_what_cannot_be_listed_is_named_and_the_rest_is_still_searched(created: Created) -> None:
    created.role()
    service = created.harness.client.made("/Services", {"FriendlyName": "desk"})
    refused = Fault(
        phase=Phase.BEFORE_COMMIT, effect=Respond(status=400), method="GET", path="/v1/Services/*/Roles", times=None
    )
    search = created.search(fault=refused)
    assert found(search) == {"services/desk": (service,)}
    assert [str(each.address) for each in search.unread] == ["services/desk/roles/agent", "services/desk/roles/clerk"]
