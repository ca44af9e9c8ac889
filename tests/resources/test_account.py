"""What is set for the whole account, and the addresses that it answers at."""

import pytest

from confsync.emulator.defaults import DEFAULT_SERVICE
from confsync.errors import Refused
from tests.harness import Workshop, changes, endings, told

HOTLINE = "account/addresses/+15551230000"
FLOW = "FW" + "0" * 32


def account(text: str) -> str:
    return f"version: 1\naccount: {{{text}}}\nservices: {{support: {{}}}}\n"


def hotline(fields: str) -> str:
    return account(f'addresses: {{"+15551230000": {{{fields}}}}}')


def test_the_default_service_goes_by_its_name_and_is_made_first(workshop: Workshop) -> None:
    report = workshop.apply(account("configuration: {default_service: support}"))
    assert endings(report) == ["done services/support", "done account/configuration"]
    assert workshop.live("/Configuration")["default_chat_service_sid"] == workshop.live("/Services/support")["sid"]
    assert told(workshop.plan()) == []


def test_durations_are_compared_as_durations(workshop: Workshop) -> None:
    workshop.apply(account("configuration: {default_inactive_timer: PT60M, default_closed_timer: P1D}"))
    live = workshop.live("/Configuration")
    assert (live["default_inactive_timer"], live["default_closed_timer"]) == ("PT1H", "PT24H")
    assert told(workshop.plan()) == []
    assert told(workshop.plan(account("configuration: {default_inactive_timer: PT3600S}"))) == []
    workshop.apply(account("configuration: {default_inactive_timer: null}"))
    assert workshop.live("/Configuration")["default_inactive_timer"] is None
    assert told(workshop.plan()) == []


def test_unset_webhooks_of_account_and_service_are_the_same_nothing(workshop: Workshop) -> None:
    """One answers `[]` and `POST`, the other null and null."""
    unset = "webhooks: {filters: [], post_webhook_url: null, pre_webhook_url: null}"
    assert changes(workshop.plan(account(unset))) == ["create services/support friendly_name:None->support"]
    workshop.apply(f"version: 1\naccount: {{{unset}}}\nservices: {{support: {{{unset}}}}}\n")
    assert told(workshop.plan()) == []


def test_account_webhooks_know_all_events_and_both_targets(workshop: Workshop) -> None:
    text = account("webhooks: {method: get, filters: [onUserAdded, onMessageAdd], target: flex}")
    workshop.apply(text)
    live = workshop.live("/Configuration/Webhooks")
    assert (live["method"], sorted(live["filters"]), live["target"]) == ("GET", ["onMessageAdd", "onUserAdded"], "flex")
    assert workshop.plan().warnings == ()
    assert told(workshop.plan()) == []


@pytest.mark.parametrize("kind", ["sms", "whatsapp", "messenger", "gbm", "email", "rcs", "apple", "chat"])
def test_an_address_may_be_of_any_type_and_in_any_case(workshop: Workshop, kind: str) -> None:
    workshop.apply(hotline(f"type: {kind.title()}, friendly_name: Hotline"))
    assert told(workshop.plan(hotline(f"type: {kind.upper()}, friendly_name: Hotline"))) == []


def test_a_type_that_twilio_tells_in_another_case_is_no_difference(workshop: Workshop) -> None:
    fields = {"Type": "whAtsAPP", "Address": "+15551230000"}
    workshop.client.made("/Configuration/Addresses", fields)
    assert changes(workshop.plan(hotline("type: whatsapp"))) == [
        f"adopt {HOTLINE}",
        "create services/support friendly_name:None->support",
    ]


def test_an_address_begins_a_conversation_in_a_service_told_by_name(workshop: Workshop) -> None:
    auto = "auto_creation: {enabled: true, type: default, conversation_service: support}"
    workshop.apply(hotline(f"type: sms, {auto}"))
    live = workshop.live("/Configuration/Addresses/+15551230000")["auto_creation"]
    assert live["conversation_service_sid"] == workshop.live("/Services/support")["sid"]
    assert told(workshop.plan()) == []
    workshop.apply(hotline("type: sms, auto_creation: {conversation_service: null}"))
    assert told(workshop.plan()) == []


def test_auto_creation_is_sent_whole_whenever_any_of_it_differs(workshop: Workshop) -> None:
    """What the old type left behind would otherwise stay."""
    workshop.apply(hotline('type: sms, auto_creation: {type: webhook, webhook_url: "https://example.com/a"}'))
    workshop.apply(
        hotline(f"type: sms, auto_creation: {{type: studio, studio_flow_sid: {FLOW}, studio_retry_count: 1}}")
    )
    sent = "AutoCreation.Type AutoCreation.StudioFlowSid AutoCreation.StudioRetryCount"
    assert workshop.writes == [f"POST Configuration/Addresses/… {sent}"]
    workshop.apply(
        hotline(f"type: sms, auto_creation: {{type: studio, studio_flow_sid: {FLOW}, studio_retry_count: 2}}")
    )
    assert workshop.writes == [f"POST Configuration/Addresses/… {sent}"]
    assert told(workshop.plan()) == []


def test_another_type_of_an_address_is_a_replace(workshop: Workshop) -> None:
    workshop.apply(hotline("type: sms"))
    plan = workshop.plan(hotline("type: rcs"))
    assert told(plan) == [f"replace {HOTLINE} type:sms->rcs"]
    assert (
        "cannot be changed in place" in plan.changes[0].reason
        or "cannot be changed in place" in plan.changes[-1].reason
    )
    workshop.apply()
    assert [each.split(" ")[0] for each in workshop.writes] == ["DELETE", "POST"]
    assert told(workshop.plan()) == []


def test_an_address_that_is_not_ours_is_never_replaced(workshop: Workshop) -> None:
    workshop.client.made("/Configuration/Addresses", {"Type": "sms", "Address": "+15551230000"})
    assert told(workshop.plan(hotline("type: rcs")))[-1] == f"! replace {HOTLINE}"
    with pytest.raises(Refused):
        workshop.apply()
    assert workshop.writes == []


def test_an_address_that_was_released_with_its_number_is_made_again(workshop: Workshop) -> None:
    workshop.apply(hotline("type: sms"))
    workshop.client.delete("/Configuration/Addresses/+15551230000")
    assert [each.split(" ")[:2] for each in changes(workshop.plan())] == [["create", HOTLINE]]


def test_what_is_set_for_the_account_leaves_its_services_alone(workshop: Workshop) -> None:
    text = "version: 1\naccount: {webhooks: {method: GET}}\n"
    workshop.apply(text)
    assert [each.path for each in workshop.emulator.log if "Services" in each.path] == []
    assert workshop.live("/Services")["services"][0]["friendly_name"] == DEFAULT_SERVICE


def test_filters_that_are_left_away_stay_and_an_empty_list_silences_them(workshop: Workshop) -> None:
    workshop.apply(account("webhooks: {method: GET, filters: [onUserAdded]}"))
    workshop.apply(account("webhooks: {method: POST}"))
    assert workshop.live("/Configuration/Webhooks")["filters"] == ["onUserAdded"]
    workshop.apply(account("webhooks: {filters: []}"))
    assert workshop.live("/Configuration/Webhooks")["filters"] == []
    assert told(workshop.plan()) == []


def test_settings_that_are_no_longer_declared_stay_as_they_are(workshop: Workshop) -> None:
    workshop.apply(account("webhooks: {method: GET}, configuration: {default_service: support}"))
    workshop.apply("version: 1\nservices: {support: {}}\n")
    assert workshop.writes == []
    assert workshop.live("/Configuration/Webhooks")["method"] == "GET"
    ledger = workshop.ledger
    assert ledger
    assert [str(each.address) for each in ledger.entries] == ["services/support"]


def test_an_address_that_goes_to_another_key_is_never_deleted(workshop: Workshop) -> None:
    def two(**numbers: str) -> str:
        written = ", ".join(f'{key}: {{address: "{number}", type: sms}}' for key, number in numbers.items())
        return account(f"addresses: {{{written}}}")

    workshop.apply(two(x="+15551"))
    plan = workshop.plan(two(y="+15551", x="+15552"))
    assert changes(plan) == [
        "move account/addresses/y",
        "create account/addresses/x address:None->+15552 type:None->sms",
    ]
    workshop.apply()
    assert told(workshop.plan()) == []
