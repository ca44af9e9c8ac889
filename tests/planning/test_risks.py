"""Which changes are risks, and which are ordinary."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from confsync.model import Kind
from confsync.plan.intent import Intent, Overrides
from confsync.plan.plan import Plan
from confsync.planning.risks.checks import CHANGE_RULES
from confsync.resources import KINDS
from confsync.risk_rules import RiskRule, RiskWhen
from tests.harness import Harness

DESK = "services/desk"
CREDENTIAL = "credentials/ios"
NO_PUSHES = "devices whose access tokens name the old credential get no push notifications"
REVERTS = "this reverts a change made outside confsync"
ACCOUNT_APPLIES = "unless another URL is left, the webhooks of the account apply again"
SECOND_ROLE = "a second role is created, and users who have the old one keep it"
NOT_AS_GRANTED = "what is live is not what this configuration granted"
ANOTHER_SERVICE = "Flex and every account-level URL mean another service"


def outside(change: str) -> str:
    """Write the risk of a change that somebody else made and that an apply reverts."""
    return f"reverts this change made outside confsync: {change}"


def risk_lines(plan: Plan) -> list[str]:
    """List every risk of a plan."""
    return [f"{each.level.name} {change.address}: {each.text}" for change in plan.changes for each in change.risks]


def desk(text: str) -> str:
    """Declare a service with this content."""
    return f"version: 1\nservices:\n  desk: {{{text}}}\n"


def role(permissions: str, more: str = "") -> str:
    return desk(f"roles: {{agent: {{type: conversation, permissions: {permissions}{more}}}}}")


def hooks(url: str, filters: str = "[onMessageAdded]") -> str:
    return desk(f"webhooks: {{post_webhook_url: {url}, method: POST, filters: {filters}}}")


def defaults(name: str) -> str:
    roles = ", ".join(f"{each}: {{type: conversation, permissions: [sendMessage]}}" for each in ("one", "two"))
    return desk(f"roles: {{{roles}}}, configuration: {{default_conversation_role: {name}}}")


def swapped_defaults(name: str) -> str:
    both = defaults(name).replace("one: {type", "one: {friendly_name: two, type")
    return both.replace("two: {type", "two: {friendly_name: one, type")


def participant(roles: str) -> str:
    """Give a participant the role of the key `one`."""
    roles = roles.replace("*", "type: conversation, permissions: [sendMessage]")
    members = "conversations: {chat: {participants: {ann: {identity: ann, role: one}}}}"
    return desk(f"roles: {{{roles}}}, {members}")


def ios(fields: str) -> str:
    secrets = 'certificate: "${{ env.CERT }}", private_key: "${{ env.PUSH_KEY }}"'
    return f"version: 1\ncredentials: {{ios: {{type: apn, {secrets}, {fields}}}}}\n"


def hotline(kind: str, more: str = "") -> str:
    fields = f'address: "+15551230000", type: {kind}, auto_creation: {{enabled: true}}{more}'
    return f"version: 1\naccount: {{addresses: {{hotline: {{{fields}}}}}}}\n"


def nothing_happens(harness: Harness) -> None:
    del harness


def grants_permission_at_twilio(harness: Harness) -> None:
    path = harness.path("/Services/desk/Roles/agent")
    harness.client.post(path, {"Permission": ["sendMessage", "leaveConversation"]})


def points_webhook_elsewhere(harness: Harness) -> None:
    path = harness.path("/Services/desk/Configuration/Webhooks")
    harness.client.post(path, {"PostWebhookUrl": "https://evil.example.org/token", "Method": "POST"})


def silences_webhook(harness: Harness) -> None:
    path = harness.path("/Services/desk/Configuration/Webhooks")
    harness.client.post(path, {"Filters": ["onMessageUpdated"]})


def switches_on_pushes(harness: Harness) -> None:
    harness.client.post(harness.path("/Services/desk/Configuration/Notifications"), {"NewMessage.Enabled": "true"})


def ledger_is_lost(harness: Harness) -> None:
    harness.ledger_path.unlink()


def credential_is_deleted(harness: Harness) -> None:
    harness.client.delete(harness.path("/Credentials/ios"))


def certificate_changes(harness: Harness) -> None:
    harness.environ["CERT"] = "another certificate"


@dataclass(frozen=True)
class Case:
    """Two configurations. The plan of the second, after the first was applied, has these risks."""

    name: str
    before: str
    after: str
    risks: tuple[str, ...]
    in_between: Callable[[Harness], None] = field(default=nothing_happens)


BARE = "version: 1\n"
SENSITIVE = "variables: {hook: {sensitive: true}}\n"
CASES = (
    Case(
        "a new resource is ordinary",
        BARE,
        desk(
            "roles: {agent: {type: conversation, permissions: [deleteAnyMessage]}}, "
            "configuration: {default_conversation_role: agent}, "
            "notifications: {new_message: {enabled: false}}, lifecycle: {protect: true}, "
            "webhooks: {post_webhook_url: https://a.example.com, filters: []}"
        )
        + ios("sandbox: true").removeprefix(BARE),
        (),
    ),
    Case("no change is no risk", role("[sendMessage]"), role("[sendMessage]"), ()),
    Case(
        "a permission is granted",
        role("[sendMessage]"),
        role("[sendMessage, leaveConversation]"),
        (f"LOW {DESK}/roles/agent: grants leaveConversation",),
    ),
    Case(
        "a permission over what others own is granted",
        role("[sendMessage]"),
        role("[sendMessage, editAnyMessage]"),
        (f"MEDIUM {DESK}/roles/agent: grants editAnyMessage",),
    ),
    Case(
        "a permission that this configuration granted is revoked",
        role("[sendMessage, leaveConversation]"),
        role("[sendMessage]"),
        (f"MEDIUM {DESK}/roles/agent: revokes leaveConversation",),
    ),
    Case(
        "a permission that someone granted in Twilio is revoked",
        role("[sendMessage]"),
        role("[sendMessage]"),
        (
            f"HIGH {DESK}/roles/agent: revokes leaveConversation, which this configuration never mentioned; {REVERTS}",
            f"LOW {DESK}/roles/agent: {outside('grants leaveConversation')}",
        ),
        grants_permission_at_twilio,
    ),
    Case(
        "both sides changed, and a permission is revoked",
        role("[sendMessage, editOwnMessage]"),
        role("[editOwnMessage]"),
        (
            f"HIGH {DESK}/roles/agent: revokes leaveConversation, sendMessage: {NOT_AS_GRANTED}",
            f"LOW {DESK}/roles/agent: grants editOwnMessage",
        ),
        grants_permission_at_twilio,
    ),
    Case(
        "a permission is revoked from a role that the ledger does not know",
        role("[sendMessage, leaveConversation]"),
        role("[sendMessage]"),
        (f"HIGH {DESK}/roles/agent: revokes leaveConversation, which this configuration never mentioned",),
        ledger_is_lost,
    ),
    Case(
        "a permission is revoked by name",
        role("[sendMessage]"),
        role("{remove: [leaveConversation]}"),
        (f"MEDIUM {DESK}/roles/agent: revokes leaveConversation",),
        grants_permission_at_twilio,
    ),
    Case(
        "a role that supersedes another has fewer permissions",
        role("[sendMessage, leaveConversation]"),
        role("[sendMessage]", ", friendly_name: staff"),
        (
            f"MEDIUM {DESK}/roles/agent: friendly_name is staff instead of agent: {SECOND_ROLE}",
            f"MEDIUM {DESK}/roles/agent: revokes leaveConversation",
        ),
    ),
    Case(
        "a webhook goes to another host",
        hooks("https://a.example.com/after"),
        hooks("https://b.example.com/after"),
        (f"HIGH {DESK}/webhooks: post_webhook_url points to b.example.com instead of a.example.com",),
    ),
    Case(
        "a webhook goes to another path on its host",
        hooks("https://a.example.com/after"),
        hooks("https://A.example.com/elsewhere"),
        (),
    ),
    Case(
        "a webhook goes to a sensitive URL",
        hooks("https://a.example.com/after"),
        SENSITIVE + hooks('"https://${{ var.hook }}.example.com/"'),
        (f"HIGH {DESK}/webhooks: post_webhook_url points to a sensitive URL instead of a.example.com",),
    ),
    Case(
        "a webhook loses its encryption",
        hooks("https://a.example.com/after"),
        hooks("http://a.example.com/after"),
        (f"HIGH {DESK}/webhooks: post_webhook_url is http instead of https: what is sent can be read",),
    ),
    Case(
        "a sensitive webhook is not encrypted",
        BARE,
        SENSITIVE + hooks('"http://${{ var.hook }}.example.com/"'),
        (f"MEDIUM {DESK}/webhooks: post_webhook_url is http: what is sent can be read",),
    ),
    Case(
        "someone else points a webhook at another host",
        hooks("https://a.example.com/after"),
        hooks("https://a.example.com/after"),
        (f"HIGH {DESK}/webhooks: {outside('post_webhook_url points to evil.example.org instead of a.example.com')}",),
        points_webhook_elsewhere,
    ),
    Case(
        "someone else points a sensitive webhook at another host",
        SENSITIVE + hooks('"https://a.example.com/${{ var.hook }}"'),
        SENSITIVE + hooks('"https://a.example.com/${{ var.hook }}"'),
        (f"HIGH {DESK}/webhooks: {outside('post_webhook_url points to evil.example.org instead of a sensitive URL')}",),
        points_webhook_elsewhere,
    ),
    Case(
        "a sensitive webhook moves away from where someone else pointed it",
        SENSITIVE + hooks('"https://a.example.com/${{ var.hook }}"'),
        SENSITIVE + hooks('"https://b.example.com/${{ var.hook }}"'),
        (f"HIGH {DESK}/webhooks: post_webhook_url points to a sensitive URL instead of evil.example.org",),
        points_webhook_elsewhere,
    ),
    Case(
        "a sensitive webhook moves to another host",
        SENSITIVE + hooks('"https://${{ var.hook }}.example.com/"'),
        SENSITIVE + hooks('"https://b${{ var.hook }}.example.com/"'),
        (f"HIGH {DESK}/webhooks: post_webhook_url points to a sensitive URL instead of a sensitive URL",),
    ),
    Case(
        "a sensitive webhook stays on its host",
        SENSITIVE + hooks('"https://a.example.com/${{ var.hook }}"'),
        SENSITIVE + hooks('"https://a.example.com/another/${{ var.hook }}"'),
        (),
    ),
    Case(
        "someone else stops the report of an event",
        hooks("https://a.example.com/after"),
        hooks("https://a.example.com/after"),
        (
            f"MEDIUM {DESK}/webhooks: {outside('filters no longer contains onMessageAdded: not reported any more')}",
            f"LOW {DESK}/webhooks: {outside('filters also contains onMessageUpdated: reported from now on')}",
        ),
        silences_webhook,
    ),
    Case(
        "someone else switches on pushes",
        desk("notifications: {new_message: {enabled: false}}"),
        desk("notifications: {new_message: {enabled: false}}"),
        (f"MEDIUM {DESK}/notifications: {outside('switches on new_message')}",),
        switches_on_pushes,
    ),
    Case("a webhook was not encrypted before", hooks("http://a.example.com/1"), hooks("http://a.example.com/2"), ()),
    Case(
        "a list of events becomes empty",
        hooks("https://a.example.com/after"),
        hooks("https://a.example.com/after", "[]"),
        (f"HIGH {DESK}/webhooks: filters is empty: no event is reported any more",),
    ),
    Case(
        "a webhook is cleared",
        hooks("https://a.example.com/after"),
        hooks("null"),
        (
            f"MEDIUM {DESK}/webhooks: post_webhook_url is cleared: nothing is sent there any more",
            f"MEDIUM {DESK}/webhooks: post_webhook_url is cleared: {ACCOUNT_APPLIES}",
        ),
    ),
    Case(
        "pushes are switched off",
        desk("notifications: {new_message: {enabled: true, badge_count_enabled: true}}"),
        desk("notifications: {new_message: {enabled: false, badge_count_enabled: false}}"),
        (
            f"MEDIUM {DESK}/notifications: switches off new_message",
            f"LOW {DESK}/notifications: pushes of new_message no longer include the unread count",
        ),
    ),
    Case(
        "pushes go to the sandbox",
        ios("sandbox: false"),
        ios("sandbox: true"),
        (f"HIGH {CREDENTIAL}: pushes go to Apple's sandbox: devices of its production get none",),
    ),
    Case(
        "new members get another role",
        defaults("one"),
        defaults("two"),
        (f"MEDIUM {DESK}/configuration: default_conversation_role is two instead of one",),
    ),
    Case(
        "two roles swap their keys, and keep their names",
        defaults("one"),
        swapped_defaults("one"),
        (f"MEDIUM {DESK}/configuration: default_conversation_role is one instead of two",),
    ),
    Case(
        "two roles of participants swap their keys, and keep their names",
        participant("one: {*}, two: {*}"),
        participant("one: {friendly_name: two, *}, two: {friendly_name: one, *}"),
        (f"MEDIUM {DESK}/conversations/chat/participants/ann: role is one instead of two",),
    ),
    Case(
        "the account has another default service",
        "version: 1\nservices: {one: {}, two: {}}\naccount: {configuration: {default_service: one}}\n",
        "version: 1\nservices: {one: {}, two: {}}\naccount: {configuration: {default_service: two}}\n",
        (f"HIGH account/configuration: default_service is two instead of one: {ANOTHER_SERVICE}",),
    ),
    Case(
        "a protected resource is changed",
        role("[sendMessage]", ", lifecycle: {protect: true}"),
        role("[sendMessage, leaveConversation]"),
        (
            f"LOW {DESK}/roles/agent: changes what is protected",
            f"LOW {DESK}/roles/agent: grants leaveConversation",
        ),
    ),
    Case(
        "a resource is no longer protected",
        role("[sendMessage]", ", lifecycle: {protect: true}"),
        role("[sendMessage, leaveConversation]", ", lifecycle: {protect: false}"),
        (
            f"MEDIUM {DESK}/roles/agent: was protected until now",
            f"LOW {DESK}/roles/agent: grants leaveConversation",
        ),
    ),
    Case(
        "a resource is replaced",
        hotline("sms"),
        hotline("rcs"),
        ("MEDIUM account/addresses/hotline: deletes it before creating it again: in between there is none",),
    ),
    Case(
        "a credential is recreated",
        ios("sandbox: false"),
        ios("sandbox: false"),
        (f"HIGH {CREDENTIAL}: gets another SID, and {NO_PUSHES}",),
        credential_is_deleted,
    ),
    Case(
        "a secret changed",
        ios("sandbox: false"),
        ios("sandbox: false"),
        (f"LOW {CREDENTIAL}: sends certificate again",),
        certificate_changes,
    ),
    Case(
        "a secret is sent because the ledger is lost",
        ios("sandbox: false"),
        ios("sandbox: false"),
        tuple(
            f"LOW {CREDENTIAL}: sends {name} again, since it is not known which one Twilio has"
            for name in ("certificate", "private_key")
        ),
        ledger_is_lost,
    ),
)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_a_change_has_these_risks(case: Case, harness: Harness) -> None:
    harness.environ |= {"CERT": "a certificate", "CONFSYNC_VAR_hook": "canary"}
    harness.apply(case.before)
    case.in_between(harness)
    found = risk_lines(harness.plan(case.after))
    assert [re.sub(r"\b([A-Z]{2})[0-9a-f]{32}\b", r"\1…", each) for each in found] == list(case.risks)
    assert "canary" not in "".join(found)


def test_deleting_a_protected_role_is_a_higher_risk(harness: Harness) -> None:
    harness.apply(role("[sendMessage]", ", lifecycle: {protect: true}"))

    still = role("[sendMessage]", ", lifecycle: {absent: true}")
    assert risk_lines(harness.plan(still)) == [
        f"HIGH {DESK}/roles/agent: deletes what is protected: {DESK}/roles/agent",
        f"MEDIUM {DESK}/roles/agent: deletes it",
    ]
    unprotected = role("[sendMessage]", ", lifecycle: {absent: true, protect: false}")
    assert risk_lines(harness.plan(unprotected)) == [
        f"HIGH {DESK}/roles/agent: was protected until now",
        f"MEDIUM {DESK}/roles/agent: deletes it",
    ]


def absent(kind: str) -> str:
    return f"version: 1\n{kind}: {{desk: {{lifecycle: {{absent: true}}}}}}\n"


def test_deleting_a_service_on_which_nothing_depends_is_a_medium_risk(harness: Harness) -> None:
    harness.apply("version: 1\nservices: {desk: {}}\n")
    assert risk_lines(harness.plan(absent("services"))) == [f"MEDIUM {DESK}: deletes it"]

    harness.client.post(harness.path("/Services/desk/Users"), {"Identity": "alice"})
    assert risk_lines(harness.plan(absent("services"))) == [f"HIGH {DESK}: deletes it"]


def test_deleting_what_confsync_never_managed_is_a_high_risk_with_its_count(harness: Harness) -> None:
    sid = harness.client.post("/Services", {"FriendlyName": "desk"}).body["sid"]
    harness.client.post(f"/Services/{sid}/Users", {"Identity": "alice"})
    lost = "0 conversations, 1 user, 0 push bindings, 0 phone addresses"
    adopted = f"{absent('services')}adopt: {{{DESK}: {sid}}}\n"
    assert risk_lines(harness.plan(adopted)) == [
        f"HIGH {DESK}: deletes it",
        f"HIGH {DESK}: deletes what confsync never managed, with {lost}",
    ]


def test_deleting_a_service_counts_the_owned_resources_in_it(harness: Harness) -> None:
    harness.apply(role("[sendMessage]"))
    harness.intent = Intent(destroy=True, overrides=Overrides())
    assert risk_lines(harness.plan()) == [f"HIGH {DESK}: deletes it, with 1 more of ours in it"]


def test_every_rule_is_found_or_declared() -> None:
    """A rule that nothing raises would be documented for nothing."""
    on_fields = {rule for kind in KINDS for each in kind.fields for risk in each.risks for rule, *_ in risk.levels}
    assert {*CHANGE_RULES, *on_fields} == set(RiskRule)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.title)
def test_the_texts_of_risks_on_fields_can_be_filled_in(kind: Kind) -> None:
    declared = (risk for each in kind.fields for risk in each.risks)
    for risk in (each for each in declared if isinstance(each, RiskWhen)):
        assert "{" not in risk.text.format(field="f", block="b", before="1", after="2", host="h", members="m")
