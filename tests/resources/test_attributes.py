"""Attributes of which only some keys are set and removed: applications keep the others."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.codecs import JsonEdit, JsonText, is_json_edit, json_edit_of
from tests.harness import Harness, change_lines, outcome_lines, plan_lines

PATHS = {
    "users/alice": "/Services/support/Users/alice",
    "conversations/lounge": "/Services/support/Conversations/lounge",
}
EDIT = "{add: {team: night, shifts: [1, {from: null}]}, remove: [old]}"


def desk(attributes: str) -> str:
    """A service in which a user, a conversation and a participant have the same attributes."""
    return f"""version: 1
services:
  support:
    users: {{alice: {{attributes: {attributes}}}}}
    conversations:
      lounge:
        attributes: {attributes}
        participants: {{first: {{identity: alice, attributes: {attributes}}}}}
"""


def attributes(harness: Harness, path: str) -> object:
    found: object = json.loads(harness.live(path)["attributes"])
    return found


def set_by_an_application(harness: Harness, text: str) -> None:
    for path in PATHS.values():
        harness.client.post(harness.path(path), {"Attributes": text})


def test_a_create_sends_what_is_added(harness: Harness) -> None:
    harness.apply(desk(EDIT))
    for path in PATHS.values():
        assert attributes(harness, path) == {"team": "night", "shifts": [1, {"from": None}]}
    assert plan_lines(harness.plan()) == []


def test_an_update_leaves_other_keys_alone(harness: Harness) -> None:
    harness.apply(desk("{}"))
    set_by_an_application(harness, '{"seen": 7, "old": true, "team": "day"}')
    plan = harness.plan(desk(EDIT))
    (user, _, _) = (each for each in plan.changes if each.actions)
    (difference,) = user.differences
    assert [(each.path, each.before, each.after) for each in difference.parts] == [
        ("old", "true", None),
        ("shifts", None, '[1,{"from":null}]'),
        ("team", '"day"', '"night"'),
    ]
    harness.apply()
    for path in PATHS.values():
        assert attributes(harness, path) == {"seen": 7, "team": "night", "shifts": [1, {"from": None}]}
    assert plan_lines(harness.plan()) == []


def test_what_an_application_writes_elsewhere_is_no_difference_and_what_it_takes_is_put_back(harness: Harness) -> None:
    harness.apply(desk(EDIT))
    set_by_an_application(harness, '{"shifts": [1, {"from": null}], "team": "night", "mine": {"x": 1}}')
    assert plan_lines(harness.plan()) == []
    set_by_an_application(harness, '{"mine": 1, "team": "day", "shifts": [1, {"from": null}]}')
    put_back = '"shifts":[1,{"from":null}],"team":"night"}'
    assert [line.endswith(put_back) for line in change_lines(harness.plan())] == [True, True]


def test_what_an_application_writes_between_plan_and_apply_stays(harness: Harness) -> None:
    harness.apply(desk("{}"))
    harness.apply(desk(EDIT), meanwhile=lambda _: set_by_an_application(harness, '{"late": 1}'))
    for path in PATHS.values():
        assert attributes(harness, path) == {"late": 1, "team": "night", "shifts": [1, {"from": None}]}
    assert plan_lines(harness.plan()) == []


def test_a_value_that_is_no_mapping_is_never_replaced(harness: Harness) -> None:
    harness.apply(desk("{}"))
    report = harness.apply(desk(EDIT), meanwhile=lambda _: set_by_an_application(harness, "[1]"))
    assert not [line for line in outcome_lines(report) if line.startswith("done")]
    assert attributes(harness, PATHS["users/alice"]) == [1]
    plan = harness.plan()
    assert {each.text for each in plan.guardrails} == {
        f"attributes of services/support/{name} cannot be edited: it is not a mapping in Twilio, so it has no keys"
        for name in PATHS
    }


def test_an_edit_that_makes_the_value_too_large_is_blocked(harness: Harness) -> None:
    text = "version: 1\nservices: {support: {conversations: {lounge: {attributes: {add: {x: 1}}}}}}\n"
    harness.apply(text)
    path = harness.path(PATHS["conversations/lounge"])
    harness.client.post(path, {"Attributes": json.dumps({"mine": "x" * 16_370})})
    (guardrail,) = harness.plan().guardrails
    assert "it would have 16,387 of at most 16,384 bytes then" in guardrail.text


@pytest.mark.parametrize(
    ("text", "edits"),
    [
        ("{add: {x: 1}}", True),
        ("{remove: [x]}", True),
        ("{add: {x: 1}, remove: [y]}", True),
        ("{add: 1}", False),
        ("{remove: x}", False),
        ("{add: [x]}", False),
        ("{add: {x: 1}, remove: {}}", False),
        ("{add: {x: 1}, other: 1}", False),
    ],
)
def test_only_a_mapping_of_additions_and_a_list_of_removals_are_an_edit(
    harness: Harness, text: str, *, edits: bool
) -> None:
    (_, desired) = harness.config(
        f"version: 1\nservices: {{s: {{users: {{a: {{attributes: {text}}}}}}}}}\n"
    ).resources.values()
    assert isinstance(desired.fields["attributes"], JsonEdit) is edits


KEYS = st.text("abc", min_size=1, max_size=1)
MAPPINGS = st.dictionaries(KEYS, st.none() | st.booleans() | st.integers() | st.lists(st.integers()), max_size=3)


@given(live=MAPPINGS, add=MAPPINGS, remove=st.lists(KEYS, max_size=2))
def test_an_edit_changes_its_keys_and_doing_it_twice_is_doing_it_once(
    live: dict[str, object], add: dict[str, object], remove: list[str]
) -> None:
    written = {"add": add, "remove": [each for each in remove if each not in add]}
    assert is_json_edit(written)
    edit = json_edit_of(written)
    once = edit.over(JsonText().normalize(live))
    assert edit.over(once) == once
    after = json.loads(once or "{}")
    named = {*add, *written["remove"]}
    assert {name: value for name, value in after.items() if name not in named} == {
        name: value for name, value in live.items() if name not in named
    }
    assert all(name in after and after[name] == value for name, value in add.items())
    assert not any(name in after for name in written["remove"])
