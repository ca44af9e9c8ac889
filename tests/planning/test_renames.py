"""The advice that an orphaned resource may have a new address: only where exactly one fits."""

import re

import pytest

from tests.harness import Harness, change_lines


def credentials(names: list[str]) -> str:
    rows = "\n".join(f"  {name}: {{type: fcm, secret: '${{{{ env.KEY }}}}'}}" for name in names)
    return f"version: 1\ncredentials:\n{rows}\n"


def roles(*rows: str) -> str:
    return "version: 1\nservices:\n  desk:\n    roles:\n" + "".join(f"      {row}\n" for row in rows)


def role(key: str, *permissions: str, kind: str = "conversation") -> str:
    return f"{key}: {{type: {kind}, permissions: [{', '.join(permissions or ('sendMessage',))}]}}"


def advised(harness: Harness, text: str) -> dict[str, str]:
    """Each orphaned key with the address that the advice says it may have now."""
    found = {}
    for each in harness.plan(text).orphaned:
        if meant := re.search(r" on (\S+) if that is its new address", each.advice):
            found[each.address.key] = meant[1].rpartition("/")[2]
    return found


def test_resources_with_unknown_secrets_are_not_taken_for_each_other(harness: Harness) -> None:
    harness.environ["KEY"] = "k"
    harness.apply(credentials([f"app-{number}" for number in range(60)]))
    del harness.environ["KEY"]
    assert advised(harness, credentials(["Zebra 0"])) == {}
    assert advised(harness, credentials(["Zebra 0", "Zebra 1", *(f"app-{number}" for number in range(1, 60))])) == {}
    renamed = credentials([f"{'app' if number else 'apps'}-{number}" for number in range(60)])
    assert advised(harness, renamed) == {"app-0": "apps-0"}


def test_the_nearest_key_is_meant_and_not_the_first(harness: Harness) -> None:
    harness.apply(roles(role("agent")))
    assert advised(harness, roles(role("agency"), role("agents"))) == {"agent": "agents"}
    assert advised(harness, roles(role("agent1"), role("agent2"))) == {}


def test_a_declaration_is_meant_for_one_resource_only(harness: Harness) -> None:
    harness.apply(roles(role("agent1"), role("agent2")))
    assert advised(harness, roles(role("agent3"))) == {}
    assert advised(harness, roles(role("agent1"), role("agent22"))) == {"agent2": "agent22"}


def test_equal_values_count_where_no_key_is_similar(harness: Harness) -> None:
    harness.apply(roles(role("agent", "sendMessage"), role("xyz", "leaveConversation")))
    assert advised(harness, roles(role("clerk", "sendMessage"), role("desk", "addParticipant"))) == {"agent": "clerk"}
    assert advised(harness, roles(role("clerk", "sendMessage"), role("boss", "sendMessage"))) == {}


def test_a_resource_that_cannot_be_kept_is_not_advised_to_be(harness: Harness) -> None:
    harness.apply(roles(role("agent", "addParticipant")))
    assert advised(harness, roles(role("agents", "addParticipant", kind="service"))) == {}


CONVERSATIONS = "version: 1\nservices: {desk: {conversations: {%s: {friendly_name: Lounge}}}}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (roles(role("agent")), roles(role("agents"))),
        (CONVERSATIONS % "lounge", CONVERSATIONS % "lounges"),
        ("version: 1\nservices: {desk: {}}\n", "version: 1\nservices: {desks: {}}\n"),
    ],
)
def test_the_advised_line_keeps_the_resource(harness: Harness, before: str, after: str) -> None:
    harness.apply(before)
    (orphan,) = (each for each in harness.plan(after).orphaned if "new address" in each.advice)
    advice = re.search(r"`([^`]*)` on (\S+) if that is its new address", orphan.advice)
    assert advice
    key, _, value = advice[1].partition(": ")
    line = f"lifecycle: {{{key.removeprefix('lifecycle.')}: {value}}}" if key.startswith("lifecycle.") else advice[1]
    new = advice[2].rpartition("/")[2]
    text = re.sub(
        rf"\b{new}: {{(.?)", lambda found: f"{new}: {{{line}{', ' if found[1] != '}' else ''}{found[1]}", after
    )
    plan = harness.plan(text)
    assert [each.partition(" ")[0] for each in change_lines(plan)] in (["move"], ["update+move"], ["move+update"])
    assert plan.orphaned == ()
