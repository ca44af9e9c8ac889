"""A replacement that is killed between its delete and its create: the next run restores the values of the old resource.

No plan is saved, so only the journal and the ledger can tell the next run about values that are not declared.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from confsync.errors import ConfsyncError
from confsync.names import Address
from confsync.plan.intent import Intent, Overrides, Selection
from confsync.plan.plan import Plan
from confsync.state.journal import Journal
from confsync.state.ledger import Ledger
from confsync.state.state_files import journal_path
from confsync.state.store import StateStore
from tests.canaries import found_in
from tests.harness import Harness, plan_lines
from tests.planfile.saving import Saving
from tests.planfile.test_staleness import Breaking
from tests.state.test_journal import Killed

ADDRESS = """
version: 1
services: {shop: {}}
account:
  addresses:
    desk:
      address: "+15551230000"
      type: sms
      auto_creation: {enabled: true, conversation_service: shop}
"""
OTHER = ADDRESS.replace("0000", "0001")
DESK = Address.parse("account/addresses/desk")
HOOK = "https://hook.example.org"
SET = {"FriendlyName": "HandSet", "AutoCreation.Type": "webhook", "AutoCreation.WebhookUrl": HOOK}
RESTORED = ("HandSet", "webhook", HOOK)
DEFAULTS = (None, "default", None)
MEMBERS = """
version: 1
services:
  shop:
    conversations:
      lounge:
        participants:
          pager: {messaging_binding: {address: "+15557650000", proxy_address: "+15551230000"}}
        webhooks:
          bot: {target: webhook, configuration: {url: "https://a.example.org", filters: [onMessageAdded]}}
"""
POINTS = {
    "before the delete": (1, "stopped before"),
    "after the delete": (1, "stopped after"),
    "before the create": (2, "stopped before"),
    "after the create": (2, "stopped after"),
}
AFTER_DELETE = POINTS["before the create"]


def set_undeclared(harness: Harness, text: str = ADDRESS, **values: str) -> None:
    """Apply a configuration, then set values in Twilio that it does not declare."""
    harness.apply(text)
    sent = SET | {name.replace("__", "."): value for name, value in values.items()}
    assert harness.client.post(harness.path("/Configuration/Addresses/+15551230000"), sent).status == 200


def kill(harness: Harness, text: str, point: tuple[int, str]) -> None:
    """Apply, and die at a write: neither the ledger nor anything else is written after that."""

    def die(_store: StateStore, _after: Ledger) -> None:
        raise Killed

    harness.transport = Breaking(harness.emulator, *point)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(StateStore, "close", die)
        with pytest.raises(BaseException):  # noqa: B017, PT011 — whatever comes first of the two
            harness.apply(text)
    harness.transport = None


def killed_after_the_delete(harness: Harness, **values: str) -> None:
    set_undeclared(harness, **values)
    kill(harness, OTHER, AFTER_DELETE)
    assert live_addresses(harness) == []


def live_addresses(harness: Harness) -> list[tuple[str | None, ...]]:
    found = harness.client.get("/Configuration/Addresses", "PageSize=50").body["address_configurations"]
    return [
        (each["friendly_name"], each["auto_creation"]["type"], each["auto_creation"]["webhook_url"]) for each in found
    ]


def journal_of(harness: Harness) -> Path:
    return journal_path(harness.ledger_path)


def records(harness: Harness) -> list[dict[str, Any]]:
    """The beginnings of replacements in the journal."""
    lines = journal_of(harness).read_text("utf-8").splitlines()[1:] if journal_of(harness).exists() else []
    return [each["replace"] for each in map(json.loads, lines) if "replace" in each and each["record"] == "BEGIN"]


def names_in_ledger(harness: Harness) -> list[tuple[str, ...]]:
    return [each.fields for each in harness.ledger.pending_replaces] if harness.ledger else []


def assert_nothing_is_left(harness: Harness) -> None:
    assert plan_lines(harness.plan()) == []
    assert replace_warnings(harness.plan()) == []
    assert names_in_ledger(harness) == []
    assert json.loads(harness.ledger_path.read_text("utf-8"))["format_version"] == 1
    assert not journal_of(harness).exists()


def replace_warnings(plan: Plan) -> list[str]:
    return [each.summary for each in plan.warnings if each.code == "CS4013"]


def loss(plan: Plan) -> list[str]:
    return [f"{each.text}: {each.override}" for each in plan.guardrails if each.rule == "loss"]


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_replacement_is_completed_with_the_undeclared_values(point: str, harness: Harness) -> None:
    set_undeclared(harness)
    kill(harness, OTHER, POINTS[point])
    harness.apply()
    assert live_addresses(harness) == [RESTORED]
    assert_nothing_is_left(harness)


def test_the_plan_after_the_kill_shows_what_it_restores_and_why(harness: Harness) -> None:
    set_undeclared(harness)
    old = harness.live("/Configuration/Addresses/+15551230000")["sid"]
    kill(harness, OTHER, AFTER_DELETE)
    (change,) = (each for each in harness.plan().changes if each.actions)
    assert change.actions == ("create",)
    assert dict(change.copied) == {
        "friendly_name": "HandSet",
        "auto_creation.type": "webhook",
        "auto_creation.webhook_url": HOOK,
    }
    names = "friendly_name, auto_creation.type, auto_creation.webhook_url"
    assert change.reason == f"an interrupted replacement deleted {old}, whose values in {names} are restored"


def test_members_of_a_conversation_are_completed_with_their_undeclared_values(harness: Harness) -> None:
    harness.apply(MEMBERS)
    lounge = f"{harness.path('/Services/shop')}/Conversations/lounge"
    (pager,) = harness.client.get(f"{lounge}/Participants").body["participants"]
    roles = harness.client.get(f"{harness.path('/Services/shop')}/Roles").body["roles"]
    role = next(str(each["sid"]) for each in roles if each["friendly_name"] == "channel admin")
    sent = {"Attributes": '{"seat": 1}', "RoleSid": role}
    assert harness.client.post(f"{lounge}/Participants/{pager['sid']}", sent).status == 200
    kill(harness, MEMBERS.replace("7650000", "7650001"), AFTER_DELETE)
    assert [each["fields"] for each in records(harness)] == [["role", "attributes"]]
    harness.apply()
    (made,) = harness.client.get(f"{lounge}/Participants").body["participants"]
    assert made["messaging_binding"]["address"] == "+15557650001"
    assert (json.loads(made["attributes"]), made["role_sid"]) == ({"seat": 1}, role)
    assert_nothing_is_left(harness)


def test_a_replacement_whose_values_are_all_declared_records_nothing(harness: Harness) -> None:
    text = ADDRESS.replace("conversation_service: shop}", "conversation_service: shop, type: default}")
    harness.apply(text)
    kill(harness, text.replace("0000", "0001"), AFTER_DELETE)
    assert records(harness) == []
    harness.apply()
    assert live_addresses(harness) == [DEFAULTS]
    assert_nothing_is_left(harness)


def test_the_values_survive_any_number_of_kills(harness: Harness) -> None:
    killed_after_the_delete(harness)
    for _ in range(2):
        kill(harness, OTHER, (1, "stopped before"))
        assert live_addresses(harness) == []
    harness.apply()
    assert live_addresses(harness) == [RESTORED]
    assert_nothing_is_left(harness)


def test_the_ledger_has_the_names_and_only_the_journal_the_values(harness: Harness) -> None:
    set_undeclared(harness)
    harness.transport = Breaking(harness.emulator, 1, "refused")
    failed = harness.apply(OTHER).outcomes[0]
    harness.transport = None
    assert failed.error
    names = "friendly_name, auto_creation.type, auto_creation.webhook_url"
    assert failed.error.happened.endswith(f" is deleted. The next apply restores what it had in {names}.")
    assert [", ".join(each) for each in names_in_ledger(harness)] == [names]
    assert json.loads(harness.ledger_path.read_text("utf-8"))["format_version"] == 2
    assert found_in(harness.ledger_path.read_bytes(), ["HandSet", HOOK]) == []
    assert [each["values"]["friendly_name"] for each in records(harness)] == ["HandSet"]
    harness.apply()
    assert live_addresses(harness) == [RESTORED]
    assert_nothing_is_left(harness)


def test_an_apply_of_something_else_keeps_the_values(harness: Harness) -> None:
    killed_after_the_delete(harness)
    harness.intent = Intent(selection=Selection(targets=("services/**",)))
    harness.apply(OTHER.replace("shop: {}", "shop: {roles: {a: {type: service, permissions: [joinConversation]}}}"))
    harness.intent = Intent()
    assert [each["values"]["friendly_name"] for each in records(harness)] == ["HandSet"]
    harness.apply()
    assert live_addresses(harness) == [RESTORED]
    assert_nothing_is_left(harness)


SECRETS = {
    "a URL with a token": f"{HOOK}?token=canary-one",
    "a URL with a path": f"{HOOK}/canary-one",
}
LOST = "auto_creation.webhook_url"


@pytest.mark.parametrize("what", SECRETS)
def test_what_may_be_secret_is_not_stored_and_blocks_the_create(what: str, harness: Harness) -> None:
    killed_after_the_delete(harness, AutoCreation__WebhookUrl=SECRETS[what])
    assert found_in(journal_of(harness).read_bytes(), ["canary-one"]) == []
    (text,) = loss(harness.plan())
    assert text.startswith("an interrupted replacement deleted IG")
    assert text.endswith(
        f"confsync did not store what it had in {LOST}: declare {LOST}, or `--allow-loss account/addresses/desk`"
    )
    declared = OTHER.replace("conversation_service: shop}", f'conversation_service: shop, webhook_url: "{HOOK}/new"}}')
    harness.apply(declared)
    assert live_addresses(harness) == [("HandSet", "webhook", f"{HOOK}/new")]
    assert_nothing_is_left(harness)


def test_a_value_that_contains_a_sensitive_variable_is_not_stored(harness: Harness) -> None:
    harness.environ["CONFSYNC_VAR_word"] = "canary of a word"
    with_word = "version: 1\nvariables: {word: {sensitive: true}}"
    set_undeclared(harness, ADDRESS.replace("version: 1", with_word), FriendlyName="Canary of a word, too")
    kill(harness, OTHER.replace("version: 1", with_word), AFTER_DELETE)
    assert found_in(journal_of(harness).read_bytes(), ["canary of a word"]) == []
    assert "what it had in friendly_name" in loss(harness.plan())[0]


def test_a_loss_can_be_allowed_and_then_nothing_is_left(harness: Harness) -> None:
    killed_after_the_delete(harness, AutoCreation__Type="default", AutoCreation__WebhookUrl=f"{HOOK}/canary")
    harness.intent = Intent(overrides=Overrides(allow_loss=frozenset({DESK})))
    harness.apply()
    assert live_addresses(harness) == [("HandSet", "default", None)]
    harness.intent = Intent()
    assert_nothing_is_left(harness)


def test_without_the_journal_the_names_in_the_ledger_block_the_create(harness: Harness) -> None:
    set_undeclared(harness)
    harness.transport = Breaking(harness.emulator, 1, "refused")
    harness.apply(OTHER)
    harness.transport = None
    journal_of(harness).unlink()
    assert "what it had in friendly_name, auto_creation.type, auto_creation.webhook_url" in loss(harness.plan())[0]
    with pytest.raises(ConfsyncError, match="confsync did not store what it had in friendly_name"):
        harness.apply()


def test_a_plan_saved_after_the_kill_restores_the_values_without_the_journal(harness: Harness) -> None:
    killed_after_the_delete(harness)
    saving = Saving(harness)
    saving.save(OTHER)
    harness.intent = Intent(selection=Selection(targets=("services/**",)))
    harness.apply(OTHER)
    harness.intent = Intent()
    journal_of(harness).unlink()
    saving.apply()
    assert live_addresses(harness) == [RESTORED]
    assert saving.refusal_of() == "Stale: The plan is spent: it was already applied."
    saving.path.unlink()
    assert_nothing_is_left(harness)


def test_a_declared_value_is_not_overwritten_by_a_restored_one(harness: Harness) -> None:
    killed_after_the_delete(harness)
    harness.apply(OTHER.replace("type: sms", "type: sms\n      friendly_name: Mine"))
    assert live_addresses(harness) == [("Mine", "webhook", HOOK)]
    assert_nothing_is_left(harness)


def test_values_that_the_new_declaration_cannot_have_are_left_out(harness: Harness) -> None:
    harness.apply(MEMBERS)
    kill(
        harness,
        MEMBERS.replace("target: webhook", "target: trigger").replace("filters: [onMessageAdded]", "triggers: [x]"),
        AFTER_DELETE,
    )
    assert [each["fields"] for each in records(harness)] == [["configuration.method"]]
    flow = "{target: studio, configuration: {flow_sid: FW00000000000000000000000000000000}}"
    start = MEMBERS.index("{target: webhook")
    harness.apply(MEMBERS[:start] + flow + "\n")
    assert_nothing_is_left(harness)


def test_a_replacement_that_did_not_delete_leaves_nothing_if_it_is_no_longer_wanted(harness: Harness) -> None:
    set_undeclared(harness)
    kill(harness, OTHER, POINTS["before the delete"])
    assert replace_warnings(harness.plan(ADDRESS)) == []
    harness.apply(ADDRESS)
    assert harness.writes == []
    assert live_addresses(harness) == [RESTORED]
    assert_nothing_is_left(harness)


def test_a_refused_delete_leaves_nothing(harness: Harness) -> None:
    set_undeclared(harness)
    harness.transport = Breaking(harness.emulator, 0, "refused")
    harness.apply(OTHER)
    harness.transport = None
    assert names_in_ledger(harness) == []
    assert not journal_of(harness).exists()


def test_a_resource_that_somebody_made_meanwhile_is_adopted_with_a_warning(harness: Harness) -> None:
    killed_after_the_delete(harness)
    made = {"Type": "sms", "Address": "+15551230001", "FriendlyName": "Theirs", "AutoCreation.Type": "webhook"}
    sid = harness.client.made("/Configuration/Addresses", made | {"AutoCreation.WebhookUrl": HOOK})
    (warning,) = replace_warnings(harness.plan())
    assert warning.startswith("an interrupted replacement of account/addresses/desk deleted IG")
    assert warning.endswith(f", and {sid}, which is there now, may not have the same values in friendly_name")
    harness.apply()
    assert live_addresses(harness) == [("Theirs", "webhook", HOOK)]
    assert_nothing_is_left(harness)


def test_a_block_that_is_removed_meanwhile_keeps_the_values_until_it_is_forgotten(harness: Harness) -> None:
    killed_after_the_delete(harness)
    without = ADDRESS[: ADDRESS.index("account:")]
    harness.apply(without)
    (warning,) = replace_warnings(harness.plan())
    assert warning.endswith(", and nothing is declared there any more")
    harness.apply(OTHER)
    assert live_addresses(harness) == [RESTORED]


@pytest.mark.parametrize("how", ["forget: [account/addresses/desk]", "absent", "destroy"])
def test_a_decision_not_to_create_it_leaves_nothing(how: str, harness: Harness) -> None:
    killed_after_the_delete(harness)
    if how == "destroy":
        allowed = Overrides(allow_delete=frozenset({Address.parse("services/shop")}))
        harness.intent = Intent(destroy=True, overrides=allowed)
        harness.apply(OTHER)
        harness.intent = Intent()
        assert names_in_ledger(harness) == []
        assert not journal_of(harness).exists()
    elif how == "absent":
        text = ADDRESS[: ADDRESS.index("      address:")]
        harness.apply(f'{text}      address: "+15551230001"\n      lifecycle: {{absent: true}}\n')
        assert_nothing_is_left(harness)
    else:
        harness.apply(f"{ADDRESS[: ADDRESS.index('account:')]}{how}\n")
        assert_nothing_is_left(harness)


def test_a_conversation_that_is_deleted_takes_the_replacement_with_it(harness: Harness) -> None:
    harness.apply(MEMBERS)
    lounge = f"{harness.path('/Services/shop')}/Conversations/lounge"
    (pager,) = harness.client.get(f"{lounge}/Participants").body["participants"]
    assert harness.client.post(f"{lounge}/Participants/{pager['sid']}", {"Attributes": '{"seat": 1}'}).status == 200
    text = MEMBERS.replace("7650000", "7650001")
    kill(harness, text, AFTER_DELETE)
    harness.client.delete(lounge)
    harness.apply(text)
    (made,) = harness.client.get(f"{lounge}/Participants").body["participants"]
    assert made["attributes"] == "{}"
    assert_nothing_is_left(harness)


def test_drift_calls_it_neither_deleted_nor_changed_outside(harness: Harness) -> None:
    set_undeclared(harness)
    kill(harness, OTHER, POINTS["after the delete"])
    drift = harness.account().drift().drift
    assert drift.deleted_outside == ()
    assert [(str(each.change.address), each.side.value) for each in drift.fields] == [
        ("account/addresses/desk", "configuration")
    ]


def test_a_kill_while_the_journal_is_rewritten_loses_nothing(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_after_the_delete(harness)

    def die(*_: object) -> Iterator[None]:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "restart", die)
        with pytest.raises(Killed):
            harness.apply()
    harness.apply()
    assert live_addresses(harness) == [RESTORED]
    assert_nothing_is_left(harness)
