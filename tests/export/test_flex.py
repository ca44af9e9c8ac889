"""What Flex owns is only looked up in an export for Flex, and everything else is managed."""

from confsync.account.account import Account
from confsync.account.blocking import BlockingAccount
from confsync.account.configuration import LoadOptions
from confsync.account.exporting import find_configuration
from confsync.plan.exported import ExportedAccount, ExportScope
from confsync.resources.flex import FLEX_ROLES, FLEX_SERVICES
from tests.export.exporting import problems
from tests.export.test_export import role, service
from tests.harness import Harness, change_lines
from tests.repository.paths import DOCS


def exported_for_flex(harness: Harness) -> ExportedAccount:
    """Export an account for Flex, and check that an apply of the export would send nothing."""
    config, _ = find_configuration(LoadOptions(environ={}, directory=harness.folder / "empty"))
    account = BlockingAccount(Account(config, harness.connection(), harness.settings()))
    found = account.export(ExportScope(flex=True))
    assert problems(found) == []
    return found


def looked_up(found: ExportedAccount) -> list[str]:
    """Return the addresses that are only looked up."""
    resources = found.plan.config.declared  # type: ignore[attr-defined]
    return [str(address) for address, each in resources.items() if each.lifecycle.lookup]


def test_the_service_that_flex_created_and_its_roles_are_looked_up_and_other_roles_are_adopted(
    harness: Harness,
) -> None:
    home = service(harness, "Flex Chat Service")
    for name in ("agent", "admin", "observer"):
        role(harness, home, name)
    harness.client.post("/Configuration", {"DefaultChatServiceSid": home.rpartition("/")[2]})
    found = exported_for_flex(harness)
    flex = "services/flex-chat-service"
    assert looked_up(found) == [flex, f"{flex}/roles/admin", f"{flex}/roles/agent"]
    adopted = [line for line in change_lines(found.plan) if line.startswith(f"adopt {flex}")]
    managed = ("observer",)
    assert sorted(adopted) == [f"adopt {flex}/roles/{name}" for name in managed]
    assert "    lifecycle: {lookup: true}\n" in found.document


def test_the_default_service_is_looked_up_whatever_its_name(harness: Harness) -> None:
    assert looked_up(exported_for_flex(harness)) == ["services/default-conversations-service"]


def test_a_role_of_another_service_is_managed_even_if_it_is_named_like_one_of_flex(harness: Harness) -> None:
    role(harness, service(harness, "desk"), "agent")
    assert "adopt services/desk/roles/agent" in change_lines(exported_for_flex(harness).plan)


def test_two_services_that_are_named_like_that_of_flex_are_identified_by_their_sids(harness: Harness) -> None:
    sids = {service(harness, "Flex Chat Service").rpartition("/")[2] for _ in range(2)}
    found = exported_for_flex(harness)
    assert {each for each in sids if f": {each}" in found.document} == sids
    assert set(looked_up(found)) >= {"services/flex-chat-service", "services/flex-chat-service-2"}


def test_a_default_role_may_be_one_of_flex(harness: Harness) -> None:
    home = service(harness, "Flex Chat Service")
    agent = role(harness, home, "agent")
    harness.client.post(f"{home}/Configuration", {"DefaultConversationRoleSid": agent})
    assert "default_conversation_role: agent\n" in exported_for_flex(harness).document


def test_the_documentation_names_what_flex_owns() -> None:
    page = (DOCS / "flex.md").read_text("utf-8")
    assert [each for each in FLEX_SERVICES | FLEX_ROLES if f"`{each}`" not in page] == []
