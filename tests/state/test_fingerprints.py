"""What is secret is sent when it must be, and seen nowhere."""

import json
import logging

import httpx
import pytest
from msgspec.structs import replace

from confsync.errors import ConfsyncError, InvalidConfiguration
from confsync.names import Address
from confsync.secret import Secret
from tests.harness import KEY, Between, Workshop, every_byte, says, told

CREDENTIAL = """
version: 1
credentials:
  ios: {type: apn, certificate: "${{ env.CERT }}", private_key: "${{ env.KEY }}", sandbox: true}
"""
CANARIES = {"CERT": "canary-certificate-1", "KEY": "canary-key-1"}
SENT = "POST Credentials/… Certificate PrivateKey"


@pytest.fixture(params=["hmac", "scrypt"], autouse=True)
def keyed(request: pytest.FixtureRequest, workshop: Workshop) -> None:
    workshop.fingerprint_key = KEY if request.param == "hmac" else None
    workshop.environ = dict(CANARIES)


def test_a_secret_is_sent_once_and_never_shown(workshop: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    first = workshop.apply(CREDENTIAL)
    assert workshop.writes == ["POST Credentials FriendlyName Type Certificate PrivateKey Sandbox"]
    plan = workshop.plan()
    assert told(plan) == []
    second = workshop.apply()
    assert workshop.writes == []
    seen = repr((first, plan, second, first.plan, workshop.config(), workshop.ledger)) + caplog.text
    assert "canary" not in seen
    assert not any(b"canary" in each for each in every_byte(workshop.folder))


def test_a_secret_whose_bytes_changed_is_sent_again_to_the_same_credential(workshop: Workshop) -> None:
    workshop.apply(CREDENTIAL)
    sid = workshop.path("/Credentials/ios")
    workshop.environ["KEY"] = "canary-key-2"
    assert told(workshop.plan()) == ["update credentials/ios"]
    workshop.apply()
    assert workshop.writes == ["POST Credentials/… PrivateKey"]
    assert workshop.path("/Credentials/ios") == sid
    workshop.apply()
    assert workshop.writes == []


def test_without_a_fingerprint_a_secret_is_sent_once(workshop: Workshop) -> None:
    workshop.apply(CREDENTIAL)
    workshop.ledger_path.unlink()
    assert told(workshop.plan()) == ["adopt+update credentials/ios"]
    workshop.apply()
    assert workshop.writes == [SENT]
    workshop.apply()
    assert workshop.writes == []


def test_with_another_key_a_fingerprint_says_nothing_and_the_secret_is_sent_once(workshop: Workshop) -> None:
    workshop.apply(CREDENTIAL)
    workshop.fingerprint_key = Secret("another key")
    workshop.apply()
    assert workshop.writes == [SENT]
    workshop.apply()
    assert workshop.writes == []


def test_a_fingerprint_of_one_place_is_worth_nothing_in_another(workshop: Workshop) -> None:
    workshop.environ["CERT"] = workshop.environ["KEY"]
    workshop.apply(CREDENTIAL)
    assert workshop.ledger
    (entry,) = workshop.ledger.entries
    assert len(set(entry.fingerprints.values())) == 2
    assert "canary" not in str(entry.fingerprints)


def test_without_its_secrets_a_plan_is_made_and_nothing_is_sent(workshop: Workshop) -> None:
    workshop.apply(CREDENTIAL)
    workshop.environ.clear()
    assert told(workshop.plan()) == []
    workshop.apply()
    assert workshop.writes == []
    workshop.environ = dict(CANARIES)
    workshop.apply()
    assert workshop.writes == []


def test_an_apply_that_would_send_a_missing_secret_says_where_and_sends_nothing(workshop: Workshop) -> None:
    workshop.environ = {"CERT": ""}
    workshop.write(CREDENTIAL)
    assert workshop.plan().summary == {"create": 1}
    with pytest.raises(InvalidConfiguration) as wrong:
        workshop.apply()
    assert [f"{each.range.start} {each.summary}" for each in wrong.value.diagnostics if each.range] == [
        "confsync.yaml:4:33 'certificate' is to be sent, and the environment variable CERT is empty",
        "confsync.yaml:4:65 'private_key' is to be sent, and the environment variable KEY is not set",
    ]
    assert workshop.writes == []
    assert not workshop.ledger_path.exists()


def test_an_adopted_credential_whose_secrets_are_missing_gets_them_when_they_are_there(workshop: Workshop) -> None:
    workshop.client.made("/Credentials", {"Type": "apn", "FriendlyName": "ios", "Sandbox": "true"})
    workshop.environ.clear()
    workshop.apply(CREDENTIAL)
    assert workshop.writes == []
    workshop.environ = dict(CANARIES)
    workshop.apply()
    assert workshop.writes == [SENT]


def test_an_ignored_secret_is_sent_on_create_alone_and_has_no_fingerprint_where_it_was_not(workshop: Workshop) -> None:
    ignoring = CREDENTIAL.replace("sandbox: true", "sandbox: true, lifecycle: {ignore: [private_key]}")
    workshop.client.made("/Credentials", {"Type": "apn", "FriendlyName": "ios", "Sandbox": "true"})
    workshop.apply(ignoring)
    assert workshop.writes == ["POST Credentials/… Certificate"]
    workshop.apply(CREDENTIAL)
    assert workshop.writes == ["POST Credentials/… PrivateKey"]


def test_a_renamed_credential_keeps_its_sid_and_its_fingerprints(workshop: Workshop) -> None:
    workshop.apply(CREDENTIAL)
    sid = workshop.path("/Credentials/ios")
    workshop.apply(CREDENTIAL.replace("{type", "{friendly_name: phones, type"))
    assert workshop.writes == ["POST Credentials/… FriendlyName"]
    assert workshop.path("/Credentials/phones") == sid
    workshop.apply(CREDENTIAL.replace("ios: {type", "phones: {friendly_name: phones, type"))
    assert workshop.writes == []
    assert told(workshop.plan()) == []


SENSITIVE = """
version: 1
variables: {token: {sensitive: true}}
services:
  support:
    webhooks: {post_webhook_url: "https://example.com/?token=${{ var.token }}", method: POST}
    notifications: {new_message: {template: "${{ var.token }}"}}
"""


def test_a_sensitive_variable_is_compared_and_never_shown(workshop: Workshop) -> None:
    workshop.environ = {"CONFSYNC_VAR_token": "canary-1"}
    report = workshop.apply(SENSITIVE)
    assert workshop.live("/Services/support/Configuration/Webhooks")["post_webhook_url"].endswith("canary-1")
    empty = workshop.plan()
    assert told(empty) == []
    assert "canary" not in repr((report, empty, empty.snapshot))
    workshop.environ = {"CONFSYNC_VAR_token": "canary-2"}
    changed = workshop.plan()
    assert told(changed) == [
        "update services/support/notifications new_message.template:(sensitive)->(sensitive)",
        "update services/support/webhooks post_webhook_url:(sensitive)->(sensitive)",
    ]
    assert "canary" not in repr((changed, changed.snapshot))
    assert "canary" not in repr(workshop.apply())
    assert told(workshop.plan()) == []
    assert not any(b"canary" in each for each in every_byte(workshop.folder))


def test_the_live_value_of_a_field_that_is_sensitive_is_hidden_even_where_it_was_changed_by_hand(
    workshop: Workshop,
) -> None:
    workshop.environ = {"CONFSYNC_VAR_token": "canary-1"}
    workshop.apply(SENSITIVE)
    path = workshop.path("/Services/support/Configuration/Webhooks")
    workshop.client.post(path, {"PostWebhookUrl": "https://example.com/?token=canary-by-hand"})
    plan = workshop.plan()
    assert told(plan) == ["update services/support/webhooks post_webhook_url:(sensitive)->(sensitive)"]
    assert "canary" not in repr(plan) + repr(plan.changes)


def test_what_was_sensitive_stays_hidden_when_it_is_replaced_or_no_longer_managed(workshop: Workshop) -> None:
    workshop.environ = {"CONFSYNC_VAR_token": "canary-1"}
    workshop.apply(SENSITIVE)
    open_url = SENSITIVE.replace("/?token=${{ var.token }}", "/hooks")
    open_url = open_url.replace('template: "${{ var.token }}"', "sound: bell")
    plan = workshop.plan(open_url)
    assert told(plan) == [
        "update services/support/notifications new_message.sound:None->bell",
        "update services/support/webhooks post_webhook_url:(sensitive)->https://example.com/hooks",
    ]
    urls = [each for change in plan.changes for each in change.differences if "url" in each.path]
    assert [type(each.before) for each in urls] == [Secret]
    assert "canary" not in repr(plan.changes)
    workshop.apply()
    assert told(workshop.plan()) == []


class Parrot(Between):
    """Refuses every write, and says back what was sent, as careless servers do."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST":
            return None
        body = (await request.aread()).decode()
        return says(request, 400, {"code": 20001, "message": f"Invalid: {body}", "more_info": "", "status": 400})


def test_a_secret_that_is_echoed_in_a_refusal_is_hidden(workshop: Workshop) -> None:
    workshop.transport = Parrot(workshop.emulator)
    report = workshop.apply(CREDENTIAL)
    (error,) = report.errors
    assert isinstance(error, ConfsyncError)
    shown = json.dumps([error.happened, error.changed, error.hint, repr(error), str(report)])
    assert "canary" not in shown
    assert "400" in error.happened


def test_the_ledger_keeps_no_digest_of_a_secret_which_anybody_could_guess(workshop: Workshop) -> None:
    workshop.environ |= {"CONFSYNC_VAR_token": "canary-1"}
    workshop.apply(CREDENTIAL + SENSITIVE.replace("version: 1", ""))
    assert workshop.ledger
    kept = {str(each.address): set(each.applied) for each in workshop.ledger.entries}
    assert kept[str(Address.of("credentials", "ios"))] == {"friendly_name", "type", "sandbox"}
    assert kept["services/support/webhooks"] == {"method"}
    assert replace(workshop.ledger, entries=()).configuration_digest is not None
