"""Participants and conversation webhooks: known by a label of the user's, and replaced where nothing else will do."""

import json

import httpx

from confsync.apply.report import Status
from confsync.cli.exit_codes import ExitCode
from confsync.cli.verdict import of_report
from tests.harness import Between, Workshop, changes, endings, left_alone, told

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


def test_a_participant_goes_by_its_label_and_is_found_again_by_identity_or_addresses(workshop: Workshop) -> None:
    text = lounge("participants", boss="identity: alice", guest=outside("+15557650001"))
    workshop.apply(text)
    assert told(workshop.plan()) == []
    workshop.ledger_path.unlink()
    assert told(workshop.plan()) == [
        "adopt services/support",
        f"adopt {LOUNGE}",
        f"adopt {LOUNGE}/participants/boss",
        f"adopt {LOUNGE}/participants/guest",
    ]


def test_another_label_for_the_same_participant_is_a_move(workshop: Workshop) -> None:
    workshop.apply(lounge("participants", a="identity: alice"))
    assert told(workshop.plan(lounge("participants", b="identity: alice"))) == [f"move {LOUNGE}/participants/b"]


def test_a_declared_user_is_made_before_twilio_makes_it_for_a_participant(workshop: Workshop) -> None:
    text = lounge("participants", a="identity: alice@example.com")
    text += "    users:\n      alice: {identity: alice@example.com, friendly_name: Alice}\n"
    report = workshop.apply(text)
    assert {each.status for each in report.outcomes} == {Status.DONE}
    assert told(workshop.plan()) == []


def test_a_label_takes_up_the_participant_that_has_its_identity_now(workshop: Workshop) -> None:
    workshop.apply(lounge("participants", a="identity: alice", b="identity: bob"))
    sid = workshop.live(f"{PATH}/Participants/alice")["sid"]
    plan = workshop.plan(lounge("participants", a="identity: bob"))
    assert changes(plan) == [f"move {LOUNGE}/participants/a"]
    assert left_alone(plan) == [f"orphaned {LOUNGE}/participants/a {sid}"]


def test_a_changed_address_is_a_replace_with_the_delete_first(workshop: Workshop) -> None:
    workshop.apply(lounge("participants", guest=outside("+15557650001")))
    plan = workshop.plan(lounge("participants", guest=outside("+15557650002")))
    assert told(plan) == [
        f"replace {LOUNGE}/participants/guest messaging_binding.address:+15557650001->+15557650002",
    ]
    report = workshop.apply()
    assert endings(report) == [f"done {LOUNGE}/participants/guest"]
    assert workshop.writes == [
        "DELETE Services/…/Conversations/…/Participants/…",
        "POST Services/…/Conversations/…/Participants MessagingBinding.Address MessagingBinding.ProxyAddress RoleSid",
    ]
    assert told(workshop.plan()) == []
    assert len(workshop.live(f"{PATH}/Participants")["participants"]) == 1


def test_a_replace_that_stops_between_its_halves_is_finished_by_the_next_apply(workshop: Workshop) -> None:
    workshop.apply(lounge("participants", guest=outside("+15557650001")))
    taken = outside("+15557650002")
    other = workshop.client.made(workshop.path("/Services/support/Conversations"), {"UniqueName": "other"})
    conversation = workshop.path(f"/Services/support/Conversations/{other}")
    binding = {"MessagingBinding.Address": "+15557650002", "MessagingBinding.ProxyAddress": "+15550000001"}
    in_the_way = workshop.client.made(f"{conversation}/Participants", binding)

    report = workshop.apply(lounge("participants", guest=taken))
    assert endings(report) == [f"failed {LOUNGE}/participants/guest"]
    assert workshop.live(f"{PATH}/Participants")["participants"] == []

    workshop.client.delete(f"{conversation}/Participants/{in_the_way}")
    assert [each.split(" ")[0] for each in changes(workshop.plan())] == ["create"]
    workshop.apply()
    assert told(workshop.plan()) == []


def test_a_proxy_address_is_changed_in_place_and_cleared_by_a_word(workshop: Workshop) -> None:
    workshop.apply(lounge("participants", guest=outside("+15557650001")))
    workshop.apply(lounge("participants", guest=outside("+15557650001", "+15550000002")))
    assert workshop.writes == [
        "POST Services/…/Conversations/…/Participants/… MessagingBinding.ProxyAddress",
    ]
    assert told(workshop.plan()) == []


def test_a_webhook_goes_by_its_label_and_a_changed_url_is_an_update(workshop: Workshop) -> None:
    workshop.apply(lounge("webhooks", main=webhook("https://example.com/a")))
    plan = workshop.plan(lounge("webhooks", main=webhook("https://example.com/b")))
    assert told(plan) == [
        f"update {LOUNGE}/webhooks/main configuration.url:https://example.com/a->https://example.com/b"
    ]
    workshop.apply()
    assert told(workshop.plan()) == []


def test_a_webhook_of_another_target_is_replaced_also_where_all_five_places_are_taken(workshop: Workshop) -> None:
    five = {f"w{number}": webhook(f"https://example.com/{number}") for number in range(5)}
    workshop.apply(lounge("webhooks", **five))
    trigger = 'target: trigger, configuration: {url: "https://example.com/0", triggers: [help]}'
    report = workshop.apply(lounge("webhooks", **{**five, "w0": trigger}))
    assert endings(report) == [f"done {LOUNGE}/webhooks/w0"]
    assert [each.split(" ")[0] for each in workshop.writes] == ["DELETE", "POST"]
    assert told(workshop.plan()) == []


def test_a_message_to_replay_from_is_asked_for_once(workshop: Workshop) -> None:
    flow = "target: studio, configuration: {flow_sid: FW" + "0" * 32
    workshop.apply(lounge("webhooks", flow=flow + ", replay_after: 0}"))
    assert told(workshop.plan()) == []
    plan = workshop.plan(lounge("webhooks", flow=flow + ", replay_after: 3}"))
    assert [each.split(" ")[0] for each in changes(plan)] == ["replace"]


def test_the_words_of_a_trigger_are_read_wherever_twilio_tells_them(workshop: Workshop) -> None:
    trigger = 'target: trigger, configuration: {url: "https://example.com/a", triggers: [help, me]}'
    workshop.apply(lounge("webhooks", t=trigger))
    assert told(workshop.plan()) == []
    assert workshop.plan().warnings == ()


def test_the_case_of_a_method_means_nothing(workshop: Workshop) -> None:
    workshop.apply(lounge("webhooks", main=webhook("https://example.com/a", "method: POST")))
    assert told(workshop.plan()) == []
    assert told(workshop.plan(lounge("webhooks", main=webhook("https://example.com/a", "method: post")))) == []


def test_a_url_with_a_token_is_recognised_and_never_shown(workshop: Workshop) -> None:
    workshop.environ["CONFSYNC_VAR_token"] = "canary"
    text = lounge("webhooks", main=webhook("https://example.com/?token=${{ var.token }}"))
    text = text.replace("version: 1\n", "version: 1\nvariables: {token: {sensitive: true}}\n")
    workshop.apply(text)
    assert told(workshop.plan()) == []
    workshop.ledger_path.unlink()
    plan = workshop.plan()
    assert told(plan) == ["adopt services/support", f"adopt {LOUNGE}", f"adopt {LOUNGE}/webhooks/main"]
    assert "canary" not in repr(plan.changes)
    assert "canary" not in json.dumps(changes(plan))


def test_a_sensitive_address_is_recognised_and_never_replaced_by_itself(workshop: Workshop) -> None:
    workshop.environ["CONFSYNC_VAR_who"] = "+15557650001"
    text = lounge("participants", guest=outside("${{ var.who }}"))
    workshop.apply(text.replace("version: 1\n", "version: 1\nvariables: {who: {sensitive: true}}\n"))
    assert told(workshop.plan()) == []
    workshop.apply()
    assert workshop.writes == []


def test_a_sensitive_identity_is_that_of_a_declared_user(workshop: Workshop) -> None:
    workshop.environ["CONFSYNC_VAR_who"] = "alice"
    text = lounge("participants", a='identity: "${{ var.who }}"')
    text += "    users: {alice: {friendly_name: Alice, notification_levels: {lounge: muted}}}\n"
    workshop.apply(text.replace("version: 1\n", "version: 1\nvariables: {who: {sensitive: true}}\n"))
    assert told(workshop.plan()) == []


def test_what_is_protected_is_not_replaced(workshop: Workshop) -> None:
    protect = ", lifecycle: {protect: true}"
    workshop.apply(lounge("participants", guest=outside("+15557650001") + protect))
    guardrail = f"! protect {LOUNGE}/participants/guest"
    assert told(workshop.plan(lounge("participants", guest=outside("+15557650002") + protect)))[-1] == guardrail
    assert told(workshop.plan(lounge("participants", guest=outside("+15557650002"))))[-1] == guardrail
    lifted = lounge("participants", guest=outside("+15557650002") + protect.replace("true", "false"))
    assert [each.split(" ")[0] for each in told(workshop.plan(lifted))] == ["replace"]


def test_what_was_adopted_is_not_replaced(workshop: Workshop) -> None:
    workshop.apply(lounge("participants", guest=outside("+15557650001")))
    workshop.ledger_path.unlink()
    workshop.apply()
    plan = workshop.plan(lounge("participants", guest=outside("+15557650002")))
    assert told(plan) == [f"! replace {LOUNGE}/participants/guest"]


def test_an_identity_in_the_place_of_an_address_is_a_replace(workshop: Workshop) -> None:
    workshop.apply(lounge("participants", a="identity: alice"))
    for written in (outside("+15557650001"), "identity: alice"):
        assert [each.split(" ")[0] for each in told(workshop.plan(lounge("participants", a=written)))] == ["replace"]
        workshop.apply()
        assert told(workshop.plan()) == []


def test_identities_that_move_on_from_label_to_label_are_never_asked_for_twice(workshop: Workshop) -> None:
    workshop.apply(lounge("participants", a="identity: alice", b="identity: bob"))
    plan = workshop.plan(lounge("participants", a="identity: bob", b="identity: carol"))
    assert changes(plan) == [
        f"move {LOUNGE}/participants/a",
        f"create {LOUNGE}/participants/b identity:None->carol",
    ]
    report = workshop.apply()
    assert {each.status for each in report.outcomes} == {Status.DONE}
    assert changes(workshop.plan()) == []


def test_a_label_takes_up_the_webhook_whose_url_it_is_given(workshop: Workshop) -> None:
    one, other = webhook("https://example.com/1"), webhook("https://example.com/2")
    workshop.apply(lounge("webhooks", w1=one, w2=other))
    assert changes(workshop.plan(lounge("webhooks", w1=other))) == [f"move {LOUNGE}/webhooks/w1"]


def test_a_sixth_webhook_is_refused_before_anything_is_sent(workshop: Workshop) -> None:
    five = {f"w{number}": webhook(f"https://example.com/{number}") for number in range(5)}
    workshop.apply(lounge("webhooks", **five))
    del five["w0"]
    plan = workshop.plan(lounge("webhooks", **five, new=webhook("https://example.com/new")))
    assert told(plan)[-1] == f"! room {LOUNGE}/webhooks/new"


def test_a_sensitive_url_that_is_none_is_refused_before_anything_is_sent(workshop: Workshop) -> None:
    workshop.environ["CONFSYNC_VAR_token"] = "canary"
    text = lounge("webhooks", main=webhook("${{ var.token }}"))
    text = text.replace("version: 1\n", "version: 1\nvariables: {token: {sensitive: true}}\n")
    (mistake,) = workshop.mistakes(text)
    assert mistake.startswith("confsync.yaml:8:56 CS2005 'configuration.url' begins with http:// or https://, and this")
    assert "canary" not in mistake


def test_a_replace_keeps_what_nobody_declares(workshop: Workshop) -> None:
    workshop.apply(lounge("participants", guest=outside("+15557650001")))
    path = workshop.path(f"{PATH}/Participants")
    (member,) = workshop.client.get(path).body["participants"]
    workshop.client.post(f"{path}/{member['sid']}", {"Attributes": '{"seat": "window"}'})
    workshop.apply(lounge("participants", guest=outside("+15557650002")))
    (member,) = workshop.client.get(path).body["participants"]
    assert member["attributes"] == '{"seat":"window"}'


class NoCreates(Between):
    """Cannot be reached by a create."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST":
            raise httpx.ConnectError("no way through")
        return None


def test_a_replace_that_ends_after_its_delete_is_no_apply_that_did_nothing(workshop: Workshop) -> None:
    workshop.apply(lounge("participants", guest=outside("+15557650001")))
    workshop.transport = NoCreates(workshop.emulator)
    report = workshop.apply(lounge("participants", guest=outside("+15557650002")))
    (outcome,) = report.outcomes
    assert (outcome.status, outcome.sid, outcome.wrote) == (Status.FAILED, None, True)
    ending = of_report(report)
    assert ending.code is ExitCode.PARTIAL
    assert ending.changed == "0 done, 1 half done, 0 not started; each is listed."


def test_what_can_be_said_only_at_the_beginning_is_told_of_when_it_is_said_later(workshop: Workshop) -> None:
    flow = "target: studio, configuration: {flow_sid: FW" + "0" * 32
    workshop.apply(lounge("webhooks", flow=flow + "}"))
    for _ in range(2):
        plan = workshop.plan(lounge("webhooks", flow=flow + ", replay_after: 5}"))
        assert told(plan) == []
        assert [each.code for each in plan.warnings] == ["CS4002"]
        assert "can be said only when it is made" in plan.warnings[0].summary
        workshop.apply()
        assert workshop.writes == []
