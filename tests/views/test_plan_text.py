"""Plans as a reviewer reads them: each is a text that is checked in."""

import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from confsync.emulator.emulator import ACCOUNT_SID
from confsync.names import Address, Sid
from confsync.plan.intent import Intent, Overrides, Selection
from confsync.plan.plan import Plan
from confsync.plan.risk import Level, Risk
from confsync.plan.unmanaged import OrphanedResource
from confsync.views.palette import Palette
from confsync.views.plan_text import as_text
from confsync.views.plan_words import NO_CHANGES, NOTHING_LEFT
from tests.harness import Workshop
from tests.views.golden import matches_golden

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


def fresh(workshop: Workshop) -> Plan:
    return workshop.plan(BASE)


def changed(workshop: Workshop) -> Plan:
    workshop.apply(BASE)
    workshop.environ["FCM"] = "another"
    return workshop.plan(CHANGED)


def in_sync(workshop: Workshop) -> Plan:
    workshop.apply(BASE)
    return workshop.plan()


def ledger_lost(workshop: Workshop) -> Plan:
    workshop.apply(BASE)
    workshop.ledger_path.unlink()
    return workshop.plan()


def moved(workshop: Workshop) -> Plan:
    workshop.apply(BASE)
    return workshop.plan(BASE.replace("  support:", "  desk:"))


def superseded(workshop: Workshop) -> Plan:
    workshop.apply(BASE)
    return workshop.plan(BASE.replace("agent: {type", "agent: {friendly_name: colleague, type"))


def renamed(workshop: Workshop) -> Plan:
    workshop.apply(BASE)
    return workshop.plan(BASE.replace("Support desk", "Help desk"))


def vanished(workshop: Workshop) -> Plan:
    workshop.apply(BASE)
    workshop.client.delete(workshop.path("/Services/Support desk"))
    return workshop.plan()


def ambiguous(workshop: Workshop) -> Plan:
    for _ in range(2):
        workshop.client.post("/Services", {"FriendlyName": "Support desk"})
    return workshop.plan(BASE)


def secret_not_here(workshop: Workshop) -> Plan:
    workshop.apply(BASE)
    del workshop.environ["FCM"]
    return workshop.plan(CHANGED)


def sensitive_url(workshop: Workshop) -> Plan:
    text = BASE.replace("https://hooks.example.com/x", '"https://hooks.example.com/${{ var.token }}"')
    text += "variables: {token: {sensitive: true}}\n"
    workshop.environ["CONFSYNC_VAR_token"] = "canary-1"
    workshop.apply(text)
    workshop.environ["CONFSYNC_VAR_token"] = "canary-2"
    return workshop.plan(text)


def one_environment(workshop: Workshop) -> Plan:
    return workshop.plan(BASE + f"environments: {{prod: {{account_sid: {ACCOUNT_SID}}}}}\n")


def many_strangers(workshop: Workshop) -> Plan:
    for number in range(14):
        workshop.client.post("/Services", {"FriendlyName": f"stranger {number:02}"})
    return workshop.plan("version: 1\nservices: {}\n")


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


def legacy(workshop: Workshop) -> Workshop:
    """Apply a second service, and let there be something in it that is not ours."""
    workshop.environ["CONFSYNC_VAR_hook"] = "canary"
    workshop.apply(BASE + LEGACY)
    service = workshop.path("/Services/Legacy desk")
    for number in range(3):
        workshop.client.post(f"{service}/Users", {"Identity": f"user-{number}"})
    return workshop


def absent(workshop: Workshop) -> Plan:
    gone = "  legacy: {friendly_name: Legacy desk, lifecycle: {absent: true}}\n"
    return legacy(workshop).plan(CHANGED + gone)


def pruned(workshop: Workshop) -> Plan:
    return legacy(workshop).plan(CHANGED + re.sub(r" +scribe: .*\n", "", LEGACY))


def destroyed(workshop: Workshop) -> Plan:
    legacy(workshop).intent = Intent(destroy=True, overrides=Overrides(max_deletes=3))
    return workshop.plan()


def nothing_to_destroy(workshop: Workshop) -> Plan:
    workshop.intent = Intent(destroy=True)
    return workshop.plan(BASE)


def recreated(workshop: Workshop) -> Plan:
    legacy(workshop).client.delete(workshop.path("/Services/Legacy desk"))
    workshop.intent = Intent(overrides=Overrides(allow_recreate=frozenset({Address.of("services", "legacy")})))
    return workshop.plan()


def orphaned(workshop: Workshop) -> Plan:
    text = LEGACY.replace("    lifecycle: {prune: [roles]}\n", "")
    legacy(workshop).apply(BASE + text)
    return workshop.plan(BASE + re.sub(r" +scribe: .*\n", "", text).replace("clerk:", "clerk2:"))


def narrowed(workshop: Workshop) -> Plan:
    """Want a part, lift something, and find what is risky: told as it would be, whoever finds it."""
    plan = changed(workshop)
    intent = Intent(
        selection=Selection(targets=("services/support", "credentials/a*"), excludes=("**/users",), kinds=("roles",)),
        overrides=Overrides(allow_delete=frozenset({Address.of("services", "old one")}), allow_rollback=True),
    )
    risks = {
        "webhooks": (Risk("filters", Level.LOW, "hears of less"), Risk("host", Level.HIGH, "another host hears of it")),
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


STORIES: dict[str, Callable[[Workshop], Plan]] = {
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
    )
}


@pytest.mark.parametrize("story", STORIES)
def test_a_plan_reads_as_it_did(story: str, desk: Workshop) -> None:
    plan = STORIES[story](desk)
    text = as_text(plan)
    assert "canary" not in text
    assert sum(line.startswith(("Plan: ", NO_CHANGES, NOTHING_LEFT)) for line in text.splitlines()) == 1
    assert matches_golden(story, text)


def test_a_drift_has_its_own_title(desk: Workshop) -> None:
    assert as_text(fresh(desk), title="Drift").startswith("Drift for account ")


def test_colours_change_no_word(desk: Workshop) -> None:
    plan = changed(desk)
    coloured = as_text(plan, Palette(colours=True))
    assert re.sub(r"\x1b\[[0-9]+m", "", coloured) == as_text(plan)


HOSTILE = "evil\u202e\x1b]0;x\x07\r\n::set-output name=a::b\n##[command]rm ##vso[task.setvariable]"


def test_a_live_name_cannot_speak_to_the_terminal_nor_to_the_runner(desk: Workshop) -> None:
    desk.client.post("/Services", {"FriendlyName": HOSTILE})
    text = as_text(desk.plan("version: 1\nservices: {}\n"))
    assert all(line.isprintable() for line in text.splitlines())
    assert not any(line.lstrip().startswith("::") or "##[" in line or "##vso[" in line for line in text.splitlines())
    assert "\\u202e" in text
