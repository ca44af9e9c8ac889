"""Participants and conversation webhooks: known by a label of the user's, and replaced where nothing else will do."""

import json
from pathlib import Path

import httpx
import pytest

from confsync.apply.report import Status
from confsync.cli.verdict import exit_of_report
from confsync.emulator.emulator import Emulator
from confsync.emulator.settings import EmulatorSettings
from confsync.exit_codes import ExitCode
from tests.harness import Harness, InterceptingTransport, change_lines, outcome_lines, plan_lines

LOUNGE = "services/support/conversations/lounge"
PATH = "/Services/support/Conversations/lounge"


def lounge(section: str, **members: str) -> str:
    """A conversation with participants or webhooks, each written in flow style under its label."""
    lines = "".join(f"          {label}: {{{text}}}\n" for label, text in members.items())
    above = "version: 1\nservices:\n  support:\n    conversations:\n      lounge:\n"
    return f"{above}        {section}:\n{lines}"


def webhook(url: str, *more: str) -> str:
    fields = ", ".join((f'url: "{url}"', "filters: [onMessageAdded]", *more))
    return f"target: webhook, configuration: {{{fields}}}"


def outside(address: str, proxy: str = "+15550000001") -> str:
    return f'messaging_binding: {{address: "{address}", proxy_address: "{proxy}"}}'


def test_a_participant_goes_by_its_label_and_is_found_again_by_identity_or_addresses(harness: Harness) -> None:
    text = lounge("participants", boss="identity: alice", guest=outside("+15557650001"))
    harness.apply(text)
    assert plan_lines(harness.plan()) == []
    harness.ledger_path.unlink()
    assert plan_lines(harness.plan()) == [
        "adopt services/support",
        f"adopt {LOUNGE}",
        f"adopt {LOUNGE}/participants/boss",
        f"adopt {LOUNGE}/participants/guest",
    ]


def test_another_label_for_the_same_participant_is_a_move(harness: Harness) -> None:
    harness.apply(lounge("participants", a="identity: alice"))
    assert plan_lines(harness.plan(lounge("participants", b="identity: alice"))) == [f"move {LOUNGE}/participants/b"]


def test_a_declared_user_is_made_before_twilio_makes_it_for_a_participant(harness: Harness) -> None:
    text = lounge("participants", a="identity: alice@example.com")
    text += "    users:\n      alice: {identity: alice@example.com, friendly_name: Alice}\n"
    report = harness.apply(text)
    assert {each.status for each in report.outcomes} == {Status.DONE}
    assert plan_lines(harness.plan()) == []


def test_a_label_does_not_take_the_identity_of_a_participant_that_is_not_declared_any_more(harness: Harness) -> None:
    harness.apply(lounge("participants", a="identity: alice", b="identity: bob"))
    bob = harness.live(f"{PATH}/Participants/bob")["sid"]
    assert plan_lines(harness.plan(lounge("participants", a="identity: bob"))) == [
        f"update {LOUNGE}/participants/a identity:alice->bob",
        f"orphaned {LOUNGE}/participants/b {bob}",
        f"! ambiguous {LOUNGE}/participants/a",
    ]


def test_a_changed_address_is_a_replace_with_the_delete_first(harness: Harness) -> None:
    harness.apply(lounge("participants", guest=outside("+15557650001")))
    plan = harness.plan(lounge("participants", guest=outside("+15557650002")))
    assert plan_lines(plan) == [
        f"replace {LOUNGE}/participants/guest messaging_binding.address:+15557650001->+15557650002",
    ]
    report = harness.apply()
    assert outcome_lines(report) == [f"done {LOUNGE}/participants/guest"]
    assert harness.writes == [
        "DELETE Services/…/Conversations/…/Participants/…",
        "POST Services/…/Conversations/…/Participants MessagingBinding.Address MessagingBinding.ProxyAddress RoleSid",
    ]
    assert plan_lines(harness.plan()) == []
    assert len(harness.live(f"{PATH}/Participants")["participants"]) == 1


def test_a_replace_that_stops_between_its_halves_is_finished_by_the_next_apply(harness: Harness) -> None:
    harness.apply(lounge("participants", guest=outside("+15557650001")))
    taken = outside("+15557650002")
    other = harness.client.made(harness.path("/Services/support/Conversations"), {"UniqueName": "other"})
    conversation = harness.path(f"/Services/support/Conversations/{other}")
    binding = {"MessagingBinding.Address": "+15557650002", "MessagingBinding.ProxyAddress": "+15550000001"}
    in_the_way = harness.client.made(f"{conversation}/Participants", binding)

    report = harness.apply(lounge("participants", guest=taken))
    assert outcome_lines(report) == [f"failed {LOUNGE}/participants/guest"]
    assert harness.live(f"{PATH}/Participants")["participants"] == []

    harness.client.delete(f"{conversation}/Participants/{in_the_way}")
    assert [each.split(" ")[0] for each in change_lines(harness.plan())] == ["create"]
    harness.apply()
    assert plan_lines(harness.plan()) == []


def test_a_changed_proxy_address_is_a_replace_too(harness: Harness) -> None:
    harness.apply(lounge("participants", guest=outside("+15557650001")))
    plan = harness.plan(lounge("participants", guest=outside("+15557650001", "+15550000002")))
    assert plan_lines(plan) == [
        f"replace {LOUNGE}/participants/guest messaging_binding.proxy_address:+15550000001->+15550000002",
    ]
    assert "messaging_binding.proxy_address cannot be changed in place" in plan.changes[-1].reason
    harness.apply()
    assert [each.split(" ")[0] for each in harness.writes] == ["DELETE", "POST"]
    assert plan_lines(harness.plan()) == []


def test_a_proxy_address_cannot_be_cleared(harness: Harness) -> None:
    text = lounge("participants", guest='messaging_binding: {address: "+15557650001", proxy_address: null}')
    (mistake,) = harness.mistakes(text)
    assert "CS2006 Twilio cannot clear 'messaging_binding.proxy_address'" in mistake


@pytest.mark.parametrize(
    ("address", "proxy", "expected"),
    [
        ("+15550000001", "+15550000001", "error 50409"),
        ("desk@example.com", "Desk@Example.com", "error 50409"),
        ("whatsapp:+15557650001", "+15550000001", "error 50414"),
        ("ann@example.com", "+15550000001", "error 50414"),
        ("+1 555 765 0001", "+15550000001", "'messaging_binding.address' is a number in E.164 format"),
        ("15557650001", "+15550000001", "'messaging_binding.address' is a number in E.164 format"),
        ("+15557650001", "+1XXXXXXXXXX", "'messaging_binding.proxy_address' is a number in E.164 format"),
        ("+15557650001", "<your number>", "'messaging_binding.proxy_address' is a number in E.164 format"),
        ("whatsapp:15557650001", "whatsapp:+15550000001", "an address of type 'whatsapp' is `whatsapp:` and a number"),
    ],
)
def test_addresses_that_twilio_would_refuse_are_errors_before_anything_is_sent(
    harness: Harness, address: str, proxy: str, expected: str
) -> None:
    (mistake,) = harness.mistakes(lounge("participants", guest=outside(address, proxy)))
    assert "CS2005" in mistake
    assert expected in mistake
    assert harness.writes == []


def test_sensitive_addresses_that_are_equal_are_an_error_that_shows_neither(harness: Harness) -> None:
    harness.environ["CONFSYNC_VAR_who"] = "+15557650001"
    text = lounge("participants", guest=outside("${{ var.who }}", "${{ var.who }}"))
    (mistake,) = harness.mistakes(text.replace("version: 1\n", "version: 1\nvariables: {who: {sensitive: true}}\n"))
    assert "error 50409" in mistake
    assert "5765" not in mistake


@pytest.mark.parametrize("sensitive", [False, True])
def test_the_case_of_an_address_is_no_difference(tmp_path: Path, sensitive: bool) -> None:  # noqa: FBT001 — a table
    with Emulator(settings=EmulatorSettings(address_case="lower")) as emulator:
        harness = Harness(tmp_path, emulator)
        harness.environ["CONFSYNC_VAR_who"] = "Ann@Example.com"
        who = "${{ var.who }}" if sensitive else "Ann@Example.com"
        text = lounge("participants", guest=outside(who, "Desk@Example.com"))
        text = text.replace("version: 1\n", f"version: 1\nvariables: {{who: {{sensitive: {sensitive}}}}}\n".lower())
        harness.apply(text if sensitive else text.replace("variables: {who: {sensitive: false}}\n", ""))
        assert plan_lines(harness.plan()) == []
        harness.ledger_path.unlink()
        assert plan_lines(harness.plan())[-1] == f"adopt {LOUNGE}/participants/guest"


def test_a_webhook_goes_by_its_label_and_a_changed_url_is_an_update(harness: Harness) -> None:
    harness.apply(lounge("webhooks", main=webhook("https://example.com/a")))
    plan = harness.plan(lounge("webhooks", main=webhook("https://example.com/b")))
    assert plan_lines(plan) == [
        f"update {LOUNGE}/webhooks/main configuration.url:https://example.com/a->https://example.com/b"
    ]
    harness.apply()
    assert harness.writes == [
        "POST Services/…/Conversations/…/Webhooks/… Configuration.Url Configuration.Filters",
    ]
    assert plan_lines(harness.plan()) == []


def test_an_update_of_a_webhook_includes_what_its_target_needs_even_if_that_is_ignored(harness: Harness) -> None:
    harness.apply(lounge("webhooks", main=webhook("https://example.com/a")))
    ignoring = webhook("https://example.com/b").replace("onMessageAdded", "onMessageRemoved")
    ignoring += ", lifecycle: {ignore: [configuration.filters]}"
    report = harness.apply(lounge("webhooks", main=ignoring))
    assert outcome_lines(report) == [f"done {LOUNGE}/webhooks/main"]
    (live,) = harness.live(f"{PATH}/Webhooks")["webhooks"]
    assert live["configuration"]["url"] == "https://example.com/b"
    assert live["configuration"]["filters"] == ["onMessageAdded"]


def test_a_webhook_at_a_port_of_this_machine_is_refused_before_anything_is_sent(harness: Harness) -> None:
    (mistake,) = harness.mistakes(lounge("webhooks", main=webhook("http://localhost:3000/a")))
    assert "CS2005 'configuration.url' cannot begin with http://localhost:PORT" in mistake


def test_a_webhook_with_a_different_target_is_replaced_even_if_there_are_five(harness: Harness) -> None:
    five = {f"w{number}": webhook(f"https://example.com/{number}") for number in range(5)}
    harness.apply(lounge("webhooks", **five))
    trigger = 'target: trigger, configuration: {url: "https://example.com/0", triggers: [help]}'
    report = harness.apply(lounge("webhooks", **{**five, "w0": trigger}))
    assert outcome_lines(report) == [f"done {LOUNGE}/webhooks/w0"]
    assert [each.split(" ")[0] for each in harness.writes] == ["DELETE", "POST"]
    assert plan_lines(harness.plan()) == []


def test_a_message_to_replay_from_is_asked_for_once(harness: Harness) -> None:
    flow = "target: studio, configuration: {flow_sid: FW" + "0" * 32
    harness.apply(lounge("webhooks", flow=flow + ", replay_after: 0}"))
    assert plan_lines(harness.plan()) == []
    plan = harness.plan(lounge("webhooks", flow=flow + ", replay_after: 3}"))
    assert [each.split(" ")[0] for each in change_lines(plan)] == ["replace"]


def test_the_words_of_a_trigger_are_read_from_filters_and_from_triggers(harness: Harness) -> None:
    trigger = 'target: trigger, configuration: {url: "https://example.com/a", triggers: [help, me]}'
    harness.apply(lounge("webhooks", t=trigger))
    assert plan_lines(harness.plan()) == []
    assert harness.plan().warnings == ()


def test_the_case_of_a_method_means_nothing(harness: Harness) -> None:
    harness.apply(lounge("webhooks", main=webhook("https://example.com/a", "method: POST")))
    assert plan_lines(harness.plan()) == []
    assert plan_lines(harness.plan(lounge("webhooks", main=webhook("https://example.com/a", "method: post")))) == []


def test_a_url_with_a_token_is_recognised_and_never_shown(harness: Harness) -> None:
    harness.environ["CONFSYNC_VAR_token"] = "canary"
    text = lounge("webhooks", main=webhook("https://example.com/?token=${{ var.token }}"))
    text = text.replace("version: 1\n", "version: 1\nvariables: {token: {sensitive: true}}\n")
    harness.apply(text)
    assert plan_lines(harness.plan()) == []
    harness.ledger_path.unlink()
    plan = harness.plan()
    assert plan_lines(plan) == ["adopt services/support", f"adopt {LOUNGE}", f"adopt {LOUNGE}/webhooks/main"]
    assert "canary" not in repr(plan.changes)
    assert "canary" not in json.dumps(change_lines(plan))


def test_a_sensitive_address_is_recognised_and_never_replaced_by_itself(harness: Harness) -> None:
    harness.environ["CONFSYNC_VAR_who"] = "+15557650001"
    text = lounge("participants", guest=outside("${{ var.who }}"))
    harness.apply(text.replace("version: 1\n", "version: 1\nvariables: {who: {sensitive: true}}\n"))
    assert plan_lines(harness.plan()) == []
    harness.apply()
    assert harness.writes == []


def test_a_sensitive_identity_is_that_of_a_declared_user(harness: Harness) -> None:
    harness.environ["CONFSYNC_VAR_who"] = "alice"
    text = lounge("participants", a='identity: "${{ var.who }}"')
    text += "    users: {alice: {friendly_name: Alice, notification_levels: {lounge: muted}}}\n"
    harness.apply(text.replace("version: 1\n", "version: 1\nvariables: {who: {sensitive: true}}\n"))
    assert plan_lines(harness.plan()) == []


def test_what_is_protected_is_not_replaced(harness: Harness) -> None:
    protect = ", lifecycle: {protect: true}"
    harness.apply(lounge("participants", guest=outside("+15557650001") + protect))
    guardrail = f"! protect {LOUNGE}/participants/guest"
    assert plan_lines(harness.plan(lounge("participants", guest=outside("+15557650002") + protect)))[-1] == guardrail
    assert plan_lines(harness.plan(lounge("participants", guest=outside("+15557650002"))))[-1] == guardrail
    unprotected = protect.replace("true", "false")
    overridden = lounge("participants", guest=outside("+15557650002") + unprotected)
    assert plan_lines(harness.plan(overridden))[-1] == guardrail  # the removal has to be applied first
    harness.apply(lounge("participants", guest=outside("+15557650001") + unprotected))
    assert [each.split(" ")[0] for each in plan_lines(harness.plan(overridden))] == ["replace"]


def test_what_was_adopted_is_not_replaced(harness: Harness) -> None:
    harness.apply(lounge("participants", guest=outside("+15557650001")))
    harness.ledger_path.unlink()
    harness.apply()
    plan = harness.plan(lounge("participants", guest=outside("+15557650002")))
    assert plan_lines(plan) == [f"! replace {LOUNGE}/participants/guest"]


def test_an_identity_in_the_place_of_an_address_is_a_replace(harness: Harness) -> None:
    harness.apply(lounge("participants", a="identity: alice"))
    for written in (outside("+15557650001"), "identity: alice"):
        assert [each.split(" ")[0] for each in plan_lines(harness.plan(lounge("participants", a=written)))] == [
            "replace"
        ]
        harness.apply()
        assert plan_lines(harness.plan()) == []


def test_identities_that_move_on_from_label_to_label_leave_nobody_behind(harness: Harness) -> None:
    harness.apply(lounge("participants", a="identity: alice", b="identity: bob"))
    plan = harness.plan(lounge("participants", a="identity: bob", b="identity: carol"))
    assert plan_lines(plan) == [
        f"update {LOUNGE}/participants/a identity:alice->bob",
        f"update {LOUNGE}/participants/b identity:bob->carol",
    ]
    report = harness.apply()
    assert {each.status for each in report.outcomes} == {Status.DONE}
    assert plan_lines(harness.plan()) == []


def test_addresses_that_move_on_from_label_to_label_are_replaced_in_the_order_that_frees_them(harness: Harness) -> None:
    one, two, three = (outside(f"+1555765000{number}") for number in (1, 2, 3))
    others = {f"other{number}": f"identity: other{number}" for number in range(10)}
    harness.apply(lounge("participants", a=one, b=two, **others))
    plan = harness.plan(lounge("participants", a=two, b=three, **others))
    assert [each.split(" ")[0] for each in plan_lines(plan)] == ["replace", "replace"]
    assert {each.status for each in harness.apply().outcomes} == {Status.DONE}
    assert plan_lines(harness.plan()) == []


def test_urls_that_move_on_from_label_to_label_leave_no_webhook_behind(harness: Harness) -> None:
    one, two, three = (webhook(f"https://example.com/{number}") for number in (1, 2, 3))
    harness.apply(lounge("webhooks", w1=one, w2=two))
    harness.apply(lounge("webhooks", w1=two, w2=three))
    webhooks = harness.live(f"{PATH}/Webhooks")["webhooks"]
    assert sorted(each["configuration"]["url"] for each in webhooks) == [
        "https://example.com/2",
        "https://example.com/3",
    ]
    assert plan_lines(harness.plan()) == []


def test_a_sixth_webhook_is_refused_before_anything_is_sent(harness: Harness) -> None:
    five = {f"w{number}": webhook(f"https://example.com/{number}") for number in range(5)}
    harness.apply(lounge("webhooks", **five))
    del five["w0"]
    plan = harness.plan(lounge("webhooks", **five, new=webhook("https://example.com/new")))
    assert plan_lines(plan)[-1] == f"! room {LOUNGE}/webhooks/new"


def test_a_sensitive_url_that_is_none_is_refused_before_anything_is_sent(harness: Harness) -> None:
    harness.environ["CONFSYNC_VAR_token"] = "canary"
    text = lounge("webhooks", main=webhook("${{ var.token }}"))
    text = text.replace("version: 1\n", "version: 1\nvariables: {token: {sensitive: true}}\n")
    (mistake,) = harness.mistakes(text)
    assert mistake.startswith("confsync.yaml:8:56 CS2005 'configuration.url' begins with http:// or https://, but this")
    assert "canary" not in mistake


def test_a_replace_keeps_what_nobody_declares(harness: Harness) -> None:
    harness.apply(lounge("participants", guest=outside("+15557650001")))
    path = harness.path(f"{PATH}/Participants")
    (member,) = harness.client.get(path).body["participants"]
    harness.client.post(f"{path}/{member['sid']}", {"Attributes": '{"seat": "window"}'})
    harness.apply(lounge("participants", guest=outside("+15557650002")))
    (member,) = harness.client.get(path).body["participants"]
    assert member["attributes"] == '{"seat":"window"}'


class NoCreates(InterceptingTransport):
    """Cannot be reached by a create."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            raise httpx.ConnectError("no way through")
        return None


def test_a_replace_that_ends_after_its_delete_is_no_apply_that_did_nothing(harness: Harness) -> None:
    harness.apply(lounge("participants", guest=outside("+15557650001")))
    harness.transport = NoCreates(harness.emulator)
    report = harness.apply(lounge("participants", guest=outside("+15557650002")))
    (outcome,) = report.outcomes
    assert (outcome.status, outcome.sid, outcome.wrote) == (Status.FAILED, None, True)
    outcome_of = exit_of_report(report)
    assert outcome_of.code is ExitCode.PARTIAL
    assert outcome_of.changed == "0 done, 1 partly done; the output lists each change."


def test_a_create_only_field_that_is_added_later_causes_a_warning(harness: Harness) -> None:
    flow = "target: studio, configuration: {flow_sid: FW" + "0" * 32
    harness.apply(lounge("webhooks", flow=flow + "}"))
    for _ in range(2):
        plan = harness.plan(lounge("webhooks", flow=flow + ", replay_after: 5}"))
        assert plan_lines(plan) == []
        assert [each.code for each in plan.warnings] == ["CS4002"]
        assert "only a create can set" in plan.warnings[0].summary
        harness.apply()
        assert harness.writes == []
