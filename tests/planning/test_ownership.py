"""No delete includes a resource that is not owned, protected or forgotten."""

import pytest

from confsync.apply.report import Status
from confsync.names import Address, Sid
from confsync.plan.intent import Intent, Overrides, Selection
from confsync.plan.plan import Plan
from tests.harness import Harness, change_lines, left_alone_lines, plan_lines

ROLE = "{type: conversation, permissions: [sendMessage]}"
STAFF = "{type: service, permissions: [joinConversation]}"
PROTECTED = "{type: conversation, permissions: [sendMessage], lifecycle: {protect: true}}"
RENAMED = "{friendly_name: z, type: conversation, permissions: [sendMessage]}"
ALL = "prune: [roles, users, conversations]"


def desk(lifecycle: str = "protect: false", *, key: str = "desk", more: str = "", **roles: str) -> str:
    """Declare the service `desk`, under a key, with these roles."""
    written = "".join(f"      {name}: {each}\n" for name, each in roles.items())
    start = f"version: 1\nservices:\n  {key}:\n    friendly_name: desk\n    lifecycle: {{{lifecycle}}}\n"
    return f"{start}    roles:\n{written}{more}"


def many(**overrides: object) -> Intent:
    return Intent(overrides=Overrides(max_deletes=100, **overrides))  # type: ignore[arg-type]  # whichever a test wants


def gone(address: str, *, destroy: bool = False, excluded: str = "") -> Intent:
    """Allow one service or credential to be deleted."""
    overrides = Overrides(max_deletes=100, allow_delete=frozenset({Address.parse(address)}))
    return Intent(overrides=overrides, destroy=destroy, selection=Selection(excludes=(excluded,) if excluded else ()))


def by_hand(harness: Harness, name: str) -> Sid:
    form = {"FriendlyName": name, "Type": "conversation", "Permission": "sendMessage"}
    return Sid(harness.client.made(harness.path("/Services/desk/Roles"), form))


def superseded(harness: Harness) -> Sid:
    """Protect a role, and give its address to another one."""
    harness.apply(desk(a=ROLE, b=PROTECTED))
    harness.apply(desk(a=ROLE, b=RENAMED))
    (orphan,) = harness.plan().orphaned
    return orphan.sid


def guardrails(plan: Plan) -> list[str]:
    return [each.rule for each in plan.guardrails]


UNPROTECTED = RENAMED.replace("}", ", lifecycle: {protect: false}}")


@pytest.mark.parametrize("dead", ["{lifecycle: {absent: true}}", "{lifecycle: {absent: true, protect: false}}"])
def test_a_superseded_role_stays_protected_until_its_successor_says_otherwise(harness: Harness, dead: str) -> None:
    adopt = f"adopt: {{services/desk/roles/dead: {superseded(harness)}}}\n"
    plan = harness.plan(desk(a=ROLE, b=RENAMED, dead=dead, more=adopt))
    assert plan_lines(plan) == [
        "delete services/desk/roles/dead",
        "! protect services/desk/roles/dead",
        "! unprotect services/desk/roles/dead",
    ]
    assert all("declare services/desk/roles/b with" in each.override for each in plan.guardrails)
    harness.apply(desk(a=ROLE, b=UNPROTECTED))
    assert plan_lines(harness.plan(desk(a=ROLE, b=RENAMED, dead=dead, more=adopt))) == [
        "delete services/desk/roles/dead"
    ]


def test_prune_waits_for_the_plan_after_the_one_that_removes_protection(harness: Harness) -> None:
    old = superseded(harness)
    (guardrail,) = harness.plan(desk("prune: [roles]", a=ROLE, b=RENAMED)).guardrails
    assert guardrail.rule == "protect"
    assert "lifecycle.protect: false" in guardrail.override
    plan = harness.plan(desk("prune: [roles]", a=ROLE, b=UNPROTECTED))
    assert plan_lines(plan) == [f"orphaned services/desk/roles/b {old}"]
    harness.apply()
    assert harness.writes == []
    assert plan_lines(harness.plan()) == ["delete services/desk/roles/b"]


def test_a_superseded_protected_role_protects_its_parent(harness: Harness) -> None:
    superseded(harness)
    harness.intent = gone("services/desk")
    service = "version: 1\nservices: {desk: {lifecycle: {absent: true}}}\n"
    (guardrail,) = harness.plan(service).guardrails
    assert [str(each) for each in guardrail.addresses] == ["services/desk", "services/desk/roles/b"]
    assert guardrail.text.endswith("services/desk/roles/b in it is protected")
    assert guardrail.override.startswith("declare services/desk/roles/b with `lifecycle.protect: false`")
    harness.apply(desk(a=ROLE, b=UNPROTECTED))
    assert guardrails(harness.plan(service)) == []


@pytest.mark.parametrize("named", ["services/desk/roles/b", "services/bench/roles/b"])
def test_a_forgotten_resource_stays_even_if_its_service_moves(harness: Harness, named: str) -> None:
    harness.apply(desk("prune: [roles]", a=ROLE, b=ROLE))
    plan = harness.plan(desk("prune: [roles]", key="bench", a=ROLE, more=f"forget: [{named}]\n"))
    assert plan_lines(plan) == ["move services/bench"]
    assert [each.address.key for each in plan.forgotten] == ["b"]
    harness.apply()
    assert harness.writes == []
    assert harness.ledger
    assert "b" not in {each.address.key for each in harness.ledger.entries}
    assert plan_lines(harness.plan()) == ["unmanaged services/bench/roles/b"]


def test_a_resource_that_is_now_looked_up_is_not_destroyed(harness: Harness) -> None:
    harness.apply(desk(a=ROLE, b=ROLE))
    harness.intent = gone("services/desk", destroy=True)
    looked_up = desk("lookup: true", a=ROLE, b="{type: conversation, lifecycle: {lookup: true}}")
    assert change_lines(harness.plan(looked_up)) == ["delete services/desk/roles/a"]


def test_an_excluded_unmanaged_resource_keeps_its_service(harness: Harness) -> None:
    harness.apply(desk(a=ROLE))
    by_hand(harness, "theirs")
    harness.intent = gone("services/desk", destroy=True, excluded="services/desk/roles/theirs")
    assert change_lines(harness.plan()) == ["delete services/desk/roles/a"]


def test_one_number_overrides_the_guardrail_for_every_kind(harness: Harness) -> None:
    """Three of sixteen roles are no guardrail by themselves, and a limit told for two conversations makes one."""
    roles = {f"r{number:02}": ROLE for number in range(16)}
    rooms = "    conversations: {x: {}, y: {}, z: {}}\n"
    harness.apply(desk(ALL, more=rooms, **roles))
    fewer = {name: roles[name] for name in sorted(roles)[:-3]}
    (guardrail,) = harness.plan(desk(ALL, more="    conversations: {x: {}}\n", **fewer)).guardrails
    assert guardrail.override == "`--max-deletes 3`, or `guardrails: {max_deletes: 3}`"
    harness.intent = Intent(overrides=Overrides(max_deletes=3))
    assert guardrails(harness.plan()) == []


HELD = "    conversations: {lounge: {participants: {bot: {identity: bot, role: a}}}}\n    users: {ann: {role: s}}\n"


@pytest.mark.parametrize(
    "left",
    [
        pytest.param({"k": ROLE}, id="all are pruned"),
        pytest.param({"k": ROLE, "s": "{lifecycle: {absent: true}}"}, id="one role is named, its holder is pruned"),
    ],
)
def test_a_role_is_deleted_after_those_who_have_it(harness: Harness, left: dict[str, str]) -> None:
    harness.apply(desk(ALL, a=ROLE, s=STAFF, k=ROLE, more=HELD))
    harness.intent = many()
    assert set(harness.apply(desk(ALL, **left)).counts) == {Status.DONE}
    harness.intent = Intent()
    assert plan_lines(harness.plan()) == []


def test_a_role_is_destroyed_after_those_who_have_it(harness: Harness) -> None:
    harness.client.made("/Services", {"FriendlyName": "desk"})
    harness.apply(desk(ALL, a=ROLE, s=STAFF, more=HELD))
    harness.intent = Intent(destroy=True, overrides=Overrides(max_deletes=100))
    assert set(harness.apply().counts) == {Status.DONE}
    assert change_lines(harness.plan()) == []


def test_advice_can_be_pasted_whatever_the_name(harness: Harness) -> None:
    harness.apply(desk(a=ROLE, b=ROLE).replace("b: {", "'b, c: d': {"))
    (orphan,) = harness.plan(desk(a=ROLE)).orphaned
    forget = orphan.advice.split("`")[1]
    letting_go = harness.plan(desk(a=ROLE, more=f"{forget}\n"))
    assert [str(each.address) for each in letting_go.forgotten] == ["services/desk/roles/b, c: d"]
    assert left_alone_lines(letting_go) == []
    sid = by_hand(harness, "x: {y")
    absent = desk(a=ROLE, b="{lifecycle: {absent: true}}", more=f"{forget}\n").replace("b: {", "'x: {y': {")
    (guardrail,) = harness.plan(absent).guardrails
    assert str(sid) in guardrail.override
    assert change_lines(harness.plan(f"{absent}{guardrail.override.strip('`')}\n")) == [
        "delete services/desk/roles/x: {y"
    ]


def test_a_superseded_role_that_is_pruned_is_not_listed_as_orphaned(harness: Harness) -> None:
    harness.apply(desk(a=ROLE, b=ROLE))
    made = {str(each.address): each.reason for each in harness.plan(desk(a=ROLE, b=RENAMED)).changes}
    assert made["services/desk/roles/b"].endswith("is left as it is")
    plan = harness.plan(desk("prune: [roles]", a=ROLE, b=RENAMED))
    reason, *_ = (each.reason for each in plan.changes if each.address.key == "b")
    assert reason.endswith("is deleted last")


def test_nothing_is_adopted_that_cannot_become_what_is_declared(harness: Harness) -> None:
    """The next plan would make another, and the one after that would adopt the first again."""
    harness.apply(desk(a=ROLE))
    adopt = f"adopt: {{services/desk/roles/b: {by_hand(harness, 'theirs')}}}\n"
    (guardrail,) = harness.plan(desk(a=ROLE, b=ROLE, more=adopt)).guardrails
    assert (guardrail.rule, str(*guardrail.addresses)) == ("adopt", "services/desk/roles/b")
    assert guardrail.override.startswith("write the friendly_name that it has in Twilio")
    named = "{friendly_name: theirs, type: conversation, permissions: [sendMessage]}"
    assert plan_lines(harness.plan(desk(a=ROLE, b=named, more=adopt))) == ["adopt services/desk/roles/b"]


def test_a_resource_owned_elsewhere_is_not_adopted_under_a_name_that_it_cannot_have(harness: Harness) -> None:
    harness.apply(desk(a=ROLE))
    sid = harness.path("/Services/desk/Roles/a").rpartition("/")[2]
    plan = harness.plan(desk(a=ROLE, c=ROLE, more=f"adopt: {{services/desk/roles/c: {sid}}}\n"))
    assert guardrails(plan) == ["adopt"]


def test_a_line_under_adopt_takes_effect_once(harness: Harness) -> None:
    harness.apply(desk(a=ROLE))
    adopt = f"adopt: {{services/desk/roles/b: {by_hand(harness, 'b')}}}\n"
    harness.apply(desk(a=ROLE, b=ROLE, more=adopt))
    assert change_lines(harness.plan()) == []
    harness.apply(desk(a=ROLE, b=RENAMED, more=adopt))
    plan = harness.plan()
    assert change_lines(plan) == []
    assert plan.applyable


def test_a_protected_singleton_protects_its_service_after_its_block_is_removed(harness: Harness) -> None:
    settings = "    configuration: {reachability_enabled: true, lifecycle: {protect: true}}\n"
    harness.apply(desk(a=ROLE, more=settings))
    harness.apply(desk(a=ROLE, b=ROLE))
    harness.intent = gone("services/desk")
    service = "version: 1\nservices: {desk: {lifecycle: {absent: true}}}\n"
    (guardrail,) = harness.plan(service).guardrails
    assert [str(each) for each in guardrail.addresses] == ["services/desk", "services/desk/configuration"]
    harness.apply(desk(a=ROLE, b=ROLE, more="    configuration: {lifecycle: {protect: false}}\n"))
    assert guardrails(harness.plan(service)) == []


def test_an_adopted_role_that_is_created_again_does_not_block_the_next_plan(harness: Harness) -> None:
    harness.apply(desk(other=ROLE))
    adopted = by_hand(harness, "agent")
    text = desk(agent=ROLE, other=ROLE, more=f"adopt: {{services/desk/roles/agent: {adopted}}}\n")
    harness.apply(text)
    harness.client.delete(harness.path("/Services/desk/Roles/agent"))
    assert [each.actions for each in harness.plan().changes if each.actions] == [("create",)]
    harness.apply()
    plan = harness.plan()
    assert plan_lines(plan) == []
    now = plan.snapshot.sids[Address.parse("services/desk/roles/agent")]
    assert [(each.code, each.summary, each.detail) for each in plan.warnings] == [
        (
            "CS4014",
            f"`adopt` names {adopted} for services/desk/roles/agent, which no longer exists; the address is {now} now",
            "remove the line from `adopt`",
        )
    ]


def test_an_adoption_that_was_done_does_not_block_a_service_that_is_created_again(harness: Harness) -> None:
    harness.apply(desk(other=ROLE))
    text = desk(agent=ROLE, other=ROLE, more=f"adopt: {{services/desk/roles/agent: {by_hand(harness, 'agent')}}}\n")
    harness.apply(text)
    harness.client.delete(harness.path("/Services/desk"))
    harness.intent = many(allow_recreate=frozenset({Address.of("services", "desk")}))
    assert guardrails(harness.plan()) == []
    harness.apply()
    harness.intent = many()
    assert plan_lines(harness.plan()) == []


def test_an_adoption_that_was_not_done_blocks_a_service_that_is_created(harness: Harness) -> None:
    harness.apply(desk(other=ROLE))
    text = desk(agent=ROLE, other=ROLE, more=f"adopt: {{services/desk/roles/agent: {by_hand(harness, 'agent')}}}\n")
    harness.client.delete(harness.path("/Services/desk"))
    harness.ledger_path.unlink()
    assert guardrails(harness.plan(text)) == ["adopt"]


MEMBERS = """
version: 1
services:
  desk:
    lifecycle: {prune: [users]}
    users: {%s}
    conversations: {lounge: {participants: {%s}}}
"""


def test_a_user_whom_a_declared_participant_names_is_not_pruned(harness: Harness) -> None:
    harness.intent = many()
    harness.apply(MEMBERS % ("ann: {}, bob: {}", "p: {identity: ann}, q: {identity: bob}"))
    plan = harness.plan(MEMBERS % ("carl: {identity: ann}", "p: {identity: ann}, q: {identity: bob}"))
    assert plan_lines(plan) == [
        "move services/desk/users/carl",
        "delete services/desk/users/bob",
        "! link services/desk/users/bob services/desk/conversations/lounge/participants/q",
    ]
    harness.apply(MEMBERS % ("", "p: {identity: cleo}"))
    assert plan_lines(harness.plan()) == []


def test_a_user_whose_participant_is_protected_is_not_deleted(harness: Harness) -> None:
    protected = "p: {identity: ann, lifecycle: {protect: %s}}"
    harness.intent = many()
    harness.apply(MEMBERS % ("ann: {}", protected % "true"))
    (guardrail,) = harness.plan(MEMBERS % ("", "")).guardrails
    participant = "services/desk/conversations/lounge/participants/p"
    assert (guardrail.rule, guardrail.text) == (
        "protect",
        f"deleting services/desk/users/ann ({sid_of_ann(harness)}) would also remove {participant}, which is protected",
    )
    harness.intent = Intent(destroy=True, selection=Selection(targets=("services/desk/users/*",)))
    assert guardrails(harness.plan()) == ["protect"]
    harness.intent = many()
    harness.apply(MEMBERS % ("ann: {}", protected % "false"))
    assert guardrails(harness.plan(MEMBERS % ("", ""))) == []


def sid_of_ann(harness: Harness) -> str:
    return str(harness.live("/Services/desk/Users/ann")["sid"])


GONE = "{lifecycle: {absent: true}}"
NAMED = "{friendly_name: b, type: conversation, permissions: [sendMessage]}"


def warned(plan: Plan) -> list[str]:
    return [each.summary for each in plan.warnings if each.code == "CS4015"]


def test_an_absence_that_was_done_never_deletes_what_another_address_owns(harness: Harness) -> None:
    """Its block stays after the deletion, and its name comes back at another address."""
    harness.apply(desk(a=ROLE, b=ROLE))
    harness.apply(desk(a=ROLE, b=GONE))
    assert harness.writes == ["DELETE Services/…/Roles/…"]
    harness.apply(desk(a=ROLE, b=GONE, c=NAMED))
    plan = harness.plan()
    assert (plan_lines(plan), warned(plan)) == ([], [])
    plan = harness.plan(desk(a=ROLE, b=GONE))
    (orphan,) = plan.orphaned
    assert plan_lines(plan) == [f"orphaned services/desk/roles/c {orphan.sid}"]
    assert warned(plan) == [
        (
            f"services/desk/roles/b must be absent, but {orphan.sid} of this name is left alone: "
            "it is services/desk/roles/c, no longer in the configuration"
        )
    ]
    assert harness.apply().outcomes == ()
    assert harness.writes == []
    assert warned(harness.plan(desk("prune: [roles]", a=ROLE, b=GONE))) == []
    assert plan_lines(harness.plan(desk(a=ROLE, c=GONE))) == ["delete services/desk/roles/c"]


def test_an_absence_that_was_done_never_deletes_what_was_superseded(harness: Harness) -> None:
    """`adopt` to an address of its own deletes it."""
    harness.apply(desk(a=ROLE, b=ROLE))
    harness.apply(desk(a=ROLE, b=STAFF))
    (old,) = harness.plan().orphaned
    assert change_lines(harness.plan(desk(a=ROLE, b=GONE))) == ["delete services/desk/roles/b"]
    harness.apply()
    plan = harness.plan()
    assert plan_lines(plan) == [f"orphaned services/desk/roles/b {old.sid}"]
    assert warned(plan) == [
        (
            f"services/desk/roles/b must be absent, but {old.sid} of this name is left alone: "
            "it is services/desk/roles/b, superseded by another resource at its address"
        )
    ]
    dead = desk(a=ROLE, dead=GONE, more=f"adopt: {{services/desk/roles/dead: {old.sid}}}\n")
    assert plan_lines(harness.plan(dead)) == ["delete services/desk/roles/dead"]
    harness.apply()
    assert harness.writes == ["DELETE Services/…/Roles/…"]
    assert (plan_lines(harness.plan()), warned(harness.plan())) == ([], [])


def looked_up_elsewhere(harness: Harness, *, still_declared: bool) -> str:
    """Apply a service, and return a configuration that looks it up at another address, too or only there."""
    settings = "    configuration: {default_conversation_role: a}\n"
    harness.apply(desk(a=ROLE, b=ROLE, more=settings))
    sid = harness.path("/Services/desk").rpartition("/")[2]
    other = f"  other:\n    friendly_name: desk\n    lifecycle: {{lookup: true}}\n    roles: {{b: {ROLE}}}\n"
    adopt = f"adopt: {{services/other: {sid}}}\n"
    if still_declared:
        return desk(a=ROLE, more=f"{settings}{other}{adopt}")
    return f"version: 1\nservices:\n{other}{adopt}"


def test_destroy_deletes_a_service_that_a_second_address_looks_up_in_one_run(harness: Harness) -> None:
    text = looked_up_elsewhere(harness, still_declared=True)
    harness.intent = gone("services/desk", destroy=True)
    assert plan_lines(harness.plan(text)) == ["delete services/desk"]
    report = harness.apply()
    assert (report.exit_code, harness.writes) == (0, ["DELETE Services/…"])
    harness.intent = Intent(destroy=True)
    assert plan_lines(harness.plan()) == []


def test_destroy_keeps_a_service_that_is_only_looked_up_at_another_address(harness: Harness) -> None:
    text = looked_up_elsewhere(harness, still_declared=False)
    harness.intent = Intent(destroy=True, overrides=Overrides(max_deletes=9))
    roles = "services/other/roles"
    assert change_lines(harness.plan(text)) == [
        f"update services/other/configuration default_conversation_role:{roles}/a->{roles}/channel user",
        "delete services/other/roles/b",
        "delete services/other/roles/a",
    ]
    assert harness.apply().exit_code == 0
    assert plan_lines(harness.plan()) == []
