"""Who signs in, and what a person is told who forgot a variable."""

import pytest

from confsync.errors import MissingCredentials
from confsync.secret import Secret
from confsync.twilio.credentials import Credentials, read_credentials

TOKEN = "canary-token-0123"
ACCOUNT_SID, OTHER_SID, KEY_SID = f"AC{'a' * 32}", f"AC{'b' * 32}", f"SK{'a' * 32}"
ACCOUNT = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": TOKEN}
KEY = {"TWILIO_API_KEY": KEY_SID, "TWILIO_API_SECRET": TOKEN}


@pytest.mark.parametrize(
    ("environ", "account_sid", "username"),
    [
        (ACCOUNT, ACCOUNT_SID, ACCOUNT_SID),
        (KEY, None, KEY_SID),
        ({**KEY, "TWILIO_ACCOUNT_SID": ACCOUNT_SID}, ACCOUNT_SID, KEY_SID),
        ({**KEY, **ACCOUNT}, ACCOUNT_SID, KEY_SID),
        ({**ACCOUNT, "TWILIO_API_KEY": ""}, ACCOUNT_SID, ACCOUNT_SID),
    ],
)
def test_an_api_key_goes_before_the_auth_token(environ: dict[str, str], account_sid: str | None, username: str) -> None:
    assert read_credentials(environ) == Credentials(account_sid, username, Secret(TOKEN))


def test_a_prefix_names_other_variables_and_only_those() -> None:
    environ = {**ACCOUNT, "STAGING_ACCOUNT_SID": OTHER_SID, "STAGING_AUTH_TOKEN": "other"}
    assert read_credentials(environ, "STAGING") == Credentials(OTHER_SID, OTHER_SID, Secret("other"))
    with pytest.raises(MissingCredentials) as caught:
        read_credentials(ACCOUNT, "STAGING")
    assert "Set STAGING_ACCOUNT_SID and STAGING_AUTH_TOKEN" in caught.value.hint
    assert "TWILIO" not in caught.value.hint


@pytest.mark.parametrize(
    ("environ", "happened"),
    [
        ({}, "The environment variables contain no Twilio credentials."),
        ({"TWILIO_ACCOUNT_SID": ACCOUNT_SID}, "TWILIO_AUTH_TOKEN is not set, or is empty."),
        ({"TWILIO_AUTH_TOKEN": TOKEN}, "TWILIO_ACCOUNT_SID is not set, or is empty."),
        ({**ACCOUNT, "TWILIO_API_KEY": KEY_SID}, "TWILIO_API_SECRET is not set, or is empty."),
        ({**ACCOUNT, "TWILIO_API_SECRET": TOKEN}, "TWILIO_API_KEY is not set, or is empty."),
        ({**ACCOUNT, "TWILIO_AUTH_TOKEN": f"{TOKEN}\n"}, "TWILIO_AUTH_TOKEN contains a line break or another control"),
        ({**ACCOUNT, "TWILIO_ACCOUNT_SID": TOKEN}, "TWILIO_ACCOUNT_SID is not a SID."),
        ({**ACCOUNT, "TWILIO_ACCOUNT_SID": f"{ACCOUNT_SID}:{TOKEN}"}, "TWILIO_ACCOUNT_SID is not a SID."),
        ({**KEY, "TWILIO_ACCOUNT_SID": TOKEN}, "TWILIO_ACCOUNT_SID is not a SID."),
        ({**KEY, "TWILIO_API_KEY": TOKEN}, "TWILIO_API_KEY is not a SID."),
    ],
)
def test_what_is_missing_is_named_and_nothing_else_is_shown(environ: dict[str, str], happened: str) -> None:
    with pytest.raises(MissingCredentials) as caught:
        read_credentials(environ)
    assert caught.value.happened.startswith(happened)
    assert caught.value.hint.startswith("Set TWILIO_")
    assert TOKEN not in f"{caught.value!r} {caught.value.hint}"


def test_credentials_do_not_show_the_password() -> None:
    assert TOKEN not in f"{read_credentials(ACCOUNT)!r} {read_credentials(ACCOUNT)}"
