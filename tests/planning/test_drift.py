"""A drift names what changed since the last apply: Twilio, the configuration, or both."""

from datetime import UTC, datetime

import pytest

from confsync.plan.drift import Drift
from confsync.planning.drift import compare_three_ways
from confsync.views.drift.document import drift_document
from confsync.views.drift.text import drift_as_text
from tests.harness import Harness
from tests.views.rendering import drift_of

DESK = """
    version: 1
    services:
      desk:
        roles:
          agent: {type: conversation, permissions: [sendMessage, leaveConversation]}
        configuration: {default_conversation_role: agent, reachability_enabled: true}
        webhooks: {post_webhook_url: "https://hooks.example.com/a"}
    """
WITHOUT_CLERK = DESK.replace("roles:\n", "roles:\n          clerk: {lifecycle: {absent: true}}\n")
AGENT = "/Services/desk/Roles/agent"


def drift(harness: Harness, text: str | None = None) -> Drift:
    return compare_three_ways(harness.plan(text))


def lines(found: Drift) -> list[str]:
    """Show each finding: the side, the field, and which value was last applied."""
    return [
        *(
            f"{each.side} {each.change.address}{f'#{each.path}' if each.path else ''} ={each.last_applied}"
            for each in found.fields
        ),
        *(f"deleted {each.address} +{each.contained}" for each in found.deleted_outside),
    ]


def change_outside(harness: Harness, path: str, **form: str) -> None:
    assert (
        harness.client.post(harness.path(path), {name.replace("__", "."): each for name, each in form.items()}).status
        == 200
    )


def test_without_a_change_there_is_no_drift(harness: Harness) -> None:
    harness.apply(DESK)
    found = drift(harness)
    assert lines(found) == []
    assert set(found.counts.values()) == {0} | {found.counts["unmanaged"]}


def test_a_value_that_somebody_changed_in_twilio_is_on_the_live_side(harness: Harness) -> None:
    harness.apply(DESK)
    change_outside(harness, "/Services/desk/Configuration", ReachabilityEnabled="false")
    assert lines(drift(harness)) == ["live services/desk/configuration#reachability_enabled =desired"]


def test_a_value_that_was_merged_and_not_applied_is_on_the_side_of_the_configuration(harness: Harness) -> None:
    harness.apply(DESK)
    assert lines(drift(harness, DESK.replace("/a", "/b"))) == [
        "configuration services/desk/webhooks#post_webhook_url =live"
    ]


def test_a_value_that_both_changed_is_a_conflict(harness: Harness) -> None:
    harness.apply(DESK)
    change_outside(harness, "/Services/desk/Configuration/Webhooks", PostWebhookUrl="https://hooks.example.com/c")
    assert lines(drift(harness, DESK.replace("/a", "/b"))) == ["both services/desk/webhooks#post_webhook_url =neither"]


def test_both_may_change_to_the_same_value(harness: Harness) -> None:
    harness.apply(DESK)
    change_outside(harness, "/Services/desk/Configuration/Webhooks", PostWebhookUrl="https://hooks.example.com/b")
    assert lines(drift(harness, DESK.replace("/a", "/b"))) == []


def test_a_value_that_was_never_applied_is_unknown(harness: Harness) -> None:
    harness.apply(DESK)
    harness.ledger_path.unlink()
    change_outside(harness, "/Services/desk/Configuration", ReachabilityEnabled="false")
    assert lines(drift(harness)) == ["unknown services/desk/configuration#reachability_enabled =unknown"]


def test_a_field_that_was_added_to_the_configuration_is_on_its_side(harness: Harness) -> None:
    harness.apply(DESK.replace(", reachability_enabled: true", ""))
    assert lines(drift(harness, DESK)) == ["configuration services/desk/configuration#reachability_enabled =unknown"]


def test_a_new_resource_is_on_the_side_of_the_configuration(harness: Harness) -> None:
    harness.apply(DESK)
    more = DESK.replace("configuration:", "notifications: {log_enabled: true}\n        configuration:")
    more = more.replace("roles:\n", "roles:\n          clerk: {type: conversation, permissions: [sendMessage]}\n")
    assert lines(drift(harness, more)) == [
        "unknown services/desk/notifications#log_enabled =unknown",
        "configuration services/desk/roles/clerk =live",
    ]


def test_a_resource_that_is_to_be_deleted_is_on_the_side_of_the_configuration(harness: Harness) -> None:
    clerk = "roles:\n          clerk: {type: conversation, permissions: [sendMessage]}\n"
    harness.apply(DESK.replace("roles:\n", clerk))
    assert lines(drift(harness, WITHOUT_CLERK)) == ["configuration services/desk/roles/clerk =live"]


def test_a_resource_that_must_be_absent_and_is_gone_is_no_difference(harness: Harness) -> None:
    harness.apply(WITHOUT_CLERK)
    found = drift(harness)
    assert (lines(found), found.counts["configuration"]) == ([], 0)


def test_a_resource_that_must_be_absent_and_that_somebody_deleted_is_not_created_again(harness: Harness) -> None:
    harness.apply(WITHOUT_CLERK.replace("lifecycle: {absent: true}", "type: conversation, permissions: [sendMessage]"))
    assert harness.client.delete(harness.path("/Services/desk/Roles/clerk")).status == 204
    found = drift(harness, WITHOUT_CLERK)
    assert lines(found) == ["deleted services/desk/roles/clerk +0"]
    (only,) = drift_document(found, 2, created_at=datetime.now(UTC)).deleted_outside
    assert only.hint == "`confsync apply --emulator` removes it from the ledger"


def test_a_resource_that_somebody_deleted_is_not_a_new_one(harness: Harness) -> None:
    harness.apply(DESK)
    change_outside(harness, "/Services/desk/Configuration", DefaultConversationRoleSid=_channel_user(harness))
    assert harness.client.delete(harness.path(AGENT)).status == 204
    assert lines(drift(harness)) == [
        "live services/desk/configuration#default_conversation_role =desired",
        "deleted services/desk/roles/agent +0",
    ]


def test_what_was_in_a_deleted_service_is_counted_and_not_listed(harness: Harness) -> None:
    harness.apply(DESK)
    assert harness.client.delete(harness.path("/Services/desk")).status == 204
    (only,) = drift(harness).deleted_outside
    assert (str(only.address), only.contained, only.needs_permission) == ("services/desk", 3, True)
    assert lines(drift(harness)) == ["deleted services/desk +3"]


def test_a_deleted_resource_that_somebody_created_again_names_the_new_one(harness: Harness) -> None:
    harness.apply(DESK.replace("default_conversation_role: agent, ", ""))
    assert harness.client.delete(harness.path(AGENT)).status == 204
    form = {"FriendlyName": "agent", "Type": "conversation", "Permission": ("sendMessage", "leaveConversation")}
    new = harness.client.made(harness.path("/Services/desk/Roles"), form)
    (only,) = drift(harness).deleted_outside
    assert only.replaced_by == new


def test_a_move_is_on_the_side_of_the_configuration(harness: Harness) -> None:
    harness.apply(DESK)
    moved = DESK.replace("desk:", "help:\n        friendly_name: desk")
    assert lines(drift(harness, moved)) == ["configuration services/help =live"]


def test_a_reference_to_a_resource_that_was_replaced_is_on_the_side_of_the_configuration(harness: Harness) -> None:
    harness.apply(
        DESK.replace("default_conversation_role", "default_chat_service_role")
        .replace("conversation,", "service,")
        .replace("sendMessage, leaveConversation", "joinConversation")
    )
    found = drift(harness, DESK)
    assert {each.side for each in found.fields} == {"configuration"}


def test_a_renamed_service_is_drift_although_no_plan_can_change_it(harness: Harness) -> None:
    harness.apply(DESK)
    renamed = DESK.replace("desk:", "desk:\n        friendly_name: Help desk")
    assert lines(drift(harness, renamed)) == ["configuration services/desk#friendly_name =live"]


def test_a_secret_that_changed_here_is_on_the_side_of_the_configuration(harness: Harness) -> None:
    harness.environ["FCM"] = "canary one"
    text = "version: 1\ncredentials: {android: {type: fcm, secret: '${{ env.FCM }}'}}\n"
    harness.apply(text)
    assert lines(drift(harness)) == []
    harness.environ["FCM"] = "canary two"
    assert lines(drift(harness)) == ["configuration credentials/android#secret =unknown"]


@pytest.mark.parametrize(
    ("live", "declared", "expected"),
    [
        ("b", "a", ["live services/desk/webhooks#post_webhook_url =desired"]),
        ("a", "b", ["configuration services/desk/webhooks#post_webhook_url =live"]),
        ("c", "b", ["both services/desk/webhooks#post_webhook_url =neither"]),
        ("a", "a", []),
    ],
)
def test_a_sensitive_value_is_compared_by_its_fingerprint(
    live: str, declared: str, expected: list[str], harness: Harness
) -> None:
    text = """
        version: 1
        variables: {token: {sensitive: true}}
        services: {desk: {webhooks: {post_webhook_url: "https://hooks.example.com/${{ var.token }}"}}}
        """
    harness.environ["CONFSYNC_VAR_token"] = "a"
    harness.apply(text)
    path = "/Services/desk/Configuration/Webhooks"
    change_outside(harness, path, PostWebhookUrl=f"https://hooks.example.com/{live}")
    harness.environ["CONFSYNC_VAR_token"] = declared
    assert lines(drift(harness)) == expected


def test_an_edit_of_permissions_that_somebody_undid_is_on_the_live_side(harness: Harness) -> None:
    text = DESK.replace("permissions: [sendMessage, leaveConversation]", "permissions: {add: [editOwnMessage]}")
    harness.apply(DESK)
    harness.apply(text)
    change_outside(harness, AGENT, Permission="sendMessage")
    assert lines(drift(harness)) == ["live services/desk/roles/agent#permissions =desired"]
    assert lines(drift(harness, text.replace("add: [edit", "add: [delete"))) == [
        "configuration services/desk/roles/agent#permissions =unknown"
    ]


def test_what_twilio_creates_by_itself_is_neither_unmanaged_nor_counted(harness: Harness) -> None:
    harness.apply(DESK)
    found = drift(harness)
    assert [each.address.key for each in found.unmanaged if "roles" in each.address] == []
    assert (found.coverage["roles"].managed, found.coverage["roles"].live) == (1, 1)
    assert "webhooks" not in found.coverage  # those of a service always exist
    form = {"FriendlyName": "stranger", "Type": "conversation", "Permission": "sendMessage"}
    harness.client.made(harness.path("/Services/desk/Roles"), form)
    found = drift(harness)
    assert [each.address.key for each in found.unmanaged if "roles" in each.address] == ["stranger"]
    assert (found.coverage["roles"].managed, found.coverage["roles"].live) == (1, 2)
    harness.apply(DESK.replace("default_conversation_role: agent", "default_conversation_role: channel user"))
    found = drift(harness)
    assert (found.coverage["roles"].managed, found.coverage["roles"].live) == (1, 2)


def _channel_user(harness: Harness) -> str:
    roles = harness.client.get(harness.path("/Services/desk/Roles"), "PageSize=50").body["roles"]
    return next(str(each["sid"]) for each in roles if each["friendly_name"] == "channel user")


LOUNGE = "services/desk/conversations/lounge"
CLOSED = f"{LOUNGE} is closed in Twilio, which allows no further change"


def lounge(fields: str) -> str:
    return f"version: 1\nservices: {{desk: {{conversations: {{lounge: {{{fields}}}}}}}}}\n"


def close_lounge(harness: Harness) -> None:
    change_outside(harness, "/Services/desk/Conversations/lounge", State="closed")


def test_what_a_closed_conversation_lacks_is_no_change_that_an_apply_makes(harness: Harness) -> None:
    harness.apply(lounge("participants: {old: {identity: bob}}"))
    path = harness.path("/Services/desk/Conversations/lounge/Participants/bob")
    assert harness.client.delete(path).status == 204
    close_lounge(harness)
    document = drift_of(harness.plan(lounge("participants: {old: {identity: bob}, new: {identity: alice}}")))
    (new,) = document.differences
    assert (new.address, new.action, new.unconvergeable) == (f"{LOUNGE}/participants/new", None, True)
    assert new.hint == f"no apply can create it: {CLOSED}; remove its block"
    (old,) = document.deleted_outside
    assert (old.address, old.hint) == (
        f"{LOUNGE}/participants/old",
        f"no apply can create it again: {CLOSED}; remove its block",
    )
    said = drift_as_text(document).splitlines()
    start = said.index("Different, and no apply can change it (1):")
    assert said[start + 1 : start + 3] == [
        f"  ! {LOUNGE}/participants/new: declared, and not in Twilio (confsync.yaml:2)",
        f"      {new.hint}",
    ]
    assert not any("makes these changes" in each for each in said)


def test_a_field_of_a_closed_conversation_is_only_pulled(harness: Harness) -> None:
    harness.apply(lounge("friendly_name: Lounge"))
    change_outside(harness, "/Services/desk/Conversations/lounge", FriendlyName="Saloon")
    close_lounge(harness)
    (name,) = drift_of(harness.plan()).differences
    assert (name.side, name.path, name.unconvergeable) == ("live", "friendly_name", True)
    assert name.hint == (
        "no apply can change it: it is closed in Twilio, which allows no further change; "
        f"`confsync pull --emulator {LOUNGE}` accepts the value in Twilio; or write another unique_name, or remove this"
    )
