"""No sequence of changes to keys, names and types creates a duplicate."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from confsync.apply.report import Status
from confsync.emulator.emulator import Emulator
from confsync.errors import Refused
from tests.campaigns import campaign
from tests.harness import Harness

KEYS = st.sampled_from("abcz")
NAMES = st.sampled_from(["x", "y", "a", "z"])
ROLE = st.fixed_dictionaries(
    {"type": st.sampled_from(["conversation", "service"]), "permissions": st.just(["addParticipant"])},
    optional={"friendly_name": NAMES},
)
SECRET = st.just("${{ env.PUSH_KEY }}")
CREDENTIAL = st.one_of(
    st.fixed_dictionaries({"type": st.just("fcm"), "secret": SECRET}, optional={"friendly_name": NAMES}),
    st.fixed_dictionaries({"type": st.just("gcm"), "api_key": SECRET}, optional={"friendly_name": NAMES}),
)


def apart(members: dict[str, dict[str, Any]]) -> bool:
    """Whether Twilio could tell them all apart."""
    keys = [(member.get("friendly_name", name), member.get("type")) for name, member in members.items()]
    return len(keys) == len(set(keys))


def collection(member: st.SearchStrategy[dict[str, Any]], most: int) -> st.SearchStrategy[dict[str, dict[str, Any]]]:
    return st.dictionaries(KEYS, member, max_size=most).filter(apart)


SERVICE = st.fixed_dictionaries({"roles": collection(ROLE, 3)}, optional={"friendly_name": NAMES})
CONFIGURATION = st.fixed_dictionaries(
    {"version": st.just(1), "services": collection(SERVICE, 2), "credentials": collection(CREDENTIAL, 3)}
)


def step(roles: dict[str, Any], service: str = "a") -> dict[str, Any]:
    """Write one service, which is called `a` in Twilio whatever its key is."""
    return {"version": 1, "services": {service: {"friendly_name": "a", "roles": roles}}, "credentials": {}}


CHAT: dict[str, Any] = {"type": "conversation", "permissions": ["addParticipant"]}
NAMED = {**CHAT, "friendly_name": "x"}
MOVED = [step({"a": NAMED}), step({"b": NAMED}), step({"a": CHAT, "b": NAMED})]
MOVED_SERVICE = [step({"a": CHAT}), step({"a": CHAT}, "b"), step({"b": CHAT}, "c")]
SWAPPED = [step({"a": NAMED, "b": CHAT}), step({"b": NAMED, "a": {**CHAT, "friendly_name": "b"}})]


@campaign(sample=8, at_length=1_000)
@example(MOVED)
@example(MOVED_SERVICE)
@example(SWAPPED)
@given(st.lists(CONFIGURATION, min_size=2, max_size=5))
def test_every_step_converges_without_a_twin_or_is_refused(steps: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        harness = Harness(Path(folder), emulator)
        for each in steps:
            take(harness, json.dumps(each))


def take(harness: Harness, text: str) -> None:
    try:
        report = harness.apply(text)
    except Refused:
        assert harness.writes == []
        return
    assert {each.status for each in report.outcomes} <= {Status.DONE}
    assert twins(harness) == []
    after = harness.plan()
    assert (after.empty, after.summary, after.guardrails) == (True, {}, ())
    seen = {each.sid for each in after.orphaned} | {change.sid for change in after.changes}
    assert harness.ledger is None or {each.sid for each in harness.ledger.entries} <= seen | {None}


def twins(harness: Harness) -> list[tuple[str, ...]]:
    """Live things that a person could not tell apart. Not credentials: Twilio can rename those, over an orphan too."""
    found: list[tuple[str, ...]] = []
    for service in listed(harness, "/Services"):
        found.append(("Services", service["friendly_name"]))
        roles = listed(harness, f"/Services/{service['sid']}/Roles")
        found += [(service["sid"], each["friendly_name"], each["type"]) for each in roles]
    return sorted({each for each in found if found.count(each) > 1})


def listed(harness: Harness, path: str) -> list[dict[str, Any]]:
    members: list[dict[str, Any]] = harness.client.get(path).body[path.rpartition("/")[2].lower()]
    return members


OLD = {"a": "w", "b": "x", "c": "y", "d": "z"}
RENAMED = st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["u", "v", "w", "x", "y", "z"])).filter(
    lambda names: len(set(names.values())) == len(names)
)


def rooms(names: dict[str, str]) -> str:
    conversations = {key: {"unique_name": name} for key, name in names.items()}
    service = {"lifecycle": {"prune": ["conversations"]}, "conversations": conversations}
    return json.dumps({"version": 1, "services": {"desk": service}})


@campaign(sample=8, at_length=1_000)
@example({"a": "x", "b": "y", "c": "u"})
@example({"a": "x", "b": "w", "c": "y", "d": "z"})
@example({"a": "x", "e": "w"})
@example({"b": "w", "c": "x"})
@given(RENAMED)
def test_no_names_make_a_plan_delete_or_orphan_what_is_still_declared(names: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        harness = Harness(Path(folder), emulator)
        harness.apply(rooms(OLD))
        assert harness.ledger
        sids = {each.address.key: each.sid for each in harness.ledger.entries}
        plan = harness.plan(rooms(names))
        lost = {each.sid for each in plan.changes if each.deletes} | {each.sid for each in plan.orphaned}
        assert lost.isdisjoint(sids[key] for key in names.keys() & OLD.keys())
        if plan.guardrails:
            assert {each.rule for each in plan.guardrails} <= {"ambiguous", "deletes"}
            return
        assert {each.status for each in harness.apply().outcomes} <= {Status.DONE}
        assert harness.plan().empty
