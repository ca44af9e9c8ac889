"""A check counts for every plan: for a partial one, and for `--destroy` unless it is listed as meaningless there."""

import inspect
from collections.abc import Iterator
from typing import get_type_hints

import pytest

from confsync.errors import Refused
from confsync.names import Address
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.intent import Intent, Overrides, Selection
from confsync.plan.plan import Guardrail
from confsync.planning.guardrails import checks
from confsync.planning.guardrails.checks import CHECKS, MEANINGLESS_FOR_DESTROY, CheckedPlan
from tests.harness import Harness

DESK = """
    version: 1
    services:
      desk:
        roles:
          agent: {type: conversation, permissions: [sendMessage]}
          clerk: {type: conversation, permissions: [sendMessage]}
"""
EVERY = frozenset({Address.parse("services/desk")})

INTENTS = {
    "a full plan": Intent(),
    "a partial plan": Intent(selection=Selection(targets=("services/desk/roles/agent",))),
    "a plan without a part": Intent(selection=Selection(excludes=("services/desk/roles/agent",))),
    "a plan of one kind": Intent(selection=Selection(kinds=("roles",))),
    "destroy": Intent(destroy=True, overrides=Overrides(allow_delete=EVERY)),
    "a partial destroy": Intent(destroy=True, selection=Selection(targets=("services/desk/roles/agent",))),
}


def blocks_everything(_: CheckedPlan) -> Iterator[Guardrail]:
    yield Guardrail(GuardrailRule.UPDATES, (), "a check of the whole plan")


@pytest.mark.parametrize("intent", INTENTS)
def test_a_new_check_without_addresses_blocks_every_plan(
    intent: str, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.apply(DESK)
    harness.intent = INTENTS[intent]
    assert harness.plan().guardrails == ()
    monkeypatch.setattr(checks, "CHECKS", (*CHECKS, blocks_everything))
    assert [each.text for each in harness.plan().guardrails] == ["a check of the whole plan"]
    with pytest.raises(Refused):
        harness.apply()


def test_every_check_is_listed() -> None:
    """A check that is not in the table would protect nothing."""
    functions = inspect.getmembers(checks, inspect.isfunction)
    found = {each for _, each in functions if CheckedPlan in get_type_hints(each).values()}
    assert found == set(CHECKS)


def test_destroy_skips_only_checks_with_a_reason() -> None:
    assert MEANINGLESS_FOR_DESTROY.keys() < set(CHECKS)
    assert all(MEANINGLESS_FOR_DESTROY.values())


RESETS_A_ROLE = """
    version: 1
    guardrails: {{max_updates: {limit}}}
    services:
      desk:
        configuration: {{default_conversation_role: agent}}
        roles: {{agent: {{type: conversation, permissions: [sendMessage]}}}}
"""


def test_destroy_keeps_the_limit_on_updates(harness: Harness) -> None:
    """Before it deletes the roles of a service that stays, it resets the default roles, which is an update."""
    harness.apply(RESETS_A_ROLE.format(limit=9))
    harness.intent = Intent(destroy=True, selection=Selection(kinds=("roles",)))
    assert harness.plan().guardrails == ()
    (found,) = harness.plan(RESETS_A_ROLE.format(limit=0)).guardrails
    assert (found.rule, [str(each) for each in found.addresses]) == ("updates", ["services/desk/configuration"])
