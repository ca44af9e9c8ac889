"""A sensitive value stays hidden: in a plan without a ledger, and in the plan that makes it open."""

from collections.abc import Iterator

import pytest

from confsync.diagnostics import Diagnostic
from confsync.names import Address
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


def test_a_value_that_only_loses_its_mark_is_masked_and_warned_about(harness: Harness) -> None:
    hook(harness, TOKEN)
    harness.apply(SENSITIVE)
    plan = harness.plan(OPEN)
    assert plan.empty
    assert leaks(plan) == []
    (warning,) = warnings(plan)
    assert (
        warning.summary == f"{HOOKS}#post_webhook_url was sensitive until now: its value is shown after the next apply"
    )
    assert warning.snippet is None
    harness.apply()
    assert warnings(harness.plan()) == []
    assert harness.ledger
    assert harness.ledger.current[Address.parse(HOOKS)].fingerprints == {}


def warnings(plan: Plan) -> list[Diagnostic]:
    return [each for each in plan.warnings if each.code == "CS4008"]
