"""`patch`: what differs in one environment."""

import pytest

from confsync.emulator.emulator import ACCOUNT_SID
from tests.harness import Harness, change_lines

ENVIRONMENTS = f"""\
version: 1
environments:
  dev: {{account_sid: AC{"b" * 32}}}
  prod:
    account_sid: {ACCOUNT_SID}
    patch:
      services:
        defaults: {{configuration: {{reachability_enabled: true}}}}
        support: {{friendly_name: Support, roles: {{agent: {{permissions: [leaveConversation]}}}}}}
        for_each: {{desks: {{items: {{b: {{name: B}}}}}}}}
        legacy: {{lifecycle: {{only: [dev]}}}}
        extra: {{}}
services:
  defaults: {{configuration: {{reachability_enabled: false}}}}
  support:
    friendly_name: Support (dev)
    roles: {{agent: {{type: conversation, permissions: [sendMessage]}}}}
  legacy: {{}}
  for_each:
    desks:
      items: {{a: {{name: A}}}}
      resource: {{friendly_name: "${{{{ each.value.name }}}}"}}
"""


def test_a_patch_changes_values_defaults_items_and_lifecycles_in_its_environment(harness: Harness) -> None:
    harness.environment = "dev"
    dev = harness.config(ENVIRONMENTS)
    harness.environment = "prod"
    prod = harness.config()
    assert {str(each) for each in dev.resources if len(each) == 2} == {
        "services/support",
        "services/legacy",
        "services/a",
    }
    assert {
        f"{address}#{name}": (value, str(desired.nodes[name].position) if name in desired.nodes else "")
        for address, desired in prod.resources.items()
        for name, value in desired.fields.items()
        if address[1] in ("support", "b")
    } == {
        "services/support#friendly_name": ("Support", "confsync.yaml:9:34"),
        "services/support/configuration#reachability_enabled": (True, "confsync.yaml:8:58"),
        "services/support/roles/agent#friendly_name": ("agent", ""),
        "services/support/roles/agent#type": ("conversation", "confsync.yaml:17:27"),
        "services/support/roles/agent#permissions": (frozenset({"leaveConversation"}), "confsync.yaml:9:72"),
        "services/b#friendly_name": ("B", "confsync.yaml:10:46"),
        "services/b/configuration#reachability_enabled": (True, "confsync.yaml:8:58"),
    }
    assert {str(each) for each in prod.resources if len(each) == 2} == {
        "services/support",
        "services/a",
        "services/b",
        "services/extra",
    }


def test_a_resource_that_a_patch_changes_has_the_position_of_the_patch_as_with_layers(harness: Harness) -> None:
    harness.environment = "prod"
    config = harness.config(ENVIRONMENTS)
    places = {str(each): desired.source.line for each, desired in config.resources.items()}
    assert places == {
        "services/support": 9,
        "services/support/configuration": 8,
        "services/support/roles/agent": 9,
        "services/extra": 12,
        "services/extra/configuration": 8,
        "services/a": 21,
        "services/a/configuration": 8,
        "services/b": 10,
        "services/b/configuration": 8,
    }


def test_a_plan_of_an_environment_contains_its_patch(harness: Harness) -> None:
    harness.environment = "prod"
    assert "create services/b " in "\n".join(change_lines(harness.plan(ENVIRONMENTS)))


@pytest.mark.parametrize("chosen", ["dev", "prod"])
@pytest.mark.parametrize(
    ("policy", "reported"),
    [
        ("adopt: {services/extra: IS00000000000000000000000000000000}", []),
        ("forget: [services/legacy]", []),
        ("forget: [services/support]", ["prod: `forget` names 'services/support', which is still declared"]),
        (
            "adopt: {services/nowhere: IS00000000000000000000000000000000}",
            ["prod: `adopt` names 'services/nowhere', which is not declared"],
        ),
    ],
)
def test_a_policy_of_an_environment_refers_to_what_its_patch_declares(
    harness: Harness, chosen: str, policy: str, reported: list[str]
) -> None:
    harness.environment = chosen
    text = ENVIRONMENTS.replace("    patch:\n", f"    {policy}\n    patch:\n")
    expected = [line.removeprefix(f"{chosen}: ") for line in reported if line.startswith(chosen)]
    assert [line.partition(" CS2020 ")[2] for line in harness.mistakes(text)] == expected
