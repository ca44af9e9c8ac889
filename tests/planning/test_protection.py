"""Protection belongs to a SID: no plan both removes it and acts on the removal, whatever the plan combines."""

from collections.abc import Mapping

import pytest

from confsync.errors import Refused
from confsync.names import Address
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.intent import Intent, Overrides, Selection
from confsync.plan.plan import Plan
from tests.harness import Harness, change_lines, left_alone_lines, plan_lines

ROLE = "{type: conversation, permissions: [sendMessage]}"
PROTECTED = "{type: conversation, permissions: [sendMessage], lifecycle: {protect: true}}"
UNPROTECTED = PROTECTED.replace("true", "false")


def services(*, more: str = "", **written: str) -> str:
    """Declare services, each in flow style."""
    return f"version: 1\nservices: {{{', '.join(f'{key}: {text}' for key, text in written.items())}}}\n{more}"


DESK = services(desk="{lifecycle: {protect: true}, roles: {a: %s}}" % ROLE)  # noqa: UP031 — braces of YAML
HOLDER = services(desk=f"{{roles: {{a: {PROTECTED}}}}}")
"""A protected service, and a service that is not protected and contains a protected role."""

ABSENT = "{friendly_name: desk, lifecycle: {absent: true%s}}"


MANY = Overrides(max_deletes=100)


def rules(plan: Plan) -> list[str]:
    """Name what blocks a plan, except that each service needs a permission of its own."""
    return [str(each.rule) for each in plan.guardrails if each.rule is not GuardrailRule.DELETE]


ADOPTED = "adopt: {services/other: SID}\n"
FORGOTTEN = "forget: [services/desk]\n"
WAYS_AROUND: Mapping[str, tuple[str, str, list[str]]] = {
    "absent": (DESK, services(desk=ABSENT % ""), ["protect"]),
    "absent, and unprotected in the same plan": (DESK, services(desk=ABSENT % ", protect: false"), ["protect"]),
    "forgotten": (DESK, services(more=FORGOTTEN), ["unprotect"]),
    "forgotten, adopted and absent": (
        DESK,
        services(other=ABSENT % "", more=FORGOTTEN + ADOPTED),
        ["protect", "unprotect", "unprotect"],
    ),
    "forgotten, adopted, absent and unprotected": (
        DESK,
        services(other=ABSENT % ", protect: false", more=FORGOTTEN + ADOPTED),
        ["protect", "unprotect", "unprotect"],
    ),
    "adopted elsewhere": (
        DESK,
        services(other="{friendly_name: desk}", more=ADOPTED),
        ["unprotect"],
    ),
    "adopted elsewhere and absent": (DESK, services(other=ABSENT % "", more=ADOPTED), ["protect", "unprotect"]),
    "looked up": (DESK, services(desk="{lifecycle: {lookup: true}}"), ["unprotect"]),
    "looked up and unprotected": (
        DESK,
        services(desk="{lifecycle: {lookup: true, protect: false}}"),
        ["unprotect"],
    ),
    "moved and absent": (
        DESK,
        services(other="{friendly_name: desk, lifecycle: {absent: true, previously: [services/desk]}}"),
        ["protect"],
    ),
    "a parent forgotten": (HOLDER, services(more=FORGOTTEN), ["unprotect"]),
    "a parent absent": (HOLDER, services(desk=ABSENT % ""), ["protect"]),
    "a parent forgotten, adopted and absent": (
        HOLDER,
        services(other=ABSENT % "", more=FORGOTTEN + ADOPTED),
        ["protect", "unprotect"],
    ),
    "a child pruned": (HOLDER, services(desk="{lifecycle: {prune: [roles]}}"), ["protect"]),
    "a child forgotten and pruned": (
        HOLDER,
        services(desk="{lifecycle: {prune: [roles]}}", more="forget: [services/desk/roles/a]\n"),
        ["unprotect"],
    ),
}


@pytest.mark.parametrize(("before", "after", "blocked"), WAYS_AROUND.values(), ids=WAYS_AROUND)
def test_there_is_no_way_around_protection_in_one_plan(
    harness: Harness, before: str, after: str, blocked: list[str]
) -> None:
    harness.apply(before)
    ledger = harness.ledger
    harness.intent = Intent(overrides=MANY)
    sid = harness.path("/Services/desk").rpartition("/")[2]
    plan = harness.plan(after.replace("SID", sid))
    assert rules(plan) == blocked
    assert all("`lifecycle.protect: false`" in each.override for each in plan.guardrails if each.rule in blocked)
    with pytest.raises(Refused):
        harness.apply()
    assert harness.writes == []
    assert harness.ledger == ledger


@pytest.mark.parametrize(("before", "after", "blocked"), WAYS_AROUND.values(), ids=WAYS_AROUND)
def test_each_is_possible_after_a_plan_that_removes_the_protection(
    harness: Harness, before: str, after: str, blocked: list[str]
) -> None:
    assert blocked
    harness.apply(before)
    harness.apply(before.replace("protect: true", "protect: false"))
    assert harness.writes == []
    harness.intent = Intent(overrides=MANY)
    sid = harness.path("/Services/desk").rpartition("/")[2]
    assert rules(harness.plan(after.replace("SID", sid))) == []


LOOKED_UP = services(desk=f"{{lifecycle: {{lookup: true}}, roles: {{a: {PROTECTED}}}}}")


@pytest.mark.parametrize("dropped", ["", "forget: [services/desk/roles/a]\n"])
def test_a_protected_child_of_a_service_that_nobody_owned_protects_it_at_any_address(
    harness: Harness, dropped: str
) -> None:
    """The ledger has no entry for the service, so only the entry of the role knows what contains it."""
    sid = harness.client.made("/Services", {"FriendlyName": "desk"})
    harness.apply(LOOKED_UP)
    harness.intent = Intent(overrides=MANY)
    adopt = f"adopt: {{services/other: {sid}}}\n{dropped}"
    plan = harness.plan(services(other=ABSENT % "", more=adopt))
    assert rules(plan) == ["protect", *(["unprotect"] if dropped else [])]
    (text,) = (each.text for each in plan.guardrails if each.rule is GuardrailRule.PROTECT)
    service = "desk" if dropped else "other"
    assert text.endswith(f"would be deleted, but services/{service}/roles/a in it is protected")


def test_a_protected_member_of_a_superseded_conversation_protects_it(harness: Harness) -> None:
    """Its successor has its address, so the address does not show what it contains."""
    members = "participants: {ann: {identity: ann, lifecycle: {protect: true}}}"
    before = services(desk=f"{{conversations: {{lounge: {{{members}}}}}}}")
    harness.apply(before)
    harness.client.post(harness.path("/Services/desk/Conversations/lounge"), {"State": "closed"})
    after = before.replace("{lounge: {", "{lounge: {unique_name: hall, ")
    harness.apply(after)
    harness.intent = Intent(overrides=MANY)
    plan = harness.plan(after.replace("desk: {", "desk: {lifecycle: {prune: [conversations]}, "))
    assert plan_lines(plan) == [
        "delete services/desk/conversations/lounge",
        "! protect services/desk/conversations/lounge services/desk/conversations/lounge/participants/ann",
    ]


def test_what_is_in_a_looked_up_service_follows_its_key(harness: Harness) -> None:
    """Another service may take the old key, and does not contain any of it."""
    harness.client.made("/Services", {"FriendlyName": "desk"})
    harness.apply(LOOKED_UP)
    role = harness.path("/Services/desk/Roles/a").rpartition("/")[2]
    moved = services(other="{friendly_name: desk, lifecycle: {lookup: true}, roles: {}}", desk="{friendly_name: bench}")
    plan = harness.plan(moved)
    assert change_lines(plan) == ["create services/desk friendly_name:None->bench"]
    assert left_alone_lines(plan) == [f"orphaned services/other/roles/a {role}"]
    harness.apply()
    assert left_alone_lines(harness.plan()) == [f"orphaned services/other/roles/a {role}"]
    assert harness.ledger
    assert [each.protect for each in harness.ledger.entries if each.sid == role] == [True]


def test_a_service_at_the_key_of_a_looked_up_one_has_none_of_its_roles(harness: Harness) -> None:
    """A role that the other service lacks is not gone, so it still protects the service that contains it."""
    desk = harness.client.made("/Services", {"FriendlyName": "desk"})
    harness.client.made("/Services", {"FriendlyName": "bench"})
    harness.apply(LOOKED_UP)
    harness.intent = Intent(overrides=MANY)
    taken = "{friendly_name: bench, lifecycle: {prune: [roles]}, roles: {a: %s}}" % ROLE  # noqa: UP031 — braces of YAML
    plan = harness.plan(services(other=ABSENT % "", desk=taken, more=f"adopt: {{services/other: {desk}}}\n"))
    assert rules(plan) == ["protect"]
    assert [line for line in change_lines(plan) if not line.startswith("delete")] == [
        "adopt services/desk",
        "create services/desk/roles/a friendly_name:None->a type:None->conversation permissions:None->[sendMessage]",
    ]


def test_destroy_finds_what_is_in_a_looked_up_service_at_its_new_key(harness: Harness) -> None:
    harness.client.made("/Services", {"FriendlyName": "desk"})
    harness.apply(LOOKED_UP.replace(PROTECTED, ROLE))
    harness.intent = Intent(overrides=MANY, destroy=True)
    moved = services(other="{friendly_name: desk, lifecycle: {lookup: true}}")
    assert plan_lines(harness.plan(moved)) == ["delete services/other/roles/a"]
    harness.apply()
    assert harness.writes == ["DELETE Services/…/Roles/…"]


def test_protection_follows_a_resource_to_its_new_key(harness: Harness) -> None:
    harness.apply(DESK)
    moved = services(other="{friendly_name: desk, lifecycle: {previously: [services/desk]}}")
    harness.apply(moved)
    harness.intent = Intent(overrides=MANY)
    assert rules(harness.plan(services(other=ABSENT % ""))) == ["protect"]


def test_a_protected_service_is_not_deleted_because_another_address_with_its_name_must_be_absent(
    harness: Harness,
) -> None:
    harness.apply(DESK)
    plan = harness.plan(services(other=ABSENT % ""))
    assert (change_lines(plan), rules(plan)) == ([], [])
    assert harness.apply().outcomes == ()
    assert harness.writes == []


def test_a_line_under_adopt_that_an_explicit_move_accompanies_is_ordinary(harness: Harness) -> None:
    harness.apply(DESK)
    sid = harness.path("/Services/desk").rpartition("/")[2]
    text = services(
        other="{friendly_name: desk, lifecycle: {previously: [services/desk]}}", more=ADOPTED.replace("SID", sid)
    )
    assert change_lines(harness.plan(text)) == ["move services/other"]
    assert rules(harness.plan()) == []
    harness.apply()
    assert harness.ledger
    assert harness.ledger.owner[sid].protect  # type: ignore[index]  # a SID as the path has it


def test_destroy_keeps_what_the_ledger_protects_until_a_plan_removed_that(harness: Harness) -> None:
    harness.apply(DESK)
    harness.intent = Intent(overrides=MANY, destroy=True)
    unprotected = DESK.replace("true", "false")
    assert rules(harness.plan(unprotected)) == ["protect"]
    assert rules(harness.plan(services(more=FORGOTTEN))) == ["unprotect"]
    harness.intent = Intent()
    harness.apply(unprotected)
    harness.intent = Intent(overrides=MANY, destroy=True)
    assert rules(harness.plan(unprotected)) == []


def test_a_partial_plan_neither_blocks_nor_drops_what_it_does_not_select(harness: Harness) -> None:
    both = services(desk="{lifecycle: {protect: true}}", spare="{}", aside="{}")
    harness.apply(both)
    after = services(desk="{lifecycle: {lookup: true}}", aside="{lifecycle: {lookup: true}}", spare="{}")
    harness.intent = Intent(selection=Selection(targets=("services/spare",)))
    assert plan_lines(harness.plan(after)) == []
    harness.apply()
    assert harness.ledger
    assert {str(each.address) for each in harness.ledger.entries} == {
        "services/desk",
        "services/spare",
        "services/aside",
    }
    harness.intent = Intent(selection=Selection(targets=("services/desk",)))
    assert rules(harness.plan(after)) == ["unprotect"]
    harness.intent = Intent(selection=Selection(targets=("services/aside",)))
    harness.apply(after)
    assert "services/aside" not in {str(each.address) for each in harness.ledger.entries}


def test_a_saved_plan_is_refused_if_what_it_forgets_was_protected_since(harness: Harness) -> None:
    harness.apply(services(desk="{}", spare="{}"))
    after = services(spare="{roles: {a: %s}}" % ROLE, more=FORGOTTEN)  # noqa: UP031 — braces of YAML
    account = harness.account(harness.config(after))
    saved = account.plan().save(harness.folder / "plan.json")
    harness.apply(services(desk="{lifecycle: {protect: true}}", spare="{}"))
    with pytest.raises(Refused, match="names services/desk"):
        account.apply(harness.account(harness.config(after)).resume_plan(saved))
    assert harness.ledger
    assert Address.parse("services/desk") in harness.ledger.current


def test_a_plan_says_that_it_only_removes_protection(harness: Harness) -> None:
    harness.apply(DESK)
    (warning,) = harness.plan(DESK.replace("true", "false")).warnings
    assert warning.summary == "services/desk loses its protection: later plans may delete it"
    harness.apply()
    assert harness.plan().warnings == ()


def test_the_ledger_knows_what_contains_each_resource(harness: Harness) -> None:
    room = "conversations: {hall: {participants: {b: {identity: b}}}}"
    harness.apply(services(desk=f"{{roles: {{a: {ROLE}}}, configuration: {{reachability_enabled: true}}, {room}}}"))
    ledger = harness.ledger
    assert ledger
    inside = {str(each.address).rpartition("/")[2]: len(each.inside) for each in ledger.entries}
    assert inside == {"desk": 0, "a": 1, "configuration": 1, "hall": 1, "b": 2}
    found = {str(each.address).rpartition("/")[2]: each for each in ledger.entries}
    assert found["b"].inside == (found["desk"].sid, found["hall"].sid)
