"""`explain` says where each value comes from, what Twilio holds and what was last applied."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from confsync.views.schema.published import document_schema
from tests.cli.conftest import Confsync
from tests.cli.run_result import RunResult

BASE = """\
version: 1
variables:
  host: hooks.example.com
  token: {sensitive: true}
environments:
  dev: {account_sid: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}
  prod:
    account_sid: ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    variables: {host: prod.example.com}
    patch:
      services: {support: {configuration: {reachability_enabled: false}}}
services:
  defaults:
    roles:
      defaults: {type: conversation}
      agent: {permissions: [sendMessage]}
  for_each:
    desks:
      items: {web: {title: Web}}
      resource: {friendly_name: "${{ each.value.title }} desk"}
  support:
    configuration: {reachability_enabled: true}
    webhooks:
      post_webhook_url: "https://${{ var.host }}/a"
      pre_webhook_url: "https://x.example.com/${{ var.token }}"
      method: POST
"""


@pytest.fixture
def written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = folder / "confsync.yaml"
    path.write_text(BASE, "utf-8")
    monkeypatch.setenv("CONFSYNC_VAR_token", "canary")
    return path


def fields(said: RunResult) -> dict[str, list[str]]:
    """Return the facts about each field."""
    found: dict[str, list[str]] = {}
    for line in said.out.splitlines()[1:]:
        if line.startswith("    "):
            found[list(found)[-1]].append(" ".join(line.split()))
        else:
            found[line.strip()] = []
    return found


@pytest.mark.usefixtures("written")
def test_a_variable_is_named_with_what_set_it(confsync: Confsync, monkeypatch: pytest.MonkeyPatch) -> None:
    place = "written: confsync.yaml:24: https://${{ var.host }}/a"
    explain = ("explain", "services/support/webhooks#post_webhook_url", "--offline")
    assert fields(confsync(*explain, "-e", "dev")) == {
        'post_webhook_url: "https://hooks.example.com/a"': [
            place,
            "variable: host, set by its default (confsync.yaml:3)",
        ]
    }
    assert fields(confsync(*explain, "-e", "prod")) == {
        'post_webhook_url: "https://prod.example.com/a"': [
            place,
            "variable: host, set by the variables of the environment (confsync.yaml:9)",
        ]
    }
    Path("values.yaml").write_text("host: file.example.com\n", "utf-8")
    (facts,) = fields(confsync(*explain, "-e", "prod", "--var-file", "values.yaml")).values()
    assert facts[-1] == "variable: host, set by a file of --var-file (values.yaml:1)"
    (facts,) = fields(confsync(*explain, "-e", "prod", "--var", "host=given.example.com")).values()
    assert facts[-1] == "variable: host, set by --var"
    monkeypatch.setenv("CONFSYNC_VAR_host", "process.example.com")
    (facts,) = fields(confsync(*explain, "-e", "prod")).values()
    assert facts[-1] == "variable: host, set by the environment variable CONFSYNC_VAR_host"


@pytest.mark.usefixtures("written")
def test_a_patch_the_defaults_and_an_item_are_named(confsync: Confsync) -> None:
    (facts,) = fields(confsync("explain", "services/support/configuration", "--offline", "-e", "prod")).values()
    assert facts == ["written: confsync.yaml:11", "patch: of environment prod"]
    role = fields(confsync("explain", "services/support/roles/agent", "--offline", "-e", "dev"))
    assert role['type: "conversation"'] == [
        "written: confsync.yaml:15",
        "through: the defaults services/defaults",
        "through: the defaults services/defaults/roles/defaults",
    ]
    said = confsync("explain", "services/web", "--offline", "-e", "dev")
    assert said.out.splitlines()[0] == (
        "services/web: declared at confsync.yaml:19, made for the item at confsync.yaml:19; Twilio was not read"
    )
    assert fields(said) == {
        'friendly_name: "Web desk"': [
            "written: confsync.yaml:20: ${{ each.value.title }} desk",
            "through: the resource of services/for_each/desks",
        ]
    }


def test_a_layer_is_named_if_there_are_several(written: Path, confsync: Confsync) -> None:
    over = written.with_name("over.yaml")
    over.write_text("version: 1\nservices: {support: {webhooks: {method: GET}}}\n", "utf-8")
    layers = ("-f", str(written), "-f", str(over))
    said = fields(confsync("explain", "services/support/webhooks", "--offline", "-e", "dev", *layers))
    assert said['method: "GET"'] == ["written: over.yaml:2", "layer: 2 of 2"]
    assert "layer: 1 of 2" in said['post_webhook_url: "https://hooks.example.com/a"']


def test_it_says_what_twilio_holds_and_what_was_last_applied(written: Path, confsync: Confsync) -> None:
    explain = ("explain", "services/support/webhooks#method", "-e", "dev", "--emulator")
    assert fields(confsync(*explain))['method: "POST"'][1:] == [
        "in Twilio: does not exist",
        "last applied: not known",
    ]
    assert confsync("apply", "-e", "dev", "--emulator", "--auto-approve").code == 0
    assert fields(confsync(*explain))['method: "POST"'][1:] == ['in Twilio: "POST"', "last applied: the same value"]
    written.write_text(BASE.replace("method: POST", "method: GET"), "utf-8")
    assert fields(confsync(*explain))['method: "GET"'][1:] == ['in Twilio: "POST"', "last applied: the value in Twilio"]


@pytest.mark.parametrize(
    ("name", "role"),
    [("service user", "type: service, lifecycle: {lookup: true}"), ("agent", "lifecycle: {absent: true}")],
)
def test_it_says_what_twilio_holds_of_a_resource_that_is_looked_up_or_to_be_deleted(
    name: str, role: str, written: Path, confsync: Confsync
) -> None:
    assert confsync("apply", "-e", "dev", "--emulator", "--auto-approve").code == 0
    written.write_text(BASE.replace("    webhooks:", f"    roles: {{{name}: {{{role}}}}}\n    webhooks:"), "utf-8")
    explain = ("explain", f"services/support/roles/{name}#friendly_name", "-e", "dev", "--emulator")
    assert f'in Twilio: "{name}"' in fields(confsync(*explain))[f'friendly_name: "{name}"']


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("format_", ["text", "markdown", "github", "html", "json"])
def test_no_format_shows_a_sensitive_value(format_: str, confsync: Confsync) -> None:
    assert confsync("apply", "-e", "dev", "--emulator", "--auto-approve").code == 0
    said = confsync("explain", "services/support/webhooks", "-e", "dev", "--emulator", "--format", format_)
    assert said.code == 0
    assert "pre_webhook_url" in said.out
    assert "canary" not in said.out + said.err


@pytest.mark.usefixtures("written")
def test_the_document_fits_its_schema(confsync: Confsync) -> None:
    said = confsync("explain", "services/support/webhooks#method", "-e", "dev", "--emulator", "--json")
    document = json.loads(said.out)
    Draft202012Validator(document_schema("explain")).validate(document)
    assert (document["address"], document["read"], document["exists"]) == ("services/support/webhooks", True, False)
    (method,) = document["fields"]
    assert (method["path"], method["desired"], method["live"], method["treatment"]) == (
        "method",
        "POST",
        None,
        "managed",
    )


@pytest.mark.usefixtures("written")
def test_a_field_that_is_not_declared_is_explained_on_request(confsync: Confsync) -> None:
    said = confsync("explain", "services/support/webhooks#filters", "-e", "dev", "--offline")
    assert said.out.splitlines()[1:] == ["  filters: not declared"]


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(
    ("address", "meant"),
    [("services/suport", "services/support"), ("services/support#friendlyname", "friendly_name")],
)
def test_an_unknown_address_or_field_is_a_usage_error(address: str, meant: str, confsync: Confsync) -> None:
    said = confsync("explain", address, "-e", "dev", "--offline")
    assert said.code == 3
    assert said.three_lines[2] == f"Next:  Did you mean '{meant}'?"


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize("options", [("--offline",), ("--emulator",)])
def test_a_hash_without_a_field_is_a_usage_error(options: tuple[str, ...], confsync: Confsync) -> None:
    said = confsync("explain", "services/support/webhooks#", "-e", "dev", *options)
    assert (said.code, said.out) == (3, "")
    assert said.three_lines[0] == "Error: 'services/support/webhooks#' names no field after the `#`."
    assert said.three_lines[2] == "Next:  Name a field after the `#`, or remove the `#`."


USES = """\
version: 1
variables:
  permissions: {default: [sendMessage, leaveConversation]}
services:
  support:
    roles:
      agent: {type: conversation, permissions: "${{ var.permissions }}"}
    configuration: {default_conversation_role: channel user}
    notifications:
      new_message: {enabled: true}
      api_extra: {NewMessage.Foo: "true"}
"""


def test_a_list_variable_is_named_where_it_is_used_and_not_at_the_name(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text(USES, "utf-8")
    said = fields(confsync("explain", "services/support/roles/agent", "--offline"))
    assert said["permissions: [leaveConversation, sendMessage]"] == [
        "written: confsync.yaml:7: ${{ var.permissions }}",
        "variable: permissions, set by its default (confsync.yaml:3)",
    ]
    assert said['friendly_name: "agent"'] == ["written: confsync.yaml:7"]


@pytest.mark.parametrize("name", ["", "#api_extra", "#api_extra.NewMessage.Foo"])
def test_a_parameter_that_confsync_does_not_know_is_explained(name: str, folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text(USES, "utf-8")
    said = fields(confsync("explain", f"services/support/notifications{name}", "--offline"))
    assert said['api_extra.NewMessage.Foo: "true"'] == ["written: confsync.yaml:11"]


@pytest.mark.openapi_violation(
    "unknown parameter: POST /v1/Services/{ChatServiceSid}/Configuration/Notifications NewMessage.Foo"
)
def test_a_parameter_that_twilio_does_not_return_is_never_returned(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text(USES, "utf-8")
    assert confsync("apply", "--emulator", "--auto-approve").code == 0
    said = fields(confsync("explain", "services/support/notifications#api_extra", "--emulator"))
    assert said['api_extra.NewMessage.Foo: "true"'][1:] == [
        "in Twilio: never returned",
        "last applied: the declared value",
    ]


def test_a_built_in_role_that_is_only_referred_to_is_not_declared(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text(USES, "utf-8")
    said = confsync("explain", "services/support/roles/channel user", "--offline")
    assert (said.code, said.three_lines[0]) == (3, "Error: Nothing is declared at services/support/roles/channel user.")
