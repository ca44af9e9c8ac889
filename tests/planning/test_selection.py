"""Partial plans: what is selected, what it requires, what is read, and that the rest stays as it was."""

import pytest

from confsync.config.glob import Glob
from confsync.errors import Refused, UsageError
from confsync.names import Address
from confsync.plan.intent import Intent, Selection
from confsync.planning.selection import SelectionScope, check_selection
from tests.harness import Harness, change_lines, plan_lines

ROLE = "{type: conversation, permissions: [sendMessage]}"
TWO = f"""version: 1
services:
  a:
    configuration: {{default_conversation_role: agent}}
    webhooks: {{method: GET}}
    roles: {{agent: {ROLE}, clerk: {ROLE}}}
  b:
    webhooks: {{method: GET}}
    roles: {{agent: {ROLE}}}
credentials: {{push: {{type: fcm, secret: "${{{{ env.PUSH_KEY }}}}"}}}}
"""


def meaning(*targets: str, exclude: tuple[str, ...] = (), kinds: tuple[str, ...] = (), destroy: bool = False) -> Intent:
    return Intent(selection=Selection(targets=targets, excludes=exclude, kinds=kinds), destroy=destroy)


@pytest.mark.parametrize(
    ("glob", "address", "matches"),
    [
        ("services", "services/a", True),
        ("services/a", "services/a", True),
        ("services/a", "services/a/roles/x", True),
        ("services/a", "services/ab", False),
        ("services/a/roles/x", "services/a", False),
        ("services/*", "services/a", True),
        ("services/*/roles", "services/a/roles/x", True),
        ("services/*/x", "services/a/roles/x", False),
        ("services/a*", "services/ab/webhooks", True),
        ("services/*b", "services/a", False),
        ("services/?", "services/a", True),
        ("services/?", "services/ab", False),
        ("services/[ab]", "services/b", True),
        ("services/[!ab]", "services/b", False),
        ("services/[a-c]x", "services/bx", True),
        ("**/x", "services/a/roles/x", True),
        ("**/x", "services/x", True),
        ("**", "account/webhooks", True),
        ("services/**/x", "services/x", True),
        ("services/a/**", "services/a", False),
        ("services/a/**", "services/a/roles/x", True),
        ("services/*", "services/a%2Fb", True),
        ("services/a%2Fb", "services/a%2Fb", True),
        ("services/a%2fb", "services/a%2Fb", True),
        ("services/a?b", "services/a%2Fb", True),
        ("services/%2A", "services/a", False),
        ("services/%2A", "services/%2A", True),
        ("services/[%5D^]", "services/%5D", True),
        ("services/A", "services/a", False),
        ("services/a.b", "services/axb", False),
    ],
)
def test_a_glob_matches_an_address_and_everything_in_it(glob: str, address: str, matches: bool) -> None:  # noqa: FBT001
    assert Glob.parse(glob).matches(Address.parse(address)) is matches


@pytest.mark.parametrize(
    ("glob", "address", "reaches"),
    [
        ("services/a/roles/x", "services", True),
        ("services/a/roles/x", "services/a/roles", True),
        ("services/a/roles/x", "services/b/roles", False),
        ("services/a/roles/x", "services/a/webhooks", False),
        ("services/a", "services/a/roles", True),
        ("services/*/roles", "services/b/roles", True),
        ("**/x", "credentials", True),
    ],
)
def test_a_glob_may_match_inside_an_address(glob: str, address: str, reaches: bool) -> None:  # noqa: FBT001
    assert Glob.parse(glob).may_match_inside(Address.parse(address)) is reaches


@pytest.mark.parametrize("glob", ["", "/services", "services/", "a//b", "a#b", "a/b**", "a/[b", "a/[z-a]"])
def test_an_invalid_glob_is_an_error(glob: str) -> None:
    with pytest.raises(UsageError, match="is not a valid address glob"):
        check_selection(Selection(targets=(glob,)))


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(UsageError, match="--kind role: there is no such section") as wrong:
        check_selection(Selection(kinds=("role",)))
    assert wrong.value.hint == "Did you mean 'roles'?"


@pytest.mark.parametrize(
    ("intent", "selected"),
    [
        (meaning("services/b"), "services/b services/b/roles/agent services/b/webhooks"),
        (meaning("services/a/roles/clerk"), "services/a services/a/roles/clerk"),
        (meaning("services/a/configuration"), "services/a services/a/configuration services/a/roles/agent"),
        (meaning("**/agent", exclude=("services/a",)), "services/b services/b/roles/agent"),
        (meaning("services/*/webhooks", kinds=("roles",)), ""),
        (meaning(kinds=("credentials",)), "credentials/push"),
        (meaning("services/b", kinds=("webhooks",)), "services/b services/b/webhooks"),
        (meaning(exclude=("services",)), "credentials/push"),
        (
            meaning("services/a/configuration", exclude=("services/a/roles/agent",)),
            "services/a services/a/configuration",
        ),
    ],
)
def test_a_selected_resource_includes_what_it_requires(harness: Harness, intent: Intent, selected: str) -> None:
    scope = SelectionScope(harness.config(TWO), intent.selection)
    assert sorted(map(str, scope.selected)) == selected.split()


def test_a_partial_apply_leaves_exactly_the_rest_for_a_full_one(harness: Harness) -> None:
    full = set(change_lines(harness.plan(TWO)))
    harness.intent = meaning("services/a/configuration")
    narrowed = harness.plan()
    assert not narrowed.complete
    harness.apply()
    assert {str(each.address) for each in harness.ledger.entries} == {  # type: ignore[union-attr]
        "services/a",
        "services/a/configuration",
        "services/a/roles/agent",
    }
    assert harness.ledger
    assert not harness.ledger.configuration_digest
    harness.intent = Intent()
    assert set(change_lines(harness.plan())) == full - set(change_lines(narrowed))


@pytest.mark.parametrize(
    ("target", "read"),
    [
        (
            "services/a",
            "Services Services/… Services/…/Configuration Services/…/Configuration/Webhooks Services/…/Roles",
        ),
        ("services/a/webhooks", "Services Services/…/Configuration/Webhooks"),
        ("services/b/roles/agent", "Services Services/…/Roles"),
        ("credentials", "Credentials"),
    ],
)
def test_only_what_is_selected_is_read(harness: Harness, target: str, read: str) -> None:
    harness.apply(TWO)
    harness.intent = meaning(target)
    assert plan_lines(harness.plan()) == []
    paths = [each.path.removeprefix("/v1/") for each in harness.emulator.log][1:]  # the account comes first
    below = {"/".join("…" if len(step) == SID else step for step in path.split("/")) for path in paths}
    assert below == set(read.split()) - {"Services/…"}
    assert len(paths) == len(below)


SID = 34


def test_unselected_conversations_are_not_read(harness: Harness) -> None:
    rooms = ", ".join(f"r{number}: {{friendly_name: x}}" for number in range(20))
    harness.apply(f"version: 1\nservices: {{a: {{conversations: {{{rooms}}}}}}}\n")
    harness.intent = meaning("services/a/conversations/r7")
    assert plan_lines(harness.plan()) == []
    assert len(harness.emulator.log) == len(("the account", "services", "r7"))


def test_orphans_outside_the_selection_are_not_shown(harness: Harness) -> None:
    harness.apply(TWO)
    left = TWO.replace(f", clerk: {ROLE}", "").replace(
        'credentials: {push: {type: fcm, secret: "${{ env.PUSH_KEY }}"}}', "credentials: {}"
    )
    harness.intent = meaning("services/b")
    assert plan_lines(harness.plan(left)) == []
    harness.intent = meaning("services/a/roles/clerk")
    assert [str(each.address) for each in harness.plan(left).orphaned] == ["services/a/roles/clerk"]
    harness.apply()
    harness.intent = Intent()
    assert {str(each.address) for each in harness.plan().orphaned} == {"services/a/roles/clerk", "credentials/push"}


def test_prune_deletes_only_what_is_selected(harness: Harness) -> None:
    harness.apply(TWO)
    pruned = TWO.replace(f"agent: {ROLE}, clerk: {ROLE}", f"agent: {ROLE}").replace(
        "    webhooks: {method: GET}\n    roles",
        "    lifecycle: {prune: [roles]}\n    webhooks: {method: GET}\n    roles",
    )
    harness.intent = meaning("services/b")
    assert change_lines(harness.plan(pruned)) == []
    harness.intent = meaning("services/a/roles/c*")
    assert change_lines(harness.plan(pruned)) == ["delete services/a/roles/clerk"]
    harness.intent = meaning("services/a", exclude=("**/clerk",))
    assert change_lines(harness.plan(pruned)) == []


def test_destroy_deletes_only_what_is_selected(harness: Harness) -> None:
    harness.apply(TWO)
    harness.intent = meaning("services/a/roles/clerk", destroy=True)
    assert change_lines(harness.plan()) == ["delete services/a/roles/clerk"]
    harness.intent = meaning(destroy=True, kinds=("roles",), exclude=("services/a",))
    assert change_lines(harness.plan()) == ["delete services/b/roles/agent"]
    harness.intent = meaning(destroy=True, exclude=("services/a/roles/clerk",))
    deleted = [each for each in change_lines(harness.plan()) if each.startswith("delete")]
    assert sorted(deleted) == ["delete credentials/push", "delete services/a/roles/agent", "delete services/b"]


def test_a_vanished_resource_outside_the_selection_stays_in_the_ledger(harness: Harness) -> None:
    harness.apply(TWO)
    harness.client.delete(harness.path("/Services/a/Roles/clerk"))
    harness.client.delete(harness.path("/Services/b"))
    before = harness.ledger
    harness.intent = meaning("services/a/roles/agent")
    assert plan_lines(harness.plan()) == []
    harness.apply(
        TWO.replace(f"agent: {ROLE}, clerk", "agent: {type: conversation, permissions: [leaveConversation]}, clerk")
    )
    assert before
    assert harness.ledger
    assert {each.sid for each in harness.ledger.entries} == {each.sid for each in before.entries}
    harness.intent = Intent()
    assert "! recreate services/b" in plan_lines(harness.plan())


ROOMS = "version: 1\nservices: {{a: {{conversations: {{x: {{unique_name: {x}}}, y: {{unique_name: {y}}}}}}}}}\n"


def test_two_resources_that_swap_addresses_are_planned_together_or_not_at_all(harness: Harness) -> None:
    harness.apply(ROOMS.format(x="one", y="two"))
    harness.intent = meaning("services/a/conversations/x")
    swapped = ROOMS.format(x="two", y="one")
    plan = harness.plan(swapped)
    assert [each.rule for each in plan.guardrails] == ["narrowed"]
    assert plan.guardrails[0].override == "add --target services/a/conversations/y"
    with pytest.raises(Refused):
        harness.apply()
    harness.intent = meaning("services/a/conversations/[xy]")
    assert harness.plan().applyable


def test_a_move_outside_the_selection_is_not_recorded(harness: Harness) -> None:
    harness.apply(TWO)
    renamed = TWO.replace("clerk:", "officer:").replace(
        "permissions: [sendMessage]}, off", "permissions: [leaveConversation]}, off"
    )
    renamed = renamed.replace(
        f"officer: {ROLE}", "officer: {friendly_name: clerk, type: conversation, permissions: [sendMessage]}"
    )
    harness.intent = meaning("services/a/roles/agent")
    plan = harness.plan(renamed)
    assert {str(each.address) for each in plan.changes} == {"services/a", "services/a/roles/agent"}
    harness.apply()
    assert harness.ledger
    assert Address.parse("services/a/roles/clerk") in harness.ledger.current
    harness.intent = Intent()
    assert change_lines(harness.plan()) == ["move services/a/roles/officer"]


def test_an_excluded_requirement_must_exist(harness: Harness) -> None:
    harness.intent = meaning("services/a/configuration", exclude=("**/agent",))
    plan = harness.plan(TWO)
    assert [(each.rule, str(each.addresses[0])) for each in plan.guardrails] == [("narrowed", "services/a/roles/agent")]
    harness.intent = meaning("services/a/roles/agent")
    harness.apply()
    harness.intent = meaning("services/a/configuration", exclude=("**/agent",))
    assert harness.plan().applyable


@pytest.mark.parametrize(
    ("glob", "near"), [("services/c/webhooks", "services/"), ("credential/push", "credentials/push")]
)
def test_a_glob_that_matches_nothing_is_an_error(harness: Harness, glob: str, near: str) -> None:
    harness.apply(TWO)
    for intent in (meaning(glob), meaning(exclude=(glob,))):
        harness.intent = intent
        with pytest.raises(UsageError, match="no address matches") as wrong:
            harness.plan()
        assert near in wrong.value.hint


def test_a_glob_may_match_a_live_resource_that_is_not_declared(harness: Harness) -> None:
    harness.apply(TWO)
    harness.client.made("/Services", {"FriendlyName": "strange"})
    harness.intent = meaning("services/strange")
    plan = harness.plan()
    assert [str(each.address) for each in plan.unmanaged] == ["services/strange"]


def test_a_guardrail_for_an_unselected_resource_does_not_block_the_plan(harness: Harness) -> None:
    harness.apply(TWO)
    harness.client.delete(harness.path("/Services/b"))
    assert not harness.plan().applyable
    harness.intent = meaning("services/a")
    assert harness.plan().applyable
