"""`confsync validate`: for all environments of a configuration, or with one of them written out."""

from pathlib import Path

import pytest

from tests.cli.conftest import Confsync

ENVIRONMENTS = f"""version: 1
environments:
  dev: {{account_sid: AC{"a" * 32}}}
  staging: {{account_sid: AC{"b" * 32}, variables: {{on: true}}}}
  prod:
    account_sid: AC{"c" * 32}
    patch: {{services: {{support: {{friendly_name: Support, roles: {{agent: {{permissions: [sendMessage]}}}}}}}}}}
variables: {{on: false, token: {{sensitive: true}}}}
services:
  support:
    friendly_name: Support (dev)
    configuration: {{reachability_enabled: "${{{{ var.on }}}}"}}
    roles: {{agent: {{type: conversation, permissions: [leaveConversation]}}}}
    webhooks: {{post_webhook_url: "https://example.com/${{{{ var.token }}}}", method: POST}}
"""


@pytest.fixture(autouse=True)
def environments(folder: Path) -> None:
    """Write a configuration with three environments."""
    (folder / "confsync.yaml").write_text(ENVIRONMENTS, "utf-8")


def test_without_a_choice_all_environments_are_checked(confsync: Confsync) -> None:
    said = confsync("validate")
    assert (said.code, said.out) == (
        0,
        "Valid: confsync.yaml; environments dev (4 resources), staging (4 resources), prod (4 resources).\n",
    )
    assert confsync("validate", "--json").document["environments"] == ["dev", "staging", "prod"]
    assert "prod (4 resources)." in confsync("validate", "--format", "markdown").out


def test_one_environment_can_be_chosen(confsync: Confsync, monkeypatch: pytest.MonkeyPatch) -> None:
    one = "Valid: 4 resources in confsync.yaml; environment prod.\n"
    assert confsync("validate", "-e", "prod").out == one
    assert confsync("validate", "-e", "prod", "--json").document["environments"] == []
    monkeypatch.setenv("CONFSYNC_ENV", "prod")
    assert confsync("validate").out == one
    assert "environments dev (4 resources)" in confsync("validate", "--all-environments").out


def test_an_error_is_reported_once_and_names_the_environments_that_alone_have_it(
    confsync: Confsync, folder: Path
) -> None:
    text = ENVIRONMENTS.replace("on: true}", "on: maybe}").replace("[sendMessage]", "[sendMesage]")
    text = text.replace("method: POST", "methd: POST")
    (folder / "confsync.yaml").write_text(text, "utf-8")
    said = confsync("validate", "--json")
    assert said.code == 3
    assert said.document["environments"] == ["dev", "staging", "prod"]
    assert [each["summary"] for each in said.document["diagnostics"] if each["severity"] == "error"] == [
        "'reachability_enabled' must be true or false, not 'maybe' (in environment staging)",
        "unknown key 'methd' in service webhooks",
    ]
    assert [each["summary"] for each in said.document["diagnostics"] if each["severity"] == "warning"] == [
        "'sendMesage' is not a permission that Twilio documents (in environment prod)"
    ]


def test_a_configuration_without_environments_is_checked_as_it_is(confsync: Confsync, folder: Path) -> None:
    (folder / "confsync.yaml").write_text("version: 1\nservices: {a: {}}\n", "utf-8")
    for arguments in ((), ("--all-environments",)):
        assert confsync("validate", *arguments).out == "Valid: 1 resource in confsync.yaml; no environment.\n"


@pytest.mark.parametrize(
    ("arguments", "happened"),
    [
        (("--all-environments", "-e", "dev"), "-e selects one environment, and --all-environments checks all of them."),
        (("--expanded", "--all-environments"), "--expanded prints one environment, and --all-environments"),
        (("--expanded",), "The configuration has several environments"),
    ],
)
def test_one_environment_and_all_of_them_exclude_each_other(
    confsync: Confsync, arguments: tuple[str, ...], happened: str
) -> None:
    said = confsync("validate", *arguments)
    assert said.code == 3
    assert happened in said.err


def test_the_expanded_configuration_is_printed(confsync: Confsync) -> None:
    said = confsync("validate", "--expanded", "-e", "prod")
    assert (said.code, said.out) == (
        0,
        f"""\
# What the configuration asks for in environment prod, expanded by `confsync validate --expanded`.
version: 1
variables:
  token:
    sensitive: true
environments:
  prod:
    account_sid: AC{"c" * 32}
services:
  support:
    friendly_name: Support
    configuration:
      reachability_enabled: false
    webhooks:
      post_webhook_url: "https://example.com/${{{{ var.token }}}}"
      method: POST
    roles:
      agent:
        type: conversation
        permissions:
          - sendMessage
""",
    )
    assert confsync("validate", "--expanded", "-e", "prod", "--json").document["expanded"] == said.out


def test_the_expanded_configuration_never_contains_a_secret(
    confsync: Confsync, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFSYNC_VAR_token", "canary-of-a-token")
    monkeypatch.setenv("KEY", "canary-of-a-key")
    with (folder / "confsync.yaml").open("a", encoding="utf-8") as file:
        file.write('credentials: {for_each: {x: {items: {ios: "${{ env.KEY }}"}, resource: {type: fcm, ')
        file.write('secret: "${{ each.value }}"}}}}\n')
    said = confsync("validate", "--expanded", "-e", "dev")
    assert 'secret: "${{ env.KEY }}"' in said.out
    assert "canary" not in said.out + said.err
