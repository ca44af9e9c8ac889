"""`lifecycle`: what a person says about a resource itself."""

import pytest

from confsync.errors import InvalidConfiguration
from tests.harness import Harness, change_lines, left_alone_lines, plan_lines

DEV, PROD = "AC" + "a" * 32, "AC" + "b" * 32


def pushes(lifecycle: str, name: str = "ios") -> str:
    return f"""version: 1
credentials:
  {name}:
    lifecycle: {{{lifecycle}}}
    type: apn
    certificate: ${{{{ env.PUSH_KEY }}}}
    private_key: ${{{{ env.KEY }}}}
"""


def lounges(**written: str) -> str:
    lines = "".join(f"      {key}: {{{text}}}\n" for key, text in written.items())
    return f"version: 1\nservices:\n  support:\n    conversations:\n{lines}"


def test_a_resource_is_there_in_the_environments_that_it_is_meant_for(harness: Harness) -> None:
    text = f"""version: 1
environments: {{dev: {{account_sid: {DEV}}}, prod: {{account_sid: {PROD}}}}}
services:
  support: {{}}
  beta: {{lifecycle: {{only: [dev]}}, webhooks: {{method: GET}}}}
"""
    harness.environment = "dev"
    assert [str(each) for each in harness.config(text).resources] == [
        "services/support",
        "services/beta",
        "services/beta/webhooks",
    ]
    harness.environment = "prod"
    assert [str(each) for each in harness.config(text).resources] == ["services/support"]


LIMITED = f"""version: 1
variables: {{prod_name: {{type: text}}, prod_roles: {{type: list}}, prod_number: {{type: number}}}}
environments:
  dev: {{account_sid: {DEV}}}
  prod: {{account_sid: {PROD}, variables: {{prod_name: Live, prod_roles: [a, b], prod_number: 7}}}}
services:
  support:
    roles:
      defaults: {{type: service, permissions: [joinConversation]}}
      live: {{friendly_name: "${{{{ var.prod_name }}}}", lifecycle: {{only: [prod]}}}}
      for_each:
        g: {{items: "${{{{ var.prod_roles }}}}", resource: {{lifecycle: {{only: [prod]}}}}}}
  for_each:
    s:
      items: {{x: {{in: prod}}, y: {{in: dev}}}}
      resource: {{lifecycle: {{only: ["${{{{ each.value.in }}}}"]}}, friendly_name: "${{{{ each.key }}}}"}}
  beta:
    friendly_name: "${{{{ var.prod_name }}}}"
    lifecycle: {{only: [prod]}}
    roles:
      for_each:
        g: {{items: "${{{{ var.prod_roles }}}}", resource: {{type: service, permissions: [joinConversation]}}}}
"""


def test_a_block_for_other_environments_may_use_variables_that_have_a_value_only_there(harness: Harness) -> None:
    harness.environment = "dev"
    assert [str(each) for each in harness.config(LIMITED).resources] == ["services/support", "services/y"]
    harness.environment = "prod"
    assert [str(each) for each in harness.config(LIMITED).resources] == [
        "services/support",
        *(f"services/support/roles/{name}" for name in ("live", "a", "b")),
        "services/beta",
        *(f"services/beta/roles/{name}" for name in ("a", "b")),
        "services/x",
    ]


def test_the_fields_of_a_block_are_checked_in_the_environments_that_it_is_meant_for(harness: Harness) -> None:
    text = LIMITED.replace('friendly_name: "${{ var.prod_name }}"', 'friendly_name: "${{ var.prod_number }}"')
    harness.environment = "dev"
    assert harness.mistakes(text) == []
    harness.environment = "prod"
    assert harness.mistakes(text) == [
        "confsync.yaml:10:29 CS2005 'friendly_name' must be text, not the number 7",
        "confsync.yaml:18:20 CS2005 'friendly_name' must be text, not the number 7",
    ]


@pytest.mark.parametrize(
    ("lifecycle", "mistakes"),
    [
        ("only: [prd]", ["3:68 CS2013 `only` names no environment 'prd'"]),
        ("only: [prod], protct: true", ["3:75 CS2003 unknown key 'protct' in lifecycle"]),
        ("only: [prod], ignore: [nam]", ["3:84 CS2013 a credential has no field 'nam' to ignore"]),
    ],
)
def test_the_lifecycle_of_a_block_is_checked_in_every_environment_and_no_secret_is_shown(
    harness: Harness, lifecycle: str, mistakes: list[str]
) -> None:
    harness.environment = "dev"
    environments = f"environments: {{dev: {{account_sid: {DEV}}}, prod: {{account_sid: {PROD}}}}}\n"
    block = f"{{type: fcm, secret: canary, lifecycle: {{{lifecycle}}}}}"
    with pytest.raises(InvalidConfiguration) as wrong:
        harness.config(f"version: 1\n{environments}credentials: {{file: {block}}}\n")
    assert harness.mistakes() == [f"confsync.yaml:{each}" for each in mistakes]
    assert "canary" not in str(wrong.value.diagnostics)


def test_what_was_made_and_is_meant_for_another_environment_now_is_left_alone(harness: Harness) -> None:
    environments = f"environments: {{dev: {{account_sid: {DEV}}}, prod: {{account_sid: {PROD}}}}}\n"
    harness.environment = "dev"
    harness.apply(f"version: 1\n{environments}services: {{support: {{}}}}\n")
    sid = harness.live("/Services/support")["sid"]
    plan = harness.plan(f"version: 1\n{environments}services: {{support: {{lifecycle: {{only: [prod]}}}}}}\n")
    assert change_lines(plan) == []
    assert left_alone_lines(plan) == [f"orphaned services/support {sid}"]


def test_an_environment_that_does_not_exist_is_a_mistake(harness: Harness) -> None:
    harness.environment = "dev"
    text = (
        f"version: 1\nenvironments: {{dev: {{account_sid: {DEV}}}}}\nservices: {{a: {{lifecycle: {{only: [prd]}}}}}}\n"
    )
    assert harness.mistakes(text) == ["confsync.yaml:3:35 CS2013 `only` names no environment 'prd'"]


@pytest.mark.parametrize(
    ("version", "shown"), [("1.5", "the number 1.5"), ("true", "true"), ("[a]", "a list"), ("{a: b}", "a mapping")]
)
def test_a_secret_version_is_text_or_a_whole_number(harness: Harness, version: str, shown: str) -> None:
    (found,) = harness.mistakes(pushes(f"secret_version: {version}"))
    assert found.endswith(f"CS2005 'secret_version' must be text or a whole number, but this is {shown}")


def test_another_secret_version_sends_the_secrets_once_more(harness: Harness) -> None:
    harness.environ["KEY"] = "k"
    harness.apply(pushes(""))
    for version in ("2026-11", "2026-12", "7"):
        harness.apply(pushes(f"secret_version: {version}"))
        assert harness.writes == ["POST Credentials/… Certificate PrivateKey"]
        harness.apply()
        assert harness.writes == []
    harness.apply(pushes(""))
    assert harness.writes == []
    harness.apply(pushes("secret_version: 8, ignore: [certificate, private_key]"))
    assert harness.writes == []


def test_a_secret_that_is_due_and_not_here_is_asked_for(harness: Harness) -> None:
    harness.environ["KEY"] = "k"
    harness.apply(pushes(""))
    del harness.environ["KEY"]
    plan = harness.plan(pushes("secret_version: 2"))
    assert [each.diagnostic.code for each in plan.missing_secrets] == ["CS3016"]


def test_a_former_address_moves_the_resource_even_if_its_name_changed(harness: Harness) -> None:
    harness.apply(lounges(lounge="participants: {p: {identity: alice}}"))
    text = lounges(saloon="lifecycle: {previously: [services/support/conversations/lounge]}")
    assert change_lines(harness.plan(text)) == [
        "move+update services/support/conversations/saloon unique_name:lounge->saloon",
    ]
    inside = "participants: {p: {identity: alice}}, lifecycle: {previously: [services/support/conversations/lounge]}"
    assert plan_lines(harness.plan(lounges(saloon=inside))) == [
        "move+update services/support/conversations/saloon unique_name:lounge->saloon",
    ]
    harness.apply()
    assert plan_lines(harness.plan()) == []
    ledger = harness.ledger
    assert ledger
    assert "services/support/conversations/saloon/participants/p" in [str(each.address) for each in ledger.entries]


def test_a_former_address_of_something_that_is_declared_means_nothing(harness: Harness) -> None:
    harness.apply(lounges(a=""))
    text = lounges(a="", b="lifecycle: {previously: [services/support/conversations/a]}")
    assert plan_lines(harness.plan(text)) == ["create services/support/conversations/b unique_name:None->b"]


def test_a_former_address_elsewhere_is_a_mistake(harness: Harness) -> None:
    assert harness.mistakes(lounges(a="lifecycle: {previously: [services/other/conversations/a]}")) == [
        (
            "confsync.yaml:5:7 CS2013 `previously` names 'services/other/conversations/a', "
            "which is not another conversation next to this one"
        )
    ]
