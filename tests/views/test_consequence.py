"""The consequences of deletes and replaces, at the end of a plan."""

import pytest
from msgspec.structs import replace

from confsync.names import Address
from confsync.plan.change import Action, Change
from confsync.plan.risk import BlastRadius, Count, Noun
from confsync.views.consequence import closing_lines, consequence_sentence
from confsync.views.plan.text import FEW
from confsync.views.plan_builder import change_part
from confsync.views.wording import MOST_NAMES
from tests.views.conftest import PlanOf
from tests.views.rendering import plan_text
from tests.views.test_plan_text import fresh

CONVERSATIONS = Noun("conversation", "conversations")
PUSH_BINDINGS = Noun("push binding", "push bindings")
USERS = Noun("user", "users")

MANY = Count(CONVERSATIONS, 1_000, complete=False), Count(USERS, 42, complete=True)
SERVICE, ROLE = Address.of("services", "legacy"), Address.of("services", "legacy", "roles", "agent")
LOUNGE = Address.of("services", "legacy", "conversations", "lounge")


@pytest.fixture
def made(story_plan: PlanOf) -> dict[str, Change]:
    """Return a service and a role to delete."""
    changes = {each.kind.section: each for each in story_plan(fresh).changes}
    return {"services": _at(changes["services"], SERVICE), "roles": _at(changes["roles"], ROLE)}


def _at(change: Change, address: Address) -> Change:
    return replace(change, desired=replace(change.desired, address=address), actions=(Action.DELETE,))


ROWS = {
    "nothing is known": ("services", None, (), "Deletes services/legacy and everything in it."),
    "nothing is in it": (
        *("services", BlastRadius((Count(USERS, 0, complete=True),)), ()),
        "Deletes services/legacy and everything in it: none found.",
    ),
    "others and ours": (
        *("services", BlastRadius((*MANY, Count(PUSH_BINDINGS, 7, complete=True))), (ROLE, ROLE, ROLE)),
        (
            "Deletes services/legacy and everything in it: at least 1,000 conversations, 42 users, 7 push bindings, "
            "and 3 other managed resources."
        ),
    ),
    "ours that were counted": (
        *("services", BlastRadius(MANY), (LOUNGE,)),
        "Deletes services/legacy and everything in it: at least 1,000 conversations, 42 users.",
    ),
    "ours alone": (
        *("services", BlastRadius((Count(USERS, 0, complete=True),)), (ROLE,)),
        "Deletes services/legacy and everything in it: 1 managed resource.",
    ),
    "a role and who holds it": (
        *("roles", BlastRadius((Count(USERS, 12, complete=True),), ("participants not counted",)), ()),
        "Deletes services/legacy/roles/agent; its dependents: 12 users; participants not counted.",
    ),
    "nothing to count": ("roles", BlastRadius(), (), "Deletes services/legacy/roles/agent."),
}


@pytest.mark.parametrize("row", ROWS)
def test_the_consequence_of_a_delete_is_one_sentence(row: str, made: dict[str, Change]) -> None:
    section, radius, lost, sentence = ROWS[row]
    assert consequence_sentence(change_part(replace(made[section], radius=radius, also_deleted=lost))) == sentence


def test_a_replace_is_named_as_one(made: dict[str, Change]) -> None:
    replaced = change_part(replace(made["roles"], actions=(Action.REPLACE,)))
    assert consequence_sentence(replaced) == "Replaces services/legacy/roles/agent."


def test_losses_without_a_consequence_are_repeated_only_in_a_long_plan(
    made: dict[str, Change],
) -> None:
    roles = [
        change_part(_at(made["roles"], Address.of("services", "a", "roles", f"r{each}")))
        for each in range(MOST_NAMES + 2)
    ]
    names = ", ".join(f"r{each}" for each in range(MOST_NAMES))
    assert list(closing_lines(roles, every=False)) == []
    assert list(closing_lines(roles, every=True)) == [("high", f"Deletes in services/a/roles: {names} and 2 more.")]


def test_a_long_plan_names_each_delete_at_its_beginning_and_its_end(story_plan: PlanOf) -> None:
    plan = story_plan(fresh)
    role = next(each for each in plan.changes if each.kind.section == "roles")
    updates = [replace(role, actions=(Action.UPDATE,)) for _ in range(FEW)]
    text = plan_text(replace(plan, changes=(*updates, _at(role, ROLE))))
    assert text.index("  - services/legacy/roles/agent") < text.index("  ~ ")
    assert text.endswith("\n\nDeletes in services/legacy/roles: agent.\n")
