"""Twilio credentials from environment variables."""

import re
from collections.abc import Mapping

from msgspec import Struct

from confsync.errors import MissingCredentials
from confsync.names import is_sid
from confsync.secret import Secret

PREFIX = "TWILIO"
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Credentials(Struct, frozen=True):
    """A user name and password for Basic authentication.

    `account_sid` is what the variables say, if they say it; the API decides which account it really is.
    """

    account_sid: str | None
    username: str
    password: Secret


def read_credentials(environ: Mapping[str, str], prefix: str = PREFIX) -> Credentials:
    """Read credentials from environment variables; an API key takes precedence over the account's auth token.

    Raises:
        MissingCredentials: a variable is missing, empty, or contains characters that cannot be sent.
    """
    account_sid = _sid(environ, f"{prefix}_ACCOUNT_SID", "AC")
    key = _sid(environ, f"{prefix}_API_KEY", "SK", "AC")
    secret = _clean(environ, f"{prefix}_API_SECRET")
    if key and secret:
        return Credentials(account_sid or None, key, Secret(secret))
    if key or secret:  # even if there is an auth token: whoever sets a key wants its permissions only
        raise _incomplete(prefix, f"{prefix}_API_SECRET" if key else f"{prefix}_API_KEY")
    token = _clean(environ, f"{prefix}_AUTH_TOKEN")
    if account_sid and token:
        return Credentials(account_sid, account_sid, Secret(token))
    if account_sid or token:
        raise _incomplete(prefix, f"{prefix}_AUTH_TOKEN" if account_sid else f"{prefix}_ACCOUNT_SID")
    raise MissingCredentials("The environment variables contain no Twilio credentials.", hint=_hint(prefix))


def _clean(environ: Mapping[str, str], variable: str) -> str:
    text = environ.get(variable, "")
    if CONTROL.search(text) or not text.isprintable():
        raise MissingCredentials(
            f"{variable} contains a line break or another control character.",
            hint=f"Set {variable} again, without the line break.",
        )
    return text


def _sid(environ: Mapping[str, str], variable: str, *prefixes: str) -> str:
    """Read a SID. Never repeat another value: messages show a SID, and a token may be here by mistake."""
    text = _clean(environ, variable)
    if text and not any(is_sid(text, prefix) for prefix in prefixes):
        raise MissingCredentials(
            f"{variable} is not a SID.",
            hint=f"Set {variable} to {prefixes[0]} followed by 32 hexadecimal digits, as Twilio's console shows it.",
        )
    return text


def _incomplete(prefix: str, missing: str) -> MissingCredentials:
    return MissingCredentials(f"{missing} is not set, or is empty.", hint=_hint(prefix))


def _hint(prefix: str) -> str:
    return (
        f"Set {prefix}_ACCOUNT_SID and {prefix}_AUTH_TOKEN, "
        f"or {prefix}_API_KEY and {prefix}_API_SECRET (then {prefix}_AUTH_TOKEN is not needed)."
    )
