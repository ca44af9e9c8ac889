"""What is not ours, what is to be kept, and what a person let go of: no delete takes it, on whatever way around."""

import pytest

from confsync.apply.report import Status
from confsync.names import Address, Sid
from confsync.plan.intent import Intent, Overrides, Selection
from confsync.plan.plan import Plan
from tests.harness import Workshop, changes, left_alone, told

ROLE = "{type: conversation, permissions: [sendMessage]}"
STAFF = "{type: service, permissions: [joinConversation]}"
KEPT = "{type: conversation, permissions: [sendMessage], lifecycle: {protect: true}}"
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


def by_hand(workshop: Workshop, name: str) -> Sid:
    form = {"FriendlyName": name, "Type": "conversation", "Permission": "sendMessage"}
    return Sid(workshop.client.made(workshop.path("/Services/desk/Roles"), form))


def superseded(workshop: Workshop) -> Sid:
    """Protect a role, and give its address to another one."""
    workshop.apply(desk(a=ROLE, b=KEPT))
    workshop.apply(desk(a=ROLE, b=RENAMED))
    (orphan,) = workshop.plan().orphaned
    return orphan.sid


def guardrails(plan: Plan) -> list[str]:
    return [each.rule for each in plan.guardrails]


def test_what_is_superseded_stays_protected_under_whichever_address_it_is_adopted(workshop: Workshop) -> None:
    adopt = f"adopt: {{services/desk/roles/dead: {superseded(workshop)}}}\n"
    dead = "{lifecycle: {absent: true%s}}"
    plan = workshop.plan(desk(a=ROLE, b=RENAMED, dead=dead % "", more=adopt))
    assert told(plan) == ["delete services/desk/roles/dead", "! protect services/desk/roles/dead"]
    assert "lifecycle.protect: false" in plan.guardrails[0].override
    assert guardrails(workshop.plan(desk(a=ROLE, b=RENAMED, dead=dead % ", protect: false", more=adopt))) == []


def test_what_is_superseded_is_unprotected_where_its_successor_says_so(workshop: Workshop) -> None:
    superseded(workshop)
    (guardrail,) = workshop.plan(desk("prune: [roles]", a=ROLE, b=RENAMED)).guardrails
    assert guardrail.rule == "protect"
    assert "lifecycle.protect: false" in guardrail.override
    lifted = RENAMED.replace("}", ", lifecycle: {protect: false}}")
    assert told(workshop.plan(desk("prune: [roles]", a=ROLE, b=lifted))) == ["delete services/desk/roles/b"]


def test_what_is_superseded_and_protected_keeps_its_parent_alive(workshop: Workshop) -> None:
    old = superseded(workshop)
    workshop.intent = gone("services/desk")
    service = "version: 1\nservices: {desk: {lifecycle: {absent: true}}}\n"
    (guardrail,) = workshop.plan(service).guardrails
    assert [str(each) for each in guardrail.addresses] == ["services/desk", "services/desk/roles/b"]
    assert guardrail.text.endswith("services/desk/roles/b in it is protected")
    assert "`adopt` what is superseded" in guardrail.override
    dead = "{lifecycle: {absent: true, protect: false}}"
    workshop.apply(desk(a=ROLE, b=RENAMED, dead=dead, more=f"adopt: {{services/desk/roles/dead: {old}}}\n"))
    assert guardrails(workshop.plan(service)) == []


@pytest.mark.parametrize("named", ["services/desk/roles/b", "services/bench/roles/b"])
def test_what_is_forgotten_stays_where_its_service_moves_at_the_same_time(workshop: Workshop, named: str) -> None:
    workshop.apply(desk("prune: [roles]", a=ROLE, b=ROLE))
    plan = workshop.plan(desk("prune: [roles]", key="bench", a=ROLE, more=f"forget: [{named}]\n"))
    assert told(plan) == ["move services/bench"]
    assert [each.address.key for each in plan.forgotten] == ["b"]
    workshop.apply()
    assert workshop.writes == []
    assert workshop.ledger
    assert "b" not in {each.address.key for each in workshop.ledger.entries}
    assert told(workshop.plan()) == ["unmanaged services/bench/roles/b"]


def test_what_is_only_looked_up_by_now_is_not_destroyed(workshop: Workshop) -> None:
    workshop.apply(desk(a=ROLE, b=ROLE))
    workshop.intent = gone("services/desk", destroy=True)
    looked_up = desk("lookup: true", a=ROLE, b="{type: conversation, lifecycle: {lookup: true}}")
    assert changes(workshop.plan(looked_up)) == ["delete services/desk/roles/a"]


def test_what_somebody_else_made_and_exclude_names_keeps_its_service_alive(workshop: Workshop) -> None:
    workshop.apply(desk(a=ROLE))
    by_hand(workshop, "theirs")
    workshop.intent = gone("services/desk", destroy=True, excluded="services/desk/roles/theirs")
    assert changes(workshop.plan()) == ["delete services/desk/roles/a"]


def test_one_number_lifts_the_guardrail_for_every_kind(workshop: Workshop) -> None:
    """Three of sixteen roles are no guardrail by themselves, and a limit told for two conversations makes one."""
    roles = {f"r{number:02}": ROLE for number in range(16)}
    rooms = "    conversations: {x: {}, y: {}, z: {}}\n"
    workshop.apply(desk(ALL, more=rooms, **roles))
    fewer = {name: roles[name] for name in sorted(roles)[:-3]}
    (guardrail,) = workshop.plan(desk(ALL, more="    conversations: {x: {}}\n", **fewer)).guardrails
    assert guardrail.override == "`--max-deletes 3`, or `guardrails: {max_deletes: 3}`"
    workshop.intent = Intent(overrides=Overrides(max_deletes=3))
    assert guardrails(workshop.plan()) == []


HELD = "    conversations: {lounge: {participants: {bot: {identity: bot, role: a}}}}\n    users: {ann: {role: s}}\n"


@pytest.mark.parametrize(
    "left",
    [
        pytest.param({"k": ROLE}, id="all are pruned"),
        pytest.param({"k": ROLE, "s": "{lifecycle: {absent: true}}"}, id="one role is named, its holder is pruned"),
    ],
)
def test_whoever_holds_a_role_is_deleted_before_it(workshop: Workshop, left: dict[str, str]) -> None:
    workshop.apply(desk(ALL, a=ROLE, s=STAFF, k=ROLE, more=HELD))
    workshop.intent = many()
    assert set(workshop.apply(desk(ALL, **left)).counts) == {Status.DONE}
    workshop.intent = Intent()
    assert told(workshop.plan()) == []


def test_whoever_holds_a_role_is_destroyed_before_it(workshop: Workshop) -> None:
    workshop.client.made("/Services", {"FriendlyName": "desk"})
    workshop.apply(desk(ALL, a=ROLE, s=STAFF, more=HELD))
    workshop.intent = Intent(destroy=True, overrides=Overrides(max_deletes=100))
    assert set(workshop.apply().counts) == {Status.DONE}
    assert changes(workshop.plan()) == []


def test_advice_can_be_pasted_whatever_a_thing_is_called(workshop: Workshop) -> None:
    workshop.apply(desk(a=ROLE, b=ROLE).replace("b: {", "'b, c: d': {"))
    (orphan,) = workshop.plan(desk(a=ROLE)).orphaned
    forget = orphan.advice.split("`")[1]
    letting_go = workshop.plan(desk(a=ROLE, more=f"{forget}\n"))
    assert [str(each.address) for each in letting_go.forgotten] == ["services/desk/roles/b, c: d"]
    assert left_alone(letting_go) == []
    sid = by_hand(workshop, "x: {y")
    absent = desk(a=ROLE, b="{lifecycle: {absent: true}}", more=f"{forget}\n").replace("b: {", "'x: {y': {")
    (guardrail,) = workshop.plan(absent).guardrails
    assert str(sid) in guardrail.override
    assert changes(workshop.plan(f"{absent}{guardrail.override.strip('`')}\n")) == ["delete services/desk/roles/x: {y"]


def test_what_is_superseded_and_pruned_is_not_said_to_stay(workshop: Workshop) -> None:
    workshop.apply(desk(a=ROLE, b=ROLE))
    made = {str(each.address): each.reason for each in workshop.plan(desk(a=ROLE, b=RENAMED)).changes}
    assert made["services/desk/roles/b"].endswith("is left as it is")
    plan = workshop.plan(desk("prune: [roles]", a=ROLE, b=RENAMED))
    reason, *_ = (each.reason for each in plan.changes if each.address.key == "b")
    assert reason.endswith("is deleted last")


def test_nothing_is_adopted_that_cannot_become_what_is_written(workshop: Workshop) -> None:
    """The next plan would make another, and the one after that would adopt the first again."""
    workshop.apply(desk(a=ROLE))
    adopt = f"adopt: {{services/desk/roles/b: {by_hand(workshop, 'theirs')}}}\n"
    (guardrail,) = workshop.plan(desk(a=ROLE, b=ROLE, more=adopt)).guardrails
    assert (guardrail.rule, str(*guardrail.addresses)) == ("adopt", "services/desk/roles/b")
    assert guardrail.override.startswith("write friendly_name as at Twilio")
    named = "{friendly_name: theirs, type: conversation, permissions: [sendMessage]}"
    assert told(workshop.plan(desk(a=ROLE, b=named, more=adopt))) == ["adopt services/desk/roles/b"]


def test_what_is_owned_elsewhere_is_not_adopted_under_a_name_that_it_cannot_have(workshop: Workshop) -> None:
    workshop.apply(desk(a=ROLE))
    sid = workshop.path("/Services/desk/Roles/a").rpartition("/")[2]
    plan = workshop.plan(desk(a=ROLE, c=ROLE, more=f"adopt: {{services/desk/roles/c: {sid}}}\n"))
    assert guardrails(plan) == ["adopt"]


def test_a_line_under_adopt_does_its_work_once(workshop: Workshop) -> None:
    workshop.apply(desk(a=ROLE))
    adopt = f"adopt: {{services/desk/roles/b: {by_hand(workshop, 'b')}}}\n"
    workshop.apply(desk(a=ROLE, b=ROLE, more=adopt))
    assert changes(workshop.plan()) == []
    workshop.apply(desk(a=ROLE, b=RENAMED, more=adopt))
    plan = workshop.plan()
    assert changes(plan) == []
    assert plan.applyable


def test_what_is_protected_and_has_no_sid_keeps_its_service_alive_though_its_block_is_gone(workshop: Workshop) -> None:
    settings = "    configuration: {reachability_enabled: true, lifecycle: {protect: true}}\n"
    workshop.apply(desk(a=ROLE, more=settings))
    workshop.apply(desk(a=ROLE, b=ROLE))
    workshop.intent = gone("services/desk")
    service = "version: 1\nservices: {desk: {lifecycle: {absent: true}}}\n"
    (guardrail,) = workshop.plan(service).guardrails
    assert [str(each) for each in guardrail.addresses] == ["services/desk", "services/desk/configuration"]
    workshop.apply(desk(a=ROLE, b=ROLE, more="    configuration: {lifecycle: {protect: false}}\n"))
    assert guardrails(workshop.plan(service)) == []
