"""Plans as text: each is a golden text."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from confsync.emulator.emulator import ACCOUNT_SID
from confsync.names import Address, Sid
from confsync.plan.intent import Intent, Overrides, Selection
from confsync.plan.plan import OrphanedResource
from confsync.plan.risk import Risk
from confsync.planning.make import LivePlan
from confsync.risk_rules import Level
from confsync.views.palette import Palette
from tests.emulator.clock import Clock
from tests.harness import Harness
from tests.views.conftest import PlanOf
from tests.views.golden import matches_golden
from tests.views.rendering import plan_text

BASE = """
version: 1
credentials:
  android: {type: fcm, secret: "${{ env.FCM }}"}
services:
  support:
    friendly_name: Support desk
    roles:
      agent: {type: conversation, permissions: [sendMessage, leaveConversation]}
      channel admin: {type: conversation, permissions: [addParticipant, sendMessage]}
    configuration: {default_conversation_role: agent, reachability_enabled: true}
    notifications: {new_message: {enabled: true, template: "${PARTICIPANT}: ${MESSAGE}"}}
    webhooks: {post_webhook_url: https://hooks.example.com/x, method: POST, filters: [onMessageAdded]}
"""
CHANGED = (
    BASE.replace("[sendMessage, leaveConversation]", "[sendMessage, deleteOwnMessage]")
    .replace("/x", "/y")
    .replace("template: ", "sound: ding, template: ")
)


def fresh(harness: Harness) -> LivePlan:
    return harness.plan(BASE)


def changed(harness: Harness) -> LivePlan:
    harness.apply(BASE)
    harness.environ["FCM"] = "another"
    return harness.plan(CHANGED)


def in_sync(harness: Harness) -> LivePlan:
    harness.apply(BASE)
    return harness.plan()


def ledger_lost(harness: Harness) -> LivePlan:
    harness.apply(BASE)
    harness.ledger_path.unlink()
    return harness.plan()


def moved(harness: Harness) -> LivePlan:
    harness.apply(BASE)
    return harness.plan(BASE.replace("  support:", "  desk:"))


def superseded(harness: Harness) -> LivePlan:
    harness.apply(BASE)
    return harness.plan(BASE.replace("agent: {type", "agent: {friendly_name: colleague, type"))


def renamed(harness: Harness) -> LivePlan:
    harness.apply(BASE)
    return harness.plan(BASE.replace("Support desk", "Help desk"))


def vanished(harness: Harness) -> LivePlan:
    harness.apply(BASE)
    harness.client.delete(harness.path("/Services/Support desk"))
    return harness.plan()


def ambiguous(harness: Harness) -> LivePlan:
    for _ in range(2):
        harness.client.post("/Services", {"FriendlyName": "Support desk"})
    return harness.plan(BASE)


def secret_not_here(harness: Harness) -> LivePlan:
    harness.apply(BASE)
    del harness.environ["FCM"]
    return harness.plan(CHANGED)


def sensitive_url(harness: Harness) -> LivePlan:
    text = BASE.replace("https://hooks.example.com/x", '"https://hooks.example.com/${{ var.token }}"')
    text += "variables: {token: {sensitive: true}}\n"
    harness.environ["CONFSYNC_VAR_token"] = "canary-1"
    harness.apply(text)
    harness.environ["CONFSYNC_VAR_token"] = "canary-2"
    return harness.plan(text)


def one_environment(harness: Harness) -> LivePlan:
    return harness.plan(BASE + f"environments: {{prod: {{account_sid: {ACCOUNT_SID}}}}}\n")


def many_strangers(harness: Harness) -> LivePlan:
    for number in range(14):
        harness.client.post("/Services", {"FriendlyName": f"stranger {number:02}"})
    return harness.plan("version: 1\nservices: {}\n")


LEGACY = """
  legacy:
    friendly_name: Legacy desk
    lifecycle: {prune: [roles]}
    roles:
      clerk: {type: conversation, permissions: [sendMessage]}
      scribe: {friendly_name: The scribe, type: conversation, permissions: [sendMessage]}
    conversations:
      lounge:
        webhooks:
          audit:
            target: webhook
            configuration: {url: "https://example.com/${{ var.hook }}", filters: [onMessageAdded]}
variables: {hook: {sensitive: true}}
"""


def legacy(harness: Harness) -> Harness:
    """Apply a second service, and create a resource in it that confsync does not own."""
    harness.environ["CONFSYNC_VAR_hook"] = "canary"
    harness.apply(BASE + LEGACY)
    service = harness.path("/Services/Legacy desk")
    for number in range(3):
        harness.client.post(f"{service}/Users", {"Identity": f"user-{number}"})
    return harness


def absent(harness: Harness) -> LivePlan:
    gone = "  legacy: {friendly_name: Legacy desk, lifecycle: {absent: true}}\n"
    return legacy(harness).plan(CHANGED + gone)


def pruned(harness: Harness) -> LivePlan:
    return legacy(harness).plan(CHANGED + re.sub(r" +scribe: .*\n", "", LEGACY))


def destroyed(harness: Harness) -> LivePlan:
    legacy(harness).intent = Intent(destroy=True, overrides=Overrides(max_deletes=3))
    return harness.plan()


def nothing_to_destroy(harness: Harness) -> LivePlan:
    harness.intent = Intent(destroy=True)
    return harness.plan(BASE)


def recreated(harness: Harness) -> LivePlan:
    legacy(harness).client.delete(harness.path("/Services/Legacy desk"))
    harness.intent = Intent(overrides=Overrides(allow_recreate=frozenset({Address.of("services", "legacy")})))
    return harness.plan()


def orphaned(harness: Harness) -> LivePlan:
    text = LEGACY.replace("    lifecycle: {prune: [roles]}\n", "")
    legacy(harness).apply(BASE + text)
    return harness.plan(BASE + re.sub(r" +scribe: .*\n", "", text).replace("clerk:", "clerk2:"))


def narrowed(harness: Harness) -> LivePlan:
    """Return a partial plan with overrides and risks."""
    plan = changed(harness)
    intent = Intent(
        selection=Selection(targets=("services/support", "credentials/a*"), excludes=("**/users",), kinds=("roles",)),
        overrides=Overrides(allow_delete=frozenset({Address.of("services", "old one")}), allow_rollback=True),
    )
    risks = {
        "webhooks": (
            Risk("filters", Level.LOW, "receives fewer events"),
            Risk("host", Level.HIGH, "another host receives the events"),
        ),
        "agent": (Risk("permissions", Level.MEDIUM, "revokes leaveConversation"),),
    }
    return replace(
        plan,
        intent=intent,
        revision=replace(plan.revision, commit="0123456789abcdef0123", dirty=True),
        changes=tuple(replace(each, risks=risks.get(each.address.key, ())) for each in plan.changes),
        forgotten=(
            OrphanedResource(Address.of("services", "old"), Sid("IS" + "0" * 32), "Old desk", "`forget` names it"),
        ),
    )


def duplicated(harness: Harness) -> LivePlan:
    """Someone creates, at about the same time, a role that equals an owned one."""
    harness.emulator.clock.source = Clock()
    harness.apply(BASE)
    harness.emulator.clock.advance(timedelta(seconds=30))
    form = {"FriendlyName": "agent", "Type": "conversation", "Permission": ("sendMessage", "leaveConversation")}
    services = harness.client.get("/Services").body["services"]
    (service,) = (each["sid"] for each in services if each["friendly_name"] == "Support desk")
    harness.client.made(f"/Services/{service}/Roles", form)
    return harness.plan()


STORIES: dict[str, Callable[[Harness], LivePlan]] = {
    story.__name__: story
    for story in (
        fresh,
        changed,
        in_sync,
        ledger_lost,
        moved,
        superseded,
        renamed,
        vanished,
        ambiguous,
        secret_not_here,
        sensitive_url,
        one_environment,
        many_strangers,
        absent,
        pruned,
        destroyed,
        nothing_to_destroy,
        recreated,
        orphaned,
        narrowed,
        duplicated,
    )
}


@pytest.mark.parametrize("story", STORIES)
def test_a_plan_matches_its_golden_text(story: str, story_plan: PlanOf) -> None:
    plan = story_plan(STORIES[story])
    text = plan_text(plan)
    assert "canary" not in text
    assert sum(line.startswith(("Plan: ", "No changes. ", "No differences found")) for line in text.splitlines()) == 1
    assert matches_golden(story, text)


def test_colours_change_no_word(story_plan: PlanOf) -> None:
    plan = story_plan(changed)
    coloured = plan_text(plan, Palette(colours=True))
    assert re.sub(r"\x1b\[[0-9]+m", "", coloured) == plan_text(plan)


def test_on_a_terminal_addresses_are_bold_and_zeros_are_faint(story_plan: PlanOf) -> None:
    plan = story_plan(absent)
    coloured = plan_text(plan, Palette(colours=True))
    for each in plan.changes:
        assert not each.actions or f" \x1b[1m{each.address}\x1b[0m" in coloured
    summary = next(line for line in coloured.splitlines() if "Plan:" in line)
    assert summary.startswith("\x1b[1mPlan:\x1b[0m \x1b[2m0 to create\x1b[0m, \x1b[1m3 to update\x1b[0m, ")
    assert "\x1b[33mRisk (medium):\x1b[0m \x1b[1mservices/support/roles/agent\x1b[0m: " in coloured
    assert " \x1b[1mservices/legacy/roles/clerk\x1b[0m (" in plan_text(story_plan(orphaned), Palette(colours=True))


HOSTILE = "evil\u202e\x1b]0;x\x07\r\n::set-output name=a::b\n##[command]rm ##vso[task.setvariable]"


def test_a_live_name_cannot_control_the_terminal_or_the_runner(desk: Harness) -> None:
    desk.client.post("/Services", {"FriendlyName": HOSTILE})
    text = plan_text(desk.plan("version: 1\nservices: {}\n"))
    assert all(line.isprintable() for line in text.splitlines())
    assert not any(line.lstrip().startswith("::") or "##[" in line or "##vso[" in line for line in text.splitlines())
    assert "\\u202e" in text
