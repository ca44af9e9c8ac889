"""`lifecycle`: what a person says about a resource itself."""

from tests.harness import Workshop, changes, left_alone, told

DEV, PROD = "AC" + "a" * 32, "AC" + "b" * 32


def pushes(lifecycle: str, name: str = "ios") -> str:
    return f"""version: 1
credentials:
  {name}: {{type: apn, private_key: "${{{{ env.KEY }}}}", lifecycle: {{{lifecycle}}}}}
"""


def lounges(**written: str) -> str:
    lines = "".join(f"      {key}: {{{text}}}\n" for key, text in written.items())
    return f"version: 1\nservices:\n  support:\n    conversations:\n{lines}"


def test_a_resource_is_there_in_the_environments_that_it_is_meant_for(workshop: Workshop) -> None:
    text = f"""version: 1
environments: {{dev: {{account_sid: {DEV}}}, prod: {{account_sid: {PROD}}}}}
services:
  support: {{}}
  beta: {{lifecycle: {{only: [dev]}}, webhooks: {{method: GET}}}}
"""
    workshop.environment = "dev"
    assert [str(each) for each in workshop.config(text).resources] == [
        "services/support",
        "services/beta",
        "services/beta/webhooks",
    ]
    workshop.environment = "prod"
    assert [str(each) for each in workshop.config(text).resources] == ["services/support"]


def test_what_was_made_and_is_meant_for_another_environment_now_is_left_alone(workshop: Workshop) -> None:
    environments = f"environments: {{dev: {{account_sid: {DEV}}}, prod: {{account_sid: {PROD}}}}}\n"
    workshop.environment = "dev"
    workshop.apply(f"version: 1\n{environments}services: {{support: {{}}}}\n")
    sid = workshop.live("/Services/support")["sid"]
    plan = workshop.plan(f"version: 1\n{environments}services: {{support: {{lifecycle: {{only: [prod]}}}}}}\n")
    assert changes(plan) == []
    assert left_alone(plan) == [f"orphaned services/support {sid}"]


def test_an_environment_that_does_not_exist_is_a_mistake(workshop: Workshop) -> None:
    workshop.environment = "dev"
    text = (
        f"version: 1\nenvironments: {{dev: {{account_sid: {DEV}}}}}\nservices: {{a: {{lifecycle: {{only: [prd]}}}}}}\n"
    )
    assert workshop.mistakes(text) == ["confsync.yaml:3:12 CS2013 `only` names no environment 'prd'"]


def test_another_secret_version_sends_the_secrets_once_more(workshop: Workshop) -> None:
    workshop.environ["KEY"] = "k"
    workshop.apply(pushes(""))
    for version in ("2026-11", "2026-12", "7"):
        workshop.apply(pushes(f"secret_version: {version}"))
        assert workshop.writes == ["POST Credentials/… PrivateKey"]
        workshop.apply()
        assert workshop.writes == []
    workshop.apply(pushes(""))
    assert workshop.writes == []
    workshop.apply(pushes("secret_version: 8, ignore: [private_key]"))
    assert workshop.writes == []


def test_a_secret_that_is_due_and_not_here_is_asked_for(workshop: Workshop) -> None:
    workshop.environ["KEY"] = "k"
    workshop.apply(pushes(""))
    del workshop.environ["KEY"]
    plan = workshop.plan(pushes("secret_version: 2"))
    assert [each.diagnostic.code for each in plan.missing_secrets] == ["CS3016"]


def test_a_former_address_brings_the_thing_along_whatever_its_name_is_now(workshop: Workshop) -> None:
    workshop.apply(lounges(lounge="participants: {p: {identity: alice}}"))
    text = lounges(saloon="lifecycle: {previously: [services/support/conversations/lounge]}")
    assert changes(workshop.plan(text)) == [
        "move+update services/support/conversations/saloon unique_name:lounge->saloon",
    ]
    inside = "participants: {p: {identity: alice}}, lifecycle: {previously: [services/support/conversations/lounge]}"
    assert told(workshop.plan(lounges(saloon=inside))) == [
        "move+update services/support/conversations/saloon unique_name:lounge->saloon",
    ]
    workshop.apply()
    assert told(workshop.plan()) == []
    ledger = workshop.ledger
    assert ledger
    assert "services/support/conversations/saloon/participants/p" in [str(each.address) for each in ledger.entries]


def test_a_former_address_of_something_that_is_declared_means_nothing(workshop: Workshop) -> None:
    workshop.apply(lounges(a=""))
    text = lounges(a="", b="lifecycle: {previously: [services/support/conversations/a]}")
    assert told(workshop.plan(text)) == ["create services/support/conversations/b unique_name:None->b"]


def test_a_former_address_elsewhere_is_a_mistake(workshop: Workshop) -> None:
    assert workshop.mistakes(lounges(a="lifecycle: {previously: [services/other/conversations/a]}")) == [
        (
            "confsync.yaml:5:7 CS2013 `previously` names 'services/other/conversations/a', "
            "which is no other conversation beside this one"
        )
    ]
