"""A pair of addresses can be in only one open conversation: a plan that would give it to a second one is blocked."""

import pytest

from confsync.plan.intent import Intent, Overrides
from tests.harness import Harness, outcome_lines, plan_lines

PAIR = "messaging_binding: {address: '+15550000001', proxy_address: '+15550000002'}"
OTHER = "messaging_binding: {address: '+15550000003', proxy_address: '+15550000002'}"
HALL, LOUNGE = "services/desk/conversations/hall", "services/desk/conversations/lounge"
TEXT = """
version: 1
services:
  desk:
    lifecycle: {prune: [conversations]}
    conversations:
"""


@pytest.fixture
def desk(harness: Harness) -> Harness:
    """Let a plan delete any number of resources."""
    harness.intent = Intent(overrides=Overrides(max_deletes=100))
    return harness


def rooms(**conversations: str) -> str:
    return TEXT + "".join(f"      {name}: {{{each}}}\n" for name, each in conversations.items())


def room(pair: str = "", more: str = "lifecycle: {prune: [participants]}") -> str:
    return f"{more}, participants: {{{f'p: {{{pair}}}' if pair else ''}}}"


def blocked(harness: Harness, text: str) -> list[tuple[str, str]]:
    """Return the texts of the guardrails, with letters for SIDs, and what to do instead."""
    plan = harness.plan(text)
    assert {each.rule for each in plan.guardrails} <= {"ambiguous"}
    sids = {str(sid): "SID" for sid in plan.snapshot.by_sid}
    texts = []
    for each in plan.guardrails:
        shown = (each.text, each.override)
        for sid in sids:
            shown = (shown[0].replace(sid, "SID"), shown[1].replace(sid, "SID"))
        texts.append(shown)
    return texts


KEY = "messaging_binding.address and messaging_binding.proxy_address"
ONCE = "Twilio allows that in only one open conversation"


def test_a_pair_moves_to_another_conversation_in_two_applies(desk: Harness) -> None:
    desk.apply(rooms(hall=room(PAIR), lounge=room()))
    assert blocked(desk, rooms(hall=room(), lounge=room(PAIR))) == [
        (
            f"{HALL}/participants/p (SID) has the {KEY} of {LOUNGE}/participants/p, and {ONCE}",
            f"first apply a configuration without {LOUNGE}/participants/p, which deletes {HALL}/participants/p",
        )
    ]
    desk.apply(rooms(hall=room(), lounge=room()))
    desk.apply(rooms(hall=room(), lounge=room(PAIR)))
    assert plan_lines(desk.plan()) == []


def test_a_pair_in_a_conversation_that_the_plan_deletes_is_not_free_yet(desk: Harness) -> None:
    desk.apply(rooms(hall=room(PAIR), lounge=room()))
    (found,) = blocked(desk, rooms(lounge=room(PAIR)))
    assert (
        found[1] == f"first apply a configuration without {LOUNGE}/participants/p, which deletes {HALL}/participants/p"
    )
    desk.apply(rooms(lounge=room()))
    desk.apply(rooms(lounge=room(PAIR)))
    assert plan_lines(desk.plan()) == []


def test_a_pair_that_is_declared_twice_is_rejected_before_the_apply(desk: Harness) -> None:
    assert blocked(desk, rooms(hall=room(PAIR), lounge=room(PAIR))) == [
        (
            f"{HALL}/participants/p has the {KEY} of {LOUNGE}/participants/p, and {ONCE}",
            f"remove {LOUNGE}/participants/p or {HALL}/participants/p from the configuration",
        )
    ]


def test_a_pair_of_a_participant_that_is_no_longer_declared_is_not_free(desk: Harness) -> None:
    desk.apply(rooms(hall=room(PAIR, "friendly_name: x"), lounge=room()))
    (found,) = blocked(desk, rooms(hall=room("", "friendly_name: x"), lounge=room(PAIR)))
    assert found[1] == "delete SID in Twilio, or declare it with `lifecycle.absent: true` and apply that first"
    desk.apply(rooms(hall="participants: {p: {lifecycle: {absent: true}}}", lounge=room()))
    desk.apply(rooms(hall=room(), lounge=room(PAIR)))
    assert plan_lines(desk.plan()) == []


def test_pairs_are_not_exchanged_between_conversations(desk: Harness) -> None:
    desk.apply(rooms(hall=room(PAIR), lounge=room(OTHER)))
    assert len(blocked(desk, rooms(hall=room(OTHER), lounge=room(PAIR)))) == 2


@pytest.mark.parametrize("state", ["state: closed", "friendly_name: closed by hand"])
def test_a_pair_in_a_closed_conversation_is_free(desk: Harness, state: str) -> None:
    desk.apply(rooms(hall=room(PAIR, "friendly_name: x"), lounge=room()))
    if "hand" in state:
        desk.client.post(f"{desk.path('/Services/desk')}/Conversations/hall", {"State": "closed"})
    report = desk.apply(rooms(hall=room(PAIR, state), lounge=room(PAIR)))
    assert outcome_lines(report)[-1] == f"done {LOUNGE}/participants/p"
    assert report.errors == ()


def test_a_participant_that_changes_or_has_an_identity_is_not_affected(desk: Harness) -> None:
    desk.apply(rooms(hall=room(PAIR), lounge=room("identity: ann")))
    desk.apply(
        rooms(hall=room(f"{PAIR}, attributes: {{a: 1}}"), lounge=room("identity: bob"), attic=room("identity: bob"))
    )
    assert plan_lines(desk.plan()) == []
