"""Users, and whether they are told by push of what happens in a conversation."""

from tests.harness import Workshop, changes, endings, left_alone, told

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


def test_a_user_is_told_by_identity_and_its_role_by_name(workshop: Workshop) -> None:
    workshop.apply(users(alice="friendly_name: Alice, role: lead, attributes: {team: night}"))
    live = workshop.live("/Services/support/Users/alice")
    assert (live["friendly_name"], live["attributes"]) == ("Alice", '{"team":"night"}')
    assert live["role_sid"] == workshop.live("/Services/support/Roles/lead")["sid"]
    assert told(workshop.plan()) == []


def test_nothing_is_sent_to_a_user_that_does_not_differ(workshop: Workshop) -> None:
    """Twilio charges for users that are touched."""
    workshop.apply(users(alice="friendly_name: Alice, attributes: {team: night, n: 1}"))
    workshop.apply(users(alice="attributes: {n: 1, team: night}, friendly_name: Alice"))
    assert workshop.writes == []
    workshop.apply(users(alice="friendly_name: null, attributes: {n: 1, team: night}"))
    assert workshop.writes == ["POST Services/…/Users/… FriendlyName"]
    assert told(workshop.plan()) == []


def test_a_user_who_came_by_signing_in_is_adopted(workshop: Workshop) -> None:
    workshop.apply(users(bob=""))
    assert changes(workshop.plan(users(alice="friendly_name: Alice"))) == [
        f"adopt+update {USERS}/alice friendly_name:None->Alice"
    ]


def test_another_identity_is_another_user_and_the_old_one_stays(workshop: Workshop) -> None:
    workshop.apply(users(boss="identity: carol"))
    sid = workshop.live("/Services/support/Users/carol")["sid"]
    plan = workshop.plan(users(boss="identity: dave"))
    assert changes(plan) == [f"create {USERS}/boss identity:None->dave"]
    assert left_alone(plan) == [f"orphaned {USERS}/boss {sid}"]


def test_a_notification_level_is_set_once_the_user_takes_part(workshop: Workshop) -> None:
    report = workshop.apply(users(alice="notification_levels: {lounge: muted}"))
    level = f"{USERS}/alice/notification_levels/lounge"
    assert endings(report)[-1] == f"done {level}"
    assert workshop.live("/Services/support/Users/alice/Conversations/lounge")["notification_level"] == "muted"
    assert told(workshop.plan()) == []

    workshop.ledger_path.unlink()
    workshop.apply()
    assert workshop.writes == []
    assert told(workshop.plan(users(alice="notification_levels: {lounge: default}"))) == [
        f"update {level} notification_level:muted->default"
    ]


def test_a_level_follows_a_conversation_that_is_renamed(workshop: Workshop) -> None:
    text = users(alice="notification_levels: {lounge: muted}")
    workshop.apply(text)
    renamed = text.replace("lounge: {participants", "lounge: {unique_name: saloon, participants")
    assert told(workshop.plan(renamed)) == ["update services/support/conversations/lounge unique_name:lounge->saloon"]
    workshop.apply()
    assert told(workshop.plan()) == []


def test_a_level_of_somebody_who_takes_no_part_is_refused(workshop: Workshop) -> None:
    text = users(bob="notification_levels: {lounge: muted}")
    assert told(workshop.plan(text))[-1] == f"! link {USERS}/bob/notification_levels/lounge"
    workshop.apply(users(bob=""))
    workshop.client.post(workshop.path("/Services/support/Conversations/lounge/Participants"), {"Identity": "bob"})
    assert changes(workshop.plan(text)) == [
        f"update {USERS}/bob/notification_levels/lounge notification_level:default->muted"
    ]


def test_a_level_that_is_no_longer_declared_is_left_as_it_is(workshop: Workshop) -> None:
    workshop.apply(users(alice="notification_levels: {lounge: muted}"))
    workshop.apply(users(alice=""))
    assert workshop.writes == []
    assert told(workshop.plan()) == []
    ledger = workshop.ledger
    assert ledger
    assert not [each for each in ledger.entries if "notification_levels" in each.address]


def test_a_level_whose_user_leaves_in_the_same_plan_is_refused(workshop: Workshop) -> None:
    text = users(alice="notification_levels: {lounge: muted}")
    workshop.apply(text)
    plan = workshop.plan(text.replace("identity: alice", "identity: bob"))
    assert told(plan)[-1] == f"! link {USERS}/alice/notification_levels/lounge"


def test_conversations_that_exchange_their_keys_touch_no_level(workshop: Workshop) -> None:
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

    workshop.apply(two("x", "y", "x"))
    workshop.apply(two("y", "x", "x"))
    assert workshop.writes == []
    assert told(workshop.plan()) == []
