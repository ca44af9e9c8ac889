"""Credentials for push services: their secrets go in and never come out."""

import pytest

from tests.emulator_sdk.driving import Sdk, api_error, is_missing, pages, unused_sid


def test_an_apn_credential_says_its_sandbox_in_words(v1: Sdk) -> None:
    made = v1.credentials.create(type="apn", friendly_name="ios", certificate="c", private_key="k", sandbox=True)
    assert (made.type, made.friendly_name, made.sandbox) == ("apn", "ios", "True")
    changed = v1.credentials(made.sid).update(sandbox=False, friendly_name="iphone")
    assert (changed.sandbox, changed.friendly_name) == ("False", "iphone")
    assert v1.credentials(made.sid).fetch().friendly_name == "iphone"


@pytest.mark.parametrize(("kind", "secret"), [("fcm", {"secret": "s"}), ("gcm", {"api_key": "a"})])
def test_the_others_have_no_sandbox(v1: Sdk, kind: str, secret: dict[str, str]) -> None:
    made = v1.credentials.create(type=kind, **secret)
    assert (made.type, made.sandbox, made.friendly_name) == (kind, None, None)


def test_no_secret_comes_back(v1: Sdk) -> None:
    made = v1.credentials.create(type="fcm", secret="quiet")
    changed = v1.credentials(made.sid).update(secret="still quiet")
    assert not any("quiet" in str(value) for each in (made, changed) for value in vars(each).values())


def test_credentials_are_listed_page_by_page_and_deleted(v1: Sdk) -> None:
    sids = [v1.credentials.create(type=kind).sid for kind in ("apn", "gcm", "fcm")]
    assert pages(v1.credentials, 1, "type") == [["apn"], ["gcm"], ["fcm"]]
    assert v1.credentials(sids[1]).delete()
    assert pages(v1.credentials, 50) == [[sids[0], sids[2]]]
    assert api_error(v1.credentials(sids[1]).fetch) == (404, 20404)


def test_a_credential_needs_a_type_that_there_is_and_a_short_name(v1: Sdk) -> None:
    assert api_error(lambda: v1.credentials.create(type="pigeon")) == (400, 52003)
    assert api_error(lambda: v1.credentials.create(type="apn", friendly_name="x" * 65)) == (400, 50003)


def test_a_credential_that_is_not_there_cannot_be_found_changed_or_deleted(v1: Sdk) -> None:
    assert is_missing(v1.credentials(unused_sid("CR")), friendly_name="x")
