"""`confsync diff`: how the configurations of two environments differ."""

from html import unescape
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from confsync.account.configuration import LoadOptions, load_configuration
from confsync.plan.intent import Selection
from confsync.planning.environment_diff import compare_environments
from confsync.views.lists.environment_diff import diff_as_text, diff_document
from confsync.views.schema.published import document_schema
from tests.cli.conftest import Confsync

ENVIRONMENTS = f"""version: 1
environments:
  dev: {{account_sid: AC{"a" * 32}}}
  prod: {{account_sid: AC{"b" * 32}, variables: {{host: example.com, name: Support, who: deleteAnyMessage, on: true}}}}
variables: {{host: dev.example.com, name: Support (dev), who: leaveConversation, on: false, token: {{sensitive: true}}}}
"""
RESOURCES = """services:
  support:
    friendly_name: ${{ var.name }}
    webhooks: {post_webhook_url: "https://${{ var.host }}/x", method: POST}
    notifications: {new_message: {enabled: "${{ var.on }}", template: same}}
    roles:
      agent: {type: conversation, permissions: [sendMessage, "${{ var.who }}"]}
      tester: {type: conversation, permissions: [sendMessage], lifecycle: {only: [dev]}}
      auditor: {type: conversation, permissions: [sendMessage], lifecycle: {only: [prod]}}
"""
LINES = """Only in dev:
  services/support/roles/tester (confsync.yaml:13)

Only in prod:
  services/support/roles/auditor (confsync.yaml:14)

dev -> prod:
  services/support#friendly_name: "Support (dev)" -> "Support" (confsync.yaml:8)
  services/support/notifications#new_message.enabled: false -> true (confsync.yaml:10)
  services/support/roles/agent#permissions: + deleteAnyMessage, - leaveConversation (confsync.yaml:12)
  services/support/webhooks#post_webhook_url: "https://dev.example.com/x" -> "https://example.com/x" (confsync.yaml:9)

Differences between dev and prod: 1 resource only in dev, 1 only in prod, 4 fields with different values.
"""
BOTH = ("diff", "-e", "dev", "-e", "prod")
CREDENTIAL = "credentials: {{android: {{type: fcm, secret: '{}'}}}}\n"


@pytest.fixture(autouse=True)
def environments(folder: Path) -> None:
    """Write a configuration with two environments that differ in every way."""
    (folder / "confsync.yaml").write_text(ENVIRONMENTS + RESOURCES, "utf-8")


def write(folder: Path, resources: str, name: str = "confsync.yaml") -> Path:
    (folder / name).write_text(ENVIRONMENTS + resources, "utf-8")
    return folder / name


def test_each_difference_is_one_line_with_its_place(confsync: Confsync) -> None:
    said = confsync(*BOTH)
    assert (said.code, said.out) == (0, LINES)


PATCHED = f"""version: 1
environments:
  dev: {{account_sid: AC{"a" * 32}}}
  prod:
    account_sid: AC{"b" * 32}
    patch:
      services:
        support: {{friendly_name: Support}}
        for_each: {{desks: {{items: {{c: {{name: C}}}}}}}}
services:
  defaults: {{configuration: {{reachability_enabled: true}}}}
  support: {{friendly_name: Support (dev)}}
  for_each:
    desks: {{items: {{b: {{name: B}}}}, resource: {{friendly_name: "${{{{ each.value.name }}}}"}}}}
"""


def test_what_a_patch_changes_is_at_the_line_of_the_patch(confsync: Confsync, folder: Path) -> None:
    (folder / "confsync.yaml").write_text(PATCHED, "utf-8")
    assert (
        confsync(*BOTH).out
        == """Only in prod:
  services/c (confsync.yaml:9)
  services/c/configuration (confsync.yaml:11)

dev -> prod:
  services/support#friendly_name: "Support (dev)" -> "Support" (confsync.yaml:12, confsync.yaml:8)

Differences between dev and prod: 0 resources only in dev, 2 only in prod, 1 field with different values.
"""
    )


def test_the_other_order_shows_the_other_direction(confsync: Confsync) -> None:
    out = confsync("diff", "-e", "prod", "-e", "dev").out
    assert out.startswith("Only in prod:\n  services/support/roles/auditor")
    assert "#permissions: + leaveConversation, - deleteAnyMessage" in out


def test_an_environment_may_be_named_before_the_command(confsync: Confsync) -> None:
    assert confsync("-e", "dev", "diff", "-e", "prod").out == LINES
    assert confsync("-e", "dev", "-e", "prod", "diff").out == LINES


@pytest.mark.parametrize("format_", ["text", "markdown", "github", "html"])
def test_every_format_names_each_difference(format_: str, confsync: Confsync) -> None:
    out = unescape(confsync(*BOTH, "--format", format_).out)
    for each in ("services/support/roles/tester", "services/support/roles/auditor", "#new_message.enabled"):
        assert each in out
    assert LINES.splitlines()[-1] in out.replace("\\", "")


def test_the_document_has_every_difference_and_matches_its_schema(confsync: Confsync) -> None:
    document: dict[str, Any] = confsync(*BOTH, "--json").document
    Draft202012Validator(document_schema("diff")).validate(document)
    assert (document["kind"], document["exit_code"]) == ("diff", 0)
    assert (document["first"], document["second"]) == ("dev", "prod")
    assert {name: number for name, number in document["summary"].items() if number} == {
        "only_in_first": 1,
        "only_in_second": 1,
        "fields": 4,
    }
    (permissions,) = (each for each in document["fields"] if each["path"] == "permissions")
    assert (permissions["added"], permissions["removed"]) == (["deleteAnyMessage"], ["leaveConversation"])
    assert permissions["first"] == ["leaveConversation", "sendMessage"]
    assert permissions["first_source"] == permissions["second_source"]


def test_equal_environments_have_no_differences(folder: Path, confsync: Confsync) -> None:
    write(folder, "services: {a: {}}\n")
    said = confsync(*BOTH)
    assert (said.code, said.out) == (0, "No differences between dev and prod.\n")


def test_a_part_is_selected_without_what_it_requires(confsync: Confsync) -> None:
    assert "#permissions" in confsync(*BOTH, "--target", "**/agent").out
    assert "friendly_name" not in confsync(*BOTH, "--target", "**/agent").out
    assert "agent" not in confsync(*BOTH, "--exclude", "**/agent").out
    assert confsync(*BOTH, "--kind", "roles").out.count("services/") == 3
    assert confsync(*BOTH, "--target", "services/none").code == 3


def test_a_variable_on_the_command_line_applies_to_both(confsync: Confsync) -> None:
    assert "post_webhook_url" not in confsync(*BOTH, "--var", "host=h.example.com").out


@pytest.mark.parametrize("chosen", [(), ("-e", "dev"), ("-e", "dev", "-e", "prod", "-e", "dev")])
def test_anything_but_two_environments_is_a_usage_error_that_names_them(
    chosen: tuple[str, ...], confsync: Confsync
) -> None:
    refused = confsync("diff", *chosen)
    assert (refused.code, refused.out) == (3, "")
    assert "needs -e twice. The configuration has dev, prod." in refused.err


@pytest.mark.parametrize(
    ("environments", "there"),
    [("", "It declares none."), (f"environments: {{dev: {{account_sid: AC{'a' * 32}}}}}\n", "It declares only dev.")],
)
def test_a_configuration_with_fewer_environments_is_refused(
    environments: str, there: str, folder: Path, confsync: Confsync
) -> None:
    (folder / "confsync.yaml").write_text(f"version: 1\n{environments}", "utf-8")
    refused = confsync("diff", "-e", "dev")
    assert refused.code == 3
    assert there in refused.err
    assert "Next:  Declare at least two under `environments`, then name two of them with -e.\n" in refused.err


def test_an_unknown_environment_is_refused(confsync: Confsync) -> None:
    refused = confsync("diff", "-e", "dev", "-e", "staging")
    assert refused.code == 3
    assert "It has dev, prod." in refused.err


@pytest.mark.parametrize("value", [None, "hunter2-hunter2"])
def test_a_sensitive_value_is_compared_by_its_reference_and_never_shown(
    value: str | None, folder: Path, confsync: Confsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "https://{}/${{{{ var.token }}}}"
    write(
        folder,
        f"services:\n  a: {{webhooks: {{pre_webhook_url: '{url.format('same')}',"
        f" post_webhook_url: '{url.format('${{ var.host }}')}'}}}}\n",
    )
    if value:
        monkeypatch.setenv("CONFSYNC_VAR_token", value)
    for format_ in ("text", "json", "markdown", "github", "html"):
        out = confsync(*BOTH, "--format", format_).out
        assert "hunter2" not in out
        assert "pre_webhook_url" not in out
        assert "example.com" not in out
    assert "services/a/webhooks#post_webhook_url: (sensitive, differs) (" in confsync(*BOTH).out
    (field,) = confsync(*BOTH, "--json").document["fields"]
    assert (field["first"], field["second"], field["sensitive"]) == (None, None, True)


def test_urls_that_differ_in_their_tokens_are_not_shown(folder: Path, confsync: Confsync) -> None:
    write(folder, "services: {a: {webhooks: {post_webhook_url: 'https://h.example.com?token=${{ var.host }}'}}}\n")
    out = confsync(*BOTH).out
    assert "#post_webhook_url: (sensitive, differs)" in out
    assert "dev.example.com" not in out


def test_secret_references_are_compared_as_they_are_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "key.txt").write_text("value", "utf-8")
    for name in ("ONE", "TWO"):
        monkeypatch.setenv(name, "value")

    def compared(first: str, second: str) -> str:
        configs = [
            load_configuration(
                LoadOptions(
                    files=(write(folder, CREDENTIAL.format(reference), f"{environment}.yaml"),),
                    environment=environment,
                    resolve_secrets=False,
                )
            )
            for environment, reference in (("dev", first), ("prod", second))
        ]
        return diff_as_text(diff_document(compare_environments(configs[0], configs[1], Selection()), 0))

    same = "No differences between dev and prod.\n"
    assert compared("${{ env.ONE }}", "${{ env.ONE }}") == same
    assert compared("${{ env.NOT_SET }}", "${{ env.NOT_SET }}") == same
    assert "credentials/android#secret: (sensitive, differs) (dev.yaml:" in compared("${{ env.ONE }}", "${{ env.TWO }}")
    assert "(sensitive, differs)" in compared("${{ env.ONE }}", "${{ file.key.txt }}")


def test_a_secret_file_is_not_read(folder: Path, confsync: Confsync) -> None:
    (folder / "key.txt").write_bytes(b"\xff")
    write(folder, CREDENTIAL.format("${{ file.key.txt }}"))
    assert confsync("validate", "-e", "dev").code == 3
    assert confsync(*BOTH).code == 0


def test_no_request_is_sent_and_no_file_is_written(folder: Path, confsync: Confsync) -> None:
    before = sorted(folder.rglob("*"))
    assert confsync(*BOTH).code == 0
    assert sorted(folder.rglob("*")) == before


ABSENT = f"""version: 1
environments:
  dev: {{account_sid: AC{"a" * 32}}}
  prod:
    account_sid: AC{"b" * 32}
    patch:
      services:
        support:
          roles:
            agent: {{lifecycle: {{absent: true}}}}
            gone: {{lifecycle: {{absent: true}}}}
            never: {{lifecycle: {{absent: true}}}}
services:
  support:
    roles:
      agent: {{type: conversation, permissions: [sendMessage]}}
      never: {{lifecycle: {{absent: true}}}}
"""
ABSENT_LINES = """\
Only in dev:
  services/support/roles/agent (confsync.yaml:16), must be absent in prod (confsync.yaml:10)

Must be absent in prod, not declared in dev:
  services/support/roles/gone (confsync.yaml:11)

Differences between dev and prod: 1 resource only in dev, 0 only in prod, \
1 absent in one and not declared in the other, 0 fields with different values.
"""


def test_a_resource_that_must_be_absent_in_one_environment_is_shown_as_such(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text(ABSENT, "utf-8")
    assert confsync(*BOTH).out == ABSENT_LINES
    swapped = confsync("diff", "-e", "prod", "-e", "dev").out
    assert "Only in dev:\n  services/support/roles/agent (confsync.yaml:16), must be absent in prod" in swapped
    assert "Must be absent in prod, not declared in dev:\n  services/support/roles/gone" in swapped
    for format_ in ("markdown", "github", "html"):
        out = unescape(confsync(*BOTH, "--format", format_).out)
        assert "must be absent in prod" in out
        assert "Must be absent in prod, not declared in dev" in out


def test_the_document_says_where_a_resource_must_be_absent(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text(ABSENT, "utf-8")
    document: dict[str, Any] = confsync(*BOTH, "--json").document
    Draft202012Validator(document_schema("diff")).validate(document)
    (agent,) = document["only_in_first"]
    assert (agent["address"], agent["absent"]["line"]) == ("services/support/roles/agent", 10)
    (gone,) = document["absent_in_second"]
    assert (gone["address"], gone["source"]["line"], gone["absent"]) == ("services/support/roles/gone", 11, None)
    assert document["absent_in_first"] == document["fields"] == []
    assert document["summary"] == {
        "only_in_first": 1,
        "only_in_second": 0,
        "absent_in_first": 0,
        "absent_in_second": 1,
        "fields": 0,
    }


TREATED = f"""version: 1
environments:
  dev: {{account_sid: AC{"a" * 32}}}
  prod:
    account_sid: AC{"b" * 32}
    patch:
      services:
        shared: {{lifecycle: {{lookup: true}}}}
        support: {{lifecycle: {{protect: true, prune: [roles, users]}}}}
        same: {{lifecycle: {{lookup: false}}}}
services:
  shared: {{friendly_name: Shared}}
  same: {{}}
  support:
    lifecycle: {{protect: false, prune: [roles]}}
    roles: {{agent: {{type: conversation, permissions: [sendMessage], lifecycle: {{only: [dev, prod]}}}}}}
"""


def test_what_one_environment_manages_and_the_other_treats_otherwise_is_shown(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text(TREATED, "utf-8")
    assert (
        confsync(*BOTH).out
        == """dev -> prod:
  services/shared#lifecycle.lookup: (not written) -> true (confsync.yaml:8)
  services/support#lifecycle.protect: false -> true (confsync.yaml:15, confsync.yaml:9)
  services/support#lifecycle.prune: + users (confsync.yaml:15, confsync.yaml:9)

Differences between dev and prod: 0 resources only in dev, 0 only in prod, 3 fields with different values.
"""
    )
    document: dict[str, Any] = confsync(*BOTH, "--json").document
    Draft202012Validator(document_schema("diff")).validate(document)
    lookup = document["fields"][0]
    assert (lookup["path"], lookup["first"], lookup["second"], lookup["first_source"]) == (
        "lifecycle.lookup",
        False,
        True,
        None,
    )
    assert lookup["second_source"]["line"] == 8


def test_what_is_looked_up_in_both_environments_is_no_difference(folder: Path, confsync: Confsync) -> None:
    write(folder, "services: {a: {lifecycle: {lookup: true, only: [dev, prod]}}}\n")
    assert confsync(*BOTH).out == "No differences between dev and prod.\n"
