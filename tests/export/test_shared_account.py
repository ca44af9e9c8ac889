"""An export of an account that several environments share: each leaves out what a different one owns."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec import to_builtins

from confsync.account.configuration import LoadOptions, load_configuration
from confsync.config.config import Config
from confsync.emulator.emulator import ACCOUNT_SID
from confsync.names import Address
from confsync.plan.exported import ExportedAccount, ExportScope, WrittenExport
from confsync.plan.intent import Selection
from confsync.views.lists.export import export_as_text, export_document, export_notes
from confsync.views.schema.published import document_schema
from tests.export.exporting import EVERYTHING, problems, without_comments, written_folder
from tests.harness import Harness
from tests.planning.shared_account import DESK, HEAD, ROLE, STAGING, apply_both, sid_of
from tests.planning.test_inventory import listed


@pytest.fixture
def both(harness: Harness) -> Harness:
    """Two environments, both applied; `prod` is selected."""
    apply_both(harness)
    del harness.environ["CONFSYNC_VAR_outside"]
    harness.environment = "prod"
    return harness


def exported(harness: Harness, *targets: str, sections: tuple[str, ...] = EVERYTHING) -> ExportedAccount:
    scope = ExportScope(selection=Selection(targets=targets), sections=sections)
    harness.emulator.log.clear()
    found = harness.account().export(scope)
    assert {each.method for each in harness.emulator.log} == {"GET"}
    return found


def addresses(found: ExportedAccount) -> list[str]:
    return [str(each) for each in found.addresses if "default-conversations-service" not in str(each)]


def left_out(found: ExportedAccount) -> list[str]:
    return [f"{each.what}: {each.why}" for each in found.left_out]


def test_what_a_different_environment_owns_is_left_out_with_its_owner(both: Harness) -> None:
    staging = sid_of(both, "/Services/Support staging")
    found = exported(both)
    assert sorted(addresses(found)) == [
        "account/configuration",
        "account/webhooks",
        "services/support",
        "services/support/configuration",
        "services/support/notifications",
        "services/support/roles/agent",
        "services/support/roles/clerk",
        "services/support/webhooks",
    ]
    assert staging not in found.document
    assert found.owned_elsewhere == {"staging": 6}
    owner = "it belongs to environment 'staging', as services/support, with 5 more in it"
    assert left_out(found) == [f"service {staging}: {owner}"]
    assert problems(found) == []


ACCOUNT_LEVEL = "environment 'prod' declares resources of the account itself, and only one may"


def unowned(harness: Harness) -> list[str]:
    """Create what no environment owns, and return the SIDs: a service, and resources of the account itself."""
    legacy = harness.client.made("/Services", {"FriendlyName": "legacy"})
    phone = harness.client.made("/Configuration/Addresses", {"Type": "sms", "Address": "+15551230000"})
    key = harness.client.made("/Credentials", {"Type": "fcm", "Secret": "x", "FriendlyName": "push"})
    return [legacy, phone, key]


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_an_export_merged_into_the_configuration_is_valid_and_changes_no_other_environment(
    both: Harness, environment: str
) -> None:
    unowned(both)
    before = {each: dict(loaded(both, each).declared) for each in ("staging", "prod")}
    both.environment = environment
    found = both.account().export(ExportScope(selection=Selection(excludes=("services/support",))))
    folder = written_folder(found, both.folder / "live")
    for each, declared in before.items():
        merged = loaded(both, each, folder)
        assert set(merged.declared) >= set(declared)
        assert [str(one) for one in merged.declared if one not in declared and each != environment] == []
        assert Address.parse("services/legacy") in loaded(both, environment, folder).declared
    assert problems(found) == []


def test_resources_of_the_account_itself_are_left_out_if_another_environment_declares_any(both: Harness) -> None:
    _, phone, key = unowned(both)
    both.environment = "staging"
    found = exported(both, sections=())
    assert [str(each) for each in found.addresses if each[0] != "services"] == []
    assert {
        f"account/configuration: {ACCOUNT_LEVEL}",
        f"phone address {phone}: {ACCOUNT_LEVEL}",
        f"credential {key}: {ACCOUNT_LEVEL}",
    } <= set(left_out(found))
    both.environment = "prod"
    assert f"# Left out phone address {phone}: " not in exported(both, sections=()).document


def test_an_address_that_only_another_environment_declares_is_left_out(both: Harness) -> None:
    text = HEAD + DESK + f"  legacy: {{friendly_name: Old, {STAGING}}}\n"
    both.write(text)
    legacy, *_ = unowned(both)
    assert f"service {legacy}: environment 'staging' declares this address" in left_out(exported(both))
    both.environment = "staging"
    assert "services/legacy" not in addresses(exported(both))


def test_what_other_environments_declare_too_is_named_at_the_top(both: Harness) -> None:
    line = "# To merge this, leave out what other environments of the account declare too: services/support."
    assert line in exported(both).document.splitlines()
    assert "To merge this" not in exported(both, "account").document
    assert "lifecycle" not in exported(both, "services/support").document


def test_a_variable_has_the_value_of_the_account_in_every_environment(both: Harness) -> None:
    document = exported(both, "account").document
    sid = both.live("/Configuration")["default_messaging_service_sid"]
    assert document.count(f"default_messaging_service_sid: {sid}") == 2


def loaded(harness: Harness, environment: str, *above: Path) -> Config:
    files = (harness.folder / "confsync.yaml", *above)
    return load_configuration(LoadOptions(environ=harness.environ, environment=environment, files=files))


def test_each_environment_exports_only_what_a_list_calls_its_own_or_unmanaged(both: Harness) -> None:
    for environment, other in (("staging", "prod"), ("prod", "staging")):
        both.environment = environment
        shown = [each for each in listed(both) if each.startswith("other environment")]
        assert len(shown) == 3
        found = exported(both)
        assert list(found.owned_elsewhere) == [other]
        assert not [each for each in found.addresses if "support-" in str(each)]
        assert problems(found) == []


def test_an_account_wide_singleton_of_a_different_environment_is_left_out(both: Harness) -> None:
    both.environment = "staging"
    found = exported(both)
    assert "account/webhooks" not in addresses(found)
    assert left_out(found)[0] == "account/webhooks: it belongs to environment 'prod', as account/webhooks"
    assert found.owned_elsewhere == {"prod": 7}


def test_the_report_counts_what_is_left_out_by_environment(both: Harness) -> None:
    found = exported(both)
    document = export_document(WrittenExport(exported=found), 0)
    assert document.owned_elsewhere == {"staging": 6}
    Draft202012Validator(document_schema("export")).validate(to_builtins(document))
    line = "Left out 6 resources of environment 'staging', which uses the same account."
    assert line in list(export_notes(document))
    assert "# Left out: 6 resources of environment 'staging', which uses the same account." in found.document
    assert json.loads(json.dumps(to_builtins(document)))["left_out"][0]["what"].startswith("service IS")
    assert export_as_text(document) == found.document


def test_an_export_of_what_a_different_environment_owns_is_empty(both: Harness) -> None:
    found = exported(both, "services/support-staging", sections=())
    assert addresses(found) == []
    assert found.owned_elsewhere == {"staging": 6}
    assert problems(found) == []


def test_only_what_the_options_select_is_counted(both: Harness) -> None:
    assert exported(both, "services/*/roles", sections=()).owned_elsewhere == {"staging": 2}
    assert exported(both, "services/support/**", sections=()).owned_elsewhere == {}


def test_a_reference_to_a_service_of_a_different_environment_looks_it_up(both: Harness) -> None:
    staging = sid_of(both, "/Services/Support staging")
    sent = {"DefaultChatServiceSid": staging}
    assert both.client.post("/Configuration", sent).status == 200
    found = exported(both)
    lines = without_comments(found.document)
    assert "    default_service: support-staging" in lines
    at = lines.index("  support-staging:")
    assert lines[at + 1 :] == ["    friendly_name: Support staging", "    lifecycle: {lookup: true, only: [prod]}"]
    assert found.owned_elsewhere == {"staging": 5}
    assert f"service {staging}: it belongs to environment 'staging', so it is only looked up" in left_out(found)
    assert problems(found) == []


SHARED = f"""\
version: 1
environments:
  staging: {{account_sid: {ACCOUNT_SID}}}
  prod: {{account_sid: {ACCOUNT_SID}}}
services:
  desk: {{lifecycle: {{only: [staging]}}, roles: {{agent: {ROLE}}}}}
  shop: {{friendly_name: desk, lifecycle: {{only: [prod], lookup: true}}, roles: {{clerk: {ROLE}}}}}
"""


def test_a_resource_in_a_service_of_a_different_environment_is_exported_below_a_lookup(harness: Harness) -> None:
    for harness.environment in ("staging", "prod"):
        harness.apply(SHARED)
    desk = harness.path("/Services/desk")
    made = {"FriendlyName": "nobody", "Type": "conversation", "Permission": "sendMessage"}
    harness.client.made(f"{desk}/Roles", made)
    found = exported(harness)
    owned = [each for each in addresses(found) if each.startswith("services")]
    assert owned == ["services/shop", "services/shop/roles/clerk"]
    assert found.plan.config.declared[found.addresses[-2]].lifecycle.lookup  # type: ignore[attr-defined]
    assert problems(found) == []
    harness.environment = "staging"
    found = exported(harness)
    assert "services/desk/roles/clerk" not in addresses(found)
    assert {"services/desk/roles/agent", "services/desk/roles/nobody"} <= set(addresses(found))
    assert found.owned_elsewhere == {"prod": 1}
    assert problems(found) == []


LINKED = f"""\
version: 1
environments:
  staging: {{account_sid: {ACCOUNT_SID}}}
  prod: {{account_sid: {ACCOUNT_SID}}}
services:
  desk:
    lifecycle: {{only: [staging]}}
    users: {{ann: {{notification_levels: {{hall: muted}}}}}}
    conversations: {{hall: {{participants: {{ann: {{identity: ann}}}}}}}}
"""


def test_users_and_conversations_of_a_different_environment_are_left_out(harness: Harness) -> None:
    harness.environment = "staging"
    harness.apply(LINKED)
    harness.environment = "prod"
    found = exported(harness)
    assert [each for each in addresses(found) if each.startswith("services")] == []
    assert problems(found) == []
    harness.environment = "staging"
    kept = addresses(exported(harness))
    assert "services/desk/users/ann/notification_levels/hall" in kept
    assert "services/desk/conversations/hall/participants/ann" in kept


def test_what_both_environments_own_is_exported_and_blocked(both: Harness) -> None:
    path = both.ledger_path.with_name("confsync.ledger.staging.json")
    theirs: dict[str, Any] = json.loads(path.read_text("utf-8"))
    ours: dict[str, Any] = json.loads(both.ledger_path.read_text("utf-8"))
    (service,) = (each for each in ours["entries"] if each["address"] == "services/support")
    theirs["entries"].append({**service, "address": "services/theirs"})
    path.write_text(json.dumps(theirs), "utf-8")
    found = exported(both)
    assert "services/support" in addresses(found)
    (blocked,) = problems(found)
    assert blocked.endswith("belongs to environment 'staging', as services/theirs")


def test_without_another_ledger_nothing_is_left_out(both: Harness) -> None:
    both.ledger_path.with_name("confsync.ledger.staging.json").unlink()
    found = exported(both)
    assert found.owned_elsewhere == {}
    assert "services/support-staging" in addresses(found)
    assert "Left out" not in found.document
