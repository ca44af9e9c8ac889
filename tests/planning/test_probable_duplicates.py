"""What a create made a second time, too late for the apply to see it: the next plan says so."""

from datetime import timedelta
from typing import Any

import pytest

from confsync.cli.verdict import exit_of_drift, exit_of_plan
from confsync.exit_codes import ExitCode
from confsync.model import Kind
from confsync.plan.drift_words import FAIL_ON_DEFAULT
from confsync.plan.intent import Intent, Selection
from confsync.planning.drift import compare_three_ways
from confsync.planning.probable_duplicates import CREATED_TOGETHER, may_have_duplicates
from confsync.resources import KINDS, children_of
from tests.harness import Harness, plan_lines
from tests.planning.late_commit import SECONDS_LATE, apply_with_late_commit

DESK = """
version: 1
services:
  desk:
    roles:
      agent: {type: conversation, permissions: [sendMessage]}
"""
ROLES = "/v1/Services/*/Roles"
FORM: dict[str, Any] = {"FriendlyName": "agent", "Type": "conversation", "Permission": "sendMessage"}
HOOK = {"Target": "webhook", "Configuration.Url": "https://example.com/x", "Configuration.Filters": "onMessageAdded"}
WITH_HOOK = """
version: 1
services:
  desk:
    conversations:
      lounge:
        webhooks:
          mine: {target: webhook, configuration: {url: "https://example.com/x", filters: [onMessageAdded]}}
"""
TWICE = {
    "service": ("version: 1\nservices: {desk: {}}\n", "/v1/Services"),
    "role": (DESK, ROLES),
    "credential": ('version: 1\ncredentials: {ios: {type: fcm, secret: "${{ env.PUSH_KEY }}"}}\n', "/v1/Credentials"),
    "conversation webhook": (WITH_HOOK, "/v1/Services/*/Conversations/*/Webhooks"),
}


def another(harness: Harness, **fields: str) -> str:
    return harness.client.made(harness.path("/Services/desk/Roles"), {**FORM, **fields})


def test_every_kind_of_which_a_plan_can_see_two_has_a_row() -> None:
    assert {each.title for each in KINDS if may_have_duplicates(each)} == set(TWICE)


@pytest.mark.parametrize("kind", TWICE)
def test_the_next_plan_shows_what_a_late_commit_made(harness: Harness, kind: str) -> None:
    text, path = TWICE[kind]
    apply_with_late_commit(harness, text, path)
    plan = harness.plan()
    (found,) = plan.probable_duplicates
    assert harness.ledger
    assert [harness.ledger.owner[found.sid].address] == [found.address]
    assert found.duplicate_sid not in harness.ledger.owner
    assert found.collection.key == f"{found.address[-2]}"
    assert plan_lines(plan) == [f"duplicate {found.address}"]
    assert plan.warnings == ()


def test_it_counts_as_drift_and_blocks_nothing(harness: Harness) -> None:
    apply_with_late_commit(harness, DESK, ROLES)
    plan = harness.plan()
    assert (plan.empty, plan.applyable, plan.differs) == (True, True, False)
    assert exit_of_drift(compare_three_ways(plan), FAIL_ON_DEFAULT).code is ExitCode.CHANGES
    assert exit_of_plan(plan).code is ExitCode.DONE
    assert harness.apply().exit_code is ExitCode.DONE
    assert harness.writes == []


def test_it_costs_no_request(harness: Harness) -> None:
    harness.apply(DESK)
    before = harness.plan().reads
    another(harness)
    plan = harness.plan()
    assert (plan.reads, len(plan.probable_duplicates)) == (before, 1)


@pytest.mark.parametrize(
    ("fields", "seconds", "duplicates"),
    [
        pytest.param({}, SECONDS_LATE, 1, id="equal, and soon after"),
        pytest.param({}, CREATED_TOGETHER.seconds, 1, id="equal, at the end of the window"),
        pytest.param({}, CREATED_TOGETHER.seconds + 1, 0, id="equal, and too late"),
        pytest.param({"Permission": "leaveConversation"}, 5, 0, id="other permissions"),
        pytest.param({"FriendlyName": "clerk"}, 5, 0, id="another name"),
        pytest.param({"Type": "service", "Permission": "joinConversation"}, 5, 0, id="another type"),
    ],
)
def test_a_duplicate_is_equal_and_created_within_minutes(
    harness: Harness, fields: dict[str, str], seconds: int, duplicates: int
) -> None:
    harness.stop_clock()
    harness.apply(DESK)
    harness.emulator.clock.advance(timedelta(seconds=seconds))
    another(harness, **fields)
    plan = harness.plan()
    same_name = not duplicates and fields.keys() <= {"Permission"}
    assert len(plan.probable_duplicates) == duplicates
    assert [each.code for each in plan.warnings] == (["CS4007"] if same_name else [])
    assert len([each for each in plan_lines(plan) if each.startswith("unmanaged")]) == 1 - duplicates


def test_an_equal_resource_of_a_kind_that_confsync_does_not_own_is_no_duplicate(harness: Harness) -> None:
    harness.apply("version: 1\nservices: {desk: {}}\n")
    for _ in range(2):
        another(harness)
    assert harness.plan("version: 1\nservices: {desk: {roles: {}}}\n").probable_duplicates == ()


def test_the_duplicate_of_a_resource_that_is_no_longer_declared_is_found_too(harness: Harness) -> None:
    harness.apply(DESK)
    other = another(harness)
    plan = harness.plan("version: 1\nservices: {desk: {roles: {}}}\n")
    assert [each.duplicate_sid for each in plan.probable_duplicates] == [other]
    assert [str(each.address) for each in plan.orphaned] == ["services/desk/roles/agent"]


def test_a_forgotten_resource_is_no_duplicate(harness: Harness) -> None:
    both = DESK + "      twin: {friendly_name: agent, type: conversation, permissions: [sendMessage]}\n"
    harness.apply(DESK)
    other = another(harness)
    harness.apply(f"{both}adopt: {{services/desk/roles/twin: {other}}}\n")
    assert harness.plan(f"{DESK}forget: [services/desk/roles/twin]\n").probable_duplicates == ()


def test_a_partial_plan_shows_only_the_duplicates_of_its_part(harness: Harness) -> None:
    harness.apply(DESK + "      clerk: {type: conversation, permissions: [sendMessage]}\n")
    another(harness)
    for target, found in (("services/desk/roles/clerk", 0), ("services/desk/roles/agent", 1)):
        harness.intent = Intent(selection=Selection(targets=(target,)))
        assert len(harness.plan().probable_duplicates) == found


def test_a_duplicate_service_counts_among_those_that_nobody_manages(harness: Harness) -> None:
    harness.apply("version: 1\nservices: {desk: {}}\n")
    before = {each.section: each.number for each in harness.plan().unmanaged_counts}
    harness.client.made("/Services", {"FriendlyName": "desk"})
    plan = harness.plan()
    assert len(plan.probable_duplicates) == 1
    assert {each.section: each.number for each in plan.unmanaged_counts}["services"] == before["services"] + 1


def kinds_read_by_name(kind: Kind) -> list[Kind]:
    return [each for each in children_of(kind) if each.read_by_name]


def test_the_blast_radius_counts_every_kind_that_a_repair_cannot_list() -> None:
    """A repair lists the other kinds in a duplicate itself."""
    for kind in (each for each in KINDS if may_have_duplicates(each)):
        counted = {getattr(each, "what", None) for each in kind.dependents}
        assert {each.title for each in kinds_read_by_name(kind)} <= counted
