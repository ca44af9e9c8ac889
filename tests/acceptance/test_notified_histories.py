"""Whatever happens on a sequence of nights, a receiver receives each change of state once, and knows the state.

Somebody changes roles at random; on some nights the receiver is down, and on others Twilio refuses the credentials. A
test run samples 3 sequences of nights; `--hypothesis-profile long` tries 40, which are more than 200 nights.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from hypothesis import given
from hypothesis import strategies as st

from confsync.account.notifying import Notifier
from confsync.account.past_runs import open_history
from confsync.errors import ErrorResponse, NotAuthorised
from confsync.plan.drift_words import FAIL_ON_DEFAULT
from tests.campaigns import campaign
from tests.configurations import GeneratedConfiguration
from tests.harness import Harness, harness_of
from tests.receiver import Receiver, receiver

ROLES = ("agent", "clerk")
PERMISSIONS = ("sendMessage", "leaveConversation", "editOwnMessage")
CONFIGURATION = """
version: 1
services:
  desk:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
      clerk: {type: conversation, permissions: [sendMessage]}
"""

Weather = Literal["well", "no receiver", "no Twilio"]
NIGHTS = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(ROLES), st.integers(0, 2), max_size=2),
        st.sampled_from(["well", "well", "well", "no receiver", "no Twilio"]),
    ),
    min_size=5,
    max_size=8,
)
"""The changes before each night, as numbers of permissions, and what is down; 0 is what is declared."""


@dataclass
class World:
    """The account, and what the receiver knows: the value of each finding, and whether runs fail."""

    harness: Harness
    server: Receiver
    live: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ROLES, 0))
    reported: dict[str, int] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    knows_failure: bool = False

    def change(self, changes: dict[str, int]) -> None:
        """Change roles in Twilio."""
        for role, value in changes.items():
            path = self.harness.path(f"/Services/desk/Roles/{role}")
            assert self.harness.client.post(path, {"Permission": PERMISSIONS[: value + 1]}).status == 200
            if self.live[role] != value:
                self.changed.add(role)
            self.live[role] = value

    def run(self, weather: Weather) -> list[dict[str, Any]]:
        """Run the job of a night, and return what the receiver accepted."""
        harness = self.harness
        history = open_history(harness.folder / "drift.db")
        notifier = Notifier(["webhook"], history, {"CONFSYNC_WEBHOOK_URL": self.server.url})
        self.server.requests.clear()
        self.server.statuses = [404] if weather == "no receiver" else []
        if weather == "no Twilio":
            error = NotAuthorised(ErrorResponse("GET", "/v1/Configuration", 401))
            warnings = asyncio.run(notifier.notify_failure(harness.config(), error, error.hint))
        else:
            report = harness.account().drift().record(history)
            warnings = asyncio.run(notifier.notify_change(report, FAIL_ON_DEFAULT, 2))
        refused = weather == "no receiver" and bool(self.server.requests)
        assert [each.code for each in warnings] == (["CS4011"] if refused else [])
        return [] if refused else [json.loads(each.body) for each in self.server.requests]

    def check(self, received: list[dict[str, Any]], weather: Weather) -> None:
        """Compare what was accepted with what the receiver had to receive, and remember it."""
        if weather == "no Twilio":
            assert [each["event"] for each in received] == ([] if self.knows_failure else ["failing"])
            self.knows_failure = True
            return
        found = {role: value for role, value in self.live.items() if value}
        both = found.keys() & self.reported.keys()
        edited = {role for role in both if found[role] != self.reported[role]}
        if weather == "no receiver":
            assert received == []
            return
        if not received:
            assert (found.keys(), edited, self.knows_failure) == (self.reported.keys(), set(), False)
            return
        (document,) = received
        assert roles(document["new"]) == found.keys() - self.reported.keys()
        assert roles(document["repaired"]) == self.reported.keys() - found.keys()
        assert edited <= roles(document["edited"]) <= both & self.changed
        assert document["summary"]["open"] == len(found)
        differs = any(document[key] for key in ("new", "edited", "repaired"))
        assert document["event"] == ("recovered" if not differs else "drift" if found else "in_sync")
        assert differs or self.knows_failure
        self.reported, self.changed, self.knows_failure = found, set(), False


def roles(findings: list[dict[str, Any]]) -> set[str]:
    return {each["address"].rpartition("/")[2] for each in findings}


@campaign(3, 40)
@given(NIGHTS)
def test_a_receiver_is_notified_each_change_once(nights: list[tuple[dict[str, int], Weather]]) -> None:
    made = GeneratedConfiguration({"version": 1}, {})
    with receiver() as server, harness_of(made) as harness:
        assert not harness.apply(CONFIGURATION).errors
        world = World(harness, server)
        for changes, weather in nights:
            world.change(changes)
            world.check(world.run(weather), weather)
