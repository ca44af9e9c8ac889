"""Conversations: read by name, changed in place, rested by timers, and past all changes once they are closed."""

import json
from datetime import timedelta

import httpx
import pytest

from confsync.plan.plan import Plan
from tests.harness import Between, Workshop, changes, endings, left_alone, says, told

LOUNGE = "services/support/conversations/lounge"


def lounge(fields: str = "") -> str:
    """A service with one conversation, whose fields are written in flow style."""
    return f"version: 1\nservices:\n  support:\n    conversations:\n      lounge: {{{fields}}}\n"


def warnings(plan: Plan) -> list[str]:
    return [f"{each.code} {each.summary}" for each in plan.warnings]


def test_conversations_and_users_are_read_one_by_one_and_never_listed(workshop: Workshop) -> None:
    both = lounge() + "    users:\n      alice: {}\n"
    workshop.apply(both)
    service = workshop.path("/Services/support").rpartition("/")[2]
    with workshop.emulator.seeding() as seeds:
        seeds.conversations(service, 200)
        seeds.users(service, 200)
    workshop.plan()
    read = [each.path.split("/v1/")[-1].split("/") for each in workshop.emulator.log]
    collections = [steps[-1] for steps in read if len(steps) == 3]
    assert collections == []
    assert sorted(steps[2] for steps in read if len(steps) == 4) == ["Conversations", "Users"]

    workshop.ledger_path.unlink()
    assert told(workshop.plan()) == ["adopt services/support", f"adopt {LOUNGE}", "adopt services/support/users/alice"]


def test_a_changed_unique_name_of_an_owned_conversation_is_an_update(workshop: Workshop) -> None:
    workshop.apply(lounge())
    sid = workshop.live("/Services/support/Conversations/lounge")["sid"]
    assert told(workshop.plan(lounge("unique_name: saloon"))) == [f"update {LOUNGE} unique_name:lounge->saloon"]
    workshop.apply()
    assert workshop.live("/Services/support/Conversations/saloon")["sid"] == sid
    assert told(workshop.plan()) == []


def test_a_name_that_a_stranger_has_meanwhile_is_not_taken_from_them(workshop: Workshop) -> None:
    workshop.apply(lounge())
    workshop.client.post(workshop.path("/Services/support/Conversations"), {"UniqueName": "saloon"})
    assert told(workshop.plan(lounge("unique_name: saloon"))) == [f"! ambiguous {LOUNGE}"]


def test_two_conversations_that_exchange_their_names_stay_what_they_are(workshop: Workshop) -> None:
    def two(a: str, b: str) -> str:
        return f"{lounge()}      x: {{unique_name: {a}}}\n      y: {{unique_name: {b}}}\n"

    workshop.apply(two("one", "two"))
    assert changes(workshop.plan(two("two", "one"))) == [
        "move services/support/conversations/x",
        "move services/support/conversations/y",
    ]
    workshop.apply()
    assert workshop.writes == []


def test_a_conversation_deleted_by_hand_is_made_again(workshop: Workshop) -> None:
    workshop.apply(lounge())
    workshop.client.delete(workshop.path("/Services/support/Conversations/lounge"))
    assert told(workshop.plan()) == [f"create {LOUNGE} unique_name:None->lounge"]
    workshop.apply()
    assert told(workshop.plan()) == []


def test_what_is_owned_and_no_longer_declared_is_orphaned_until_it_is_gone(workshop: Workshop) -> None:
    workshop.apply(lounge())
    other = "version: 1\nservices: {support: {conversations: {}}}\n"
    sid = workshop.live("/Services/support/Conversations/lounge")["sid"]
    assert left_alone(workshop.plan(other)) == [f"orphaned {LOUNGE} {sid}"]
    workshop.client.delete(workshop.path("/Services/support/Conversations/lounge"))
    assert left_alone(workshop.plan(other)) == []


def test_timers_are_sent_once_with_the_state_that_twilio_wants_beside_them(workshop: Workshop) -> None:
    text = lounge("timers: {inactive: PT5M, closed: P1D}")
    workshop.apply(text)
    assert workshop.writes[-1] == "POST Services/…/Conversations UniqueName State Timers.Inactive Timers.Closed"
    workshop.apply()
    assert workshop.writes == []

    same = lounge("timers: {inactive: PT300S, closed: PT24H}")
    assert told(workshop.plan(same)) == []
    changed = lounge("timers: {inactive: PT6M, closed: P1D}")
    workshop.apply(changed)
    assert workshop.writes == ["POST Services/…/Conversations/… Timers.Inactive"]
    workshop.apply()
    assert workshop.writes == []


def test_timers_are_sent_once_more_where_the_ledger_is_lost(workshop: Workshop) -> None:
    workshop.apply(lounge("timers: {closed: P1D}"))
    workshop.ledger_path.unlink()
    workshop.apply()
    assert workshop.writes == ["POST Services/…/Conversations/… Timers.Closed"]
    workshop.apply()
    assert workshop.writes == []


def test_a_timer_that_moves_on_is_no_drift(workshop: Workshop) -> None:
    workshop.apply(lounge("timers: {inactive: PT5M, closed: P7D}"))
    workshop.emulator.clock.advance(timedelta(minutes=6))
    assert workshop.live("/Services/support/Conversations/lounge")["state"] == "inactive"
    assert told(workshop.plan()) == []


def test_the_state_is_left_alone_unless_it_is_declared(workshop: Workshop) -> None:
    workshop.apply(lounge())
    workshop.client.post(workshop.path("/Services/support/Conversations/lounge"), {"State": "inactive"})
    assert told(workshop.plan()) == []
    assert told(workshop.plan(lounge("state: active"))) == [f"update {LOUNGE} state:inactive->active"]


def test_a_closed_conversation_is_told_of_and_never_written_to(workshop: Workshop) -> None:
    workshop.apply(lounge("friendly_name: Lounge"))
    workshop.client.post(workshop.path("/Services/support/Conversations/lounge"), {"State": "closed"})
    assert told(workshop.plan()) == []
    assert warnings(workshop.plan()) == []

    plan = workshop.plan(lounge("friendly_name: Saloon, participants: {p: {identity: alice}}"))
    assert told(plan) == []
    assert warnings(plan) == [
        f"CS4002 {address} differs, and it has ended at Twilio, and can never be changed again"
        for address in (LOUNGE, f"{LOUNGE}/participants/p")
    ]
    report = workshop.apply()
    assert workshop.writes == []
    assert endings(report) == []


@pytest.mark.parametrize("timers", ["", ", timers: {closed: P1D}"])
def test_a_conversation_is_closed_right_after_it_is_made(workshop: Workshop, timers: str) -> None:
    workshop.apply(lounge("state: closed, participants: {p: {identity: alice}}" + timers))
    assert workshop.live("/Services/support/Conversations/lounge")["state"] == "closed"
    assert [each.split(" State")[0] for each in workshop.writes[1:]] == [
        "POST Services/…/Conversations UniqueName",
        "POST Services/…/Conversations/…",
    ]
    workshop.apply()
    assert workshop.writes == []


def test_attributes_are_compared_as_what_they_mean(workshop: Workshop) -> None:
    workshop.apply(lounge("attributes: {floor: 2, tags: [a, b], seen: null}"))
    path = workshop.path("/Services/support/Conversations/lounge")
    workshop.client.post(path, {"Attributes": '{ "seen" : null, "tags":["a","b"], "floor": 2.0 }'})
    assert told(workshop.plan()) == []

    workshop.client.post(path, {"Attributes": '{"floor": 3, "tags": ["a"], "odd": true}'})
    (change,) = (each for each in workshop.plan().changes if each.actions)
    (difference,) = change.differences
    assert [(each.path, each.before, each.after) for each in difference.parts] == [
        ("floor", "3", "2"),
        ("odd", "true", None),
        ("seen", None, "null"),
        ("tags.1", None, '"b"'),
    ]
    workshop.apply()
    assert told(workshop.plan()) == []


def test_attributes_are_cleared_to_an_empty_mapping(workshop: Workshop) -> None:
    workshop.apply(lounge("attributes: {floor: 2}"))
    for cleared in ("attributes: {}", "attributes: null"):
        workshop.apply(lounge(cleared))
        assert workshop.live("/Services/support/Conversations/lounge")["attributes"] == "{}"
        assert told(workshop.plan()) == []


def test_attributes_that_are_too_long_are_refused_before_anything_is_sent(workshop: Workshop) -> None:
    long = "x" * 16_384
    assert workshop.mistakes(lounge(f"attributes: {{a: {long}}}")) == [
        "confsync.yaml:5:28 CS2005 'attributes' has at most 16,384 bytes as JSON"
    ]
    assert workshop.mistakes(lounge(f"attributes: {{a: {long[:16_376]}}}")) == []


def test_an_email_binding_reads_back_under_another_name(workshop: Workshop) -> None:
    workshop.apply(lounge("bindings: {email: {address: desk@example.com, name: Desk}}"))
    assert workshop.writes[-1].endswith("Bindings.Email.Address Bindings.Email.Name")
    assert told(workshop.plan()) == []


def two(*, x: str, y: str) -> str:
    """Two conversations with a webhook each."""
    hook = "webhooks: {w: {target: studio, configuration: {flow_sid: FW" + "0" * 32 + "}}}"
    return (
        "version: 1\nservices:\n  support:\n    conversations:\n"
        f"      x: {{unique_name: {x}, {hook}}}\n      y: {{unique_name: {y}, {hook}}}\n"
    )


def test_what_is_in_two_conversations_stays_ours_when_they_exchange_their_names(workshop: Workshop) -> None:
    workshop.apply(two(x="one", y="two"))
    before = workshop.ledger
    workshop.apply(two(x="two", y="one"))
    after = workshop.ledger
    assert before
    assert after
    assert {each.sid for each in after.entries} == {each.sid for each in before.entries}
    assert {each.origin for each in after.entries} == {"created"}
    assert told(workshop.plan()) == []


def test_names_that_move_on_from_key_to_key_are_never_asked_for_twice(workshop: Workshop) -> None:
    workshop.apply(two(x="one", y="two"))
    first = workshop.live("/Services/support/Conversations/one")["sid"]
    plan = workshop.plan(two(x="two", y="three"))
    assert [each.split(" ")[:2] for each in changes(plan)] == [
        ["move", "services/support/conversations/x"],
        ["create", "services/support/conversations/y"],
        ["create", "services/support/conversations/y/webhooks/w"],
    ]
    assert f"orphaned services/support/conversations/x {first}" in left_alone(plan)
    workshop.apply()
    assert changes(workshop.plan()) == []


def test_a_service_and_a_conversation_in_it_may_go_by_other_names_at_once(workshop: Workshop) -> None:
    workshop.apply(two(x="one", y="two"))
    renamed = two(x="one", y="three").replace("  support:\n", "  help:\n    friendly_name: support\n")
    assert changes(workshop.plan(renamed)) == [
        "move services/help",
        "update services/help/conversations/y unique_name:two->three",
    ]
    workshop.apply()
    assert told(workshop.plan()) == []


def test_a_closed_conversation_makes_room_under_its_key_for_one_of_another_name(workshop: Workshop) -> None:
    workshop.apply(lounge())
    workshop.client.post(workshop.path("/Services/support/Conversations/lounge"), {"State": "closed"})
    plan = workshop.plan(lounge("unique_name: lounge 2"))
    assert changes(plan) == [f"create {LOUNGE} unique_name:None->lounge 2"]
    workshop.apply()
    assert changes(workshop.plan()) == []


def test_a_timer_that_was_not_sent_to_a_closed_conversation_stays_told_of(workshop: Workshop) -> None:
    workshop.apply(lounge("timers: {closed: P1D}"))
    workshop.client.post(workshop.path("/Services/support/Conversations/lounge"), {"State": "closed"})
    workshop.apply(lounge("timers: {closed: P2D}"))
    assert len(warnings(workshop.plan())) == 1


def test_a_level_in_a_closed_conversation_blocks_nothing(workshop: Workshop) -> None:
    workshop.apply(lounge())
    workshop.client.post(workshop.path("/Services/support/Conversations/lounge"), {"State": "closed"})
    plan = workshop.plan(lounge() + "    users: {bob: {notification_levels: {lounge: muted}}}\n")
    assert told(plan) == ["create services/support/users/bob identity:None->bob"]
    assert len(warnings(plan)) == 1


def test_a_state_that_is_ignored_ends_nothing(workshop: Workshop) -> None:
    workshop.apply(lounge())
    text = lounge("state: closed, lifecycle: {ignore: [state]}, participants: {p: {identity: alice}}")
    assert changes(workshop.plan(text)) == [f"create {LOUNGE}/participants/p identity:None->alice"]


JSON_BEFORE = '{"__owner": "bob", "list": [1, 2], "same": 1, "one": true}'
JSON_AFTER = "{__owner: mallory, list: [true, 2], same: 1, one: 1}"


def test_no_change_within_attributes_goes_unshown(workshop: Workshop) -> None:
    workshop.apply(lounge())
    path = workshop.path("/Services/support/Conversations/lounge")
    workshop.client.post(path, {"Attributes": JSON_BEFORE})
    (change,) = (each for each in workshop.plan(lounge(f"attributes: {JSON_AFTER}")).changes if each.actions)
    assert [(each.path, each.before, each.after) for each in change.differences[0].parts] == [
        ("__owner", '"bob"', '"mallory"'),
        ("list.0", "1", "true"),
        ("one", "true", "1"),
    ]


def test_attributes_that_are_no_json_differ_and_stop_nothing(workshop: Workshop) -> None:
    """Twilio takes JSON only; should it ever tell anything else, that is put right like any other difference."""
    workshop.transport = Garbled(workshop.emulator)
    workshop.apply(lounge())
    assert told(workshop.plan()) == []
    assert told(workshop.plan(lounge("attributes: {a: 1}"))) == [f'update {LOUNGE} attributes:"{{bad"->{{"a":1}}']


class Garbled(Between):
    """Garbles attributes."""

    async def after(self, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = json.loads(await response.aread())
        return says(request, response.status_code, body | ({"attributes": "{bad"} if "attributes" in body else {}))


def test_what_is_in_a_conversation_that_this_plan_closes_is_told_of(workshop: Workshop) -> None:
    workshop.apply(lounge("participants: {p: {identity: alice}}"))
    plan = workshop.plan(lounge('state: closed, participants: {p: {identity: alice, attributes: {a: "1"}}}'))
    assert changes(plan) == [f"update {LOUNGE} state:active->closed"]
    (warning,) = warnings(plan)
    assert "it is in something that this configuration ends" in warning


def test_a_conversation_that_could_not_be_closed_is_known_all_the_same(workshop: Workshop) -> None:
    workshop.transport = NeverClosed(workshop.emulator)
    (_, outcome) = workshop.apply(lounge("state: closed")).outcomes
    assert (str(outcome.status), outcome.wrote) == ("failed", True)
    assert outcome.sid == workshop.live("/Services/support/Conversations/lounge")["sid"]
    workshop.transport = None
    assert told(workshop.plan()) == [f"update {LOUNGE} state:active->closed"]


class NeverClosed(Between):
    """Refuses to close."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if b"State=closed" in await request.aread():
            return says(request, 400, {"code": 50374, "status": 400, "message": "no"})
        return None
