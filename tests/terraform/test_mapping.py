"""Keys, references, accounts, data sources and sensitive values of a Terraform state."""

import pytest

from confsync.errors import UsageError
from tests.export.exporting import without_comments
from tests.harness import Harness
from tests.terraform.importing import ACCOUNT, adopted, imported, left_out, planned, resource, sid, written
from tests.terraform.states import Entry, stored

OTHER = f"AC{'b' * 32}"
TOKEN = "https://x.example/in?token=canary"


def desk(name: str = "desk", number: int = 1, index: str | int | None = None, module: str = "") -> Entry:
    values = {"sid": sid("IS", number), "friendly_name": f"Desk {number}"}
    return Entry("twilio_conversations_service", name, values, module=module, index=index)


def agent(name: str = "agent", number: int = 1, service: int = 1, **values: object) -> Entry:
    own = {"sid": sid("RL", number), "service_sid": sid("IS", service), "friendly_name": "agent"}
    return resource("role", name, **own, **{"type": "conversation", "permissions": ["sendMessage"], **values})


def addresses(*entries: Entry) -> list[str]:
    return [str(each) for each in imported(*entries).addresses]


def test_a_key_is_the_name_in_terraform() -> None:
    assert addresses(desk("Support_Desk"), agent("lead")) == [
        "services/support_desk",
        "services/support_desk/roles/lead",
    ]


def test_a_key_has_the_index_where_the_name_is_not_unique() -> None:
    several = (desk("it", 1, "eu"), desk("it", 2, "us west"), desk("other", 3, 0))
    assert addresses(*several) == ["services/it-eu", "services/it-us-west", "services/other"]


def test_a_key_has_the_module_where_the_index_is_not_enough() -> None:
    several = (desk("this", 1, module='module.desk["eu"]'), desk("this", 2, module='module.desk["us"]'))
    assert addresses(*several) == ["services/desk-eu-this", "services/desk-us-this"]


def test_a_key_has_a_number_where_nothing_else_differs() -> None:
    several = (desk("a", 1), desk("A", 2), desk("defaults", 3), desk("for_each", 4))
    assert sorted(addresses(*several)) == ["services/a-2", "services/a-3", "services/defaults-2", "services/for_each-2"]


def test_a_reference_to_a_role_of_the_state_is_its_key() -> None:
    user = resource("user", "alice", sid=sid("US"), service_sid=sid("IS"), identity="alice", role_sid=sid("RL"))
    found = imported(desk(), agent("lead", type="service"), user)
    assert "        role: lead" in without_comments(found.document)


def test_a_reference_to_a_role_that_the_state_does_not_have_is_a_comment() -> None:
    user = resource("user", "alice", sid=sid("US"), service_sid=sid("IS"), identity="alice", role_sid=sid("RL", 7))
    found = imported(desk(), user)
    why = f"it refers to the role {sid('RL', 7)}, which the state does not have"
    hint = ": if Twilio created it with the service, write its name"
    assert left_out(found) == {"services/desk/users/alice#role": why + hint}
    assert f"# Left out `role`: {why}{hint}." in found.document


def test_a_reference_to_a_role_of_another_service_is_a_comment() -> None:
    user = resource("user", "alice", sid=sid("US"), service_sid=sid("IS"), identity="alice", role_sid=sid("RL", 2))
    found = imported(desk(), desk("other", 2), agent("lead", 2, service=2, type="service"), user)
    assert left_out(found) == {
        "services/desk/users/alice#role": f"it refers to the role {sid('RL', 2)}, which is in a different service"
    }


def test_what_is_in_a_service_that_the_state_does_not_have_is_left_out() -> None:
    found = imported(desk(), agent(service=2), resource("role", "lost", sid=sid("RL", 2), friendly_name="x"))
    assert left_out(found) == {
        "twilio_conversations_role.agent": f"the state does not have the service {sid('IS', 2)}",
        "twilio_conversations_role.lost": "the state does not have the service that contains it",
    }


def test_what_is_in_a_resource_that_cannot_be_written_is_left_out() -> None:
    unnamed = resource("conversation", "unnamed", sid=sid("CH"), service_sid=sid("IS"))
    hook = resource("conversation_studio_webhook", "hook", sid=sid("WH"), conversation_sid=sid("CH"))
    found = imported(desk(), unnamed, hook)
    assert left_out(found) == {
        "twilio_conversations_conversation.unnamed": "it has no `unique_name`",
        "twilio_conversations_conversation_studio_webhook.hook": (
            "it is in twilio_conversations_conversation.unnamed, which is left out"
        ),
    }


def test_the_default_service_is_known_only_from_the_configuration_of_the_account() -> None:
    role = resource("roles_v1", "lead", sid=sid("RL"), friendly_name="lead", type="service", permission=["x"])
    assert left_out(imported(desk(), role)) == {
        "twilio_conversations_roles_v1.lead": (
            "it belongs to the default service of the account, and the state does not say which one that is"
        )
    }


def test_a_resource_without_a_sid_and_one_that_occurs_twice_are_left_out() -> None:
    nameless = resource("service", "none", friendly_name="None", id="x")
    found = imported(desk(), desk("again"), nameless, agent(), agent("again"))
    assert left_out(found) == {
        "twilio_conversations_service.none": "the state has no SID of a service for it",
        "twilio_conversations_service.again": "it is the same resource as twilio_conversations_service.desk",
        "twilio_conversations_role.again": "it is the same resource as twilio_conversations_role.agent",
    }


def test_an_attribute_without_a_field_is_left_out_if_it_has_a_value() -> None:
    user = {"sid": sid("US"), "chat_service_sid": sid("IS"), "identity": "alice", "timeouts": {"create": "10m"}}
    found = imported(
        resource("services_v1", "desk", sid=sid("IS"), friendly_name="Desk"),
        resource("services_users_v1", "alice", **user, x_twilio_webhook_enabled="true", new_one=None, attributes=7),
    )
    name = "twilio_conversations_services_users_v1.alice"
    assert left_out(found) == {
        f"{name}.x_twilio_webhook_enabled": "confsync has no such field",
        "services/desk/users/alice#attributes": "it is not a mapping, so the configuration cannot contain it",
    }


def test_timers_and_the_state_of_a_conversation_are_left_out() -> None:
    lounge = {"sid": sid("CH"), "chat_service_sid": sid("IS"), "unique_name": "lounge", "state": "active"}
    found = imported(desk(), resource("services_conversations_v1", "lounge", **lounge, timers_closed="PT10M"))
    assert sorted(left_out(found)) == [
        "services/desk/conversations/lounge#timers.closed",
        "twilio_conversations_services_conversations_v1.lounge.state",
    ]
    assert "        # timers:\n" in found.document
    assert "          # closed: PT10M\n" in found.document


def test_a_false_that_terraform_stores_for_nothing_is_a_comment() -> None:
    push = {"enabled": False, "template": "", "sound": "", "badge_count_enabled": False}
    found = imported(desk(), resource("service_notification", "n", service_sid=sid("IS"), new_message=[push]))
    assert left_out(found) == {
        "services/desk/notifications#new_message.badge_count_enabled": (
            "Terraform also stores false for a value that was never set"
        )
    }


@pytest.mark.parametrize("depth", [30, 200, 900, 5000])
def test_deeply_nested_attributes_are_a_comment(depth: int) -> None:
    nested = '{"a":' * depth + "1" + "}" * depth
    user = resource("user", "u", sid=sid("US"), service_sid=sid("IS"), identity="u", attributes=nested)
    assert list(left_out(imported(desk(), user))) == ["services/desk/users/u#attributes"]


def test_a_text_that_yaml_cannot_contain_is_a_comment() -> None:
    user = {"sid": sid("US"), "service_sid": sid("IS"), "identity": "u", "friendly_name": "half \ud800"}
    found = imported(desk(), resource("user", "u", **user))
    assert left_out(found) == {"services/desk/users/u#friendly_name": "it contains half of a character"}
    assert "# Left out `friendly_name`: it contains half of a character.\n" in found.document


# Accounts


def test_the_account_is_that_of_the_resources() -> None:
    found = imported(desk(), agent(account_sid=OTHER), account_sid=None)
    assert found.account_sid == OTHER


def test_a_state_that_names_no_account_needs_one() -> None:
    with pytest.raises(UsageError, match="does not say which account"):
        imported(desk(), account_sid=None)
    assert imported(desk(), account_sid=ACCOUNT).account_sid == ACCOUNT


def test_one_of_several_accounts_is_imported_with_what_contains_its_resources() -> None:
    near = (desk(), agent(account_sid=ACCOUNT))
    state = (*near, desk("far", 2), agent("x", 2, service=2, account_sid=OTHER), desk("no", 3))
    with pytest.raises(UsageError, match=r"several accounts: ACa+ \(1\), ACb+ \(1\)"):
        imported(*state, account_sid=None)
    found = imported(*state, account_sid=OTHER)
    assert list(map(str, found.addresses)) == ["services/far", "services/far/roles/x"]
    assert left_out(found) == {
        "twilio_conversations_service.desk": f"it is in the account {ACCOUNT}",
        "twilio_conversations_role.agent": f"it is in the account {ACCOUNT}",
        "twilio_conversations_service.no": "the state does not say which account it is in",
    }
    with pytest.raises(UsageError, match="has no resources of the account"):
        imported(*state, account_sid=f"AC{'c' * 32}")


# Data sources


def test_a_data_source_that_something_needs_is_looked_up(harness: Harness) -> None:
    flex = harness.client.made("/Services", {"FriendlyName": "Flex Chat Service"})
    role = {"FriendlyName": "lead", "Type": "service", "Permission": "joinConversation"}
    lead = harness.client.made(f"/Services/{flex}/Roles", role)
    roles = harness.client.get(f"/Services/{flex}/Roles").body["roles"]
    user_role = next(each["sid"] for each in roles if each["friendly_name"] == "service user")
    alice = harness.client.made(f"/Services/{flex}/Users", {"Identity": "alice", "RoleSid": user_role})
    data = [
        Entry("twilio_conversations_service", "flex", {"sid": flex, "friendly_name": "Flex Chat Service"}, mode="data"),
        Entry(
            "twilio_conversations_role",
            "user",
            {"sid": user_role, "service_sid": flex, "friendly_name": "service user", "type": "service"},
            mode="data",
        ),
        Entry("twilio_conversations_service", "unused", {"sid": sid("IS"), "friendly_name": "x"}, mode="data"),
        Entry("twilio_conversations_users", "all", {"id": "x"}, mode="data"),
    ]
    managed = [
        resource("role", "lead", **role_values(lead, flex)),
        resource("user", "alice", sid=alice, service_sid=flex, identity="alice", role_sid=user_role),
    ]

    found, plan = planned(harness, stored([*data, *managed]))

    assert written(plan) == []
    assert list(adopted(plan)) == ["services/flex/roles/lead", "services/flex/users/alice"]
    unused = ["data.twilio_conversations_service.unused", "data.twilio_conversations_users.all"]
    assert sorted(left_out(found)) == unused
    assert found.document.count("lifecycle: {lookup: true}") == 2


def role_values(own: str, service: str) -> dict[str, object]:
    return {
        "sid": own,
        "service_sid": service,
        "friendly_name": "lead",
        "type": "service",
        "permissions": ["joinConversation"],
    }


# Secrets and sensitive values


def test_the_secrets_of_a_credential_are_reported_and_never_written() -> None:
    push = resource("push_credential_apn", "ios", sid=sid("CR"), friendly_name="iOS", private_key="canary")
    found = imported(push)
    assert found.stored_secrets == ("twilio_conversations_push_credential_apn.ios.private_key",)
    assert "canary" not in found.document + repr(found) + "".join(each.text for each in found.files)
    assert '    # private_key: "${{ env.IOS_PRIVATE_KEY }}"' in found.document


def hooked(url: str, *sensitive: str) -> tuple[Entry, ...]:
    values = {"account_sid": ACCOUNT, "post_webhook_url": url, "method": "POST", "filters": ["onMessageAdded"]}
    return (Entry("twilio_conversations_webhook", "main", values, sensitive=sensitive),)


@pytest.mark.parametrize("entries", [hooked(TOKEN), hooked("https://x.example/canary", "post_webhook_url")])
def test_a_url_with_a_token_or_one_that_is_marked_becomes_a_sensitive_variable(entries: tuple[Entry, ...]) -> None:
    found = imported(*entries)
    assert "canary" not in found.document
    assert '    post_webhook_url: "${{ var.webhooks_post_webhook_url }}"' in without_comments(found.document)
    assert [each.path.name for each in found.files if "canary" in each.text] == ["secrets.env"]


def test_a_sid_that_is_marked_becomes_a_sensitive_variable() -> None:
    values = {"sid": sid("IG"), "address": "+15551230000", "type": "sms", "flow_sid": sid("FW")}
    entry = Entry("twilio_conversations_address_configuration_studio", "it", values, sensitive=("flow_sid",))
    found = imported(entry)
    assert '        studio_flow_sid: "${{ var.addresses_it_studio_flow_sid }}"' in without_comments(found.document)
    assert sid("FW") not in found.document


def test_a_sensitive_value_that_cannot_be_a_variable_is_left_out() -> None:
    found = imported(*hooked("https://x.example/", "filters"))
    assert left_out(found) == {
        "account/webhooks#filters": "it is marked as sensitive, and a plan would show it",
    }
