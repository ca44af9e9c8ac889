"""A plan after an import sends nothing: whatever the provider, the format and the account."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.campaigns import campaign
from tests.configurations import GeneratedConfiguration, configurations
from tests.harness import Harness, harness_of
from tests.terraform.importing import adopted, planned, written
from tests.terraform.states import FORMATS, PROVIDERS, Entry


def seed(harness: Harness, services: int) -> set[str]:
    """Create services with a role and a user each, and return the SIDs."""
    created: set[str] = set()
    for number in range(services):
        service = harness.client.made("/Services", {"FriendlyName": f"Desk {number}"})
        home = f"/Services/{service}"
        role = {"FriendlyName": "agent", "Type": "service", "Permission": ["createConversation", "joinConversation"]}
        agent = harness.client.made(f"{home}/Roles", role)
        user = {"Identity": f"alice-{number}", "RoleSid": agent, "Attributes": '{"team": ["night", 1.0]}'}
        created |= {service, agent, harness.client.made(f"{home}/Users", user)}
    return created


def is_one_of(created: set[str], entry: Entry) -> bool:
    return entry.values.get("sid") in created


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("format_", FORMATS)
def test_twenty_services_are_adopted_and_nothing_else_changes(harness: Harness, provider: str, format_: str) -> None:
    created = seed(harness, 20)
    entries = [each for each in PROVIDERS[provider](harness.client) if is_one_of(created, each)]
    assert len(entries) == 60

    found, plan = planned(harness, FORMATS[format_](entries))

    assert (found.adopted, found.left_out) == (60, ())
    assert written(plan) == []
    assert len(list(adopted(plan))) == 60
    assert plan.guardrails == ()
    harness.apply()
    assert harness.writes == []
    assert [each for each in harness.plan().changes if each.actions] == []


@campaign(sample=4, at_length=200)
@given(configurations(), st.sampled_from(sorted(PROVIDERS)), st.sampled_from(sorted(FORMATS)))
def test_a_plan_after_an_import_sends_nothing(made: GeneratedConfiguration, provider: str, format_: str) -> None:
    with harness_of(made) as harness:
        harness.apply()
        harness.ledger_path.unlink(missing_ok=True)
        entries = list(PROVIDERS[provider](harness.client))
        found, plan = planned(harness, FORMATS[format_](entries))
        assert written(plan) == [], found.document
        assert "canary" not in found.document
