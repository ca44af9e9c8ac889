"""Which resources may be deleted, what asks for it, and which guardrails block it."""

import pytest
from msgspec.structs import replace

from confsync.errors import Refused, UsageError
from confsync.names import Address
from confsync.plan.change import Change
from confsync.plan.intent import Intent, Overrides
from confsync.plan.plan import Guardrail, Plan
from confsync.secret import Secret
from tests.harness import Harness, change_lines, left_alone_lines, plan_lines
from tests.views.rendering import plan_text

DESK = """
    version: 1
    services:
      desk:
        configuration: {{default_conversation_role: a}}
        lifecycle: {{prune: [roles, conversations, users]{lifecycle}}}
        roles:
          {roles}
"""


def desk(*roles: str, lifecycle: str = "", more: str = "") -> str:
    """Declare a service that prunes, with these roles; each is a key, or a key with what else is written."""
    written = (each if ":" in each else f"{each}: {{type: conversation, permissions: [sendMessage]}}" for each in roles)
    return DESK.format(roles="\n          ".join(written), lifecycle=lifecycle) + more


def gone(key: str, more: str = "") -> str:
    return f"{key}: {{lifecycle: {{absent: true{more}}}}}"


def guardrails(plan: Plan) -> list[str]:
    return [f"{each.rule}: {' '.join(map(str, each.addresses))}" for each in plan.guardrails]


def guardrail(plan: Plan) -> Guardrail:
    (only,) = plan.guardrails
    return only


def overridden(**overrides: object) -> Intent:
    return Intent(overrides=replace(Overrides(), **overrides))


def change_at(plan: Plan, address: str) -> Change:
    return next(each for each in plan.changes if str(each.address) == address and each.actions)


ROLE = "services/desk/roles/{}"
DEFAULT = "services/desk/configuration default_conversation_role"


def test_a_role_that_is_named_as_absent_is_deleted(harness: Harness) -> None:
    harness.apply(desk("a", "b", "c"))
    assert plan_lines(harness.plan(desk("a", gone("b"), "c"))) == ["delete services/desk/roles/b"]
    harness.apply()
    assert harness.writes == ["DELETE Services/…/Roles/…"]
    assert plan_lines(harness.plan()) == []


def test_an_absent_resource_that_never_existed_needs_no_change(harness: Harness) -> None:
    harness.apply(desk("a", gone("b")))
    assert plan_lines(harness.plan()) == []


def test_a_role_that_is_no_longer_declared_is_pruned(harness: Harness) -> None:
    harness.apply(desk("a", "b", "c"))
    plan = harness.plan(desk("a", "b"))
    assert plan_lines(plan) == ["delete services/desk/roles/c"]
    assert "no longer in the configuration" in change_at(plan, ROLE.format("c")).reason
    assert change_at(plan, ROLE.format("c")).source.line == 4
    harness.apply()
    assert plan_lines(harness.plan()) == []
    assert len(harness.live("/Services/desk/Roles")["roles"]) == 6


def test_an_adopted_resource_is_never_pruned(harness: Harness) -> None:
    harness.apply(desk("a"))
    form = {"FriendlyName": "b", "Type": "conversation", "Permission": "sendMessage"}
    sid = harness.client.made(harness.path("/Services/desk/Roles"), form)
    harness.apply(desk("a", "b"))
    assert left_alone_lines(harness.plan(desk("a"))) == [f"orphaned services/desk/roles/b {sid}"]
    assert change_lines(harness.plan()) == []
    assert plan_lines(harness.plan(desk("a", gone("b")))) == ["delete services/desk/roles/b"]


def test_a_role_that_twilio_created_with_its_service_is_never_pruned(harness: Harness) -> None:
    harness.apply(desk("a", "channel admin: {type: conversation, permissions: {add: [deleteAnyMessage]}}"))
    assert change_lines(harness.plan(desk("a"))) == []


def test_an_absent_resource_that_is_not_owned_is_refused_until_it_is_adopted(harness: Harness) -> None:
    harness.apply(desk("a"))
    form = {"FriendlyName": "b", "Type": "conversation", "Permission": "sendMessage"}
    sid = harness.client.made(harness.path("/Services/desk/Roles"), form)
    plan = harness.plan(desk("a", gone("b")))
    assert plan_lines(plan) == ["! absent services/desk/roles/b"]
    assert str(sid) in guardrail(plan).override
    adopt = f"    adopt: {{services/desk/roles/b: {sid}}}\n"
    assert plan_lines(harness.plan(desk("a", gone("b"), more=adopt))) == ["delete services/desk/roles/b"]
    harness.apply()
    assert harness.writes == ["DELETE Services/…/Roles/…"]


def test_a_renamed_role_is_deleted_last_once_everything_points_to_the_new_one(harness: Harness) -> None:
    users = "        users: {ann: {role: s}}\n"
    roles = ("a", "s: {type: service, permissions: [joinConversation]}", "b", "c")
    harness.apply(desk(*roles, more=users))
    renamed = desk(
        "a: {friendly_name: agent, type: conversation, permissions: [sendMessage]}",
        "s: {friendly_name: staff, type: service, permissions: [joinConversation]}",
        "b",
        "c",
        more=users,
    )
    plan = harness.plan(renamed)
    assert guardrails(plan) == ["deletes: services/desk/roles/s services/desk/roles/a"]
    harness.intent = overridden(max_deletes=2)
    report = harness.apply()
    assert {each.status.value for each in report.outcomes} == {"done"}
    assert [each.split()[0] for each in harness.writes][-2:] == ["DELETE", "DELETE"]
    assert len(harness.writes) == 6
    harness.intent = Intent()
    assert plan_lines(harness.plan()) == []


def test_deleting_a_role_counts_who_holds_it(harness: Harness) -> None:
    harness.apply(desk("a", "s: {type: service, permissions: [joinConversation]}", "b"))
    users = harness.path("/Services/desk/Users")
    role = harness.path("/Services/desk/Roles/s").rpartition("/")[2]
    for identity in ("ann", "bob"):
        harness.client.made(users, {"Identity": identity, "RoleSid": role})
    radius = change_at(harness.plan(desk("a", gone("s"), "b")), ROLE.format("s")).radius
    assert radius
    assert [(each.number, each.noun.many) for each in radius.counts] == [(2, "users")]
    assert "participants not counted" in radius.facts


def test_a_user_who_gets_another_role_in_the_same_plan_is_not_counted(harness: Harness) -> None:
    service = "{type: service, permissions: [joinConversation]}"
    users = "        users: {{ann: {{role: {}}}, eve: {{role: t}}}}\n"
    harness.apply(desk("a", f"s: {service}", f"t: {service}", "b", more=users.format("s")))
    role = harness.path("/Services/desk/Roles/s").rpartition("/")[2]
    harness.client.made(harness.path("/Services/desk/Users"), {"Identity": "bob", "RoleSid": role})
    radius = change_at(
        harness.plan(desk("a", gone("s"), f"t: {service}", "b", more=users.format("t"))), ROLE.format("s")
    ).radius
    assert radius
    assert [(each.number, each.complete) for each in radius.counts] == [(1, True)]


FIVE = ("a", "b", "c", "d", "e")


@pytest.mark.parametrize(
    ("left", "stopped"),
    [
        pytest.param(("a", "b", "c", "d"), False, id="one of five"),
        pytest.param(("a", "b", "c"), True, id="two of five, which is more than a quarter"),
        pytest.param((), True, id="all"),
    ],
)
def test_more_than_one_prune_and_more_than_a_quarter_is_refused(
    harness: Harness, left: tuple[str, ...], *, stopped: bool
) -> None:
    harness.apply(desk(*FIVE).replace("configuration: {default_conversation_role: a}", ""))
    text = desk(*left).replace("configuration: {default_conversation_role: a}", "")
    plan = harness.plan(text if left else text.replace("        roles:\n", ""))
    assert bool(plan.guardrails) is stopped
    assert plan.applyable is not stopped
    if stopped:
        assert guardrail(plan).rule == "deletes"
        with pytest.raises(Refused, match="would be deleted"):
            harness.apply()
        assert harness.writes == []
        harness.intent = overridden(max_deletes=5 - len(left))
        harness.apply()
        assert len(harness.writes) == 5 - len(left)


def test_the_guardrail_counts_at_every_level(harness: Harness) -> None:
    """One role of three in each of two services is one of three here and there, and two of six in the account."""
    both = desk("a", "b", "c") + desk("a", "b", "c").split("services:\n")[1].replace("desk:", "bench:")
    harness.apply(both)
    fewer = both.replace("          c: {type: conversation, permissions: [sendMessage]}", "")
    assert guardrails(harness.plan(fewer)) == ["deletes: services/desk/roles/c services/bench/roles/c"]


def test_an_environment_can_lower_the_limit(harness: Harness) -> None:
    harness.apply(desk("a", "b", "c"))
    assert guardrails(harness.plan(desk("a", "b", more="    guardrails: {max_deletes: 0}\n"))) == [
        "deletes: services/desk/roles/c"
    ]
    assert guardrails(harness.plan(desk("a", more="    guardrails: {max_deletes: 2}\n"))) == []


def test_the_contents_of_a_deleted_resource_count(harness: Harness) -> None:
    lounge = """        conversations:
          lounge: {participants: {ann: {identity: ann}, bob: {identity: bob}}}
          other: {}
"""
    harness.apply(desk("a", more=lounge))
    plan = harness.plan(desk("a", more="        conversations: {other: {}}\n"))
    assert change_lines(plan) == ["delete services/desk/conversations/lounge"]
    assert sorted(map(str, change_at(plan, "services/desk/conversations/lounge").also_deleted)) == [
        "services/desk/conversations/lounge/participants/ann",
        "services/desk/conversations/lounge/participants/bob",
    ]
    assert guardrail(plan).rule == "deletes"
    assert plan.orphaned == ()
    harness.intent = overridden(max_deletes=2)
    harness.apply()
    assert harness.writes == ["DELETE Services/…/Conversations/…"]
    harness.intent = Intent()
    assert plan_lines(harness.plan()) == []


def test_a_service_is_deleted_only_if_it_is_named(harness: Harness) -> None:
    harness.apply(desk("a", "b"))
    sid = harness.path("/Services/desk").rpartition("/")[2]
    text = "    version: 1\n    services: {desk: {lifecycle: {absent: true}}}\n"
    plan = harness.plan(text)
    assert guardrails(plan) == ["delete: services/desk"]
    assert f"services/desk: {sid}" in guardrail(plan).override
    allowed = f"{text}    allow_delete: {{services/desk: {sid}}}\n"
    assert guardrails(harness.plan(allowed)) == []
    assert guardrails(harness.plan(allowed.replace(sid, "IS" + "0" * 32))) == ["delete: services/desk"]
    harness.intent = overridden(allow_delete=frozenset({Address.parse("services/desk")}))
    harness.apply(text)
    assert harness.writes == ["DELETE Services/…"]
    harness.intent = Intent()
    assert plan_lines(harness.plan()) == []
    assert harness.ledger
    assert harness.ledger.entries == ()


def test_an_override_of_nothing_is_an_error(harness: Harness) -> None:
    harness.apply(desk("a", "b"))
    harness.intent = overridden(allow_delete=frozenset({Address.parse("services/dsek")}))
    with pytest.raises(UsageError, match="services/dsek") as mistake:
        harness.plan()
    assert mistake.value.hint == "Did you mean 'services/desk'?"


def test_protection_that_was_removed_with_its_block_is_remembered(harness: Harness) -> None:
    harness.apply(desk("a", "b: {type: conversation, permissions: [sendMessage], lifecycle: {protect: true}}"))
    plan = harness.plan(desk("a"))
    assert guardrails(plan) == ["protect: services/desk/roles/b"]
    assert "lifecycle.protect: false" in guardrail(plan).override
    assert guardrails(harness.plan(desk("a", gone("b")))) == ["protect: services/desk/roles/b"]
    assert guardrails(harness.plan(desk("a", gone("b", ", protect: false")))) == ["protect: services/desk/roles/b"]


def test_a_protected_child_protects_its_parent(harness: Harness) -> None:
    harness.apply(desk("a", "b: {type: conversation, permissions: [sendMessage], lifecycle: {protect: true}}"))
    harness.intent = overridden(allow_delete=frozenset({Address.parse("services/desk")}))
    plan = harness.plan("    version: 1\n    services: {desk: {lifecycle: {absent: true}}}\n")
    assert guardrails(plan) == ["protect: services/desk services/desk/roles/b"]


def test_destroy_deletes_created_resources_and_leaves_adopted_ones(harness: Harness) -> None:
    sid = harness.client.made("/Services", {"FriendlyName": "desk"})
    harness.apply(desk("a", "b"))
    harness.intent = Intent(destroy=True, overrides=Overrides(max_deletes=2))
    plan = harness.plan()
    channel_user = harness.path("/Services/desk/Roles/channel user").rpartition("/")[2]
    assert change_lines(plan) == [
        f"update {DEFAULT}:services/desk/roles/a->services/desk/roles/channel user",
        "delete services/desk/roles/b",
        "delete services/desk/roles/a",
    ]
    report = harness.apply()
    assert {each.status.value for each in report.outcomes} == {"done"}
    assert harness.writes[0] == "POST Services/…/Configuration DefaultConversationRoleSid"
    assert harness.live(f"/Services/{sid}/Configuration")["default_conversation_role_sid"] == channel_user
    assert len(harness.live("/Services/desk/Roles")["roles"]) == 4
    assert change_lines(harness.plan()) == []


def test_destroying_a_named_service_deletes_it_as_a_whole(harness: Harness) -> None:
    harness.apply(desk("a", "b"))
    harness.intent = Intent(destroy=True)
    assert plan_lines(harness.plan()) == ["delete services/desk", "! delete services/desk"]
    harness.intent = Intent(destroy=True, overrides=Overrides(allow_delete=frozenset({Address.parse("services/desk")})))
    harness.apply()
    assert harness.writes == ["DELETE Services/…"]
    assert change_lines(harness.plan()) == []


def test_destroying_without_a_ledger_deletes_nothing(harness: Harness) -> None:
    harness.apply(desk("a", "b"))
    harness.ledger_path.unlink()
    harness.intent = Intent(destroy=True)
    assert change_lines(harness.plan()) == []


def test_a_forgotten_resource_leaves_the_ledger_and_stays_live(harness: Harness) -> None:
    harness.apply(desk("a", "b", "c"))
    plan = harness.plan(desk("a", "b", more="    forget: [services/desk/roles/c]\n"))
    assert change_lines(plan) == []
    assert [str(each.address) for each in plan.forgotten] == ["services/desk/roles/c"]
    harness.apply()
    assert harness.writes == []
    assert harness.ledger
    assert Address.parse("services/desk/roles/c") not in harness.ledger.current
    assert plan_lines(harness.plan(desk("a", "b"))) == ["unmanaged services/desk/roles/c"]


def test_adopt_chooses_between_duplicates(harness: Harness) -> None:
    harness.apply(desk("a"))
    form = {"FriendlyName": "b", "Type": "conversation", "Permission": "sendMessage"}
    roles = harness.path("/Services/desk/Roles")
    older, younger = harness.client.made(roles, form), harness.client.made(roles, form)
    plan = harness.plan(desk("a", "b"))
    assert guardrails(plan) == ["ambiguous: services/desk/roles/b"]
    assert "adopt" in guardrail(plan).override
    chosen = desk("a", "b", more=f"    adopt: {{services/desk/roles/b: {younger}}}\n")
    plan = harness.plan(chosen)
    assert change_lines(plan) == ["adopt services/desk/roles/b"]
    assert change_at(plan, ROLE.format("b")).sid == younger
    harness.apply()
    assert harness.writes == []
    assert [(each.sid, each.duplicate_sid) for each in harness.plan().probable_duplicates] == [(younger, older)]
    assert harness.plan().guardrails == ()


def test_adopting_a_missing_resource_is_refused(harness: Harness) -> None:
    harness.apply(desk("a"))
    plan = harness.plan(desk("a", "b", more=f"    adopt: {{services/desk/roles/b: RL{'0' * 32}}}\n"))
    assert plan_lines(plan) == ["! adopt services/desk/roles/b"]


def test_a_superseded_role_can_be_deleted_at_a_new_address(harness: Harness) -> None:
    text = desk("a", "b").replace("prune: [roles, conversations, users]", "protect: false")
    harness.apply(text)
    renamed = text.replace("b: {type", "b: {friendly_name: z, type")
    harness.apply(renamed)
    (orphan,) = harness.plan().orphaned
    assert str(orphan.sid) in orphan.advice
    dead = f"          dead: {{lifecycle: {{absent: true}}}}\n    adopt: {{services/desk/roles/dead: {orphan.sid}}}\n"
    assert plan_lines(harness.plan(renamed + dead)) == ["delete services/desk/roles/dead"]
    harness.apply()
    assert plan_lines(harness.plan()) == []


def test_updates_are_limited_only_if_configured(harness: Harness) -> None:
    harness.apply(desk("a", "b", "c"))
    changed = desk("a", "b", "c").replace("[sendMessage]", "[sendMessage, leaveConversation]")
    assert guardrails(harness.plan(changed)) == []
    plan = harness.plan(changed + "    guardrails: {max_updates: 2}\n")
    assert guardrail(plan).rule == "updates"
    assert guardrail(plan).override == "`guardrails: {max_updates: 3}`"


def test_an_orphan_comes_with_advice(harness: Harness) -> None:
    plain = desk("agent", "b").replace("default_conversation_role: a", "reachability_enabled: true")
    harness.apply(plain.replace("prune: [roles, conversations, users]", "protect: false"))
    moved = plain.replace("agent:", "agents:").replace("prune: [roles, conversations, users]", "protect: false")
    (orphan,) = harness.plan(moved).orphaned
    assert "forget: [services/desk/roles/agent]" in orphan.advice
    assert "lifecycle.absent: true" in orphan.advice
    assert "lifecycle.prune: [roles]" in orphan.advice
    assert "`friendly_name: agent` on services/desk/roles/agents if that is its new address" in orphan.advice


def test_a_vanished_service_is_created_again_only_if_allowed(harness: Harness) -> None:
    harness.apply(desk("a"))
    sid = harness.path("/Services/desk").rpartition("/")[2]
    harness.client.delete(f"/Services/{sid}")
    plan = harness.plan()
    assert change_lines(plan)[0].startswith("recreate services/desk ")
    assert sid in change_at(plan, "services/desk").reason
    assert guardrail(plan).override == "`--allow-recreate services/desk`"
    with pytest.raises(Refused):
        harness.apply()
    assert harness.writes == []


def test_a_sensitive_value_stays_hidden_when_it_is_deleted(harness: Harness) -> None:
    """A stray has no desired value that could say so; the ledger remembers what was sent as a secret."""
    hook = "conversations: {lounge: {lifecycle: {prune: [webhooks]}%s}}"
    text = "    version: 1\n    variables: {token: {sensitive: true}}\n    services: {desk: {" + hook + "}}\n"
    one = ", webhooks: {bot: {target: webhook, configuration: {url: '${{ var.token }}', filters: [onMessageAdded]}}}"
    harness.environ = {"CONFSYNC_VAR_token": "https://example.com/hidden-in-the-path"}
    harness.apply(text % one)
    change = change_at(harness.plan(text % ""), "services/desk/conversations/lounge/webhooks/bot")
    assert change.deletes
    assert isinstance(change.before["configuration.url"], Secret)
    assert "hidden-in-the-path" not in plan_text(harness.plan())
