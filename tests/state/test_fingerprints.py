"""Secrets are sent when they must be, and shown nowhere."""

import json
import logging

import httpx
import pytest
from msgspec.structs import replace

from confsync.errors import ConfsyncError, InvalidConfiguration
from confsync.names import Address
from confsync.secret import Secret
from confsync.state.ledger import Entry, Ledger
from confsync.state.ledger_file import write_ledger
from tests.harness import KEY, Harness, InterceptingTransport, json_response, plan_lines, state_bytes

CREDENTIAL = """
version: 1
credentials:
  ios: {type: apn, certificate: "${{ env.CERT }}", private_key: "${{ env.KEY }}", sandbox: true}
"""
CANARIES = {"CERT": "canary-certificate-1", "KEY": "canary-key-1"}
SENT = "POST Credentials/… Certificate PrivateKey"


@pytest.fixture(params=["hmac", "scrypt"], autouse=True)
def keyed(request: pytest.FixtureRequest, harness: Harness) -> None:
    harness.fingerprint_key = KEY if request.param == "hmac" else None
    harness.environ = dict(CANARIES)


def test_a_secret_is_sent_once_and_never_shown(harness: Harness, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    first = harness.apply(CREDENTIAL)
    assert harness.writes == ["POST Credentials FriendlyName Type Certificate PrivateKey Sandbox"]
    plan = harness.plan()
    assert plan_lines(plan) == []
    second = harness.apply()
    assert harness.writes == []
    seen = repr((first, plan, second, first.plan, harness.config(), harness.ledger)) + caplog.text
    assert "canary" not in seen
    assert not any(b"canary" in each for each in state_bytes(harness.folder))


def test_a_secret_whose_bytes_changed_is_sent_again_to_the_same_credential(harness: Harness) -> None:
    harness.apply(CREDENTIAL)
    sid = harness.path("/Credentials/ios")
    harness.environ["KEY"] = "canary-key-2"
    assert plan_lines(harness.plan()) == ["update credentials/ios"]
    harness.apply()
    assert harness.writes == ["POST Credentials/… PrivateKey"]
    assert harness.path("/Credentials/ios") == sid
    harness.apply()
    assert harness.writes == []


def test_without_a_fingerprint_a_secret_is_sent_once(harness: Harness) -> None:
    harness.apply(CREDENTIAL)
    harness.ledger_path.unlink()
    assert plan_lines(harness.plan()) == ["adopt+update credentials/ios"]
    harness.apply()
    assert harness.writes == [SENT]
    harness.apply()
    assert harness.writes == []


def test_with_another_key_a_fingerprint_is_unknown_and_the_secret_is_sent_once(harness: Harness) -> None:
    harness.apply(CREDENTIAL)
    harness.fingerprint_key = Secret("another key")
    harness.apply()
    assert harness.writes == [SENT]
    harness.apply()
    assert harness.writes == []


def test_a_fingerprint_does_not_match_in_another_place(harness: Harness) -> None:
    harness.environ["CERT"] = harness.environ["KEY"]
    harness.apply(CREDENTIAL)
    assert harness.ledger
    (entry,) = harness.ledger.entries
    assert len(set(entry.fingerprints.values())) == 2
    assert "canary" not in str(entry.fingerprints)


def test_without_its_secrets_a_plan_is_possible_and_nothing_is_sent(harness: Harness) -> None:
    harness.apply(CREDENTIAL)
    harness.environ.clear()
    assert plan_lines(harness.plan()) == []
    harness.apply()
    assert harness.writes == []
    harness.environ = dict(CANARIES)
    harness.apply()
    assert harness.writes == []


def test_an_apply_that_would_send_a_missing_secret_says_where_and_sends_nothing(harness: Harness) -> None:
    harness.environ = {"CERT": ""}
    harness.write(CREDENTIAL)
    assert harness.plan().summary == {"create": 1}
    with pytest.raises(InvalidConfiguration) as wrong:
        harness.apply()
    assert [f"{each.range.start} {each.summary}" for each in wrong.value.diagnostics if each.range] == [
        "confsync.yaml:4:33 'certificate' must be sent, but the environment variable CERT is empty",
        "confsync.yaml:4:65 'private_key' must be sent, but the environment variable KEY is not set",
    ]
    assert harness.writes == []
    assert not harness.ledger_path.exists()


def test_an_adopted_credential_gets_its_secrets_and_is_not_adopted_without_them(harness: Harness) -> None:
    harness.client.made("/Credentials", {"Type": "apn", "FriendlyName": "ios", "Sandbox": "true"})
    harness.environ.clear()
    assert plan_lines(harness.plan(CREDENTIAL)) == ["adopt+update credentials/ios"]
    with pytest.raises(InvalidConfiguration):
        harness.apply()
    assert (harness.writes, harness.ledger) == ([], None)
    harness.environ = dict(CANARIES)
    harness.apply()
    assert harness.writes == [SENT]


PEM = "-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("text", [PEM.replace("\n", "\r\n"), PEM.rstrip(), f"{PEM}\n", PEM.replace("\n", "\r")])
def test_other_line_ends_do_not_change_a_pem(harness: Harness, text: str) -> None:
    harness.environ["CERT"] = PEM
    harness.apply(CREDENTIAL)
    harness.environ["CERT"] = text
    assert plan_lines(harness.plan()) == []
    harness.environ["CERT"] = text.replace("AAAA", "AAAB")
    assert plan_lines(harness.plan()) == ["update credentials/ios"]


def test_other_line_ends_change_a_secret_that_is_no_pem(harness: Harness) -> None:
    harness.apply(CREDENTIAL)
    harness.environ["CERT"] += "\r\n"
    assert plan_lines(harness.plan()) == ["update credentials/ios"]


def unchecked(harness: Harness) -> list[str]:
    """Show what the plan compares with nothing."""
    return [
        f"{change.address}#{each.path} {each.name}: {each.why}"
        for change in harness.plan().changes
        for each in change.unchecked
    ]


def test_a_secret_without_a_value_is_not_checked_and_blocks_nothing(harness: Harness) -> None:
    harness.apply(CREDENTIAL)
    del harness.environ["CERT"]
    assert unchecked(harness) == ["credentials/ios#certificate CERT: the environment variable CERT is not set"]
    assert harness.plan().applyable
    harness.apply()
    assert harness.writes == []


def test_a_secret_that_was_added_and_has_no_value_is_a_change_that_no_apply_can_make(harness: Harness) -> None:
    harness.apply(CREDENTIAL)
    gcm = "  google: {type: gcm, api_key: '${{ env.CERT }}'}\n"
    harness.client.made("/Credentials", {"Type": "gcm", "FriendlyName": "google"})
    harness.apply(CREDENTIAL + gcm.replace(", api_key: '${{ env.CERT }}'", ""))
    del harness.environ["CERT"]
    plan = harness.plan(CREDENTIAL + gcm)
    assert (plan_lines(plan), plan.applyable) == (["update credentials/google"], False)
    with pytest.raises(InvalidConfiguration):
        harness.apply()
    assert harness.writes == []


def test_a_secret_without_a_value_whose_fingerprint_has_another_key_blocks_an_apply(harness: Harness) -> None:
    harness.apply(CREDENTIAL)
    harness.fingerprint_key = Secret("another key for fingerprints")
    del harness.environ["CERT"]
    harness.environ["KEY"] = "canary-key-1"
    plan = harness.plan()
    assert plan_lines(plan) == ["update credentials/ios"]  # the private key, which is here and cannot be compared
    assert [each.name for each in plan.missing_secrets] == ["CERT"]
    assert unchecked(harness) == ["credentials/ios#certificate CERT: the environment variable CERT is not set"]
    del harness.environ["KEY"]
    assert plan_lines(harness.plan()) == []
    with pytest.raises(InvalidConfiguration):
        harness.apply()
    assert harness.writes == []


def test_a_credential_is_not_created_without_a_secret_that_is_declared_nowhere(harness: Harness) -> None:
    text = CREDENTIAL.replace('private_key: "${{ env.KEY }}", ', "")
    plan = harness.plan(text)
    assert (plan_lines(plan)[0].partition(" ")[0], plan.applyable) == ("create", False)
    with pytest.raises(InvalidConfiguration) as wrong:
        harness.apply()
    assert [each.summary for each in wrong.value.diagnostics] == [
        "'private_key' must be sent to create credentials/ios, but it is not declared"
    ]
    assert harness.writes == []


def test_a_credential_that_somebody_else_changed_is_not_called_unchanged(harness: Harness) -> None:
    harness.apply(CREDENTIAL)
    entry = _entry(harness)
    harness.client.post(harness.path("/Credentials/ios"), {"Certificate": "of somebody else"})
    write_ledger(harness.ledger_path, replace(harness_ledger(harness), entries=(replace(entry, date_updated="then"),)))
    said = "somebody else changed the resource after confsync sent the value"
    expected = [f"credentials/ios#certificate : {said}", f"credentials/ios#private_key : {said}"]
    assert unchecked(harness) == expected
    harness.apply()
    assert unchecked(harness) == expected
    harness.apply(CREDENTIAL.replace("sandbox: true", "sandbox: true, lifecycle: {secret_version: 2}"))
    assert harness.writes == [SENT]
    assert unchecked(harness) == []


def harness_ledger(harness: Harness) -> Ledger:
    """Return the ledger, which exists."""
    assert harness.ledger
    return harness.ledger


def _entry(harness: Harness) -> Entry:
    (entry,) = harness_ledger(harness).entries
    return entry


def test_an_ignored_secret_is_sent_only_on_create_and_otherwise_has_no_fingerprint(harness: Harness) -> None:
    ignoring = CREDENTIAL.replace("sandbox: true", "sandbox: true, lifecycle: {ignore: [private_key]}")
    harness.client.made("/Credentials", {"Type": "apn", "FriendlyName": "ios", "Sandbox": "true"})
    harness.apply(ignoring)
    assert harness.writes == ["POST Credentials/… Certificate"]
    harness.apply(CREDENTIAL)
    assert harness.writes == ["POST Credentials/… PrivateKey"]


def test_a_renamed_credential_keeps_its_sid_and_its_fingerprints(harness: Harness) -> None:
    harness.apply(CREDENTIAL)
    sid = harness.path("/Credentials/ios")
    harness.apply(CREDENTIAL.replace("{type", "{friendly_name: phones, type"))
    assert harness.writes == ["POST Credentials/… FriendlyName"]
    assert harness.path("/Credentials/phones") == sid
    harness.apply(CREDENTIAL.replace("ios: {type", "phones: {friendly_name: phones, type"))
    assert harness.writes == []
    assert plan_lines(harness.plan()) == []


SENSITIVE = """
version: 1
variables: {token: {sensitive: true}}
services:
  support:
    webhooks: {post_webhook_url: "https://example.com/?token=${{ var.token }}", method: POST}
    notifications: {new_message: {template: "${{ var.token }}"}}
"""


def test_a_sensitive_variable_is_compared_and_never_shown(harness: Harness) -> None:
    harness.environ = {"CONFSYNC_VAR_token": "canary-1"}
    report = harness.apply(SENSITIVE)
    assert harness.live("/Services/support/Configuration/Webhooks")["post_webhook_url"].endswith("canary-1")
    empty = harness.plan()
    assert plan_lines(empty) == []
    assert "canary" not in repr((report, empty, empty.snapshot))
    harness.environ = {"CONFSYNC_VAR_token": "canary-2"}
    changed = harness.plan()
    assert plan_lines(changed) == [
        "update services/support/notifications new_message.template:(sensitive)->(sensitive)",
        "update services/support/webhooks post_webhook_url:(sensitive)->(sensitive)",
    ]
    assert "canary" not in repr((changed, changed.snapshot))
    assert "canary" not in repr(harness.apply())
    assert plan_lines(harness.plan()) == []
    assert not any(b"canary" in each for each in state_bytes(harness.folder))


def test_the_live_value_of_a_field_that_is_sensitive_is_hidden_even_where_it_was_changed_by_hand(
    harness: Harness,
) -> None:
    harness.environ = {"CONFSYNC_VAR_token": "canary-1"}
    harness.apply(SENSITIVE)
    path = harness.path("/Services/support/Configuration/Webhooks")
    harness.client.post(path, {"PostWebhookUrl": "https://example.com/?token=canary-by-hand"})
    plan = harness.plan()
    assert plan_lines(plan) == ["update services/support/webhooks post_webhook_url:(sensitive)->(sensitive)"]
    assert "canary" not in repr(plan) + repr(plan.changes)


def test_a_sensitive_value_stays_hidden_when_it_is_replaced_or_no_longer_managed(harness: Harness) -> None:
    harness.environ = {"CONFSYNC_VAR_token": "canary-1"}
    harness.apply(SENSITIVE)
    open_url = SENSITIVE.replace("/?token=${{ var.token }}", "/hooks")
    open_url = open_url.replace('template: "${{ var.token }}"', "sound: bell")
    plan = harness.plan(open_url)
    assert plan_lines(plan) == [
        "update services/support/notifications new_message.sound:None->bell",
        "update services/support/webhooks post_webhook_url:(sensitive)->(sensitive)",
    ]
    urls = [each for change in plan.changes for each in change.differences if "url" in each.path]
    assert [type(each.before) for each in urls] == [Secret]
    assert "canary" not in repr(plan.changes)
    harness.apply()
    assert plan_lines(harness.plan()) == []


class Parrot(InterceptingTransport):
    """Refuses every write, and says back what was sent, as careless servers do."""

    async def before(self, request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST":
            return None
        body = (await request.aread()).decode()
        return json_response(
            request, 400, {"code": 20001, "message": f"Invalid: {body}", "more_info": "", "status": 400}
        )


def test_a_secret_that_twilio_repeats_in_an_error_is_hidden(harness: Harness) -> None:
    harness.transport = Parrot(harness.emulator)
    report = harness.apply(CREDENTIAL)
    (error,) = report.errors
    assert isinstance(error, ConfsyncError)
    shown = json.dumps([error.happened, error.changed, error.hint, repr(error), str(report)])
    assert "canary" not in shown
    assert "400" in error.happened


def test_the_ledger_has_no_digest_from_which_a_secret_could_be_guessed(harness: Harness) -> None:
    harness.environ |= {"CONFSYNC_VAR_token": "canary-1"}
    harness.apply(CREDENTIAL + SENSITIVE.replace("version: 1", ""))
    assert harness.ledger
    kept = {str(each.address): set(each.applied) for each in harness.ledger.entries}
    assert kept[str(Address.of("credentials", "ios"))] == {"friendly_name", "type", "sandbox"}
    assert kept["services/support/webhooks"] == {"method"}
    assert replace(harness.ledger, entries=()).configuration_digest is not None
