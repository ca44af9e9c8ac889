"""What is set for the whole account, and the addresses that it answers at."""

import pytest

from confsync.emulator.defaults import DEFAULT_SERVICE
from confsync.errors import Refused
from tests.harness import Harness, change_lines, outcome_lines, plan_lines

HOTLINE = "account/addresses/+15551230000"
FLOW = "FW" + "0" * 32


def account(text: str) -> str:
    return f"version: 1\naccount: {{{text}}}\nservices: {{support: {{}}}}\n"


def hotline(fields: str) -> str:
    return account(f'addresses: {{"+15551230000": {{{fields}}}}}')


def test_the_default_service_goes_by_its_name_and_is_made_first(harness: Harness) -> None:
    report = harness.apply(account("configuration: {default_service: support}"))
    assert outcome_lines(report) == ["done services/support", "done account/configuration"]
    assert harness.live("/Configuration")["default_chat_service_sid"] == harness.live("/Services/support")["sid"]
    assert plan_lines(harness.plan()) == []


def test_durations_are_compared_as_durations(harness: Harness) -> None:
    harness.apply(account("configuration: {default_inactive_timer: PT60M, default_closed_timer: P1D}"))
    live = harness.live("/Configuration")
    assert (live["default_inactive_timer"], live["default_closed_timer"]) == ("PT1H", "PT24H")
    assert plan_lines(harness.plan()) == []
    assert plan_lines(harness.plan(account("configuration: {default_inactive_timer: PT3600S}"))) == []
    harness.apply(account("configuration: {default_inactive_timer: null}"))
    assert harness.live("/Configuration")["default_inactive_timer"] is None
    assert plan_lines(harness.plan()) == []


def test_unset_webhooks_of_account_and_service_show_no_difference(harness: Harness) -> None:
    """One answers `[]` and `POST`, the other null and null."""
    unset = "webhooks: {filters: [], post_webhook_url: null, pre_webhook_url: null}"
    assert change_lines(harness.plan(account(unset))) == ["create services/support friendly_name:None->support"]
    harness.apply(f"version: 1\naccount: {{{unset}}}\nservices: {{support: {{{unset}}}}}\n")
    assert plan_lines(harness.plan()) == []


def test_account_webhooks_know_all_events_and_both_targets(harness: Harness) -> None:
    text = account("webhooks: {method: get, filters: [onUserAdded, onMessageAdd], target: flex}")
    harness.apply(text)
    live = harness.live("/Configuration/Webhooks")
    assert (live["method"], sorted(live["filters"]), live["target"]) == ("GET", ["onMessageAdd", "onUserAdded"], "flex")
    assert harness.plan().warnings == ()
    assert plan_lines(harness.plan()) == []


WRITTEN = {
    "sms": ("+15551230000", "12345"),
    "whatsapp": ("whatsapp:+15551230000", "WhatsApp:+15551230000"),
    "messenger": ("messenger:1234567890", "Messenger:support.page"),
    "gbm": ("gbm:brand", "brands/a/agents/b"),
    "email": ("help@example.com", "Help.Desk+1@Example.com"),
    "rcs": ("rcs:agent", "rcs:+15551230000"),
    "apple": ("urn:mbid:AQAA", "apple:x"),
    "chat": ("lobby", "Lobby"),
}


@pytest.mark.parametrize(("kind", "address"), [(kind, each) for kind, several in WRITTEN.items() for each in several])
def test_an_address_may_be_of_any_type_and_in_any_case(harness: Harness, kind: str, address: str) -> None:
    fields = f'addresses: {{line: {{address: "{address}", friendly_name: Hotline, type: '
    harness.apply(account(f"{fields}{kind.title()}}}}}"))
    assert plan_lines(harness.plan(account(f"{fields}{kind.upper()}}}}}"))) == []
    harness.ledger_path.unlink()
    assert plan_lines(harness.plan()) == ["adopt account/addresses/line", "adopt services/support"]


MALFORMED = [
    *(("sms", each) for each in ("15551230000", "+1 555 123 0000", "+1-555-123-0000", "+1XXXXXXXXXX", "+0155512300")),
    *(("sms", each) for each in ("whatsapp:+15551230000", "help@example.com", "ACME", "+1")),
    *(("whatsapp", each) for each in ("+15551230000", "whatsapp:15551230000", "messenger:123", "whatsapp:+1XXX")),
    *(("messenger", each) for each in ("1234567890", "messenger:", "whatsapp:+15551230000")),
    *(("email", each) for each in ("help", "help@", "@example.com", "help@localhost", "+15551230000")),
    *(("chat", each) for each in ("the lobby", "<address>")),
]


@pytest.mark.parametrize(("kind", "address"), MALFORMED)
def test_an_address_that_is_not_of_its_type_is_an_error_before_anything_is_sent(
    harness: Harness, kind: str, address: str
) -> None:
    for written in (f'"{address}": {{type: {kind}}}', f'line: {{address: "{address}", type: {kind}}}'):
        (mistake,) = harness.mistakes(account(f"addresses: {{{written}}}"))
        assert "CS2005 'address' " in mistake
        assert f"but this is '{address}'" in mistake
    assert harness.writes == []


def test_the_same_mailbox_in_another_case_is_the_same_address(harness: Harness) -> None:
    two = "addresses: {Help@Example.com: {type: email}, help@example.com: {type: email}}"
    (mistake,) = harness.mistakes(account(two))
    assert "CS2011" in mistake
    harness.client.made("/Configuration/Addresses", {"Type": "email", "Address": "HELP@example.com"})
    plan = harness.plan(account("addresses: {Help@Example.com: {type: email}}"))
    assert "adopt account/addresses/Help@Example.com" in change_lines(plan)


@pytest.mark.parametrize("name", ["pre_webhook_url", "post_webhook_url"])
def test_a_webhook_at_a_port_of_this_machine_is_an_error_for_the_account(harness: Harness, name: str) -> None:
    (mistake,) = harness.mistakes(account(f'webhooks: {{{name}: "http://LocalHost:3000/a"}}'))
    assert f"CS2005 '{name}' cannot begin with http://localhost:PORT" in mistake


@pytest.mark.parametrize(
    "url", ["https://localhost/a", "http://127.0.0.1:3000", "https://[::1]/a", "http://a.localhost"]
)
@pytest.mark.parametrize("section", ["account", "services/support"])
def test_any_other_url_on_this_machine_is_a_warning(harness: Harness, url: str, section: str) -> None:
    webhooks = f'webhooks: {{post_webhook_url: "{url}"}}'
    above = f"account: {{{webhooks}}}" if section == "account" else f"services: {{support: {{{webhooks}}}}}"
    plan = harness.plan(f"version: 1\n{above}\n")
    assert [each.code for each in plan.warnings] == ["CS2016"]
    assert plan.warnings[0].summary.endswith("is this machine, which Twilio cannot reach")


def test_a_type_that_twilio_tells_in_another_case_is_no_difference(harness: Harness) -> None:
    fields = {"Type": "aPPle", "Address": "+15551230000"}
    harness.client.made("/Configuration/Addresses", fields)
    assert change_lines(harness.plan(hotline("type: apple"))) == [
        f"adopt {HOTLINE}",
        "create services/support friendly_name:None->support",
    ]


def test_an_address_begins_a_conversation_in_a_service_told_by_name(harness: Harness) -> None:
    auto = "auto_creation: {enabled: true, type: default, conversation_service: support}"
    harness.apply(hotline(f"type: sms, {auto}"))
    live = harness.live("/Configuration/Addresses/+15551230000")["auto_creation"]
    assert live["conversation_service_sid"] == harness.live("/Services/support")["sid"]
    assert plan_lines(harness.plan()) == []
    harness.apply(hotline("type: sms, auto_creation: {conversation_service: null}"))
    assert plan_lines(harness.plan()) == []


def dangling(harness: Harness) -> str:
    """Let an address refer to a service, delete the service, and return its SID."""
    harness.apply(hotline("type: sms, auto_creation: {enabled: true, conversation_service: support}"))
    path = harness.path("/Services/support")
    harness.client.delete(path)
    return path.rpartition("/")[2]


@pytest.mark.parametrize("services", ["", "services: {other: {}}\n"])
def test_a_reference_to_a_service_that_was_deleted_is_a_warning(harness: Harness, services: str) -> None:
    sid = dangling(harness)
    harness.ledger_path.unlink()
    plan = harness.plan('version: 1\naccount: {addresses: {"+15551230000": {type: sms}}}\n' + services)
    (warning,) = (each for each in plan.warnings if each.code == "CS4009")
    where = f"{HOTLINE}#auto_creation.conversation_service"
    assert warning.summary == f"{where} in Twilio is {sid}, which no longer exists"
    assert warning.detail == "declare a service that exists, or `null`"
    repaired = harness.plan(
        'version: 1\naccount: {addresses: {"+15551230000": {type: sms, auto_creation: {conversation_service: null}}}}\n'
    )
    assert [each.code for each in repaired.warnings if each.code == "CS4009"] == []
    harness.apply()
    assert harness.live("/Configuration/Addresses/+15551230000")["auto_creation"]["conversation_service_sid"] is None


def test_a_reference_to_a_service_that_exists_and_is_not_declared_is_no_warning(harness: Harness) -> None:
    harness.apply(hotline("type: sms, auto_creation: {enabled: true, conversation_service: support}"))
    harness.ledger_path.unlink()
    plan = harness.plan('version: 1\naccount: {addresses: {"+15551230000": {type: sms}}}\n')
    assert [each.code for each in plan.warnings if each.code == "CS4009"] == []


def test_auto_creation_is_sent_whole_whenever_any_of_it_differs(harness: Harness) -> None:
    """What the old type left behind would otherwise stay."""
    harness.apply(hotline('type: sms, auto_creation: {type: webhook, webhook_url: "https://example.com/a"}'))
    harness.apply(
        hotline(f"type: sms, auto_creation: {{type: studio, studio_flow_sid: {FLOW}, studio_retry_count: 1}}")
    )
    sent = "AutoCreation.Type AutoCreation.StudioFlowSid AutoCreation.StudioRetryCount"
    assert harness.writes == [f"POST Configuration/Addresses/… {sent}"]
    harness.apply(
        hotline(f"type: sms, auto_creation: {{type: studio, studio_flow_sid: {FLOW}, studio_retry_count: 2}}")
    )
    assert harness.writes == [f"POST Configuration/Addresses/… {sent}"]
    assert plan_lines(harness.plan()) == []


def test_a_different_type_of_an_address_is_a_replace(harness: Harness) -> None:
    harness.apply(hotline("type: sms"))
    plan = harness.plan(hotline("type: rcs"))
    assert plan_lines(plan) == [f"replace {HOTLINE} type:sms->rcs"]
    assert (
        "cannot be changed in place" in plan.changes[0].reason
        or "cannot be changed in place" in plan.changes[-1].reason
    )
    harness.apply()
    assert [each.split(" ")[0] for each in harness.writes] == ["DELETE", "POST"]
    assert plan_lines(harness.plan()) == []


def test_an_address_that_is_not_ours_is_never_replaced(harness: Harness) -> None:
    harness.client.made("/Configuration/Addresses", {"Type": "sms", "Address": "+15551230000"})
    assert plan_lines(harness.plan(hotline("type: rcs")))[-1] == f"! replace {HOTLINE}"
    with pytest.raises(Refused):
        harness.apply()
    assert harness.writes == []


def test_an_address_that_was_released_with_its_number_is_created_again(harness: Harness) -> None:
    harness.apply(hotline("type: sms"))
    harness.client.delete("/Configuration/Addresses/+15551230000")
    assert [each.split(" ")[:2] for each in change_lines(harness.plan())] == [["create", HOTLINE]]


def test_settings_of_the_account_do_not_change_its_services(harness: Harness) -> None:
    text = "version: 1\naccount: {webhooks: {method: GET}}\n"
    harness.apply(text)
    # the list is read once, to count what is not managed
    assert [each.path for each in harness.emulator.log if "Services" in each.path] == ["/v1/Services"]
    assert harness.live("/Services")["services"][0]["friendly_name"] == DEFAULT_SERVICE


def test_omitted_filters_stay_and_an_empty_list_clears_them(harness: Harness) -> None:
    harness.apply(account("webhooks: {method: GET, filters: [onUserAdded]}"))
    harness.apply(account("webhooks: {method: POST}"))
    assert harness.live("/Configuration/Webhooks")["filters"] == ["onUserAdded"]
    harness.apply(account("webhooks: {filters: []}"))
    assert harness.live("/Configuration/Webhooks")["filters"] == []
    assert plan_lines(harness.plan()) == []


def test_settings_that_are_no_longer_declared_stay_as_they_are(harness: Harness) -> None:
    harness.apply(account("webhooks: {method: GET}, configuration: {default_service: support}"))
    harness.apply("version: 1\nservices: {support: {}}\n")
    assert harness.writes == []
    assert harness.live("/Configuration/Webhooks")["method"] == "GET"
    ledger = harness.ledger
    assert ledger
    assert [str(each.address) for each in ledger.entries] == ["services/support"]


def test_an_address_that_goes_to_another_key_is_never_deleted(harness: Harness) -> None:
    def two(**numbers: str) -> str:
        written = ", ".join(f'{key}: {{address: "{number}", type: sms}}' for key, number in numbers.items())
        return account(f"addresses: {{{written}}}")

    harness.apply(two(x="+15550001"))
    plan = harness.plan(two(y="+15550001", x="+15550002"))
    assert change_lines(plan) == [
        "move account/addresses/y",
        "create account/addresses/x address:None->+15550002 type:None->sms",
    ]
    harness.apply()
    assert plan_lines(harness.plan()) == []


def test_numbers_that_move_on_from_key_to_key_leave_no_old_one_configured(harness: Harness) -> None:
    others = {f"other{number}": f"+1555100{number}" for number in range(10)}

    def written(**numbers: str) -> str:
        lines = (f'{key}: {{address: "{number}", type: sms}}' for key, number in {**numbers, **others}.items())
        return account(f"addresses: {{{', '.join(lines)}}}")

    harness.apply(written(x="+15550001", y="+15550002"))
    harness.apply(written(x="+15550002", y="+15550003"))
    assert plan_lines(harness.plan()) == []
    addresses = {each["address"] for each in harness.live("/Configuration/Addresses")["address_configurations"]}
    assert addresses == {"+15550002", "+15550003", *others.values()}
