"""Users, and whether they are told by push of what happens in a conversation."""

from tests.harness import Harness, change_lines, left_alone_lines, outcome_lines, plan_lines

USERS = "services/support/users"


def users(**written: str) -> str:
    """A service with a role, a conversation in which alice takes part, and these users."""
    lines = "".join(f"      {name}: {{{text}}}\n" for name, text in written.items())
    return f"""version: 1
services:
  support:
    roles:
      lead: {{type: service, permissions: [createConversation]}}
    conversations:
      lounge: {{participants: {{first: {{identity: alice}}}}}}
    users:
{lines}"""


def test_a_user_is_told_by_identity_and_its_role_by_name(harness: Harness) -> None:
    harness.apply(users(alice="friendly_name: Alice, role: lead, attributes: {team: night}"))
    live = harness.live("/Services/support/Users/alice")
    assert (live["friendly_name"], live["attributes"]) == ("Alice", '{"team":"night"}')
    assert live["role_sid"] == harness.live("/Services/support/Roles/lead")["sid"]
    assert plan_lines(harness.plan()) == []


def test_nothing_is_sent_to_a_user_that_does_not_differ(harness: Harness) -> None:
    """Twilio charges for users that are touched."""
    harness.apply(users(alice="friendly_name: Alice, attributes: {team: night, n: 1}"))
    harness.apply(users(alice="attributes: {n: 1, team: night}, friendly_name: Alice"))
    assert harness.writes == []
    harness.apply(users(alice="friendly_name: null, attributes: {n: 1, team: night}"))
    assert harness.writes == ["POST Services/…/Users/… FriendlyName"]
    assert plan_lines(harness.plan()) == []


def test_a_user_who_came_by_signing_in_is_adopted(harness: Harness) -> None:
    harness.apply(users(bob=""))
    assert change_lines(harness.plan(users(alice="friendly_name: Alice"))) == [
        f"adopt+update {USERS}/alice friendly_name:None->Alice"
    ]


def test_another_identity_is_another_user_and_the_old_one_stays(harness: Harness) -> None:
    harness.apply(users(boss="identity: carol"))
    sid = harness.live("/Services/support/Users/carol")["sid"]
    plan = harness.plan(users(boss="identity: dave"))
    assert change_lines(plan) == [f"create {USERS}/boss identity:None->dave"]
    assert left_alone_lines(plan) == [f"orphaned {USERS}/boss {sid}"]


def test_a_notification_level_is_set_once_the_user_takes_part(harness: Harness) -> None:
    report = harness.apply(users(alice="notification_levels: {lounge: muted}"))
    level = f"{USERS}/alice/notification_levels/lounge"
    assert outcome_lines(report)[-1] == f"done {level}"
    assert harness.live("/Services/support/Users/alice/Conversations/lounge")["notification_level"] == "muted"
    assert plan_lines(harness.plan()) == []

    harness.ledger_path.unlink()
    harness.apply()
    assert harness.writes == []
    assert plan_lines(harness.plan(users(alice="notification_levels: {lounge: default}"))) == [
        f"update {level} notification_level:muted->default"
    ]


def test_a_level_follows_a_conversation_that_is_renamed(harness: Harness) -> None:
    text = users(alice="notification_levels: {lounge: muted}")
    harness.apply(text)
    renamed = text.replace("lounge: {participants", "lounge: {unique_name: saloon, participants")
    assert plan_lines(harness.plan(renamed)) == [
        "update services/support/conversations/lounge unique_name:lounge->saloon"
    ]
    harness.apply()
    assert plan_lines(harness.plan()) == []


def test_a_level_of_somebody_who_takes_no_part_is_refused(harness: Harness) -> None:
    text = users(bob="notification_levels: {lounge: muted}")
    assert plan_lines(harness.plan(text))[-1] == f"! link {USERS}/bob/notification_levels/lounge"
    harness.apply(users(bob=""))
    harness.client.post(harness.path("/Services/support/Conversations/lounge/Participants"), {"Identity": "bob"})
    assert change_lines(harness.plan(text)) == [
        f"update {USERS}/bob/notification_levels/lounge notification_level:default->muted"
    ]


def test_a_level_that_is_no_longer_declared_is_left_as_it_is(harness: Harness) -> None:
    harness.apply(users(alice="notification_levels: {lounge: muted}"))
    harness.apply(users(alice=""))
    assert harness.writes == []
    assert plan_lines(harness.plan()) == []
    ledger = harness.ledger
    assert ledger
    assert not [each for each in ledger.entries if "notification_levels" in each.address]


def test_a_level_whose_user_leaves_in_the_same_plan_is_refused(harness: Harness) -> None:
    text = users(alice="notification_levels: {lounge: muted}")
    harness.apply(text)
    plan = harness.plan(text.replace("identity: alice", "identity: bob"))
    assert plan_lines(plan)[-1] == f"! link {USERS}/alice/notification_levels/lounge"


def test_conversations_that_exchange_their_keys_touch_no_level(harness: Harness) -> None:
    def two(a: str, b: str, level: str) -> str:
        inside = "participants: {p: {identity: alice}}"
        return f"""version: 1
services:
  support:
    conversations:
      {a}: {{unique_name: one, {inside}}}
      {b}: {{unique_name: two, {inside}}}
    users: {{alice: {{notification_levels: {{{level}: default}}}}}}
"""

    harness.apply(two("x", "y", "x"))
    harness.apply(two("y", "x", "x"))
    assert harness.writes == []
    assert plan_lines(harness.plan()) == []
