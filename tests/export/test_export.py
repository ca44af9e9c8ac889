"""What an export writes for a live account: YAML that a person would have written."""

from datetime import timedelta

import pytest

from confsync.account.account import Account
from confsync.account.blocking import BlockingAccount
from confsync.account.configuration import LoadOptions
from confsync.account.exporting import find_configuration
from confsync.errors import UsageError
from confsync.plan.exported import ExportScope
from tests.emulator.client import Fields
from tests.export.exporting import exported, problems, without_comments
from tests.harness import Harness

FLOW = "FW" + "0" * 32
HOOK = "https://hooks.example.com/"
TOKEN = "https://hooks.example.com/in?token=canary"


def service(harness: Harness, name: str) -> str:
    """Create a service, and return its path."""
    return f"/Services/{harness.client.made('/Services', {'FriendlyName': name})}"


def role(harness: Harness, home: str, name: str, kind: str = "conversation") -> str:
    return harness.client.made(f"{home}/Roles", {"FriendlyName": name, "Type": kind, "Permission": "editOwnMessage"})


def lines(harness: Harness, *targets: str, minimal: bool = False) -> list[str]:
    """Export a part of the account, and return what follows the environment."""
    found = exported(harness, *targets, minimal=minimal)
    assert problems(found) == []
    written = without_comments(found.document)
    return written[written.index("services:") if "services:" in written else 0 :]


def test_a_service_has_a_short_key_and_its_name_beside_it(harness: Harness) -> None:
    service(harness, "Flex Chat Service")
    assert lines(harness, "services/flex-chat-service", minimal=True)[:3] == [
        "services:",
        "  flex-chat-service:",
        "    friendly_name: Flex Chat Service",
    ]


def test_built_in_roles_are_written_only_where_they_differ_from_those_of_a_new_service(harness: Harness) -> None:
    home = service(harness, "desk")
    assert "    roles:" not in lines(harness, "services/desk", minimal=True)
    live = harness.client.get(f"{home}/Roles").body["roles"]
    admin = next(each["sid"] for each in live if each["friendly_name"] == "service admin")
    harness.client.post(f"{home}/Roles/{admin}", {"Permission": "joinConversation"})
    assert lines(harness, "services/desk", minimal=True)[-5:] == [
        "    roles:",
        "      service-admin:",
        "        friendly_name: service admin",
        "        type: service",
        "        permissions: [joinConversation]",
    ]


def test_a_reference_to_a_built_in_role_is_its_name_unless_the_name_is_the_key_of_another_role(
    harness: Harness,
) -> None:
    service(harness, "desk")
    written = lines(harness, "services/desk")
    assert "      default_conversation_role: channel user" in written
    assert "    roles:" not in written
    harness.apply("""
        version: 1
        services:
          desk: {roles: {channel user: {friendly_name: guest, type: conversation, permissions: [sendMessage]}}}
        """)
    config, _ = find_configuration(LoadOptions(environ={}, directory=harness.folder))
    found = BlockingAccount(Account(config, harness.connection(), harness.settings())).export(ExportScope())
    assert problems(found) == []
    assert "      default_conversation_role: channel-user" in without_comments(found.document)


def test_roles_with_one_name_and_two_types_have_keys_with_the_type(harness: Harness) -> None:
    home = service(harness, "desk")
    role(harness, home, "team/lead")
    role(harness, home, "team/lead", "service")
    keys = [line.strip(" :") for line in lines(harness, "services/desk") if line.startswith("      team")]
    assert keys in (["team-lead", "team-lead-service"], ["team-lead", "team-lead-conversation"])


def test_resources_that_only_their_sids_identify_are_adopted_in_the_environment(harness: Harness) -> None:
    for _ in range(2):
        service(harness, "desk")
    found = exported(harness, minimal=True)
    assert problems(found) == []
    assert sorted(map(str, found.plan.config.adopt)) == ["services/desk", "services/desk-2"]  # type: ignore[attr-defined]
    assert "adopt:" in found.document.partition("services:\n")[0]
    counts = {str(each.path): each.resources for each in found.files}
    assert counts["environments.yaml"] == 0
    assert sum(counts.values()) == len(found.addresses) == sum(found.counts.values())


def test_a_resource_that_an_older_version_owns_under_an_empty_key_gets_another_one(harness: Harness) -> None:
    harness.apply("version: 1\nservices: {desk: {}}\n")
    written = harness.ledger_path.read_text("utf-8")
    assert '"services/desk"' in written
    harness.ledger_path.write_text(written.replace('"services/desk"', '"services/"'), "utf-8")
    (harness.folder / "confsync.yaml").write_text("version: 1\n", "utf-8")
    config, _ = find_configuration(LoadOptions(environ={}, directory=harness.folder))
    found = BlockingAccount(Account(config, harness.connection(), harness.settings())).export(ExportScope())
    assert "services/desk" in map(str, found.addresses)


def test_the_older_resource_has_the_key_that_two_names_lead_to(harness: Harness) -> None:
    for name in ("desk", "Desk", "DESK"):
        service(harness, name)
        harness.emulator.clock.advance(timedelta(seconds=2))
    matches = exported(harness).plan.snapshot.matches  # type: ignore[attr-defined]
    keys = {str(each): match.found.name for each, match in matches.items() if each[1].startswith("desk")}
    names = {address: name for address, name in keys.items() if address.count("/") == 1}
    assert names == {"services/desk": "desk", "services/desk-2": "Desk", "services/desk-3": "DESK"}


def test_a_reference_to_something_that_is_not_exported_is_a_comment(harness: Harness) -> None:
    service(harness, "desk")
    document = exported(harness, "account/configuration").document
    assert "default_service:" not in "\n".join(without_comments(document))
    assert "# Left out `default_service`: it refers to the service IS" in document


def test_filters_that_were_never_set_are_left_out_and_empty_ones_are_written(harness: Harness) -> None:
    never, empty = service(harness, "never"), service(harness, "empty")
    harness.client.post(f"{empty}/Configuration/Webhooks", {"Filters": "", "Method": "POST"})
    assert "webhooks:" not in " ".join(lines(harness, "services/never"))
    assert lines(harness, "services/empty/webhooks")[-2:] == ["      method: POST", "      filters: []"]
    assert never != empty


ADDRESS: Fields = {"Type": "sms", "Address": "+15551230000", "AutoCreation.Enabled": "true"}


def test_an_address_has_a_quoted_key_and_a_variable_for_its_flow(harness: Harness) -> None:
    flow = {"AutoCreation.Type": "studio", "AutoCreation.StudioFlowSid": FLOW}
    harness.client.made("/Configuration/Addresses", {**ADDRESS, **flow})
    found = exported(harness, "account/addresses")
    assert problems(found) == []
    written = without_comments(found.document)
    assert '    "+15551230000":' in written
    assert '        studio_flow_sid: "${{ var.studio_flow_sid }}"' in written
    assert f"      studio_flow_sid: {FLOW}" in written
    assert "  studio_flow_sid: set in each environment" in written


def test_the_secrets_of_a_credential_are_comments(harness: Harness) -> None:
    harness.client.made("/Credentials", {"FriendlyName": "Desk on iOS", "Type": "apn", "Sandbox": "true"})
    found = exported(harness, "credentials")
    assert problems(found) == []
    assert without_comments(found.document)[-5:] == [
        "credentials:",
        "  desk-on-ios:",
        "    friendly_name: Desk on iOS",
        "    type: apn",
        "    sandbox: true",
    ]
    assert '    # private_key: "${{ env.DESK_ON_IOS_PRIVATE_KEY }}"' in found.document


def test_a_url_with_a_token_becomes_a_sensitive_variable(harness: Harness) -> None:
    home = service(harness, "desk")
    harness.client.post(f"{home}/Configuration/Webhooks", {"PostWebhookUrl": TOKEN, "Method": "POST"})
    found = exported(harness)
    assert problems(found) == []
    assert "canary" not in found.document + repr(found)
    assert "  desk_webhooks_post_webhook_url: {sensitive: true}" in without_comments(found.document)
    assert [each.path.name for each in found.files if "canary" in each.text] == ["secrets.env"]


SENSITIVE = """
    version: 1
    variables: {token: {sensitive: true}, host: {default: h.example.com}}
    services:
      desk:
        webhooks: {method: POST, post_webhook_url: "https://${{ var.host }}/${{ var.token }}"}
        users: {alice: {friendly_name: "${{ var.token }}"}}
    """
VALUES = {"CONFSYNC_VAR_token": "canary-value"}
HOOKS = "desk_webhooks_post_webhook_url"
NAME = "desk_users_alice_friendly_name"


def exported_where_sensitive(
    harness: Harness, environ: dict[str, str], text: str = SENSITIVE
) -> tuple[list[str], dict[str, str]]:
    """Export an account whose configuration has sensitive values, and return the lines and the sensitive variables."""
    harness.environ = environ
    found = harness.account(harness.config(text)).export(ExportScope(sections=("users",)))
    assert problems(found) == []
    assert "canary" not in found.document + repr(found)
    assert {each.path.name for each in found.files if "canary" in each.text} == {"secrets.env"}
    return without_comments(found.document), {name: each.reveal() for name, each in found.secrets.items()}


def test_a_sensitive_value_is_the_reference_that_the_configuration_has_for_it(harness: Harness) -> None:
    harness.environ = VALUES
    harness.apply(SENSITIVE)
    written, secrets = exported_where_sensitive(harness, VALUES)
    assert secrets == {"token": "canary-value"}
    assert '      post_webhook_url: "https://h.example.com/${{ var.token }}"' in written
    assert '        friendly_name: "${{ var.token }}"' in written
    assert "  token: {sensitive: true}" in written


@pytest.mark.parametrize("text", [SENSITIVE, "version: 1\n"], ids=["not available", "not declared any more"])
def test_a_value_that_only_the_ledger_knows_as_sensitive_becomes_a_variable(harness: Harness, text: str) -> None:
    harness.environ = VALUES
    harness.apply(SENSITIVE)
    written, secrets = exported_where_sensitive(harness, {}, text)
    assert secrets == {HOOKS: "https://h.example.com/canary-value", NAME: "canary-value"}
    assert f'      post_webhook_url: "${{{{ var.{HOOKS} }}}}"' in written


def test_a_different_live_value_of_a_sensitive_field_becomes_a_variable(harness: Harness) -> None:
    harness.environ = VALUES
    harness.apply(SENSITIVE)
    _, secrets = exported_where_sensitive(harness, {"CONFSYNC_VAR_token": "other"})
    assert secrets == {HOOKS: "https://h.example.com/canary-value", NAME: "canary-value"}


def test_a_name_in_a_reference_is_not_given_to_another_variable(harness: Harness) -> None:
    text = SENSITIVE.replace("token", HOOKS)
    harness.environ = {f"CONFSYNC_VAR_{HOOKS}": "canary-value"}
    harness.apply(text)
    home = f"/Services/{harness.client.get('/Services').body['services'][-1]['sid']}"
    harness.client.post(f"{home}/Configuration/Webhooks", {"PostWebhookUrl": TOKEN, "Method": "POST"})
    _, secrets = exported_where_sensitive(harness, harness.environ, text)
    assert secrets == {f"{HOOKS}_2": TOKEN, HOOKS: "canary-value"}


def test_attributes_that_look_like_an_edit_are_written_as_the_addition_of_a_key(harness: Harness) -> None:
    home = service(harness, "desk")
    for name, attributes in {"ann": '{"add": {"x": 1}}', "bob": '{"remove": ["x"]}', "cleo": '{"add": 1}'}.items():
        harness.client.made(f"{home}/Users", {"Identity": name, "Attributes": attributes})
    written = " ".join(each.strip() for each in lines(harness, "services/desk/users"))
    assert written.endswith(
        "ann: attributes: add: add: x: 1 bob: attributes: add: remove: [x] cleo: attributes: add: 1"
    )


def test_a_text_that_contains_a_sensitive_value_becomes_a_variable_and_attributes_a_comment(harness: Harness) -> None:
    harness.environ = VALUES
    harness.apply(SENSITIVE)
    home = f"/Services/{harness.client.get('/Services').body['services'][-1]['sid']}"
    attributes = '{"token": "Canary-Value"}'
    harness.client.made(
        f"{home}/Users", {"Identity": "bob", "FriendlyName": "a canary-value", "Attributes": attributes}
    )
    written, secrets = exported_where_sensitive(harness, VALUES)
    assert secrets == {"token": "canary-value", "desk_users_bob_friendly_name": "a canary-value"}
    assert "        attributes:" not in written


def test_what_a_configuration_cannot_contain_is_a_comment_with_the_reason(harness: Harness) -> None:
    home = service(harness, "desk")
    conversation = harness.client.made(f"{home}/Conversations", {"FriendlyName": "no unique name"})
    found = exported(harness)
    assert problems(found) == []
    assert conversation not in "\n".join(without_comments(found.document))
    assert f"# Left out conversation {conversation}: it has no `unique_name`." in found.document
    assert f"conversation {conversation}" in {each.what for each in found.left_out}


def test_users_and_conversations_are_left_out_unless_they_are_named(harness: Harness) -> None:
    home = service(harness, "desk")
    harness.client.made(f"{home}/Users", {"Identity": "alice"})
    plain = exported(harness, sections=())
    assert "alice" not in plain.document
    assert "# To include them: `confsync export --with conversations,users`." in plain.document
    assert {each.what for each in plain.left_out} == {"users", "conversations"}
    assert "      alice: {}" in lines(harness, "services/*/users/alice", minimal=True)
    assert "      alice: {}" in lines(harness, "services/desk/users")


def test_a_part_of_the_account_is_selected_by_key_or_by_live_name(harness: Harness) -> None:
    role(harness, service(harness, "Flex Desk"), "agent")
    service(harness, "Other")
    for target in ("services/flex-desk", "services/Flex Desk", "services/flex*/roles/agent"):
        written = lines(harness, target)
        assert ("    friendly_name: Flex Desk" in written, "    friendly_name: Other" in written) == (True, False)
    assert "agent" in lines(harness, "services/flex*/roles/agent")[-4]
    with pytest.raises(UsageError, match="no live resource"):
        exported(harness, "services/nothing")


def test_what_is_declared_or_owned_keeps_its_address(harness: Harness) -> None:
    role = "{type: service, permissions: [joinConversation]}"
    harness.apply(f"version: 1\nservices: {{Front desk: {{friendly_name: Desk, roles: {{a b: {role}}}}}}}\n")
    found = harness.account().export()
    assert {"services/Front desk", "services/Front desk/roles/a b"} <= set(map(str, found.addresses))


def test_minimal_leaves_out_defaults(harness: Harness) -> None:
    service(harness, "desk")
    assert lines(harness, "services/desk", minimal=True) == [
        "services:",
        "  desk:",
        "    friendly_name: desk",
    ]
    assert "      reachability_enabled: false" in lines(harness, "services/desk")
