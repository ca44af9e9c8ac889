"""Plans as comments on a pull request: golden texts, and resistance to hostile text."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from confsync.names import Address, Sid
from confsync.plan.change import Action
from confsync.plan.match import How, LiveResource, Match
from confsync.plan.plan import Plan
from confsync.plan.risk import BlastRadius, Count, Noun, Risk
from confsync.planning.make import LivePlan
from confsync.resources.service import Service
from confsync.risk_rules import Level
from confsync.views.comment import ROOM
from tests.harness import Harness
from tests.views.conftest import PlanOf
from tests.views.golden import matches_golden
from tests.views.hostile import named
from tests.views.parsed_markdown import OURS, nodes, read_by_people, shape, strange
from tests.views.rendering import plan_markdown, report_markdown
from tests.views.test_escaping import azure_obeys, github_obeys
from tests.views.test_escaping_markdown import HOSTILE
from tests.views.test_plan_text import STORIES, changed, fresh, ledger_lost, vanished
from tests.views.test_report_text import partial

CONVERSATIONS = Noun("conversation", "conversations")
USERS = Noun("user", "users")

HOTLINE = """
version: 1
account:
  addresses:
    "+15550100": {{type: {kind}}}
"""


def replaced(harness: Harness) -> LivePlan:
    harness.apply(HOTLINE.format(kind="sms"))
    return harness.plan(HOTLINE.format(kind="rcs"))


ALL = {**STORIES, "replaced": replaced}


@pytest.mark.parametrize("story", ALL)
def test_a_comment_matches_its_golden_text(story: str, story_plan: PlanOf) -> None:
    text = plan_markdown(story_plan(ALL[story]))
    assert "canary" not in text
    assert strange(text) == []
    assert matches_golden(story, text, "md")


def test_the_comment_of_an_apply_shows_failures_before_the_plan(harness: Harness) -> None:
    text = report_markdown(partial(harness))
    assert strange(text) == []
    assert matches_golden("partial_apply", text, "md")


def test_the_first_line_of_a_comment_identifies_it(story_plan: PlanOf) -> None:
    plan = story_plan(fresh)
    assert plan_markdown(plan).startswith("<!-- confsync plan -->\n")
    prod = replace(plan, target=replace(plan.target, environment="prod-->"))
    assert plan_markdown(prod, verb="drift").startswith("<!-- confsync drift: prod-%2D%3E -->\n")


def test_a_brief_comment_has_one_line_for_each_resource(story_plan: PlanOf) -> None:
    text = plan_markdown(story_plan(changed), brief=True)
    assert "```" not in text
    assert "Left out" not in text
    assert "- `~ services/support/webhooks`: `post_webhook_url`" in text


_PLACES = 14


@pytest.fixture(scope="module")
def plan_of(story_plan: PlanOf) -> Callable[[int], Plan]:
    """Return plans by their number: hypothesis would print a plan at full length."""
    return lambda number: story_plan((changed, vanished, ledger_lost, replaced)[number])


@given(text=HOSTILE, number=st.integers(0, 3), brief=st.booleans())
def test_a_hostile_text_adds_no_node(
    plan_of: Callable[[int], Plan],
    text: str,
    number: int,
    brief: bool,  # noqa: FBT001 — made up by hypothesis
) -> None:
    plain, shown = (plan_markdown(named(plan_of(number), each), brief=brief) for each in ("agent", text or "x"))
    assert strange(shown) == []
    assert shape(shown) == shape(plain)
    assert not any(github_obeys(line) or azure_obeys(line) for line in shown.splitlines())


def test_a_hostile_text_is_tried_in_each_place(plan_of: Callable[[int], Plan]) -> None:
    for number in range(4):
        shown = plan_markdown(named(plan_of(number), "evil"))
        assert {each.type for each in nodes(shown)} <= OURS
        assert shown.count("evil") > _PLACES


def many(plan: Plan, number: int, *actions: Action) -> Plan:
    """Make a large plan from a small one by repeating the last change that has fields."""
    model = next(each for each in reversed(plan.changes) if each.differences)
    changes = [
        replace(
            model,
            actions=(actions[each % len(actions)],),
            desired=replace(model.desired, address=Address.of("services", f"{actions[each % len(actions)]} {each:05}")),
        )
        for each in range(number)
    ]
    return replace(plan, changes=tuple(changes))


MANY = {
    "some updates": (20, (Action.UPDATE,), ""),
    "updates": (400, (Action.UPDATE,), "the values of fields"),
    "more updates": (2_200, (Action.UPDATE,), "each update"),
    "all kinds": (3_200, (Action.UPDATE, Action.CREATE, Action.ADOPT, Action.MOVE), "each create"),
    "replaces among updates": (2_200, (Action.REPLACE, *[Action.UPDATE] * 29), "each update"),
    "replaces alone": (1_100, (Action.REPLACE,), "the fields of what is deleted or replaced"),
}


@pytest.mark.parametrize("row", MANY)
def test_without_room_changes_are_counted_but_losses_are_always_listed(row: str, story_plan: PlanOf) -> None:
    number, actions, missing = MANY[row]
    plan = many(story_plan(vanished), number, *actions)
    text = plan_markdown(plan)
    assert len(text) <= ROOM
    assert strange(text) == []
    losses = [str(each.address) for each in plan.changes if Action.REPLACE in each.actions]
    assert all(f" {each}" in text for each in losses)
    assert all(guardrail.rule in text for guardrail in plan.guardrails)
    assert bool(missing) is ("**Left out**" in text)
    assert missing in text


def lossy(plan: Plan, number: int, of: int) -> Plan:
    """Make a large plan in which every `of`-th change deletes a service with many dependents."""
    plan = many(plan, number, *[Action.DELETE, *[Action.UPDATE] * (of - 1)])
    radius = BlastRadius((Count(CONVERSATIONS, 1_000, complete=False), Count(USERS, 42, complete=True)))
    match = Match(LiveResource(Service.kind, Sid("IS" + "0" * 32), {"friendly_name": "A name"}), How.OWNED)
    risks = (Risk("deleted", Level.HIGH, "goes"), Risk("host", Level.HIGH, "another host receives the events"))
    changes = (
        replace(each, radius=radius, match=match, desired=replace(each.desired, kind=Service.kind), reason="why " * 9)
        if each.deletes
        else replace(each, risks=risks[1:])
        for each in plan.changes
    )
    return replace(plan, changes=tuple(changes))


AS_BARE_AS_ANOTHER = pytest.param(1_800, 4, marks=pytest.mark.campaign)


@pytest.mark.parametrize(("number", "of"), [(60, 2), (300, 2), (1_500, 3), (1_500, 50), AS_BARE_AS_ANOTHER])
def test_the_consequence_of_a_delete_is_never_left_out(number: int, of: int, story_plan: PlanOf) -> None:
    plan = lossy(story_plan(vanished), number, of)
    text = plan_markdown(plan)
    assert len(text) <= ROOM
    assert strange(text) == []
    deleted = [each for each in plan.changes if each.deletes]
    for each in deleted:
        assert f"{each.address}" in text
    assert read_by_people(text).count("Everything in it: at least 1,000 conversations, 42 users.") == len(deleted)
    assert all(guardrail.rule in text for guardrail in plan.guardrails)
    assert "### Risks (" in text


def test_without_room_for_losses_the_comment_says_that_it_is_incomplete(story_plan: PlanOf) -> None:
    text = plan_markdown(many(story_plan(vanished), 2_500, Action.REPLACE))
    assert len(text) <= ROOM
    assert strange(text) == []
    assert "Do not approve based on it" in text
    assert re.search(r"no room for [0-9,]+ more lines", text)


@pytest.mark.parametrize("name", ["x" * 100_000, "`" * 50_000, "@a " * 30_000])
def test_a_very_long_name_leaves_room_for_the_rest(name: str, story_plan: PlanOf) -> None:
    plan = many(named(story_plan(changed), name), 10, Action.REPLACE)
    text = plan_markdown(replace(plan, revision=replace(plan.revision, files=(name,))))
    assert len(text) <= ROOM
    assert strange(text) == []
    assert "services/replace 00009" in text
    assert "**rename**" in text
