"""A sensitive value stays hidden: in a plan without a ledger, and in the plan that makes it open."""

from collections.abc import Iterator

import pytest

from confsync.diagnostics import Diagnostic
from confsync.names import Address
from confsync.plan.intent import Intent, Selection
from confsync.plan.plan import Plan
from tests.canaries import found_in
from tests.harness import Harness, difference, plan_lines, state_bytes
from tests.planfile.saving import Saving
from tests.planfile.test_file import shown

HOOKS = "services/desk/webhooks"
TOKEN = "canary/part one"
NEXT = "canary/part two"
URL = f"https://hooks.example.com/{TOKEN}".replace(" ", "-")
SENSITIVE = """
version: 1
variables: {hook: {sensitive: true}}
services: {desk: {webhooks: {post_webhook_url: "https://hooks.example.com/${{ var.hook }}", method: POST}}}
"""
OPEN = SENSITIVE.replace("{sensitive: true}", "x")
LITERAL = (
    "version: 1\nservices: {desk: {webhooks: {post_webhook_url: 'https://hooks.example.com/NEW', method: POST}}}\n"
)
CANARIES = ("canary", "part-one", "part-two")


def renderings(plan: Plan) -> Iterator[str]:
    yield from shown(plan)
    yield from (repr(each) for each in plan.warnings)


def leaks(plan: Plan) -> list[str]:
    return found_in("\n".join(renderings(plan)).encode(), CANARIES)


def risks(plan: Plan) -> list[str]:
    return [f"{risk.level.name} {risk.rule} {risk.text}" for change in plan.changes for risk in change.risks]


def differences(plan: Plan) -> list[str]:
    return [difference(each) for change in plan.changes for each in change.differences]


def hook(harness: Harness, value: str) -> None:
    harness.environ["CONFSYNC_VAR_hook"] = value.replace(" ", "-").replace("/", "-")


def test_without_a_ledger_only_the_host_of_a_live_webhook_is_shown(harness: Harness) -> None:
    hook(harness, TOKEN)
    harness.apply(SENSITIVE)
    harness.ledger_path.unlink()
    plan = harness.plan(LITERAL)
    assert differences(plan) == [
        "post_webhook_url:https://hooks.example.com/(sensitive)->https://hooks.example.com/NEW"
    ]
    assert leaks(plan) == []
    saving = Saving(harness)
    saving.save(LITERAL)
    assert found_in(saving.path.read_bytes(), CANARIES) == []


def test_a_url_that_was_applied_openly_is_shown(harness: Harness) -> None:
    harness.apply(LITERAL)
    plan = harness.plan(LITERAL.replace("NEW", "newer"))
    assert differences(plan) == ["post_webhook_url:https://hooks.example.com/NEW->https://hooks.example.com/newer"]


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("https://evil.example.org/canary/x", "https://evil.example.org/(sensitive)"),
        ("https://evil.example.org/?t=canary", "https://evil.example.org/(sensitive)"),
        ("https://evil.example.org", "https://evil.example.org"),
        ("https://evil.example.org/", "https://evil.example.org/"),
    ],
)
def test_of_a_url_that_somebody_else_set_the_host_is_shown(url: str, seen: str, harness: Harness) -> None:
    harness.apply(LITERAL)
    harness.client.post(f"{harness.path('/Services/desk')}/Configuration/Webhooks", {"PostWebhookUrl": url})
    plan = harness.plan()
    assert differences(plan) == [f"post_webhook_url:{seen}->https://hooks.example.com/NEW"]
    assert leaks(plan) == []


def test_a_webhook_that_is_found_by_its_url_is_not_saved_with_it(harness: Harness) -> None:
    text = """
version: 1
services:
  desk:
    conversations:
      lounge:
        webhooks: {w: {target: webhook, configuration: {url: URL, filters: [onMessageAdded], method: METHOD}}}
""".replace("URL", URL)
    harness.apply(text.replace("METHOD", "get"))
    harness.ledger_path.unlink()
    saving = Saving(harness)
    other = text.replace("METHOD", "post").replace("w:", "other:").replace(URL, "https://hooks.example.com/NEW")
    saving.save(other)
    assert found_in(saving.path.read_bytes(), CANARIES) == []


ADDRESS = """
version: 1
variables: {hook: {sensitive: true}}
services: {desk: {}}
account:
  addresses:
    hotline: {address: "+15551230000", type: sms, auto_creation: {enabled: true, conversation_service: desk, MORE}}
"""
WEBHOOK = 'type: webhook, webhook_url: "https://hooks.example.com/${{ var.hook }}"'


@pytest.mark.parametrize("written", ["to twilio", "with a sensitive variable"])
def test_a_replacement_keeps_an_undeclared_url_and_shows_none_of_its_path(written: str, harness: Harness) -> None:
    hook(harness, TOKEN)
    if written == "to twilio":
        harness.apply(ADDRESS.replace(", MORE", ""))
        sent = {"AutoCreation.Type": "webhook", "AutoCreation.WebhookUrl": URL}
        assert harness.client.post(harness.path("/Configuration/Addresses/+15551230000"), sent).status == 200
    else:
        harness.apply(ADDRESS.replace("MORE", WEBHOOK))
    found = harness.client.get("/Configuration/Addresses", "PageSize=50").body["address_configurations"][0]
    other = ADDRESS.replace(", MORE", "").replace("0000", "0001")
    plan = harness.plan(other)
    assert "auto_creation.webhook_url: (sensitive)" in "".join(renderings(plan))
    assert leaks(plan) == []
    saving = Saving(harness)
    saving.save(other)
    assert found_in(saving.path.read_bytes(), CANARIES) == []
    saving.path.unlink()
    harness.apply(other)
    (made,) = harness.client.get("/Configuration/Addresses", "PageSize=50").body["address_configurations"]
    assert made["sid"] != found["sid"]
    assert made["auto_creation"]["webhook_url"] == found["auto_creation"]["webhook_url"]
    assert harness.ledger
    sensitive = set(harness.ledger.current[Address.parse("account/addresses/hotline")].fingerprints)
    assert sensitive == ({"auto_creation.webhook_url"} if written == "with a sensitive variable" else set())
    assert [found_in(content, CANARIES) for content in state_bytes(harness.folder)] == [[]]


def test_a_required_url_that_is_ignored_is_sent_as_it_is_in_twilio(harness: Harness) -> None:
    text = """
version: 1
services:
  desk:
    conversations:
      lounge:
        webhooks:
          w:
            target: webhook
            configuration: {url: "https://hooks.example.com/NEW", filters: [onMessageAdded], method: post}
            lifecycle: {ignore: [configuration.url]}
"""
    harness.apply(text)
    hooks = f"{harness.path('/Services/desk')}/Conversations/lounge/Webhooks"
    one = f"{hooks}/{harness.client.get(hooks).body['webhooks'][0]['sid']}"
    sent = {"Configuration.Url": URL, "Configuration.Filters": "onMessageAdded"}
    assert harness.client.post(one, sent).status == 200
    plan = harness.plan(text.replace("onMessageAdded", "onMessageRemoved"))
    assert leaks(plan) == []
    harness.apply()
    found = harness.client.get(one).body["configuration"]
    assert (found["url"], found["filters"]) == (URL, ["onMessageRemoved"])


def remembered(harness: Harness) -> tuple[str, ...]:
    """The variables that the ledger says were sensitive."""
    return harness.ledger.sensitive_variables if harness.ledger else ()


MARK_REMOVED = "HIGH mark-removed post_webhook_url was sensitive until now: its value is shown from the next plan on"


@pytest.mark.parametrize("text", [OPEN, LITERAL], ids=["the mark", "the reference"])
def test_a_value_that_loses_its_mark_is_masked_once_more(text: str, harness: Harness) -> None:
    hook(harness, TOKEN)
    harness.apply(SENSITIVE)
    hook(harness, NEXT)
    plan = harness.plan(text)
    assert plan_lines(plan)[0] == f"update {HOOKS} post_webhook_url:(sensitive)->(sensitive)"
    assert MARK_REMOVED in risks(plan)
    assert leaks(plan) == []
    saving = Saving(harness)
    saving.save(text)
    assert found_in(saving.path.read_bytes(), CANARIES) == []
    saving.path.unlink()
    harness.apply(text)
    assert [found_in(content, CANARIES) for content in state_bytes(harness.folder)] == [[]]
    assert harness.plan().empty
    hook(harness, "open")
    plan = harness.plan(text.replace("NEW", "open"))
    assert differences(plan)[0].endswith("->https://hooks.example.com/open")
    assert MARK_REMOVED not in risks(plan)


UNMARKED: dict[str, tuple[str, str]] = {
    "the mark": (OPEN, "variable 'hook' was sensitive until now: its value is shown after the next apply"),
    "the reference": (
        LITERAL.replace("NEW", TOKEN.replace(" ", "-").replace("/", "-")),
        f"{HOOKS}#post_webhook_url was sensitive until now: its value is shown after the next apply",
    ),
}


@pytest.mark.parametrize("what", UNMARKED)
def test_a_value_that_only_loses_its_mark_is_masked_and_warned_about(what: str, harness: Harness) -> None:
    text, summary = UNMARKED[what]
    hook(harness, TOKEN)
    harness.apply(SENSITIVE)
    plan = harness.plan(text)
    assert plan.empty
    assert leaks(plan) == []
    assert [(each.summary, each.snippet) for each in warnings(plan)] == [(summary, None)]
    harness.apply()
    assert warnings(harness.plan()) == []
    assert harness.ledger
    assert harness.ledger.current[Address.parse(HOOKS)].fingerprints == {}


def warnings(plan: Plan) -> list[Diagnostic]:
    return [each for each in plan.warnings if each.code == "CS4008"]


ELSEWHERE = """
version: 1
variables: {hook: NEW}
services:
  desk:
    webhooks: {post_webhook_url: "https://hooks.example.com/${{ var.hook }}", method: POST}
    notifications: {new_message: {template: "see ${{ var.hook }}", enabled: true}}
"""
SHOWN = """
version: 1
variables: {hook: NEW}
services:
  desk:
    webhooks: {post_webhook_url: "https://hooks.example.com/x", method: POST}
    roles: {agent: {type: conversation, permissions: ["${{ var.hook }}"]}}
"""


def test_a_variable_that_loses_its_mark_is_masked_wherever_it_is_used(harness: Harness) -> None:
    hook(harness, TOKEN)
    harness.apply(SENSITIVE)
    assert remembered(harness) == ("hook",)
    plan = harness.plan(ELSEWHERE)
    assert leaks(plan) == []
    assert (
        "update services/desk/notifications new_message.enabled:False->True new_message.template:None->(sensitive)"
        in (plan_lines(plan))
    )
    assert [each.replace("post_webhook_url", "F").replace("new_message.template", "F") for each in risks(plan)].count(
        MARK_REMOVED.replace("post_webhook_url", "F")
    ) == 1
    assert [(each.summary, each.snippet) for each in plan.warnings if "variable" in each.summary] == [
        ("variable 'hook' was sensitive until now: its value is shown after the next apply", None)
    ]
    harness.apply()
    assert remembered(harness) == ()
    hook(harness, "open")
    plan = harness.plan()
    assert "see open" in "".join(renderings(plan))
    assert warnings(plan) == []


def test_a_variable_that_loses_its_mark_cannot_be_shown_at_once(harness: Harness) -> None:
    hook(harness, TOKEN)
    harness.apply(SENSITIVE)
    mistakes = harness.mistakes(SHOWN)
    assert any(
        each.endswith("'permissions' is shown in plans, so it cannot contain a sensitive variable") for each in mistakes
    )
    assert found_in("".join(mistakes).encode(), CANARIES) == []
    hook(harness, "sendMessage")
    harness.apply(OPEN)
    assert harness.plan(SHOWN).applyable


def test_a_variable_that_keeps_its_mark_stays_sensitive_beside_one_that_loses_it(harness: Harness) -> None:
    both = SENSITIVE.replace("{hook: {sensitive: true}}", "{hook: {sensitive: true}, key: {sensitive: true}}")
    both = both.replace("${{ var.hook }}", "${{ var.hook }}/${{ var.key }}")
    harness.environ = {"CONFSYNC_VAR_hook": "a", "CONFSYNC_VAR_key": "canary"}
    harness.apply(both)
    harness.apply(both.replace("hook: {sensitive: true}", "hook: x"))
    assert harness.ledger
    assert set(harness.ledger.current[Address.parse(HOOKS)].fingerprints) == {"post_webhook_url"}
    assert remembered(harness) == ("key",)
    harness.environ["CONFSYNC_VAR_hook"] = "b"
    assert leaks(harness.plan()) == []


def test_a_partial_apply_does_not_forget_which_variables_were_sensitive(harness: Harness) -> None:
    hook(harness, TOKEN)
    harness.apply(SENSITIVE)
    harness.intent = Intent(selection=Selection(kinds=("roles",)))
    harness.apply(ELSEWHERE)
    assert remembered(harness) == ("hook",)
