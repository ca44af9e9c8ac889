"""Conversations: read by name, changed in place, rested by timers, and past all changes once they are closed."""

import json
from datetime import timedelta

import httpx
import pytest

from confsync.apply.report import Status
from confsync.errors import Refused
from confsync.plan.plan import Plan
from tests.harness import (
    Harness,
    InterceptingTransport,
    change_lines,
    json_response,
    ledger_differences,
    left_alone_lines,
    outcome_lines,
    plan_lines,
)

LOUNGE = "services/support/conversations/lounge"


def lounge(fields: str = "") -> str:
    """A service with one conversation, whose fields are written in flow style."""
    return f"version: 1\nservices:\n  support:\n    conversations:\n      lounge: {{{fields}}}\n"


def warnings(plan: Plan) -> list[str]:
    return [f"{each.code} {each.summary}" for each in plan.warnings]


def test_conversations_and_users_are_read_one_by_one_and_never_listed(harness: Harness) -> None:
    both = lounge() + "    users:\n      alice: {}\n"
    harness.apply(both)
    service = harness.path("/Services/support").rpartition("/")[2]
    with harness.emulator.seeding() as seeds:
        seeds.conversations(service, 200)
        seeds.users(service, 200)
    harness.plan()
    read = [each.path.split("/v1/")[-1].split("/") for each in harness.emulator.log]
    collections = [steps[-1] for steps in read if len(steps) == 3]
    assert collections == []
    assert sorted(steps[2] for steps in read if len(steps) == 4) == ["Conversations", "Users"]

    harness.ledger_path.unlink()
    assert plan_lines(harness.plan()) == [
        "adopt services/support",
        f"adopt {LOUNGE}",
        "adopt services/support/users/alice",
    ]


def test_a_changed_unique_name_of_an_owned_conversation_is_an_update(harness: Harness) -> None:
    harness.apply(lounge())
    sid = harness.live("/Services/support/Conversations/lounge")["sid"]
    assert plan_lines(harness.plan(lounge("unique_name: saloon"))) == [f"update {LOUNGE} unique_name:lounge->saloon"]
    harness.apply()
    assert harness.live("/Services/support/Conversations/saloon")["sid"] == sid
    assert plan_lines(harness.plan()) == []


def test_a_name_that_a_stranger_has_meanwhile_is_not_taken_from_them(harness: Harness) -> None:
    harness.apply(lounge())
    harness.client.post(harness.path("/Services/support/Conversations"), {"UniqueName": "saloon"})
    lines = plan_lines(harness.plan(lounge("unique_name: saloon")))
    assert [each for each in lines if each.startswith("!")] == [f"! ambiguous {LOUNGE}"]
    with pytest.raises(Refused, match="another conversation has the unique_name of"):
        harness.apply()
    harness.client.delete(harness.path("/Services/support/Conversations/saloon"))
    assert set(harness.apply().counts) == {Status.DONE}


def test_two_conversations_that_exchange_their_names_stay_what_they_are(harness: Harness) -> None:
    def two(a: str, b: str) -> str:
        return f"{lounge()}      x: {{unique_name: {a}}}\n      y: {{unique_name: {b}}}\n"

    harness.apply(two("one", "two"))
    assert change_lines(harness.plan(two("two", "one"))) == [
        "move services/support/conversations/x",
        "move services/support/conversations/y",
    ]
    harness.apply()
    assert harness.writes == []


def test_a_conversation_deleted_by_hand_is_made_again(harness: Harness) -> None:
    harness.apply(lounge())
    harness.client.delete(harness.path("/Services/support/Conversations/lounge"))
    assert plan_lines(harness.plan()) == [f"create {LOUNGE} unique_name:None->lounge"]
    harness.apply()
    assert plan_lines(harness.plan()) == []


def test_what_is_owned_and_no_longer_declared_is_orphaned_until_it_is_gone(harness: Harness) -> None:
    harness.apply(lounge())
    other = "version: 1\nservices: {support: {conversations: {}}}\n"
    sid = harness.live("/Services/support/Conversations/lounge")["sid"]
    assert left_alone_lines(harness.plan(other)) == [f"orphaned {LOUNGE} {sid}"]
    harness.client.delete(harness.path("/Services/support/Conversations/lounge"))
    assert left_alone_lines(harness.plan(other)) == []


def test_timers_are_sent_once_together_with_the_state_that_twilio_requires(harness: Harness) -> None:
    text = lounge("timers: {inactive: PT5M, closed: P1D}")
    harness.apply(text)
    assert harness.writes[-1] == "POST Services/…/Conversations UniqueName State Timers.Inactive Timers.Closed"
    harness.apply()
    assert harness.writes == []

    same = lounge("timers: {inactive: PT300S, closed: PT24H}")
    assert plan_lines(harness.plan(same)) == []
    changed = lounge("timers: {inactive: PT6M, closed: P1D}")
    harness.apply(changed)
    assert harness.writes == ["POST Services/…/Conversations/… Timers.Inactive"]
    harness.apply()
    assert harness.writes == []


def test_timers_are_sent_once_more_where_the_ledger_is_lost(harness: Harness) -> None:
    harness.apply(lounge("timers: {closed: P1D}"))
    harness.ledger_path.unlink()
    harness.apply()
    assert harness.writes == ["POST Services/…/Conversations/… Timers.Closed"]
    harness.apply()
    assert harness.writes == []


def test_a_timer_that_moves_on_is_no_drift(harness: Harness) -> None:
    harness.apply(lounge("timers: {inactive: PT5M, closed: P7D}"))
    harness.emulator.clock.advance(timedelta(minutes=6))
    assert harness.live("/Services/support/Conversations/lounge")["state"] == "inactive"
    assert plan_lines(harness.plan()) == []


def test_a_timer_that_expires_does_not_change_the_ledger(harness: Harness) -> None:
    harness.apply(lounge("friendly_name: Lounge, timers: {inactive: PT5M}"))
    ledger = harness.ledger
    harness.emulator.clock.advance(timedelta(minutes=6))
    harness.apply()
    assert ledger_differences(ledger, harness.ledger) == []


def test_the_state_is_left_alone_unless_it_is_declared(harness: Harness) -> None:
    harness.apply(lounge())
    harness.client.post(harness.path("/Services/support/Conversations/lounge"), {"State": "inactive"})
    assert plan_lines(harness.plan()) == []
    assert plan_lines(harness.plan(lounge("state: active"))) == [f"update {LOUNGE} state:inactive->active"]


def test_a_closed_conversation_causes_a_warning_and_no_write(harness: Harness) -> None:
    harness.apply(lounge("friendly_name: Lounge"))
    harness.client.post(harness.path("/Services/support/Conversations/lounge"), {"State": "closed"})
    assert plan_lines(harness.plan()) == []
    assert warnings(harness.plan()) == []

    plan = harness.plan(lounge("friendly_name: Saloon, participants: {p: {identity: alice}}"))
    assert plan_lines(plan) == []
    assert warnings(plan) == [
        f"CS4002 {LOUNGE} differs, and it is closed in Twilio, which allows no further change",
        f"CS4002 {LOUNGE}/participants/p differs, and {LOUNGE} is closed in Twilio, which allows no further change",
    ]
    assert [each.detail for each in plan.warnings] == ["write another unique_name, or remove this", "remove its block"]
    report = harness.apply()
    assert harness.writes == []
    assert outcome_lines(report) == []


@pytest.mark.parametrize("timers", ["", ", timers: {closed: P1D}"])
def test_a_conversation_is_closed_right_after_it_is_made(harness: Harness, timers: str) -> None:
    harness.apply(lounge("state: closed, participants: {p: {identity: alice}}" + timers))
    assert harness.live("/Services/support/Conversations/lounge")["state"] == "closed"
    assert [each.split(" State")[0] for each in harness.writes[1:]] == [
        "POST Services/…/Conversations UniqueName",
        "POST Services/…/Conversations/…",
    ]
    harness.apply()
    assert harness.writes == []


def test_attributes_are_compared_by_content(harness: Harness) -> None:
    harness.apply(lounge("attributes: {floor: 2, tags: [a, b], seen: null}"))
    path = harness.path("/Services/support/Conversations/lounge")
    harness.client.post(path, {"Attributes": '{ "seen" : null, "tags":["a","b"], "floor": 2.0 }'})
    assert plan_lines(harness.plan()) == []

    harness.client.post(path, {"Attributes": '{"floor": 3, "tags": ["a"], "odd": true}'})
    (change,) = (each for each in harness.plan().changes if each.actions)
    (difference,) = change.differences
    assert [(each.path, each.before, each.after) for each in difference.parts] == [
        ("floor", "3", "2"),
        ("odd", "true", None),
        ("seen", None, "null"),
        ("tags.1", None, '"b"'),
    ]
    harness.apply()
    assert plan_lines(harness.plan()) == []


def test_attributes_are_cleared_to_an_empty_mapping(harness: Harness) -> None:
    harness.apply(lounge("attributes: {floor: 2}"))
    for cleared in ("attributes: {}", "attributes: null"):
        harness.apply(lounge(cleared))
        assert harness.live("/Services/support/Conversations/lounge")["attributes"] == "{}"
        assert plan_lines(harness.plan()) == []


def test_attributes_that_are_too_long_are_refused_before_anything_is_sent(harness: Harness) -> None:
    long = "x" * 16_384
    assert harness.mistakes(lounge(f"attributes: {{a: {long}}}")) == [
        "confsync.yaml:5:28 CS2005 'attributes' can have at most 16,384 bytes as JSON"
    ]
    assert harness.mistakes(lounge(f"attributes: {{a: {long[:16_376]}}}")) == []


def test_an_email_binding_reads_back_under_another_name(harness: Harness) -> None:
    harness.apply(lounge("bindings: {email: {address: desk@example.com, name: Desk}}"))
    assert harness.writes[-1].endswith("Bindings.Email.Address Bindings.Email.Name")
    assert plan_lines(harness.plan()) == []


def two(*, x: str, y: str) -> str:
    """Two conversations with a webhook each."""
    hook = "webhooks: {w: {target: studio, configuration: {flow_sid: FW" + "0" * 32 + "}}}"
    return (
        "version: 1\nservices:\n  support:\n    conversations:\n"
        f"      x: {{unique_name: {x}, {hook}}}\n      y: {{unique_name: {y}, {hook}}}\n"
    )


def test_what_is_in_two_conversations_stays_ours_when_they_exchange_their_names(harness: Harness) -> None:
    harness.apply(two(x="one", y="two"))
    before = harness.ledger
    harness.apply(two(x="two", y="one"))
    after = harness.ledger
    assert before
    assert after
    assert {each.sid for each in after.entries} == {each.sid for each in before.entries}
    assert {each.origin for each in after.entries} == {"created"}
    assert plan_lines(harness.plan()) == []


def test_names_that_move_on_from_key_to_key_leave_every_conversation_at_its_key(harness: Harness) -> None:
    harness.apply(two(x="one", y="two"))
    sids = [harness.live(f"/Services/support/Conversations/{name}")["sid"] for name in ("one", "two")]
    plan = harness.plan(two(x="two", y="three"))
    assert plan_lines(plan) == [
        "update services/support/conversations/x unique_name:one->two",
        "update services/support/conversations/y unique_name:two->three",
    ]
    assert {each.status for each in harness.apply().outcomes} == {Status.DONE}
    assert [harness.live(f"/Services/support/Conversations/{name}")["sid"] for name in ("two", "three")] == sids
    assert plan_lines(harness.plan()) == []


def test_conversations_that_adopt_each_other_cannot_exchange_their_names(harness: Harness) -> None:
    harness.apply(two(x="one", y="two"))
    one, other = (harness.live(f"/Services/support/Conversations/{name}")["sid"] for name in ("one", "two"))
    home = "services/support/conversations"
    swapped = f"{two(x='one', y='two')}adopt: {{{home}/x: {other}, {home}/y: {one}}}\n"
    blocked = [each for each in plan_lines(harness.plan(swapped)) if each.startswith("!")]
    assert blocked == [f"! ambiguous {home}/x", f"! ambiguous {home}/y"]
    with pytest.raises(Refused, match=f"another conversation has the unique_name of {home}/x: {one}") as refused:
        harness.apply()
    assert "first apply a configuration that gives the other conversation a unique_name that" in refused.value.hint
    assert harness.writes == []
    assert [each for each in plan_lines(harness.plan()) if each.startswith("!")] == blocked
    exchanged = swapped.replace("one", "three").replace("two", "one").replace("three", "two")
    assert [each.split(" ")[0] for each in change_lines(harness.plan(exchanged))] == ["move"] * 2
    harness.apply()
    assert harness.writes == []
    assert plan_lines(harness.plan()) == []
    assert [each for each in plan_lines(harness.plan(swapped)) if each.startswith("!")] == blocked


def test_a_service_and_a_conversation_in_it_may_go_by_other_names_at_once(harness: Harness) -> None:
    harness.apply(two(x="one", y="two"))
    renamed = two(x="one", y="three").replace("  support:\n", "  help:\n    friendly_name: support\n")
    assert change_lines(harness.plan(renamed)) == [
        "move services/help",
        "update services/help/conversations/y unique_name:two->three",
    ]
    harness.apply()
    assert plan_lines(harness.plan()) == []


def test_a_closed_conversation_makes_room_under_its_key_for_one_of_another_name(harness: Harness) -> None:
    harness.apply(lounge())
    harness.client.post(harness.path("/Services/support/Conversations/lounge"), {"State": "closed"})
    plan = harness.plan(lounge("unique_name: lounge 2"))
    assert change_lines(plan) == [f"create {LOUNGE} unique_name:None->lounge 2"]
    harness.apply()
    assert change_lines(harness.plan()) == []


def test_a_timer_that_was_not_sent_to_a_closed_conversation_stays_told_of(harness: Harness) -> None:
    harness.apply(lounge("timers: {closed: P1D}"))
    harness.client.post(harness.path("/Services/support/Conversations/lounge"), {"State": "closed"})
    harness.apply(lounge("timers: {closed: P2D}"))
    assert len(warnings(harness.plan())) == 1


def test_a_level_in_a_closed_conversation_blocks_nothing(harness: Harness) -> None:
    harness.apply(lounge())
    harness.client.post(harness.path("/Services/support/Conversations/lounge"), {"State": "closed"})
    plan = harness.plan(lounge() + "    users: {bob: {notification_levels: {lounge: muted}}}\n")
    assert plan_lines(plan) == ["create services/support/users/bob identity:None->bob"]
    assert len(warnings(plan)) == 1


def test_a_state_that_is_ignored_ends_nothing(harness: Harness) -> None:
    harness.apply(lounge())
    text = lounge("state: closed, lifecycle: {ignore: [state]}, participants: {p: {identity: alice}}")
    assert change_lines(harness.plan(text)) == [f"create {LOUNGE}/participants/p identity:None->alice"]


JSON_BEFORE = '{"__owner": "bob", "list": [1, 2], "same": 1, "one": true}'
JSON_AFTER = "{__owner: mallory, list: [true, 2], same: 1, one: 1}"


def test_no_change_within_attributes_goes_unshown(harness: Harness) -> None:
    harness.apply(lounge())
    path = harness.path("/Services/support/Conversations/lounge")
    harness.client.post(path, {"Attributes": JSON_BEFORE})
    (change,) = (each for each in harness.plan(lounge(f"attributes: {JSON_AFTER}")).changes if each.actions)
    assert [(each.path, each.before, each.after) for each in change.differences[0].parts] == [
        ("__owner", '"bob"', '"mallory"'),
        ("list.0", "1", "true"),
        ("one", "true", "1"),
    ]


def test_attributes_that_are_no_json_differ_and_stop_nothing(harness: Harness) -> None:
    """Twilio takes JSON only; should it ever tell anything else, that is put right like any other difference."""
    harness.transport = Garbled(harness.emulator)
    harness.apply(lounge())
    assert plan_lines(harness.plan()) == []
    assert plan_lines(harness.plan(lounge("attributes: {a: 1}"))) == [f'update {LOUNGE} attributes:"{{bad"->{{"a":1}}']


class Garbled(InterceptingTransport):
    """Garbles attributes."""

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = json.loads(await response.aread())
        return json_response(
            request, response.status_code, body | ({"attributes": "{bad"} if "attributes" in body else {})
        )


def test_what_is_in_a_conversation_that_this_plan_closes_is_told_of(harness: Harness) -> None:
    harness.apply(lounge("participants: {p: {identity: alice}}"))
    plan = harness.plan(lounge('state: closed, participants: {p: {identity: alice, attributes: {a: "1"}}}'))
    assert change_lines(plan) == [f"update {LOUNGE} state:active->closed"]
    (warning,) = warnings(plan)
    assert "this configuration closes the resource that contains it" in warning


def test_a_conversation_that_could_not_be_closed_is_known_all_the_same(harness: Harness) -> None:
    harness.transport = NeverClosed(harness.emulator)
    (_, outcome) = harness.apply(lounge("state: closed")).outcomes
    assert (str(outcome.status), outcome.wrote) == ("failed", True)
    assert outcome.sid == harness.live("/Services/support/Conversations/lounge")["sid"]
    harness.transport = None
    assert plan_lines(harness.plan()) == [f"update {LOUNGE} state:active->closed"]


class NeverClosed(InterceptingTransport):
    """Refuses to close."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if b"State=closed" in await request.aread():
            return json_response(request, 400, {"code": 50374, "status": 400, "message": "no"})
        return None
